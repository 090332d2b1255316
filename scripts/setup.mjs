/**
 * Gets a checkout ready, before `npm start` and `npm test`: packages, build, WebGPU adapter. Does only what is missing.
 *   node scripts/setup.mjs                  exit codes: 1 npm or the compiler failed, 2 Node is too old, 4 no adapter
 *   node scripts/setup.mjs --build          packages and build, no adapter: what `npm pack` needs
 *   node scripts/setup.mjs --swiftshader    packages, build, and the second software driver
 *   node scripts/setup.mjs --chromium       packages, build, adapter, a browser; one that cannot be had is said
 *   node scripts/setup.mjs --firefox        likewise, another browser
 *   node scripts/setup.mjs --verdict        packages, build, adapter, a C compiler and Vulkan headers; likewise
 *   node scripts/setup.mjs --servers        packages, build, adapter, MPI, Redis and Slurm for their tests; likewise
 */
import { ensureBrowser } from './lib/browsers.mjs';
import { ensureCompilers } from './lib/compilers.mjs';
import { ensureAdapter } from './lib/driver.mjs';
import { report, SetupError } from './lib/host.mjs';
import { prepare } from './lib/prepare.mjs';
import { ensureServers } from './lib/servers.mjs';
import { ensureSwiftshader } from './lib/swiftshader.mjs';

try {
  const options = ['--build', '--swiftshader', '--chromium', '--firefox', '--verdict', '--servers'];
  const unknown = process.argv.slice(2).find((argument) => !options.includes(argument));
  if (unknown !== undefined) throw new SetupError(2, `unknown option ${unknown}. There are ${options.join(', ')}.`);
  await prepare();
  if (process.argv.includes('--swiftshader')) ensureSwiftshader();
  else if (!process.argv.includes('--build')) ensureAdapter();
  for (const kind of ['chromium', 'firefox'])
    if (process.argv.includes(`--${kind}`)) attempt(() => ensureBrowser(kind));
  if (process.argv.includes('--verdict')) attempt(ensureCompilers);
  if (process.argv.includes('--servers')) attempt(ensureServers);
} catch (error) {
  process.exitCode = report(error);
}

/** What needs it is skipped by name without it. */
function attempt(ensure) {
  try {
    ensure();
  } catch (error) {
    report(error);
  }
}
