/**
 * Gets a checkout ready, before `npm start` and `npm test`: packages, build, WebGPU adapter. Does only what is missing.
 *   node scripts/setup.mjs                  exit codes: 1 npm or the compiler failed, 2 Node is too old, 4 no adapter
 *   node scripts/setup.mjs --swiftshader    packages, build, and the second software driver instead of the machine's own
 */
import { ensureAdapter } from './lib/driver.mjs';
import { report, SetupError } from './lib/host.mjs';
import { prepare } from './lib/prepare.mjs';
import { ensureSwiftshader } from './lib/swiftshader.mjs';

try {
  const unknown = process.argv.slice(2).find((argument) => argument !== '--swiftshader');
  if (unknown !== undefined) throw new SetupError(2, `unknown option ${unknown}. The only one is --swiftshader.`);
  await prepare();
  if (process.argv.includes('--swiftshader')) ensureSwiftshader();
  else ensureAdapter();
} catch (error) {
  process.exitCode = report(error);
}
