import * as assert from 'uvu/assert';
import {
  accuracyOf,
  classReport,
  confusionMatrix,
  mostConfused,
  normalizeRows,
  shareWithin,
} from '../../src/train/evaluate/metrics.js';
import { suite } from '../support/harness.js';

const test = suite('metrics');

test('confusionMatrix: rows are labels, columns predictions', () => {
  assert.equal(confusionMatrix(Uint32Array.of(0, 0, 1, 2), [0, 2, 1, 0], 3), [
    [1, 0, 1],
    [0, 1, 0],
    [1, 0, 0],
  ]);
  assert.equal(confusionMatrix([], [], 2), [
    [0, 0],
    [0, 0],
  ]);
});

test('confusionMatrix refuses different lengths and indices that are no class', () => {
  assert.throws(() => confusionMatrix([0], [], 2), /1 labels but 0 predictions/);
  for (const wrong of [2, -1, 0.5, NaN]) {
    assert.throws(() => confusionMatrix([0, wrong], [0, 0], 2), /item 1/);
    assert.throws(() => confusionMatrix([0, 0], [0, wrong], 2), /item 1/);
  }
});

test('mostConfused: by count, then by share; right answers are left out', () => {
  // a: 5 right, 3 for b; b: 3 for a, 1 for c; c: 9 right
  const labels = [...new Array<number>(8).fill(0), ...new Array<number>(4).fill(1), ...new Array<number>(9).fill(2)];
  const predictions = [0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 0, 2, ...new Array<number>(9).fill(2)];
  assert.equal(mostConfused(labels, predictions, ['a', 'b', 'c'], 2), [
    { truth: 'b', predicted: 'a', count: 3, share: 0.75 },
    { truth: 'a', predicted: 'b', count: 3, share: 0.375 },
  ]);
  assert.is(mostConfused(labels, predictions, ['a', 'b', 'c']).length, 3);
  assert.equal(mostConfused([0, 1], [0, 1], ['a', 'b']), []);
});

test('shareWithin: the share of ranks below k', () => {
  assert.equal(
    [1, 5, 10].map((k) => shareWithin(Uint32Array.of(0, 4, 5, 9, 10), k)),
    [0.2, 0.4, 0.8],
  );
  assert.ok(Number.isNaN(shareWithin(new Uint32Array(), 5)));
});

test('normalizeRows: shares of each class, an empty row has none', () => {
  assert.equal(
    normalizeRows([
      [1, 3],
      [0, 0],
    ]),
    [
      [0.25, 0.75],
      [null, null],
    ],
  );
});

test('classReport by hand', () => {
  // a: 6 of 8 found, 2 others taken for it; b: 3 of 5 found.
  const report = classReport(
    [
      [6, 2],
      [2, 3],
    ],
    ['a', 'b'],
  );
  assert.is(report.accuracy, 9 / 13);
  assert.equal(report.classes, [
    { class: 'a', support: 8, precision: 6 / 8, recall: 6 / 8, f1: 12 / 16 },
    { class: 'b', support: 5, precision: 3 / 5, recall: 3 / 5, f1: 6 / 10 },
  ]);
});

test('F1 is the harmonic mean of precision and recall', () => {
  const confusion = [
    [50, 3, 7],
    [1, 20, 0],
    [11, 5, 2],
  ];
  for (const { precision: p, recall: r, f1 } of classReport(confusion, ['x', 'y', 'z']).classes) {
    assert.ok(p !== null && r !== null && f1 !== null && Math.abs(f1 - (2 * p * r) / (p + r)) < 1e-12);
  }
});

test('what is not defined is null, and never 0', () => {
  const report = classReport(
    [
      [4, 0, 0],
      [0, 0, 0],
      [1, 0, 0],
    ],
    ['found', 'absent', 'never predicted'],
  );
  assert.equal(report.classes[1], { class: 'absent', support: 0, precision: null, recall: null, f1: null });
  assert.equal(report.classes[2], { class: 'never predicted', support: 1, precision: null, recall: 0, f1: 0 });
  assert.is(accuracyOf([]), null);
  assert.is(accuracyOf([[0]]), null);
  assert.is(accuracyOf([[3]]), 1);
  assert.throws(() => classReport([[1]], ['a', 'b']), /1 classes but 2 names/);
});

test.run();
