/**
 * Installs the packages of bench/peers, the libraries that `npm run compare` measures; does nothing when they are
 * there. They are no part of the main install: nothing else needs them.
 */
import { join } from 'node:path';
import { ROOT, report } from './lib/host.mjs';
import { preparePackages } from './lib/packages.mjs';

try {
  await preparePackages(join(ROOT, 'bench', 'peers'));
} catch (error) {
  process.exitCode = report(error);
}
