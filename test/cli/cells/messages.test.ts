/** What a queue may carry, and what is refused that comes out of one. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import type { PlannedCell } from '../../../src/cells/cell.js';
import { JOB, parseMessage, requireNoFiles, RESULT, type JobData } from '../../../src/cli/cells/queue/messages.js';
import { keepResult, packResult } from '../../../src/cli/cells/queue/results.js';
import { parseServer } from '../../../src/cli/cells/queue/server.js';
import { suite } from '../../support/harness.js';

const test = suite('messages of a queue');
const cwd = mkdtempSync(join(tmpdir(), 'weft-messages-'));
test.after(() => rmSync(cwd, { recursive: true, force: true }));

const CELL: PlannedCell = { key: 'a-1', group: 'a', label: 'a, seed 1', result: 'a-1/summary.json', needs: {} };
const OPTION = { models: 'mlp', data: 'synthetic' };
const PLAN: JobData['plan'] = { kind: 'compare', version: '1', options: OPTION, file: null, cells: [CELL] };
const GOOD: JobData = { format: 'weft-job-1', table: 'cmp', digest: 'a'.repeat(64), plan: PLAN };

const refused = (body: () => unknown, says: RegExp): void => {
  let message = '';
  try {
    body();
  } catch (error) {
    message = (error as Error).message;
  }
  assert.match(message, says);
};

test('a job is data of a known form: nothing more, no command, no path that leads out', () => {
  assert.equal(parseMessage(JOB, GOOD, 'a job'), GOOD);
  const withCell = (cell: object): object => ({ ...GOOD, plan: { ...PLAN, cells: [{ ...CELL, ...cell }] } });
  const bad: readonly (readonly [object, RegExp])[] = [
    [{ ...GOOD, command: 'rm -rf' }, /command/],
    [{ ...GOOD, table: '../up' }, /table/],
    [{ ...GOOD, table: '.hidden' }, /table/],
    [{ ...GOOD, digest: 'x' }, /digest/],
    [withCell({ key: 'a/b' }), /key/],
    [withCell({ group: '..' }), /group/],
    [withCell({ result: '../../x/result.json' }), /result/],
    [withCell({ result: '/etc/passwd' }), /result/],
    [{ ...GOOD, plan: { ...PLAN, kind: 'shell' } }, /kind/],
    [{ ...GOOD, plan: { ...PLAN, options: { data: ['a'] } } }, /options/],
    [{ ...GOOD, plan: { ...PLAN, cells: [CELL, { ...CELL, key: 'b', group: 'b' }] } }, /more than one group/],
    [{ ...GOOD, plan: { ...PLAN, cells: [CELL, CELL] } }, /twice/],
    [{ ...GOOD, plan: { ...PLAN, cells: [] } }, /cells/],
  ];
  for (const [message, says] of bad) refused(() => parseMessage(JOB, message, 'a job'), says);
});

test('options that name files are not sent, and not believed', () => {
  const of = (options: Record<string, string>, values: Record<string, unknown> | null = null) => ({
    options: { ...OPTION, ...options },
    file: values === null ? null : { name: 'file.yaml', values },
  });
  for (const fine of [of({}), of({ pretrained: 'imagenet' }), of({ classes: 'hat,tops=shirt+coat' })])
    requireNoFiles(fine, false);
  requireNoFiles(of({ data: 'photos' }), true);
  refused(() => requireNoFiles(of({ data: '/etc' }), false), /of the data \/etc, and this worker was not told/);
  refused(() => requireNoFiles(of({ pretrained: '../w.safetensors' }), true), /--pretrained names a file/);
  refused(() => requireNoFiles(of({ classes: 'map.yaml' }), true), /--classes names a file/);
  refused(() => requireNoFiles(of({ 'image-root': 'x' }), true), /--image-root names a file/);
  refused(() => requireNoFiles(of({ 'class-vectors': 'x.csv' }), true), /--class-vectors names a file/);
  refused(() => requireNoFiles(of({}, { models: [{ imageRoot: 'x' }] }), true), /--image-root names a file/);
});

test('files of a cell go and come back whole; a second result is recognised; others’ names are refused', async () => {
  const [there, here] = [join(cwd, 'there'), join(cwd, 'here')];
  mkdirSync(join(there, 'a-1'), { recursive: true });
  mkdirSync(here);
  for (const name of ['summary.json', 'metrics.csv', 'last.safetensors', '.weft-lock'])
    writeFileSync(join(there, 'a-1', name), `of ${name}`);
  const packed = await packResult(there, CELL, 'compare');
  assert.equal((await keepResult(here, [CELL], packed))?.isSecond, false);
  assert.equal(readdirSync(join(here, 'a-1')), ['last.safetensors', 'metrics.csv', 'summary.json']);
  assert.is(readFileSync(join(here, 'a-1/summary.json'), 'utf8'), 'of summary.json');
  assert.equal((await keepResult(here, [CELL], packed))?.isSecond, true);
  assert.is(await keepResult(here, [{ ...CELL, key: 'other' }], packed), null);
  assert.not(existsSync(join(here, 'cells')));

  const [file] = packed.files;
  refused(() => parseMessage(RESULT, { ...packed, files: [{ ...file, name: '../x' }] }, 'a result'), /files\.0\.name/);
  rmSync(join(here, 'a-1'), { recursive: true });
  const spoiled = { ...packed, files: [{ ...file, base64: Buffer.from('other').toString('base64') }] };
  const why = await keepResult(here, [CELL], spoiled).then(String, (e: Error) => e.message);
  assert.match(why, /is damaged/);
});

test('what is too large for a queue is refused, checkpoints that no table needs are left out', async () => {
  mkdirSync(join(cwd, 'large/a-1'), { recursive: true });
  const at = (name: string): string => join(cwd, 'large/a-1', name);
  for (const name of ['summary.json', 'last.safetensors']) writeFileSync(at(name), 'x');
  writeFileSync(at('best.safetensors'), new Uint8Array(33 * 2 ** 20));
  const names = async (): Promise<string[]> =>
    (await packResult(join(cwd, 'large'), CELL, 'compare')).files.map((f) => f.name).sort();
  assert.equal(await names(), ['last.safetensors', 'summary.json']);
  writeFileSync(at('last.safetensors'), new Uint8Array(33 * 2 ** 20));
  const why = await names().then(String, (e: Error) => e.message);
  assert.match(why, /the files of a, seed 1 are \d+ bytes, a queue carries 33554432 of a cell/);
});

test('the address of a queue: a password stays out of it', () => {
  assert.is(parseServer('redis://10.0.0.5').name, 'redis://10.0.0.5:6379');
  const { connection } = parseServer('rediss://me@host:7000/2');
  assert.equal([connection.username, connection.port, connection.db, connection.tls], ['me', 7000, 2, {}]);
  refused(() => parseServer('redis://me:secret@host'), /^--queue holds a password/);
  for (const wrong of ['http://host', 'host', 'redis://host/a', 'redis://host?a=b'])
    refused(() => parseServer(wrong), /is no address/);
});

test.run();
