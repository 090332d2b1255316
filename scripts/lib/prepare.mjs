/**
 * Gets a checkout ready to run: the right Node, the locked packages, a fresh build. Costs some 20 ms when nothing is to
 * do, prints only when it does something, and lets two processes that start at once take turns.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { FONTS } from './fonts.mjs';
import { isCheckout, ROOT, say, SetupError } from './host.mjs';

const SOURCES = ['src', 'test', 'bench'];
const STAMP = join(ROOT, 'dist', '.weft-build');
/** What browsers get is bundled apart: it takes longer, and changes less often. */
const PAGE_STAMP = join(ROOT, 'dist', '.weft-page');
/** What the files looked like when all was current. */
const STATE = join(ROOT, 'dist', '.weft-state');
const PAGE = 'src/page/';
const BUNDLES = ['dist/browser/weft.js', 'dist/page/index.html', ...FONTS.map((name) => `dist/fonts/${name}`)];
const TSC = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');

/** Node's version is checked first; then packages and build, in a checkout. Throws SetupError. */
export async function prepare() {
  requireNode();
  if (!isCheckout || nothingHasChanged()) return;
  if (packagesAreCurrent(ROOT) && buildIsCurrent() && bundlesAreCurrent()) return rememberState();
  await takingTurns(() => {
    if (!packagesAreCurrent(ROOT)) installPackages(ROOT, ['--include=dev']);
    if (!buildIsCurrent()) build();
    if (!bundlesAreCurrent()) buildBundles();
    rememberState();
  });
}

/**
 * The oldest minor version of the majors that have one: what package.json's engines say. 21 is no major that is kept
 * up.
 */
function requireNode() {
  const node = process.versions.node;
  const [major, minor] = node.split('.').map(Number);
  const { engines } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const isEnough = engines.node.split(' || ').some((range) => {
    const [, sign, least, leastMinor] = /^(\^|>=)(\d+)\.(\d+)/.exec(range);
    return sign === '^' ? major === Number(least) && minor >= Number(leastMinor) : major >= Number(least);
  });
  if (isEnough) return;
  const forms = [...engines.node.matchAll(/\^(\d+\.\d+)/g)].map(([, version]) => version).join(', ');
  throw new SetupError(
    2,
    `Weft needs Node ${forms} or newer, and this is Node ${node}. Install a newer one, for instance with nvm.`,
  );
}

/**
 * Names, sizes and times of everything that packages, build and bundles depend on: to look costs a tenth of reading
 * all.
 */
function stateOfFiles() {
  const hash = createHash('sha256');
  const add = (path) => {
    const { size, mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { size: -1, mtimeMs: 0 };
    hash.update(`${path} ${size} ${mtimeMs}\n`);
  };
  for (const file of [STAMP, PAGE_STAMP, ...BUNDLES.map((name) => join(ROOT, name))]) add(file);
  for (const file of [
    'tsconfig.json',
    'package.json',
    'package-lock.json',
    'node_modules/.package-lock.json',
    'dist/src/cli/main.js',
  ])
    add(join(ROOT, file));
  for (const folder of [...SOURCES, 'shaders', 'scripts/lib']) {
    for (const entry of readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true }))
      if (entry.isFile()) add(join(entry.parentPath ?? entry.path, entry.name));
  }
  return hash.digest('hex');
}

function nothingHasChanged() {
  try {
    return readFileSync(STATE, 'utf8') === stateOfFiles();
  } catch {
    return false;
  }
}

/** What is current now need not be read again until a file changes. */
function rememberState() {
  try {
    writeFileSync(STATE, stateOfFiles());
  } catch {
    // A checkout that cannot be written to is looked at anew each time.
  }
}

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
function packagesAreCurrent(folder) {
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

function installPackages(folder, options) {
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

/** Every TypeScript file that goes into the build, relative to the root, sorted; the page is bundled only. */
function sourceFiles() {
  const files = [];
  for (const folder of SOURCES) {
    if (!existsSync(join(ROOT, folder))) continue;
    for (const file of readdirSync(join(ROOT, folder), { recursive: true })) {
      if (/\.[cm]?tsx?$/.test(file) && !/node_modules/.test(file))
        files.push(`${folder}/${file.replaceAll('\\', '/')}`);
    }
  }
  return files.filter((file) => !file.startsWith(PAGE)).sort();
}

/** Where the compiler puts a source file; declaration files yield nothing. */
function outputOf(source) {
  return /\.d\.[cm]?ts$/.test(source) ? undefined : source.replace(/\.([cm]?)tsx?$/, '.$1js');
}

/**
 * A hash over everything the build depends on: settings, locked packages (they contain compiler and types), sources.
 */
function fingerprint(sources) {
  const hash = createHash('sha256');
  for (const file of ['tsconfig.json', 'package.json', 'package-lock.json', ...sources]) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(ROOT, file)))
      .update('\0');
  }
  return hash.digest('hex');
}

