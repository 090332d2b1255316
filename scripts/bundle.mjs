/**
 * Checks the page's types, builds what browsers get, and takes the fonts of the charts: `node scripts/bundle.mjs`. Part
 * of `npm run build` and of setup.mjs.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { bundle } from './lib/bundle.mjs';
import { copyFonts } from './lib/fonts.mjs';
import { report, ROOT, SetupError } from './lib/host.mjs';

try {
  const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
  const checked = spawnSync(process.execPath, [tsc, '-p', join('src', 'page')], { cwd: ROOT, stdio: ['ignore', 2, 2] });
  if (checked.status !== 0) throw new SetupError(1, 'the page does not compile; the compiler says why above.');
  await bundle();
  copyFonts();
} catch (error) {
  process.exitCode = report(error);
}
