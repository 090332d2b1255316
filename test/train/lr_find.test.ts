/** The learning-rate range test. */
import * as assert from 'uvu/assert';
import { findLearningRate, suggestRate, type RangePoint } from '../../src/train/lr_find.js';
import { rangeChart } from '../../src/report/lr_chart.js';
import { PNG } from 'pngjs';
import { fails } from '../data/fixtures.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { CONFIG, GARMENTS } from './fixtures.js';

const test = gpuSuite('lr_find');

/** A loss that stays, falls around 10^-3 and rises again from 10^-1. */
function valley(): RangePoint[] {
  return Array.from({ length: 61 }, (_, i) => {
    const lr = 10 ** (-6 + i / 10);
    const loss = 2 - 1.5 / (1 + Math.exp(-4 * (Math.log10(lr) + 3))) + (lr > 0.1 ? 10 * (lr - 0.1) : 0);
    return { lr, loss, smoothed: loss };
  });
}

test('the suggestion is the steepest fall, the lowest the bottom', () => {
  const { suggested, lowest } = suggestRate(valley());
  assert.ok(Math.abs(Math.log10(suggested ?? NaN) + 3) < 0.11, `${suggested}`);
  assert.ok(Math.abs(Math.log10(lowest) + 1) < 0.2, `${lowest}`);
  const rising = Array.from({ length: 20 }, (_, i) => ({ lr: 10 ** (i - 10), loss: i, smoothed: i }));
  assert.is(suggestRate(rising).suggested, null, 'nothing falls');
});

test('the loss of a real model falls and blows up; the same seed finds the same', async () => {
  const device = await testDevice();
  const options = { from: 1e-5, to: 100, steps: 60 };
  const found = await findLearningRate(device, { ...CONFIG, optimizer: 'sgd' }, GARMENTS, options);
  assert.ok(found.suggested !== null && found.suggested > 1e-4 && found.suggested < 1, `${found.suggested}`);
  assert.ok(found.suggested <= found.lowest);
  assert.ok(found.isStopped && found.points.length < 60, 'a rate of 100 is too much');
  assert.is(found.points[0].lr, 1e-5);
  for (const p of found.points) assert.ok(Number.isFinite(p.loss) && Number.isFinite(p.smoothed));
  assert.equal(await findLearningRate(device, { ...CONFIG, optimizer: 'sgd' }, GARMENTS, options), found);
  const { width, height } = PNG.sync.read(Buffer.from(await rangeChart({ ...found, suggested: null }, 'title')));
  assert.ok(width > 1000 && height > 500);
});

test('a step is as large as in training: batches that are added up find what one of their size does', async () => {
  const device = await testDevice();
  const find = (batch: number, accumulate: number) =>
    findLearningRate(device, { ...CONFIG, optimizer: 'sgd', batch, accumulate }, GARMENTS, {
      from: 1e-3,
      to: 0.1,
      steps: 12,
    });
  const [whole, parts] = [await find(24, 1), await find(6, 4)];
  for (const [i, { loss }] of whole.points.entries())
    assert.ok(Math.abs(loss - parts.points[i].loss) < 1e-4 * loss, `${i}: ${loss}, in parts ${parts.points[i].loss}`);
});

test('ranges that are none are refused; a first rate that is too large says so', async () => {
  const device = await testDevice();
  const find = (from: number, to: number, steps: number) => () =>
    findLearningRate(device, { ...CONFIG, optimizer: 'sgd' }, GARMENTS, { from, to, steps });
  await fails(find(1, 0.1, 50), 2, /cannot grow from 1 to 0\.1/);
  await fails(find(0, 0.1, 50), 2, /cannot grow from 0/);
  await fails(find(1e-5, 0.1, 9), 2, /9 steps are too few/);
  await fails(find(1e20, 1e30, 50), 6, /blew up after \d steps/);
});

test.run();
