/**
 * A Redis or Valkey server of a test's own: on 127.0.0.1, at a free port, in a folder of its own, ended with the test.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** Its program; null where none is installed. */
export const REDIS: string | null =
  ['redis-server', 'valkey-server'].find((name) => spawnSync(name, ['--version']).status === 0) ?? null;

export class TestRedis {
  readonly port: number;
  readonly #folder = mkdtempSync(join(tmpdir(), 'weft-redis-'));
  readonly #password: string | null;
  #process: ChildProcess | null = null;

  private constructor(port: number, password: string | null) {
    this.port = port;
    this.#password = password;
  }

  static async start(password: string | null = null): Promise<TestRedis> {
    const server = new TestRedis(await freePort(), password);
    await server.restart();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** What it has taken it keeps: the append-only file is on. */
  async restart(): Promise<void> {
    await this.#end();
    const secret = this.#password === null ? [] : ['--requirepass', this.#password];
    this.#process = spawn(
      REDIS as string,
      [
        ...['--port', String(this.port), '--bind', '127.0.0.1', '--dir', this.#folder, '--save', ''],
        ...['--appendonly', 'yes', '--maxmemory-policy', 'noeviction', ...secret],
      ],
      { stdio: 'ignore' },
    );
    for (let tries = 0; !(await answers(this.port)); tries++) {
      if (tries > 100) throw new Error('the server does not answer');
      await pause(50);
    }
  }

  async stop(): Promise<void> {
    await this.#end();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #end(): Promise<void> {
    const child = this.#process;
    if (child === null) return;
    this.#process = null;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await ended;
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (is: boolean): void => {
      socket.destroy();
      resolve(is);
    };
    socket.once('connect', () => end(true)).once('error', () => end(false));
  });
}
