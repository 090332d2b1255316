/** The head: its optimum, what is held back, and what is said of that. */
import * as assert from 'uvu/assert';
import { DataError, UsageError } from '../../src/device/errors.js';
import { dealFolds, type FoldRow } from '../../src/teach/folds.js';
import { headProbabilities, softmaxOf } from '../../src/teach/head.js';
import { trainHead, type HeadProgress, type TaughtRow } from '../../src/teach/train_head.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { clouds } from './fixtures.js';

const test = gpuSuite('taught head');

/** Plain gradient descent in f64, with a backtracking step, to the end. -> the probabilities of features. */
function descend(
  rows: readonly TaughtRow[],
  counts: readonly number[],
  decay: number,
): (features: ArrayLike<number>) => number[] {
  const [N, D, C] = [rows.length, rows[0].features.length, counts.length];
  const at = (d: number): number[] => rows.map(({ features }) => features[d]);
  const mean = Array.from({ length: D }, (_, d) => at(d).reduce((a, b) => a + b, 0) / N);
  const std = mean.map((m, d) => Math.sqrt(at(d).reduce((a, v) => a + (v - m) ** 2, 0) / N));
  const scaled = (x: ArrayLike<number>): number[] => mean.map((m, d) => (x[d] - m) / std[d]);
  const z = rows.map(({ features }) => scaled(features));
  const share = rows.map((row) => 1 / (C * counts[row.class]));
  let w: Float64Array = new Float64Array(C * (D + 1)); // the bias behind the weights
  const logits = (x: readonly number[], of: Float64Array): number[] =>
    Array.from({ length: C }, (_, c) => x.reduce((sum, v, d) => sum + v * of[c * (D + 1) + d], of[c * (D + 1) + D]));
  const lossOf = (of: Float64Array): number =>
    z.reduce((sum, x, i) => sum - share[i] * Math.log(softmaxOf(logits(x, of))[rows[i].class]), 0) +
    of.reduce((sum, v, k) => sum + (k % (D + 1) === D ? 0 : (decay / 2) * v * v), 0);
  let step = 1;
  for (let n = 0; n < 400; n++) {
    const gradient = w.map((v, k) => (k % (D + 1) === D ? 0 : decay * v));
    for (const [i, x] of z.entries())
      for (const [c, p] of softmaxOf(logits(x, w)).entries()) {
        const d = share[i] * (p - Number(rows[i].class === c));
        for (let k = 0; k < D; k++) gradient[c * (D + 1) + k] += d * x[k];
        gradient[c * (D + 1) + D] += d;
      }
    const moved = (): Float64Array => w.map((v, k) => v - step * gradient[k]);
    while (lossOf(moved()) > lossOf(w) && step > 1e-12) step /= 2;
    w = moved();
  }
  return (x) => softmaxOf(logits(scaled(x), w));
}

test('is the optimum that gradient descent in f64 finds, rare classes counting the same', async () => {
  const counts = [12, 5, 20];
  const rows = clouds(counts, 6, 0.9);
  const options = { weightDecay: 0.1, epochs: 200, lr: 0.05 };
  const { head, report } = await trainHead(await testDevice(), rows, ['a', 'b', 'c'], options);
  const exact = descend(rows, counts, options.weightDecay);
  let worst = 0;
  for (const { features } of rows)
    for (const [c, p] of headProbabilities(head, features).entries())
      worst = Math.max(worst, Math.abs(p - exact(features)[c]));
  assert.ok(worst < 1e-3, `a probability is ${worst} away`);
  assert.is(report.curves.length, 200);
  assert.ok(report.curves[199].trainLoss < report.curves[0].trainLoss);
});

test('rare classes count the same only where that is asked for', async () => {
  const rows = clouds([60, 6], 2, 1.5);
  const device = await testDevice();
  const recall = async (balance: boolean): Promise<number> =>
    (await trainHead(device, rows, ['many', 'few'], { balance, epochs: 30 })).report.classes[1].recall;
  const [plain, even] = [await recall(false), await recall(true)];
  assert.ok(even > plain + 0.3, `recall ${even} with, ${plain} without`);
});

test('what is held back was not seen: labels that mean nothing are not known out of fold', async () => {
  const rows = clouds([20, 20], 40, 1).map((row, i) => ({ ...row, features: clouds([1], 40, 1, i)[0].features }));
  const { report, head } = await trainHead(await testDevice(), rows, ['a', 'b'], { epochs: 30 });
  assert.ok(report.accuracy < 0.8, `${report.accuracy} out of fold`);
  const known = rows.filter(({ features, class: c }) => headProbabilities(head, features)[c] > 0.5).length;
  assert.ok(known >= 38, `${known} of 40 by the head that has seen them`);
});

