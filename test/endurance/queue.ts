/**
 * `npm run test:queue`: the table of `weft imbalance` by three workers of a queue on drawn data, 24 cells, with a
 * worker killed (SIGKILL) every 20 s and the server restarted twice; its files must be those of one process, byte for
 * byte. The workers share no folder: each has a cache of its own. Takes minutes. Its last line: `N passed, N failed, N
 * skipped`.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { REDIS, TestRedis } from '../support/redis.js';

const SCRIPT = fileURLToPath(new URL('../../../scripts/weft.mjs', import.meta.url));
const WORKERS = 3;
const KILL_MILLISECONDS = 20_000;
const RESTARTS = 2;
const RESTART_MILLISECONDS = 50_000;
const FILES = ['acc_h.png', 'acc_h.svg', 'per_class.csv', 'table.csv', 'table.json', 'table.md'];
const TABLE = [
  ...['imbalance', '--data', 'synthetic', '--model', 'mlp', '--epochs', '20', '--cap', '100', '--minority', '4'],
  ...['--n-f', '5,10,20', '--seeds', '2', '--methods', 'plain,oversample:4,head:4,vae:4', '--val-split', '0.25'],
  ...['--vae-epochs', '40', '--latent', '8', '--vae-hidden', '32', '--classifier-epochs', '5'],
];

const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** What a process says is kept. */
interface Started {
  readonly child: ChildProcess;
  readonly said: () => string;
  readonly ended: Promise<number | null>;
}

function start(words: readonly string[], cwd: string, cache: string): Started {
  const child = spawn(process.execPath, [SCRIPT, ...words], {
    cwd,
    env: { ...process.env, WEFT_TUNE: '0', WEFT_CACHE: join(cwd, cache) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (more: string) => (text += more));
  return { child, said: () => text, ended: new Promise((resolve) => child.on('close', resolve)) };
}

/** Kills one worker after the other, each begun again at once, until the table is there. */
async function disturbed(
  home: string,
  server: TestRedis,
): Promise<{ kills: number; restarts: number; table: Started }> {
  const table = start([...TABLE, '--out', 'queued', '--queue', server.url], home, 'cache');
  const worker = (i: number): Started => start(['worker', '--queue', server.url], home, `cache${i}`);
  const workers = Array.from({ length: WORKERS }, (_, i) => worker(i));
  let [kills, restarts] = [0, 0];
  const killing = setInterval(() => {
    const i = kills++ % WORKERS;
    workers[i].child.kill('SIGKILL');
    workers[i] = worker(i);
  }, KILL_MILLISECONDS);
  const restarting = setInterval(() => {
    if (restarts++ < RESTARTS) void server.restart();
  }, RESTART_MILLISECONDS);
  await table.ended;
  clearInterval(killing);
  clearInterval(restarting);
  for (const { child } of workers) child.kill('SIGTERM');
  await Promise.all(workers.map((w) => w.ended));
  return { kills, restarts: Math.min(restarts, RESTARTS), table };
}

async function prove(home: string): Promise<boolean> {
  const local = start([...TABLE, '--out', 'local'], home, 'cache');
  if ((await local.ended) !== 0) throw new Error(local.said());
  const server = await TestRedis.start();
  const began = performance.now();
  try {
    const { kills, restarts, table } = await disturbed(home, server);
    const seconds = Math.round((performance.now() - began) / 1000);
    if ((await table.ended) !== 0) throw new Error(table.said());
    const twice = table.said().match(/computed twice/g)?.length ?? 0;
    say(
      `24 cells in ${seconds} s: ${kills} workers killed, ${restarts} restarts of the server, ${twice} results twice`,
    );
  } finally {
    await server.stop();
  }
  const isSame = (name: string): boolean =>
    readFileSync(join(home, 'local', name)).equals(readFileSync(join(home, 'queued', name)));
  for (const name of FILES) say(`${name}: ${isSame(name) ? 'the same bytes' : 'OTHER BYTES'}`);
  return FILES.every(isSame);
}

if (REDIS === null) say('0 passed, 0 failed, 1 skipped (no redis-server, no valkey-server)');
else {
  const home = mkdtempSync(join(tmpdir(), 'weft-queue-'));
  try {
    const isSame = await prove(home);
    say(isSame ? '1 passed, 0 failed, 0 skipped' : '0 passed, 1 failed, 0 skipped');
    if (!isSame) process.exitCode = 1;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
