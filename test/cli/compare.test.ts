/** `weft compare` and `weft lr-find` as a user runs them. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../support/harness.js';
import { writeGarments } from './garments.js';
import { weft, weftJson } from './weft.js';

const test = suite('compare, lr-find');

const cwd = mkdtempSync(join(tmpdir(), 'weft-compare-'));
test.after(() => rmSync(cwd, { recursive: true, force: true }));
writeGarments(join(cwd, 'garments'), { train: 300, test: 100, seed: 3 });

interface Compared {
  readonly entries: readonly {
    readonly label: string;
    readonly accuracy: { readonly mean: number; readonly sd: number | null };
    readonly stepMilliseconds: number;
  }[];
  readonly cells: readonly { readonly run: string }[];
}

const words = [
  'compare',
  '--models',
  'mlp,lenet5',
  '--data',
  'garments',
  '--epochs',
  '2',
  '--seeds',
  '0,1',
  '--out',
  'cmp',
  '--schedule',
  'onecycle',
];

test('a comparison writes table, curves and report; what is done is not done again', async () => {
  const first = await weftJson<Compared>(words, { cwd });
  assert.equal(
    first.entries.map((e) => e.label),
    ['mlp', 'lenet5'],
  );
  assert.ok(first.entries.every((e) => e.accuracy.mean > 0.1 && e.accuracy.sd !== null && e.stepMilliseconds > 0));
  assert.is(first.cells.length, 4);
  assert.equal(
    readdirSync(join(cwd, 'cmp')).filter((f) => f.includes('.')),
    ['compare.csv', 'compare.json', 'curves.csv', 'curves.png', 'curves.svg', 'report.md'],
  );
  assert.match(
    readFileSync(join(cwd, 'cmp/report.md'), 'utf8'),
    /weft compare --models mlp,lenet5 --data garments --epochs 2 --seeds 0,1 --schedule onecycle[\s\S]*\| lenet5 \|/,
  );
  const again = await weft(words, { cwd });
  assert.is(again.code, 0, again.stderr);
  assert.is(again.stderr.match(/done before/g)?.length, 4);
  // A run that was stopped before its summary goes on from its checkpoint, one that is gone is trained again: the same
  // figures.
  rmSync(join(cwd, first.cells[1].run, 'summary.json'));
  rmSync(join(cwd, first.cells[2].run), { recursive: true });
  const mended = await weftJson<Compared>(words, { cwd });
  assert.equal(
    mended.entries.map((e) => e.accuracy),
    first.entries.map((e) => e.accuracy),
  );
});

test('finished runs of data that have changed since are not taken for runs of these', async () => {
  const before = readFileSync(join(cwd, 'garments/t10k-labels-idx1-ubyte'));
  const changed = Buffer.from(before);
  changed[changed.length - 1] = (changed[changed.length - 1] + 1) % 10;
  writeFileSync(join(cwd, 'garments/t10k-labels-idx1-ubyte'), changed);
  const { code, stderr } = await weft(words, { cwd });
  writeFileSync(join(cwd, 'garments/t10k-labels-idx1-ubyte'), before);
  assert.is(code, 3, stderr);
  assert.match(
    stderr,
    /garments is not what cmp.mlp-seed0-\w+.last\.safetensors was trained and measured on[\s\S]*fix: remove the folder of that run/,
  );
});

test('a run that diverges is named, the others are compared', async () => {
  const { code, stderr } = await weft(
    ['compare', '--models', 'mlp', '--data', 'garments', '--epochs', '1', '--lr', '1e30', '--out', 'bad'],
    { cwd },
  );
  assert.is(code, 6, stderr);
  assert.match(stderr, /1 of 1 runs diverged: mlp seed 0/);
});

test('lr-find writes picture, CSV and JSON, and no checkpoint', async () => {
  const found = await weftJson<{ suggested: number; steps: number }>(
    [
      'lr-find',
      '--data',
      'garments',
      '--model',
      'mlp',
      '--optimizer',
      'sgd',
      '--steps',
      '40',
      '--to',
      '10',
      '--out',
      'lrf',
    ],
    { cwd },
  );
  assert.ok(found.suggested > 1e-6 && found.suggested < 10);
  assert.equal(readdirSync(join(cwd, 'lrf')), ['lr_find.csv', 'lr_find.json', 'lr_find.png']);
  assert.is(readFileSync(join(cwd, 'lrf/lr_find.csv'), 'utf8').trimEnd().split('\n').length, found.steps + 1);
});

test.run();
