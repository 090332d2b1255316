/**
 * Gets a checkout ready, before `npm start` and `npm test`: packages, build, WebGPU adapter. Does only what is missing.
 *   node scripts/setup.mjs                  exit codes: 1 npm or the compiler failed, 2 Node is too old, 4 no adapter
 *   node scripts/setup.mjs --build          packages and build, no adapter: what `npm pack` needs
 *   node scripts/setup.mjs --swiftshader    packages, build, and the second software driver
 *   node scripts/setup.mjs --chromium       packages, build, adapter, a browser; one that cannot be had is said
 */
import { ensureChromium } from './lib/chromium.mjs';
import { ensureAdapter } from './lib/driver.mjs';
import { report, SetupError } from './lib/host.mjs';
import { prepare } from './lib/prepare.mjs';
import { ensureSwiftshader } from './lib/swiftshader.mjs';

try {
  const unknown = process.argv
    .slice(2)
    .find((argument) => !['--build', '--swiftshader', '--chromium'].includes(argument));
  if (unknown !== undefined)
    throw new SetupError(2, `unknown option ${unknown}. There are --build, --swiftshader and --chromium.`);
  await prepare();
  if (process.argv.includes('--swiftshader')) ensureSwiftshader();
  else if (!process.argv.includes('--build')) ensureAdapter();
  if (process.argv.includes('--chromium')) tryChromium();
} catch (error) {
  process.exitCode = report(error);
}

/** The tests in a browser are skipped by name without one. */
function tryChromium() {
  try {
    ensureChromium();
  } catch (error) {
    report(error);
  }
}
