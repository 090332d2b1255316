/** Starts programs with MPI's launchers; tests of them skip by name where there is none. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { skipped } from '../support/harness.js';

/** A launcher, and the MPI that it belongs to. */
export interface Launcher {
  readonly name: 'openmpi' | 'mpich';
  readonly command: string;
}

/** The launchers of this machine; WEFT_MPI_TESTS=0: none. */
export const LAUNCHERS: readonly Launcher[] = (['openmpi', 'mpich'] as const).flatMap((name) => {
  const command = `mpirun.${name}`; // Debian's names
  const isThere = process.env['WEFT_MPI_TESTS'] !== '0' && spawnSync(command, ['--version']).status === 0;
  return isThere ? [{ name, command }] : [];
});

/** Registers a test for each launcher. */
export function testWithMpi(
  test: (name: string, body: () => Promise<void>) => void,
  name: string,
  body: (launcher: Launcher) => Promise<void>,
): void {
  if (LAUNCHERS.length === 0) skipped.push(`${name} (no mpirun: apt-get install openmpi-bin mpich)`);
  for (const launcher of LAUNCHERS) test(`${name}: ${launcher.name}`, () => body(launcher));
}

/** As root, and with more ranks than cores. */
const ENV = {
  OMPI_ALLOW_RUN_AS_ROOT: '1',
  OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1',
  OMPI_MCA_rmaps_base_oversubscribe: '1',
  OMPI_MCA_hwloc_base_binding_policy: 'none',
  OMPI_MCA_mpi_yield_when_idle: '1',
  // a launcher that lost a rank sends SIGTERM, and SIGKILL after so many seconds
  OMPI_MCA_odls_base_sigkill_timeout: '3',
  LP_NUM_THREADS: '1',
  WEFT_TUNE: '0',
};

/** How a launcher ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options of `mpirun`. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Called with the launcher's process and all of stderr so far, whenever there is more of it. */
  readonly onStderr?: (child: ChildProcess, text: string) => void;
}

/** `node SCRIPT ARGS` as so many ranks. */
export function mpirun(
  { command }: Launcher,
  ranks: number,
  args: readonly string[],
  { cwd = process.cwd(), env = {}, onStderr }: RunOptions = {},
): Promise<Ended> {
  const child = spawn(command, ['-np', String(ranks), process.execPath, ...args], {
    cwd,
    env: { ...process.env, ...ENV, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    onStderr?.(child, stderr);
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** The process of a rank whose command line has a word in it; null when there is none (yet). Linux only. */
export function pidOfRank(word: string, rank: number): number | null {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(word)) continue;
      const variables = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      if (['OMPI_COMM_WORLD_RANK', 'PMI_RANK'].some((name) => variables.includes(`${name}=${rank}`)))
        return Number(pid);
    } catch {
      // it has ended meanwhile
    }
  }
  return null;
}
