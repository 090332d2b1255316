/** The way of a user: train, look at the run folder, evaluate, predict. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { FASHION_CLASSES } from '../../../src/data/dataset.js';
import { syntheticGarments } from '../../../src/data/drawn/garments.js';
import { readPngHeader } from '../../support/png.js';
import { readCheckpoint } from '../../../src/train/checkpoint/checkpoint.js';
import { suite } from '../../support/harness.js';
import { weftJson } from '../weft.js';
import { EPOCHS, type Evaluation, HOME, RUN_FILES, type Summary, cwd, picture, quickRun, read } from './quick_run.js';

const test = suite('train, eval, predict');

test('a training run leaves the files of a run folder, and says what it trains on', async () => {
  const { stdout, stderr } = await quickRun();
  const document = JSON.parse(stdout) as Summary & { run: string };
  assert.match(
    stderr,
    /^training mlp on garments train: 1,800 images for training, 200 for validation, 300 for testing; 10 classes; quick$/m,
  );
  assert.equal(readdirSync(join(HOME, 'quick')), RUN_FILES);
  const config = JSON.parse(read('quick/config.json')) as Record<string, unknown>;
  assert.equal(config, {
    data: 'garments',
    model: 'mlp',
    epochs: EPOCHS,
    batch: 50,
    optimizer: 'adam',
    lr: 0.002,
    momentum: 0.9,
    nesterov: false,
    weightDecay: 0,
    valSplit: 0.1,
    seed: 5,
    precision: 'f32',
    imageSize: null,
    crop: null,
    classes: null,
    augment: null,
    normalize: 'data',
  });
  const environment = JSON.parse(read('quick/environment.json')) as {
    weftgrad: string;
    runtime: string;
    adapter: { description: string };
  };
  for (const [value, form] of [
    [environment.weftgrad, /^\d/],
    [environment.runtime, /^node v\d/],
    [environment.adapter.description, /./],
  ] as const)
    assert.match(value, form);
  const [header, ...rows] = read('quick/metrics.csv').trimEnd().split('\n');
  assert.is(header, 'epoch,train_loss,train_accuracy,val_loss,val_accuracy,lr,seconds');
  assert.is(rows.length, EPOCHS);
  for (const [i, row] of rows.entries()) {
    const values = row.split(',').map(Number);
    assert.is(values.length, 7);
    assert.ok(
      values.every((v) => Number.isFinite(v) && v > 0),
      row,
    );
    assert.equal([values[0], values[5]], [i + 1, 0.002]);
  }
  const summary = JSON.parse(read('quick/summary.json')) as Summary;
  assert.equal([summary.epochs, summary.parameters, summary.split, summary.count], [EPOCHS, 235_146, 'test', 300]);
  assert.ok(summary.accuracy > 0.65, `accuracy ${summary.accuracy}`);
  assert.equal([document.run, document.accuracy, document.loss], ['quick', summary.accuracy, summary.loss]);
  for (const file of ['curves.png', 'confusion_matrix.png'])
    assert.ok(readPngHeader(readFileSync(join(HOME, 'quick', file))).width > 200);
  const confusion = read('quick/confusion_matrix.csv')
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));
  assert.equal(
    confusion[0],
    ['true/predicted', ...FASHION_CLASSES.map((_, label) => `${label}`)],
    'nothing says what the labels of these files mean',
  );
  assert.is(
    confusion
      .slice(1)
      .flatMap((row) => row.slice(1).map(Number))
      .reduce((a, b) => a + b, 0),
    300,
  );
});

test('eval says the same as the end of training, and agrees with itself', async () => {
  const summary = JSON.parse(read('quick/summary.json')) as Summary;
  const result = await weftJson<Evaluation>(['eval', 'quick', '--data', 'garments', '--split', 'test'], {
    cwd,
    apart: true,
  });
  assert.equal(Object.keys(result), [
    'schema',
    'accuracy',
    'loss',
    'count',
    'perClass',
    'mostConfused',
    'confusion',
    'calibration',
  ]);
  assert.equal([result.accuracy, result.loss, result.count], [summary.accuracy, summary.loss, 300]);
  assert.equal(result.perClass, summary.perClass);
  assert.is(
    result.confusion.reduce((n, row, c) => n + row[c], 0),
    Math.round(300 * result.accuracy),
  );
  for (const [c, { support, recall }] of result.perClass.entries())
    assert.ok(support === 30 && Math.abs(recall - result.confusion[c][c] / 30) < 1e-12);
  const last = (await readCheckpoint(join(HOME, 'quick/last.safetensors'))).header.progress.history[EPOCHS - 1];
  const validation = await weftJson<Evaluation>(
    ['eval', 'quick', '--data', 'garments', '--split', 'validation', '--checkpoint', 'last'],
    { cwd },
  );
  assert.is(validation.count, 200);
  assert.is(validation.accuracy, last.valAccuracy, 'the very images that were held back');
});

test('predict names what most pictures show, at any size and on light and dark ground', async () => {
  const { train: data } = syntheticGarments({ train: 20, test: 0, seed: 77 });
  const names = Array.from({ length: 40 }, (_, i) => `${i % 2 === 0 ? 'small' : 'large'}${i >> 1}.png`);
  for (const [i, name] of names.entries())
    writeFileSync(join(HOME, name), picture(data.images.subarray((i >> 1) * 784, ((i >> 1) + 1) * 784), i % 2 === 1));
  const { answers: results } = await weftJson<{
    answers: { file: string; top: { class: string; probability: number }[] }[];
  }>(['predict', 'quick', ...names, '--top', '2'], { cwd });
  assert.equal(
    results.map((r) => r.file),
    names,
  );
  const right = [0, 0];
  for (const [i, { top }] of results.entries()) {
    assert.is(top.length, 2);
    assert.ok(top[0].probability >= top[1].probability && top[0].probability <= 1 && top[1].probability >= 0);
    if (top[0].class === `${data.labels[i >> 1]}`) right[i % 2]++;
  }
  assert.ok(right[0] >= 11 && right[1] >= 11, `${right[0]} of 20 small and ${right[1]} of 20 large ones`);
});

test.run();
