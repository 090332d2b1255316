/** What tests of several processes and machines start: two MPIs and a Redis server, from Debian's packages. */
import { spawnSync } from 'node:child_process';
import { aptInstall, hasApt } from './apt.mjs';
import { say, SetupError } from './host.mjs';

/** Programs, and the packages that have them. */
const NEEDED = [
  ['mpirun.openmpi', ['openmpi-bin']],
  ['mpirun.mpich', ['mpich']],
  ['redis-server', ['redis-server']],
];

const isThere = (program) => spawnSync(program, ['--version']).error === undefined;

/** Installs what is missing. Throws SetupError 4 when it cannot be had. */
export function ensureScale() {
  const missing = NEEDED.filter(([program]) => !isThere(program));
  if (missing.length === 0) return;
  const packages = missing.flatMap(([, names]) => names);
  const byHand = `Debian: apt-get install ${packages.join(' ')}`;
  if (!hasApt() || process.getuid?.() !== 0)
    throw new SetupError(4, `no ${missing.map(([program]) => program).join(', ')} here (${byHand}).`);
  say(`installing ${packages.join(', ')} …`);
  if (!aptInstall(packages)) throw new SetupError(4, `they cannot be installed; apt-get says why above (${byHand}).`);
}