test('the report: counts, recalls and mistakes of the same answers, progress and a pause an epoch', async () => {
  const rows = clouds([15, 9, 12], 5, 1.1, 4);
  const seen: HeadProgress[] = [];
  let pauses = 0;
  const hooks = {
    onProgress: (p: HeadProgress) => seen.push(p),
    pause: async () => void (pauses += await Promise.resolve(1)),
  };
  const { report } = await trainHead(await testDevice(), rows, ['a', 'b', 'c'], { epochs: 20 }, hooks);
  assert.equal(
    report.confusion.map((row) => row.reduce((a, b) => a + b, 0)),
    [15, 9, 12],
  );
  assert.equal(
    report.classes.map((c) => c.count),
    [15, 9, 12],
  );
  const right = report.confusion.reduce((sum, row, c) => sum + row[c], 0);
  assert.ok(report.mistakes.length > 0, 'the clouds are apart: nothing is tested');
  assert.is(report.mistakes.length, rows.length - right);
  assert.ok(Math.abs(report.accuracy - right / rows.length) < 1e-12);
  for (const [n, { index, said, probability }] of report.mistakes.entries()) {
    const own = [...report.probabilities.subarray(3 * index, 3 * index + 3)];
    assert.is.not(said, rows[index].class);
    assert.equal([Math.max(...own), own[said]], [probability, probability]);
    assert.ok(n === 0 || report.mistakes[n - 1].probability >= probability);
  }
  assert.equal([seen.length, pauses], [20, 20]);
  assert.equal(
    seen.map(({ epochs, ...point }) => point),
    [...report.curves],
  );
  assert.ok(Math.abs(report.curves[19].heldAccuracy - report.accuracy) < 1e-12);
});

test('the same seed gives the same head; a signal ends it with its reason', async () => {
  const device = await testDevice();
  const rows = clouds([8, 8], 4, 1);
  const train = async (): Promise<unknown> => (await trainHead(device, rows, ['a', 'b'], { epochs: 4 })).head;
  assert.equal(await train(), await train());
  const stop = new AbortController();
  const reason = new Error('enough');
  const hooks = { signal: stop.signal, onProgress: () => stop.abort(reason) };
  const error = await trainHead(device, rows, ['a', 'b'], {}, hooks).catch((e: unknown) => e);
  assert.is(error, reason);
});

test('two classes of two pictures are needed, and features that are numbers', async () => {
  const device = await testDevice();
  const refused = async (rows: TaughtRow[], classes: string[], words: RegExp): Promise<void> => {
    const error = await trainHead(device, rows, classes).catch((e: unknown) => e);
    assert.instance(error, DataError);
    assert.match((error as DataError).message, words);
    assert.ok((error as DataError).fix);
  };
  await refused(clouds([5], 3, 1), ['a'], /one class/);
  await refused(clouds([5, 1], 3, 1), ['a', 'hat'], /hat \(1\)/);
  await refused([...clouds([5, 5], 3, 1), { class: 2, features: new Float32Array(3) }], ['a', 'b'], /class 2/);
  await refused([...clouds([5, 5], 3, 1), { class: 1, features: new Float32Array([1, NaN, 1]) }], ['a', 'b'], /finite/);
  for (const options of [{ epochs: 0 }, { epochs: 1.5 }, { folds: 1 }, { weightDecay: -1 }, { weightDecay: NaN }]) {
    const error = await trainHead(device, clouds([2, 2], 3, 1), ['a', 'b'], options).catch((e: unknown) => e);
    assert.instance(error, UsageError, JSON.stringify(options));
  }
  const { report } = await trainHead(device, clouds([2, 2], 3, 0.1), ['a', 'b'], { epochs: 2 });
  assert.is(report.folds, 2);
});

test('folds: recordings stay together, classes are spread, one recording alone is taken apart and named', () => {
  const rows: FoldRow[] = [
    ...Array.from({ length: 30 }, (_, i) => ({ class: 0, group: `clip ${i % 7}` })),
    ...Array.from({ length: 10 }, () => ({ class: 1 })),
    ...Array.from({ length: 6 }, () => ({ class: 2, group: 'only' })),
    ...Array.from({ length: 4 }, (_, i) => ({ class: 3, group: i % 2 })),
  ];
  const { of, count, oneRecording } = dealFolds(rows, 4, 5, 1);
  assert.is(count, 5);
  assert.equal(oneRecording, [2]);
  for (const [i, row] of rows.entries())
    for (const [j, other] of rows.entries())
      if (row.class !== 2 && row.group !== undefined && row.group === other.group) assert.is(of[i], of[j]);
  const heldOf = (c: number): number[] =>
    Array.from({ length: 5 }, (_, f) => rows.filter((row, i) => row.class === c && of[i] === f).length);
  assert.equal(heldOf(1), [2, 2, 2, 2, 2]);
  assert.equal(heldOf(2).toSorted(), [1, 1, 1, 1, 2]);
  assert.equal(heldOf(3).toSorted(), [0, 0, 0, 2, 2]);
  assert.ok(Math.min(...heldOf(0)) >= 4, heldOf(0).join());
  assert.is.not(of.join(), dealFolds(rows, 4, 5, 2).of.join());
  assert.equal(dealFolds([{ class: 0 }, { class: 0 }, { class: 1 }, { class: 1 }], 2, 5, 0).count, 2);
});

test.run();
