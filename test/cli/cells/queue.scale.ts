/** A queue as its users see it: who queues a table, and workers, each a process. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Queue } from 'bullmq';
import * as assert from 'uvu/assert';
import { cellsQueue, PREFIX } from '../../../src/cli/cells/queue/messages.js';
import { skipped, suite } from '../../support/harness.js';
import { REDIS, TestRedis } from '../../support/redis.js';
import { onFastDrivers, weft, type Finished } from '../weft.js';
import { tableBytes, tableWords, writeData } from './table.js';

const test = suite('a queue');
const cwd = mkdtempSync(join(tmpdir(), 'weft-queue-'));
test.after(() => rmSync(cwd, { recursive: true, force: true }));
writeData(cwd);

const cache = (name: string): Record<string, string> => ({ WEFT_CACHE: join(cwd, name) });

/** In a process in which the optional packages cannot be found. */
const without = (...packages: readonly string[]): string => {
  const hook =
    'export async function resolve(name, context, next) { ' +
    `if (${JSON.stringify(packages)}.includes(name)) ` +
    "throw Object.assign(new Error('not found'), { code: 'ERR_MODULE_NOT_FOUND' }); return next(name, context); }";
  const url = `data:text/javascript,${encodeURIComponent(hook)}`;
  const load = `import { register } from 'node:module'; register(${JSON.stringify(url)});`;
  return `--import=data:text/javascript,${encodeURIComponent(load)}`;
};

async function refused(words: string, code: number, says: RegExp, env: Record<string, string> = {}): Promise<void> {
  const ended = await weft(words.split(' '), { cwd, env });
  assert.is(ended.code, code, ended.stderr);
  assert.match(ended.stderr, says);
}

test('a package that is not installed, or no server: what to do is said', async () => {
  for (const name of ['bullmq', 'ioredis'])
    for (const command of ['worker', 'imbalance --data garments --model mlp --n-f 5 --seeds 1 --out none'])
      await refused(
        `${command} --queue redis://127.0.0.1:1`,
        2,
        /needs the packages bullmq and ioredis[\s\S]*fix: npm install bullmq ioredis/,
        { NODE_OPTIONS: without(name) },
      );
  await refused('worker --queue redis://127.0.0.1:1', 3, /cannot be used: [\s\S]*fix: start the server/);
  await refused('worker --queue redis://u:p@127.0.0.1:1', 2, /holds a password[\s\S]*WEFT_QUEUE_PASSWORD/);
  await refused('worker', 2, /--queue is missing/);
});

if (REDIS === null) skipped.push('a queue with workers (no redis-server, no valkey-server)');
else {
  const secret = 'not-in-the-address';
  const server = await TestRedis.start(secret);
  test.after(() => server.stop());
  const password = { WEFT_QUEUE_PASSWORD: secret };

  test('the password comes from the environment', () =>
    refused(`worker --queue ${server.url}`, 3, /cannot be used: [\s\S]*fix: .*WEFT_QUEUE_PASSWORD/));

  /** The table from a queue, by a worker that begins when it is waited for. */
  async function queued(
    out: string,
    worker: readonly string[],
  ): Promise<{ readonly table: Finished; readonly worker: Finished }> {
    let begun: Promise<Finished> | null = null;
    const table = await weft([...tableWords(out), '--queue', server.url], {
      cwd,
      env: password,
      onStderr: (_, text) => {
        if (text.includes('no worker is there yet')) begun ??= working(worker, cache(`cache-${out}`));
      },
    });
    return { table, worker: await (begun as unknown as Promise<Finished>) };
  }

  onFastDrivers(test, 'results that come back by the queue make the table of one process', async () => {
    assert.is((await weft(tableWords('whole'), { cwd })).code, 0);
    const { table, worker } = await queued('sent', ['--data', 'garments']);
    assert.is(table.code, 0, table.stderr);
    assert.is(worker.code, 0, worker.stderr);
    assert.match(worker.stderr, /results go back by it[\s\S]*sent: 2 done/);
    assert.equal(tableBytes(cwd, 'sent'), tableBytes(cwd, 'whole'));
    assert.equal(
      readdirSync(join(cwd, 'sent')).filter((name) => !name.includes('.')),
      ['stages'],
    );
    assert.equal(readdirSync(join(cwd, 'cache-sent')), [], 'the worker leaves nothing behind');
  });

  onFastDrivers(test, 'a worker that shares the folder computes in it', async () => {
    const { table, worker } = await queued('shared', ['--data', 'garments', '--out', '.']);
    assert.is(table.code, 0, table.stderr);
    assert.match(worker.stderr, /tables are in \.[\s\S]*shared: 2 done/);
    assert.equal(tableBytes(cwd, 'shared'), tableBytes(cwd, 'whole'));
  });

  test('a worker that cannot compute a table says why to who queued it', async () => {
    const untold = await queued('untold', []);
    assert.is(untold.table.code, 2, untold.table.stderr);
    assert.match(
      untold.table.stderr,
      /of the data garments, and this worker was not told where they are\n {2}fix: .*--data/,
    );
    const elsewhere = await queued('untold', ['--data', 'garments', '--out', 'nowhere']);
    assert.is(elsewhere.table.code, 2, elsewhere.table.stderr);
    assert.match(elsewhere.table.stderr, /nowhere.untold.plan\.json is not the plan that was queued/);
    const others = await queued('untold', ['--data', 'synthetic']);
    assert.is(others.table.code, 3, others.table.stderr);
    assert.match(others.table.stderr, /the data here are not those of the plan/);
  });

  /** A worker until nothing is left to do. */
  function working(words: readonly string[], env: Record<string, string>): Promise<Finished> {
    return weft(['worker', '--queue', server.url, '--until-empty', ...words], {
      cwd,
      env: { ...password, ...env },
      apart: true,
    });
  }

  test('a job that is none of Weft’s is dropped, and the worker goes on', async () => {
    const connection = { host: '127.0.0.1', port: server.port, password: secret };
    const queue = new Queue(cellsQueue(), { prefix: PREFIX, connection });
    try {
      await queue.add('cells', { command: 'touch /tmp/no' }, { jobId: 'foreign', removeOnFail: true });
      const { code, stderr } = await working([], {});
      assert.is(code, 0, stderr);
      assert.match(stderr, /a job in the queue is none of Weft's/);
      assert.is(await queue.getJob('foreign'), undefined);
    } finally {
      await queue.close();
    }
  });
}

test.run();
