/** `npm run campaign`: its parts, their ends, the file, and the whole of it at tiny sizes. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import {
  emptyDocument,
  privateWords,
  readEarlier,
  withoutPrivate,
  writeDocument,
} from '../../bench/campaign/document.js';
import type { CampaignDocument, PartResult } from '../../bench/campaign/document.js';
import { cardOf, estimatesOf } from '../../bench/campaign/estimates.js';
import { figuresOf } from '../../bench/campaign/figures.js';
import { parseOptions } from '../../bench/campaign/options.js';
import { partsOf, ROOT, type Part } from '../../bench/campaign/parts.js';
import { read, runPart } from '../../bench/campaign/run.js';
import { summary } from '../../bench/campaign/summary.js';
import { workloadOf } from '../../bench/campaign/workloads.js';
import { CARDS } from '../../bench/verdict/cards.js';
import { DataError, UsageError } from '../../src/device/errors.js';
import { suite } from '../support/harness.js';

const test = suite('campaign');
const folder = mkdtempSync(join(tmpdir(), 'weft-test-campaign-'));
test.after(() => rmSync(folder, { recursive: true, force: true }));

const script = (code: string, reading: Part['reading'] = 'lines'): Part => ({
  name: 'script',
  limit: 10,
  program: process.execPath,
  args: ['-e', code],
  reading,
});
const lines = `console.log('{"name":"a","ms":1}'); console.log('noise'); `;

test('a part ends well, fails, takes too long, is stopped, is left out, or cannot be started', async () => {
  const ended = async (part: Part, most = 20): Promise<PartResult> => runPart(part, most, { TOLD: 'x' }).result;
  const well = await ended(script(`${lines} console.log(JSON.stringify({ name: process.env.TOLD }))`));
  assert.equal([well.state, well.note, well.data], ['done', null, [{ name: 'a', ms: 1 }, { name: 'x' }]]);
  const failed = await ended(script(`${lines} console.error('no memory'); process.exitCode = 3`));
  assert.equal([failed.state, failed.note, failed.data], ['failed', 'exit code 3: no memory', [{ name: 'a', ms: 1 }]]);
  const slow = await ended(script(`${lines} setInterval(() => {}, 1000)`), 1.5);
  assert.equal([slow.state, slow.note, slow.data], ['too slow', 'ended after 2 s', [{ name: 'a', ms: 1 }]]);
  const left = await ended(script(`console.error('no CUDA'); process.exitCode = 77`));
  assert.equal([left.state, left.note, left.data], ['skipped', 'no CUDA', null]);
  const none = await ended({ ...script(''), program: join(folder, 'no-such-program') });
  assert.is(none.state, 'skipped');
  assert.match(none.note ?? '', /cannot be started.*ENOENT/);
  const running = runPart(script('setInterval(() => {}, 1000)'), 20, {});
  setTimeout(running.stop, 200);
  assert.is((await running.result).state, 'stopped');
});

test('what a part prints', () => {
  assert.equal(read('json', '{"rows":[]}\n'), { rows: [] });
  assert.is(read('json', '{"rows":['), null);
  assert.equal(read('lines', '{"a":1}\n{"a":'), [{ a: 1 }], 'half a line is none');
  assert.equal(read('tests', '   FAIL  norm  "far from 0"\n\n9 passed, 1 failed, 0 skipped\n'), {
    passed: 9,
    failed: 1,
    skipped: 0,
    failures: ['norm  "far from 0"'],
  });
});

test('nothing private is in the file', () => {
  const words = privateWords(ROOT);
  const name = userInfo().username;
  const given = {
    path: '/somewhere/tuned.json',
    note: `${ROOT}/x and ${homedir()}/y by ${name} on ${hostname()}; ${name}s`,
    list: [{ path: 1, kept: `${tmpdir()}/z` }],
  };
  const text = JSON.stringify(withoutPrivate(given, words));
  for (const word of [ROOT, '/somewhere', `${homedir()}/y`, `by ${name} `]) assert.not(text.includes(word), word);
  assert.match(text, /WEFT\/x and .*; .*s"/);
});

test('options, and files that are no campaign’s', () => {
  const names = partsOf('small', null).map((p) => p.name);
  assert.is(parseOptions(['--help'], names), null);
  assert.is(parseOptions(['--minutes', '2', '--small'], names)?.seconds, 120);
  for (const wrong of [
    ['--minutes', '0'],
    ['--parts', 'nonsense'],
    ['--card', 'Voodoo 2'],
    ['--resume', '--fresh'],
    ['--frobnicate'],
  ])
    assert.throws(
      () => parseOptions(wrong, names),
      (e: unknown) => e instanceof UsageError,
      wrong.join(' '),
    );
  const path = join(folder, 'other.json');
  assert.is(readEarlier(path, 'full'), null);
  for (const text of ['no JSON', '{"kind":"kernels"}', JSON.stringify({ ...emptyDocument('full'), schema: 0 })]) {
    writeFileSync(path, text);
    assert.throws(
      () => readEarlier(path, 'full'),
      (e: unknown) => e instanceof DataError,
      text,
    );
  }
  writeDocument(path, emptyDocument('small'));
  assert.throws(() => readEarlier(path, 'full'), /is of a small campaign/);
  assert.is(readEarlier(path, 'small')?.size, 'small');
});

test('every workload of the whole campaign is one', () => {
  const asked = partsOf('full', null).flatMap((p) => p.args.filter((a) => / (f32|f16)$/.test(a)));
  assert.ok(asked.length > 100, String(asked.length));
  for (const name of asked) assert.is(workloadOf(name).name, name);
  assert.is(workloadOf('conv2d 32x3x224x224x64x7s2 y f32').flops, 2 * 32 * 64 * 112 * 112 * 3 * 49);
  assert.throws(() => workloadOf('matmul 2x3x4 f32'), /there is no workload/);
});

test('figures: what was measured, tuned, by PyTorch and by the judge, side by side', () => {
  const card = cardOf('NVIDIA H100 SXM5 80GB: 550.54') ?? CARDS[0];
  assert.is(card.name, 'H100 SXM');
  assert.is(cardOf('NVIDIA GeForce RTX 4090: 1.2')?.name, 'RTX 4090');
  assert.is(cardOf('llvmpipe'), null);
  const part = (data: unknown): PartResult => ({ state: 'done', seconds: 1, note: null, data });
  const name = 'matmul 512x512x512';
  const parts = {
    facts: part([{ roofs: { fmaGflops: 1000, copyGbs: 10 } }]),
    products_plain: part([
      { name: `${name} f32`, ms: 4, flops: 1e9 },
      { name: `${name} f16`, error: 'no shader-f16' },
    ]),
    products_tuned: part([{ name: `${name} f32`, ms: 2, flops: 1e9 }]),
    add_plain: part({ rows: [{ name: 'add 8', variant: 'default', ms: 1, flops: 0, bytes: 5e6 }] }),
    torch: part([
      { name, ms: 1 },
      { name: `${name} tf32`, ms: 0.5 },
    ]),
  };
  const subject = { name: 'matmul512', mode: 'train', batch: 64, precision: 'f32' };
  const judged = [{ steps: [{ subject, estimated: [{ card: card.name, ms: 1.5 }] }] }];
  const figures = figuresOf(parts, estimatesOf([judged], card));
  assert.equal(figures, [
    {
      name,
      plain: 4,
      tuned: 2,
      torch: 1,
      torchTf32: 0.5,
      estimated: 1.5,
      gflops: 500,
      gbs: null,
      percentOfRoof: 50,
    },
    {
      name: 'add 8',
      plain: 1,
      tuned: null,
      torch: null,
      torchTf32: null,
      estimated: null,
      gflops: null,
      gbs: 5,
      percentOfRoof: 50,
    },
  ]);
  const text = summary({ ...emptyDocument('full'), card: card.name, parts, figures });
  assert.match(text, /defaults +tuned +PyTorch +TF32 +estimated/);
  assert.match(text, /matmul 512x512x512 +4\.00 +2\.00 +1\.00 +0\.500 +1\.50 +500 +50/);
});

/** Runs it; `onLine` hears what it says meanwhile. */
function campaign(args: readonly string[], onLine: (line: string, stop: () => void) => void = () => {}) {
  const main = fileURLToPath(new URL('../../bench/campaign/main.js', import.meta.url));
  const child = spawn(process.execPath, [main, '--small', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => (stdout += String(chunk)));
  child.stderr.on('data', (chunk) => {
    stderr += String(chunk);
    onLine(String(chunk), () => child.kill('SIGINT'));
  });
  return new Promise<{ code: number | null; stdout: string; stderr: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

test('the small form: stopped, gone on with, and out of time', async () => {
  const out = join(folder, 'campaign.json');
  const document = (): CampaignDocument => JSON.parse(readFileSync(out, 'utf8')) as CampaignDocument;
  const parts = ['--parts', 'facts,products_plain,elementwise_plain,tune,products_tuned,estimates'];
  const stopped = await campaign(['--out', out, ...parts], (line, stop) => {
    if (line.includes('products_plain (')) stop();
  });
  assert.is(stopped.code, 130, stopped.stderr);
  assert.equal([document().parts['facts'].state, document().parts['products_plain'].state], ['done', 'stopped']);

  const began = performance.now();
  const whole = await campaign(['--out', out, '--resume', '--minutes', '0.6', ...parts]);
  assert.ok(performance.now() - began < 50_000, 'bounded');
  assert.is(whole.code, 0, whole.stderr);
  assert.match(whole.stderr, /facts: kept/);
  assert.match(whole.stdout, /matmul 64x64x64 /);
  const { schema, kind, engine, size, figures, ...rest } = document();
  assert.equal([schema, kind, size], [1, 'campaign', 'small']);
  assert.match(engine, /^weftgrad /);
  for (const { state, seconds, data } of Object.values(rest.parts)) {
    assert.ok(['done', 'skipped', 'too slow'].includes(state), state);
    assert.ok(seconds >= 0 && (state !== 'done' || data !== null));
  }
  assert.is(rest.parts['products_plain'].state, 'done');
  assert.ok((figures.find((f) => f.name === 'matmul 64x64x64')?.plain ?? 0) > 0);
  assert.is(rest.parts['estimates'].note, 'no model of this card (bench/verdict/cards.ts)');
  const text = readFileSync(out, 'utf8');
  for (const word of [ROOT, `${homedir()}/`]) assert.not(text.includes(word), word);

  // no adapter of this name: each part says so, and the next one runs
  const none = await campaign([
    '--out',
    join(folder, 'none.json'),
    '--adapter',
    'no such card',
    '--parts',
    'facts,doctor',
  ]);
  assert.is(none.code, 8);
  assert.match(none.stdout, /facts +failed .*no such card/);
  assert.match(none.stdout, /doctor +failed .*no such card/);
});

test.run();
