/** Comparisons: figures over seeds, tables, report, picture, and the plan that a command line makes. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PNG } from 'pngjs';
import * as assert from 'uvu/assert';
import { planOf } from '../../src/cli/options/compare_plan.js';
import { configFile } from '../../src/cli/options/config_file.js';
import { COMPARE_OPTIONS, TRAIN_OPTIONS } from '../../src/cli/options/train/train_options.js';
import { compareChart } from '../../src/report/compare/compare_chart.js';
import { cellsCsv, compareEntry, curvesCsv, spread, type FinishedCell } from '../../src/report/compare/comparison.js';
import {
  lastEpochTable,
  mainTable,
  markdownReport,
  perClassTable,
} from '../../src/report/compare/comparison_report.js';
import { COMPARE_PRESETS, TRAIN_PRESETS } from '../../src/cli/options/presets.js';
import { fails, inFolder } from '../data/fixtures.js';
import { suite } from '../support/harness.js';
import { CONFIG } from '../train/fixtures.js';

const test = suite('comparison');

function cell(label: string, seed: number, accuracy: number, epochs = 2): FinishedCell {
  const history = Array.from({ length: epochs }, (_, e) => ({
    epoch: e + 1,
    trainLoss: 1 / (e + 1),
    trainAccuracy: 0.5,
    valLoss: e === 1 ? 0.4 : 0.8,
    valAccuracy: accuracy,
    lr: 0.1,
    seconds: 1,
  }));
  const perClass = ['a', 'b'].map((name, k) => ({
    class: name,
    support: 5,
    precision: 1,
    recall: accuracy - 0.1 * k,
    f1: 1,
  }));
  const summary = {
    model: 'mlp',
    parameters: 1234,
    epochs,
    bestEpoch: epochs,
    split: 'test',
    accuracy,
    loss: 0.5,
    count: 10,
    perClass,
    mostConfused: [],
    stepMilliseconds: 2 + seed,
    seconds: 3,
  };
  const name = `${label}${seed}`;
  return { label, config: { ...CONFIG, seed }, name, run: `runs/${name}`, summary, history };
}

test('spread: mean and sample deviation', () => {
  assert.equal(spread([0.8]), { mean: 0.8, sd: null });
  const { mean, sd } = spread([1, 2, 4]);
  assert.ok(Math.abs(mean - 7 / 3) < 1e-12 && Math.abs((sd ?? 0) - Math.sqrt(7 / 3)) < 1e-12);
});

test('an entry over its seeds, and the tables', () => {
  const entry = compareEntry([cell('x', 0, 0.8), cell('x', 1, 0.9, 3)]);
  assert.equal(
    [entry.seeds, entry.parameters, entry.stepMilliseconds, entry.epochsToBest, entry.curves.length],
    [[0, 1], 1234, 2.5, 2.5, 2],
  );
  assert.equal(entry.lowestValLoss, { loss: 0.4, epoch: 2 });
  assert.equal(mainTable([entry]), {
    headers: ['model', 'test accuracy, %', 'parameters', 'ms/step', 'epochs to best'],
    rows: [['x', '85.00 ± 7.07', '1,234', '2.5', '2.5']],
  });
  assert.equal(lastEpochTable([compareEntry([cell('x', 0, 0.8)])], 'validation').rows, [
    ['x', '50.00', '20.00', '0.500', '0.400', '0.400', '2'],
  ]);
  assert.equal(perClassTable([entry]), {
    headers: ['class', 'x'],
    rows: [
      ['a', '85.0'],
      ['b', '75.0'],
    ],
  });
});

test('entries of data of their own: each with its classes and its part', () => {
  const [wide, narrow] = ['wide', 'narrow'].map((label) => cell(label, 0, 0.8));
  const own = wide.summary.perClass.map((c) => ({ ...c, class: c.class === 'a' ? 'c' : c.class }));
  const entries = [
    { ...narrow, summary: { ...narrow.summary, perClass: narrow.summary.perClass.slice(1), split: 'validation' } },
    { ...wide, summary: { ...wide.summary, perClass: own } },
    cell('usual', 0, 0.9),
  ].map((c) => compareEntry([c]));
  for (const [order, rows] of [
    [
      [0, 1, 2],
      [
        ['b', '70.0', '70.0', '80.0'],
        ['c', '-', '80.0', '-'],
        ['a', '-', '-', '90.0'],
      ],
    ],
    [
      [2, 0],
      [
        ['a', '90.0', '-'],
        ['b', '80.0', '70.0'],
      ],
    ],
  ] as const) {
    assert.equal(perClassTable(order.map((i) => entries[i])).rows, rows);
  }
  const { headers, rows } = mainTable(entries);
  assert.equal(
    [headers[1], ...rows.map((row) => row[1])],
    ['accuracy, %', '80.00 validation', '80.00 test', '90.00 test'],
  );
});

test('without validation the columns are empty', () => {
  const one = cell('x', 0, 0.8);
  const entry = compareEntry([
    { ...one, history: one.history.map((m) => ({ ...m, valLoss: null, valAccuracy: null })) },
  ]);
  assert.equal(lastEpochTable([entry], 'validation').rows, [['x', '50.00', '-', '0.500', '-', '-', '-']]);
});

test('the report says what was the same, what was not, and what diverged', () => {
  const cells = [cell('x', 0, 0.8), { ...cell('y', 0, 0.7), config: { ...CONFIG, lr: 0.5 } }];
  const text = markdownReport(
    cells.map((c) => compareEntry([c])),
    { title: 'T', command: 'weft compare', adapter: 'A', cells, diverged: [cell('z', 3, 0)] },
  );
  for (const pattern of [
    /^# T$/m,
    /Recipe: data synthetic, epochs 2, batch 32, optimizer adam, momentum/,
    /^\* y: model mlp, lr 0\.5$/m,
    /^\| x \| 80\.00 \| 1,234 \|/m,
    /z seed 3/,
    /One seed/,
    /!\[curves\]\(curves\.png\)/,
  ])
    assert.match(text, pattern);
  assert.not.match(text, /undefined|NaN|\[object/);
  assert.is(cellsCsv(cells).split('\n')[1], 'x,mlp,0,test,0.8,0.5,1234,2,2,2,3,runs/x0');
  assert.is(curvesCsv(cells).split('\n')[2], 'x,0,2,0.5,0.5,0.4,0.8,0.1');
});

test('the picture: the same bytes, a line for each entry, a band for several seeds', async () => {
  const one = [cell('x', 0, 0.8), cell('y', 0, 0.6)];
  const { png, svg } = await compareChart(one, 'T', 'validation');
  const { width, height } = PNG.sync.read(Buffer.from(png));
  assert.ok(width > 1500 && height > 1000, `${width} x ${height}`);
  assert.equal((await compareChart(one, 'T', 'validation')).png, png);
  for (const color of ['#0072B2', '#D55E00']) assert.ok(svg.includes(color));
  assert.match(svg, /Validation error/);
  const banded = (await compareChart([...one, cell('x', 1, 0.7)], 'T', 'test')).svg;
  for (const words of [/range over the seeds/, /Test error/]) assert.match(banded, words);
});

test('a plan: entries times seeds, each in a folder of its configuration', async () => {
  const plan = await planOf(
    { models: 'mlp,lenet5', data: 'synthetic', seeds: '0,2', epochs: '3', schedule: 'cosine' },
    null,
  );
  assert.equal(
    plan.cells.map((c) => [c.label, c.config.model, c.config.seed, c.config.epochs, c.config.schedule]),
    [0, 2].flatMap((seed) => ['mlp', 'lenet5'].map((m) => [m, m, seed, 3, { name: 'cosine' }])),
  );
  assert.is(new Set(plan.cells.map((c) => c.run)).size, 4);
  const other = await planOf(
    { models: 'mlp,lenet5', data: 'synthetic', seeds: '0,2', epochs: '4', schedule: 'cosine' },
    null,
  );
  assert.ok(
    other.cells.every((c, i) => c.run !== plan.cells[i].run),
    'other epochs, other folders',
  );
  assert.equal(
    (await planOf({ models: 'mlp', data: 'synthetic', lr: '0.001' }, null)).cells[0].run,
    (await planOf({ models: 'mlp', data: 'synthetic' }, null)).cells[0].run,
    'a default that is written out changes nothing',
  );
});

test('a YAML file: entries win over the command line, and this over what all share', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'own.yaml');
    writeFileSync(
      path,
      'data: synthetic\nepochs: 5\nlr: 0.1\nseeds: [1, 2]\nmodels:\n  - mlp\n  - model: mlp\n    label: slow\n   ' +
        ' lr: 0.5\n',
    );
    const file = await configFile({ config: path }, 'compare');
    const plan = await planOf({ lr: '0.2' }, file);
    assert.equal(
      plan.cells.map((c) => [c.label, c.config.lr, c.config.epochs, c.config.seed]),
      [
        ['mlp', 0.2, 5, 1],
        ['slow', 0.5, 5, 1],
        ['mlp', 0.2, 5, 2],
        ['slow', 0.5, 5, 2],
      ],
    );
    assert.equal(
      (await planOf({ models: 'slow', seeds: '7' }, file)).cells.map((c) => [c.label, c.config.seed]),
      [['slow', 7]],
    );
    assert.is(plan.out, 'runs/compare-own');
    const refused = (text: string, message: RegExp): Promise<void> => {
      writeFileSync(path, text);
      return configFile({ config: path }, 'compare')
        .then((f) => fails(() => planOf({}, f), 2, message))
        .then(() => undefined);
    };
    await refused('data: synthetic\n', /models is no list/);
    await refused('data: synthetic\nmodels: [7]\n', /entry 7 is neither/);
    await refused('data: synthetic\nmodels: [mlp, mlp]\n', /two entries are called mlp/);
    await refused(
      'data: synthetic\nmodels:\n  - model: mlp\n    epoch: 3\n',
      /own\.yaml \(mlp\): unknown option "epoch"/,
    );
    for (const key of ['seed', 'out', 'resume', 'force', 'preset', 'capture'])
      await refused(
        `data: synthetic\nmodels:\n  - model: mlp\n    ${key}: 1\n`,
        new RegExp(`own\\.yaml \\(mlp\\): an entry has no ${key} of its own`),
      );
    await refused('data: synthetic\nepoch: 3\nmodels: [mlp]\n', /own\.yaml: unknown option "epoch"/);
  }));

test('--models chooses entries by label, and by model where no label is such; none twice', async () => {
  const labels = (name: string, models: string): Promise<string[]> =>
    planOf({ name, models, data: 'synthetic' }, null).then(({ cells }) => cells.map((c) => c.label));
  assert.equal(await labels('fashion', 'fashionnet'), ['fashionnet']);
  assert.equal(await labels('fashion', 'fashionnet-dynamic,cnn,fashionnet'), [
    'fashionnet-dynamic',
    'cnn',
    'fashionnet',
  ]);
  await inFolder(async (folder) => {
    const path = join(folder, 'own.yaml');
    writeFileSync(
      path,
      'data: synthetic\nmodels:\n  - model: mlp\n    label: slow\n  - model: mlp\n    label: fast\n    lr: 0.5\n',
    );
    const { cells } = await planOf({ models: 'fast,mlp' }, await configFile({ config: path }, 'compare'));
    assert.equal(
      cells.map((c) => c.label),
      ['fast', 'slow'],
    );
  });
});

test('presets have names and labels of their own, and options that there are', async () => {
  for (const list of [COMPARE_PRESETS, TRAIN_PRESETS]) assert.is(new Set(list.map((p) => p.name)).size, list.length);
  const known = Object.keys(TRAIN_OPTIONS);
  for (const p of TRAIN_PRESETS)
    assert.equal(
      Object.keys(p.options).filter((o) => !known.includes(o)),
      [],
      p.name,
    );
  for (const p of COMPARE_PRESETS) {
    assert.equal(
      Object.keys(p.options).filter((o) => !(o in COMPARE_OPTIONS) && !known.includes(o)),
      [],
      p.name,
    );
    assert.equal(
      p.entries.flatMap((e) => Object.keys(e)).filter((o) => o !== 'label' && !known.includes(o)),
      [],
      p.name,
    );
    const labels = p.entries.map((e) => e['label'] ?? e['model']);
    assert.is(new Set(labels).size, labels.length, p.name);
  }
  const fashion = await planOf({ name: 'fashion', models: 'cnn,lstm', seeds: '0,1', epochs: '1' }, null);
  assert.equal(
    fashion.cells.map((c) => [c.label, c.config.epochs, c.config.batch, c.config.lr]),
    [0, 1].flatMap(() => [
      ['cnn', 1, 64, 0.001],
      ['lstm', 1, 64, 0.001],
    ]),
  );
});

test.run();
