/**
 * What tests start on 127.0.0.1 and end again: Redis (or Valkey) for the queue, Slurm for arrays of cells, two MPIs for
 * ranks. As root on Debian or Ubuntu they are installed; elsewhere the tests that need them are skipped by name.
 */
import { aptInstall, hasApt } from './apt.mjs';
import { capture, say, SetupError } from './host.mjs';

const isThere = (program) => capture('sh', ['-c', `command -v ${program}`]).ok;

/** Each: programs that tests start, and packages that bring them, in the order to try. */
const SERVERS = [
  { programs: [['redis-server', 'valkey-server']], packages: [['redis-server'], ['valkey-server']] },
  { programs: [['munged'], ['slurmctld'], ['slurmd'], ['sbatch']], packages: [['slurm-wlm']] },
  { programs: [['mpirun.openmpi']], packages: [['openmpi-bin']] },
  { programs: [['mpirun.mpich']], packages: [['mpich']] },
];

/** Installs those that are missing. Throws SetupError 4 naming what cannot be had. */
export function ensureServers() {
  const lacking = SERVERS.filter(({ programs }) => !isComplete(programs));
  if (lacking.length === 0) return;
  const names = lacking.map(({ packages }) => packages[0].join(' ')).join(' ');
  if (!hasApt() || process.getuid?.() !== 0)
    throw new SetupError(4, `some tests are skipped without ${names}. Debian: apt-get install ${names}`);
  say(`installing what tests of queues, clusters and ranks start: ${names} …`);
  const failed = lacking.filter(
    ({ programs, packages }) => !packages.some((list) => aptInstall(list) && isComplete(programs)),
  );
  if (failed.length > 0)
    throw new SetupError(4, `${failed.map(({ packages }) => packages[0].join(' ')).join(', ')} cannot be installed.`);
}

const isComplete = (programs) => programs.every((alternatives) => alternatives.some(isThere));
