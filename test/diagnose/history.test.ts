/** What the epochs alone tell, and that training says it once. */
import * as assert from 'uvu/assert';
import { LiveNotes } from '../../src/cli/run_notes.js';
import { guessingLoss, historyFindings } from '../../src/diagnose/history.js';
import { gainInDeviations, judged, confidenceInterval } from '../../src/diagnose/judge.js';
import { evenness, votesOf } from '../../src/diagnose/labels.js';
import { isSuspicious } from '../../src/diagnose/rates.js';
import type { EpochMetrics } from '../../src/train/evaluate/metrics.js';
import { suite } from '../support/harness.js';

const test = suite('diagnosis of figures');
const CHANCE = guessingLoss({}, 10);

const history = (...losses: readonly (readonly [train: number, val: number])[]): EpochMetrics[] =>
  losses.map(([trainLoss, valLoss], i) => ({
    epoch: i + 1,
    trainLoss,
    valLoss,
    trainAccuracy: 0.5,
    valAccuracy: 0.5,
    lr: 0.1,
    seconds: 1,
  }));
const checks = (h: readonly EpochMetrics[]): string[] =>
  historyFindings(h, CHANCE).map((f) => `${f.severity} ${f.check}`);

test('curves: each fault by its own shape, and none of a run that learns', () => {
  assert.equal(checks(history([1.2, 0.9], [0.8, 0.7], [0.6, 0.6], [0.5, 0.61])), []);
  const risen = history([1, 0.9], [0.8, 0.7], [0.5, 0.75], [0.3, 0.8]);
  assert.equal(checks(risen), ['note overfitting']);
  assert.match(historyFindings(risen, CHANCE)[0].title, /since epoch 2 /);
  assert.equal(checks(history([1, 0.9], [0.8, 0.7], [0.5, 0.8], [0.3, 0.9])), ['warning overfitting']);
  assert.equal(checks(history([1, 0.9], [0.8, 0.7], [0.9, 0.8], [0.9, 0.9])), [], 'the training loss rises too');
  assert.equal(checks(history([1.1, 1.5], [0.8, 1.55], [0.6, 1.49])), ['warning validation-gap']);
  assert.equal(checks(history([2.31, 2.3], [2.302, 2.3])), ['problem no-learning']);
  assert.equal(checks([]), []);
});

test('a network is not said to guess by the numbers of another loss than cross-entropy', () => {
  const chance = guessingLoss({ loss: { name: 'arcface', margin: 0.5, scale: 30 } }, 16);
  assert.is(chance, null);
  assert.is(guessingLoss({ criterion: 'own' }, 16), null);
  const learned = history([11, 3.2], [9.6, 2.6], [8.3, 1.2]);
  assert.equal(historyFindings(learned, chance), []);
  assert.is(isSuspicious(learned, 0.01, chance), false);
  assert.is(isSuspicious(learned, 0.01, CHANCE), true);
});

test('live notes: once each', () => {
  const notes = new LiveNotes(CHANCE);
  const all = history([1, 0.9], [0.8, 0.7], [0.5, 0.75], [0.3, 0.8], [0.2, 0.81]);
  const said = all.map((_, i) => notes.after(all.slice(0, i + 1)).length);
  assert.equal(said, [0, 0, 0, 1, 0]);
});

test('two sets of answers: McNemar’s statistic, and Wilson’s interval', () => {
  const labels = Uint32Array.of(0, 1, 0, 1, 0);
  const answers = (right: readonly boolean[]): ReturnType<typeof judged> =>
    judged(Float32Array.from(right.flatMap((r, n) => ((labels[n] === 0) === r ? [0.9, 0.1] : [0.1, 0.9]))), labels);
  const [a, b] = [answers([true, false, false, false, true]), answers([true, true, true, true, false])];
  assert.is(a.accuracy, 0.4);
  assert.ok(Math.abs(a.loss - (-2 * Math.log(0.9) - 3 * Math.log(0.1)) / 5) < 1e-6);
  assert.is(gainInDeviations(a, b), 1, '(3 - 1) / sqrt(3 + 1)');
  assert.is(gainInDeviations(a, a), 0);
  // Newcombe 1998, table I: 81 of 263
  const [low, high] = confidenceInterval(81 / 263, 263);
  assert.ok(Math.abs(low - 0.2553) < 1e-4 && Math.abs(high - 0.3662) < 1e-4, `${low} ${high}`);
});

test('neighbours’ votes: two clusters, one image with the label of the other', () => {
  const at = (angle: number): number[] => [Math.cos(angle), Math.sin(angle)];
  const angles = Array.from({ length: 20 }, (_, i) => (i < 10 ? 0 : 1.5) + 0.01 * i);
  const labels = Uint32Array.from(angles, (_, i) => Number(i >= 10));
  labels[3] = 1;
  const set = { name: 'angles', features: Float32Array.from(angles.flatMap(at)), labels, count: 20, width: 2 };
  const votes = votesOf({ ...set, classes: ['a', 'b', 'none'] });
  assert.equal(
    votes.map((v) => v.count),
    [9, 11, 0],
  );
  assert.is(votes[0].agreement, 1);
  assert.ok(Math.abs(votes[1].agreement - 10 / 11) < 1e-9);
  assert.is(evenness(Float64Array.of(0, 5, 5, 5)), 1);
  assert.is(evenness(Float64Array.of(0, 9, 0, 0)), 0);
});

test.run();
