/** Slurm on this machine alone, for a test: one node, all of it in a folder of its own, on 127.0.0.1, ended with it. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from './redis.js';

const PROGRAMS = ['munged', 'slurmctld', 'slurmd', 'sbatch'];

/** Why it cannot be started here; null when it can. */
export function noSlurm(): string | null {
  const missing = PROGRAMS.find((name) => spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0);
  if (missing !== undefined) return `no ${missing}`;
  return process.getuid?.() === 0 ? null : 'it wants root';
}

export class TestSlurm {
  readonly env: Readonly<Record<string, string>>;
  readonly #folder: string;
  readonly #daemons: ChildProcess[] = [];

  private constructor(folder: string) {
    this.#folder = folder;
    this.env = { SLURM_CONF: join(folder, 'slurm.conf') };
  }

  /** Null where its node does not come up: in a container, say, whose host keeps control groups to itself. */
  static async start(): Promise<TestSlurm | null> {
    const slurm = new TestSlurm(mkdtempSync(join(tmpdir(), 'weft-slurm-')));
    if (await slurm.#start()) return slurm;
    await slurm.stop();
    return null;
  }

  async #start(): Promise<boolean> {
    const at = (...names: string[]): string => join(this.#folder, ...names);
    for (const name of ['state', 'spool']) mkdirSync(at(name));
    writeFileSync(at('key'), randomBytes(1024), { mode: 0o400 });
    const [control, node] = [await freePort(), await freePort()];
    const host = hostname().replace(/\..*/, '');
    writeFileSync(
      at('slurm.conf'),
      [
        ...['ClusterName=weft', `SlurmctldHost=${host}(127.0.0.1)`, `SlurmctldPort=${control}`, `SlurmdPort=${node}`],
        ...['CommunicationParameters=NoInAddrAny,NoCtldInAddrAny', 'AuthType=auth/munge', 'CryptoType=crypto/munge'],
        ...[`AuthInfo=socket=${at('munge')}`, 'SlurmUser=root', 'SlurmdUser=root', `StateSaveLocation=${at('state')}`],
        ...[`SlurmdSpoolDir=${at('spool')}`, `SlurmctldPidFile=${at('ctld.pid')}`, `SlurmdPidFile=${at('d.pid')}`],
        ...[`SlurmctldLogFile=${at('ctld.log')}`, `SlurmdLogFile=${at('d.log')}`, 'ProctrackType=proctrack/linuxproc'],
        ...['TaskPlugin=task/none', 'SelectType=select/cons_tres', 'SelectTypeParameters=CR_CPU', 'MpiDefault=none'],
        ...['ReturnToService=2', 'SwitchType=switch/none', `NodeName=${host} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN`],
        `PartitionName=all Nodes=${host} Default=YES MaxTime=INFINITE State=UP`,
      ].join('\n') + '\n',
    );
    const files = ['key-file=key', 'socket=munge', 'pid-file=munge.pid', 'log-file=munge.log', 'seed-file=munge.seed'];
    this.#daemon('munged', [
      ...['--foreground', '--force'],
      ...files.map((file) => `--${file.replace('=', `=${this.#folder}/`)}`),
    ]);
    await pause(1000);
    this.#daemon('slurmctld', ['-D']);
    this.#daemon('slurmd', ['-D', '-N', host]);
    for (let tries = 0; !/\bidle\b/.test(this.run('sinfo', ['--noheader'])); tries++) {
      if (tries > 60) return false;
      await pause(500);
    }
    return true;
  }

  #daemon(name: string, words: readonly string[]): void {
    this.#daemons.push(spawn(name, words, { env: { ...process.env, ...this.env }, stdio: 'ignore' }));
  }

  /** What a program of Slurm's prints. */
  run(name: string, words: readonly string[], cwd = this.#folder): string {
    const { stdout, stderr } = spawnSync(name, words, { cwd, env: { ...process.env, ...this.env }, encoding: 'utf8' });
    return `${stdout}${stderr}`;
  }

  async stop(): Promise<void> {
    for (const daemon of [...this.#daemons].reverse()) {
      const ended = new Promise((resolve) => daemon.once('exit', resolve));
      if (daemon.exitCode === null && daemon.kill('SIGTERM')) await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
