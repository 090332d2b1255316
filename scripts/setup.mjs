/**
 * Gets a checkout ready, before `npm start` and `npm test`: packages, build, WebGPU adapter. Does only what is missing.
 *   node scripts/setup.mjs                  exit codes: 1 npm or the compiler failed, 2 Node is too old, 4 no adapter
 *   node scripts/setup.mjs --build          packages and build, no adapter: what `npm pack` needs
 *   node scripts/setup.mjs --swiftshader    packages, build, and the second software driver
 *   node scripts/setup.mjs --chromium       packages, build, adapter, a browser; one that cannot be had is said
 *   node scripts/setup.mjs --verdict        packages, build, adapter, a C compiler and Vulkan headers; likewise
 *   node scripts/setup.mjs --scale          packages, build, adapter, two MPIs and a Redis server; likewise
 */
import { ensureChromium } from './lib/chromium.mjs';
import { ensureCompilers } from './lib/compilers.mjs';
import { ensureAdapter } from './lib/driver.mjs';
import { report, SetupError } from './lib/host.mjs';
import { prepare } from './lib/prepare.mjs';
import { ensureScale } from './lib/scale.mjs';
import { ensureSwiftshader } from './lib/swiftshader.mjs';

try {
  const unknown = process.argv
    .slice(2)
    .find((argument) => !['--build', '--swiftshader', '--chromium', '--verdict', '--scale'].includes(argument));
  if (unknown !== undefined)
    throw new SetupError(
      2,
      `unknown option ${unknown}. There are --build, --swiftshader, --chromium, --verdict and --scale.`,
    );
  await prepare();
  if (process.argv.includes('--swiftshader')) ensureSwiftshader();
  else if (!process.argv.includes('--build')) ensureAdapter();
  if (process.argv.includes('--chromium')) attempt(ensureChromium);
  if (process.argv.includes('--verdict')) attempt(ensureCompilers);
  if (process.argv.includes('--scale')) attempt(ensureScale);
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
