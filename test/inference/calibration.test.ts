/** Calibration against the formulas of Guo et al. 2017 (arXiv:1706.04599), written out plainly. */
import * as assert from 'uvu/assert';
import { calibrationOf, temperatureOf } from '../../src/inference/calibrate.js';
import { fitTemperature, lossAt, reliability } from '../../src/inference/calibration.js';
import { AnswerCollector } from '../../src/inference/image_answers.js';
import { hostRandom } from '../../src/data/host_random.js';
import { suite } from '../support/harness.js';

const test = suite('calibration');

const random = hostRandom(7);
const [N, C] = [400, 5];
/** Labels are drawn from the softmax of these divided by 2.5: the network is too sure by that much. */
const logits = Float32Array.from({ length: N * C }, () => 8 * (random.uniform() - 0.5));
const softmax = (row: readonly number[], t: number): number[] => {
  const e = row.map((z) => Math.exp(z / t));
  const sum = e.reduce((a, b) => a + b, 0);
  return e.map((v) => v / sum);
};
const rows = Array.from({ length: N }, (_, i) => [...logits.subarray(i * C, (i + 1) * C)]);
const labels = Uint32Array.from(rows, (row) => {
  let left = random.uniform();
  for (const [c, p] of softmax(row, 2.5).entries()) if ((left -= p) <= 0) return c;
  return C - 1;
});
const loss = (t: number): number => rows.reduce((s, row, i) => s - Math.log(softmax(row, t)[labels[i]]), 0) / N;

test('the expected calibration error is the formula of the paper', () => {
  const p = rows.map((row) => Math.max(...softmax(row, 1)));
  const right = rows.map((row, i) => row.indexOf(Math.max(...row)) === labels[i]);
  let ece = 0;
  for (let m = 1; m <= 15; m++) {
    const inBin = p.flatMap((v, i) => (v > (m - 1) / 15 && v <= m / 15 ? [i] : []));
    if (inBin.length === 0) continue;
    const accuracy = inBin.filter((i) => right[i]).length / inBin.length;
    const confidence = inBin.reduce((s, i) => s + p[i], 0) / inBin.length;
    ece += (inBin.length / N) * Math.abs(accuracy - confidence);
  }
  const measured = reliability(p, right);
  assert.ok(Math.abs(measured.ece - ece) < 1e-12, `${measured.ece} against ${ece}`);
  assert.ok(ece > 0.1, `a network that is far too sure has a large one: ${ece}`);
  assert.is(
    measured.bins.reduce((n, b) => n + b.count, 0),
    N,
  );
  // by hand: 0.9 and 0.92 share the bin (13/15, 14/15], one of them right; 1 is in the last bin, right
  const three = reliability([0.9, 0.92, 1], [true, false, true]);
  assert.ok(Math.abs(three.ece - ((2 / 3) * 0.41 + 0)) < 1e-12, String(three.ece));
  assert.equal([three.bins[13].count, three.bins[14].count, three.bins[0].accuracy], [2, 1, null]);
});

test('the temperature is where the cross-entropy is lowest', () => {
  const t = fitTemperature({ logits, labels, classes: C });
  let best = 0.05;
  for (let grid = 0.05; grid < 10; grid += 0.005) if (loss(grid) < loss(best)) best = grid;
  assert.ok(Math.abs(t - best) <= 0.005, `${t}, the lowest of a grid is at ${best}`);
  assert.ok(Math.abs(t - 2.5) < 0.5, `the labels were drawn at 2.5: ${t}`);
  for (const at of [1, t, 4]) assert.ok(Math.abs(lossAt({ logits, labels, classes: C }, at) - loss(at)) < 1e-9);
  const sure = { logits: Float32Array.of(5, 0, 0, 5), labels: [0, 1], classes: 2 };
  assert.is(fitTemperature(sure), 0.05, 'always right: the lowest that is tried');
  assert.is(fitTemperature({ ...sure, labels: [1, 0] }), 20, 'always wrong: the highest');
});

test('answers of batches: probabilities, losses, and what a temperature makes of them', () => {
  const each = new AnswerCollector(labels, C);
  for (let start = 0; start < N; start += 150) each.add(start, logits.slice(start * C, (start + 150) * C));
  const indices = Uint32Array.from({ length: N }, (_, i) => N - i);
  const predictions = Uint32Array.from(rows, (row) => row.indexOf(Math.max(...row)));
  const answers = each.answers(indices, predictions);
  for (const [i, row] of rows.entries()) {
    const p = softmax(row, 1);
    assert.ok(
      Math.abs(answers.pTrue[i] - p[labels[i]]) < 1e-9 && Math.abs(answers.pPredicted[i] - Math.max(...p)) < 1e-9,
    );
    assert.ok(Math.abs(answers.losses[i] + Math.log(p[labels[i]])) < 1e-9);
  }
  const fitted = temperatureOf(answers.kept);
  const report = calibrationOf(answers, fitted);
  assert.equal([fitted?.images, report.fittedOn, report.bins], [N, N, 15]);
  assert.ok((report.eceCalibrated ?? 1) < 0.5 * report.ece, `${report.ece} to ${report.eceCalibrated}`);
  assert.ok(Math.abs((report.lossCalibrated ?? 0) - loss(report.temperature ?? 1)) < 1e-9);
  const none = calibrationOf(answers, null);
  assert.equal([none.temperature, none.fittedOn, none.eceCalibrated, none.lossCalibrated], [null, 0, null, null]);
  assert.is(temperatureOf({ ...answers.kept, labels: [] }), null);
});

test.run();
