/** The locked packages of the project, and of packages within it such as bench/peers. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { ROOT, say, SetupError } from './host.mjs';
import { takingTurns } from './turns.mjs';

/**
 * Installs the locked packages of a package within the project, such as bench/peers, when they are not there. Throws
 * SetupError.
 */
export async function preparePackages(folder) {
  if (packagesAreCurrent(folder)) return;
  await takingTurns(() => {
    if (!packagesAreCurrent(folder)) installPackages(folder, ['--ignore-scripts']);
  });
}

/**
 * npm keeps a record of what it installed in node_modules/.package-lock.json. It must hold every package of
 * package-lock.json in that version; only optional ones (binaries for other platforms) may be absent. So an `npm ci` by
 * hand counts as well.
 */
export function packagesAreCurrent(folder) {
  const wanted = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')).packages;
  let installed;
  try {
    installed = JSON.parse(readFileSync(join(folder, 'node_modules', '.package-lock.json'), 'utf8')).packages;
  } catch {
    return false; // nothing installed, or an install that did not end
  }
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    const found = installed[path];
    if (found === undefined) return entry.optional === true;
    return found.version === entry.version && found.integrity === entry.integrity && existsSync(join(folder, path));
  });
}

export function installPackages(folder, options) {
  say(`installing packages (npm ci)${folder === ROOT ? '' : ` in ${relative(ROOT, folder)}`} …`);
  // Under `npm test` npm says where it is itself; yarn and pnpm do so as well, but they do not know `ci`.
  const npm = process.env.npm_execpath;
  const viaNode = npm !== undefined && basename(npm).startsWith('npm-cli') && existsSync(npm);
  const args = ['ci', ...options, '--no-audit', '--no-fund', '--loglevel=error'];
  const result = spawnSync(viaNode ? process.execPath : 'npm', viaNode ? [npm, ...args] : args, {
    cwd: folder,
    stdio: ['ignore', 2, 2],
    shell: !viaNode && process.platform === 'win32', // npm is npm.cmd there
  });
  if (result.error)
    throw new SetupError(1, `npm could not be started (${result.error.message}). Install npm, then run: npm ci`);
  if (result.status !== 0) throw new SetupError(1, 'the packages could not be installed; npm says why above.');
}