function buildIsCurrent() {
  let stamp;
  try {
    stamp = readFileSync(STAMP, 'utf8').trim();
  } catch {
    return false; // not built, or another process is building just now
  }
  const sources = sourceFiles();
  if (stamp !== fingerprint(sources)) return false;
  return sources.every((source) => outputOf(source) === undefined || existsSync(join(ROOT, 'dist', outputOf(source))));
}

function build() {
  const sources = sourceFiles();
  const stamp = fingerprint(sources); // before compiling: a file that is edited meanwhile makes the build stale again
  say(`building (tsc, ${sources.length} files) …`);
  rmSync(STAMP, { force: true });
  removeOrphans(new Set(sources.map(outputOf)));
  const result = spawnSync(process.execPath, [TSC, '-p', 'tsconfig.json'], { cwd: ROOT, stdio: ['ignore', 2, 2] });
  if (result.status !== 0) throw new SetupError(1, 'the build failed; the compiler says why above.');
  writeFileSync(STAMP, `${stamp}\n`);
}

/** A hash over what the bundles are made of; the command line, tests and benchmarks are no part of them. */
function pageFingerprint() {
  const below = (folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const inputs = ['src', 'shaders'].flatMap((folder) =>
    below(folder).map((entry) =>
      relative(ROOT, join(entry.parentPath ?? entry.path, entry.name)).replaceAll('\\', '/'),
    ),
  );
  return fingerprint([
    'scripts/lib/bundle.mjs',
    'scripts/lib/fonts.mjs',
    ...inputs.filter((file) => !file.startsWith('src/cli/')).sort(),
  ]);
}

function bundlesAreCurrent() {
  return (
    BUNDLES.every((file) => existsSync(join(ROOT, file))) &&
    existsSync(PAGE_STAMP) &&
    readFileSync(PAGE_STAMP, 'utf8').trim() === pageFingerprint()
  );
}

function buildBundles() {
  const stamp = pageFingerprint();
  say('bundling for browsers (vite) …');
  rmSync(PAGE_STAMP, { force: true });
  const result = spawnSync(process.execPath, [join(ROOT, 'scripts', 'bundle.mjs')], {
    cwd: ROOT,
    stdio: ['ignore', 2, 2],
  });
  if (result.status !== 0) throw new SetupError(1, 'the bundles for browsers could not be built; it says why above.');
  writeFileSync(PAGE_STAMP, `${stamp}\n`);
}

/**
 * Removes what earlier builds left of sources that are gone. The rest stays, so that a program that runs meanwhile
 * keeps its files.
 */
function removeOrphans(outputs) {
  const dist = join(ROOT, 'dist');
  if (!existsSync(dist)) return;
  for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) continue;
    const path = join(entry.parentPath ?? entry.path, entry.name);
    const file = path.slice(dist.length + 1).replaceAll('\\', '/');
    if (/^(page|browser|fonts)\/|^\.weft-(page|state)$/.test(file)) continue;
    const script = file.replace(/\.d\.([cm]?)ts$/, '.$1js');
    if (!outputs.has(script)) rmSync(path, { force: true });
  }
}

/**
 * Runs `work` while no other process does so for this checkout. The lock is a file with the holder's process id in the
 * temporary folder (npm ci empties node_modules, so it cannot lie there); one whose holder is gone is taken over.
 */
async function takingTurns(work) {
  const lock = join(tmpdir(), `weft-setup-${createHash('sha256').update(ROOT).digest('hex').slice(0, 16)}.lock`);
  let held = false;
  for (let waited = 0; !held; waited++) {
    try {
      const file = openSync(lock, 'wx');
      writeSync(file, String(process.pid));
      closeSync(file);
      held = true;
    } catch (error) {
      if (error.code !== 'EEXIST') break; // no place for a lock: go on without
      if (holderIsGone(lock)) rmSync(lock, { force: true });
      else {
        if (waited === 0) say('another process is preparing this checkout; waiting for it …');
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
  }
  try {
    work();
  } finally {
    if (held) rmSync(lock, { force: true });
  }
}

function holderIsGone(lock) {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    if (!(pid > 0)) return false; // just being written
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}
