/** A curve of many steps stays drawable. */
import * as assert from 'uvu/assert';
import { Curve } from '../../src/page/curve_points.js';
import { suite } from '../support/harness.js';

const test = suite('points of a curve');

test('a few points stay as they are', () => {
  const curve = new Curve();
  for (let step = 1; step <= 4000; step++) curve.add([step, 1 / step]);
  assert.equal(
    curve.points,
    Array.from({ length: 4000 }, (_, i) => [i + 1, 1 / (i + 1)]),
  );
});

test('of 300,000 points some thousands stay, evenly, with the first and always the last', () => {
  const curve = new Curve();
  for (let step = 1; step <= 300_000; step++) {
    curve.add([step, 1 / step]);
    if (step % 997 === 0)
      assert.equal(
        [curve.points[0], curve.points.at(-1)],
        [
          [1, 1],
          [step, 1 / step],
        ],
      );
  }
  const { points } = curve;
  assert.ok(points.length > 2000 && points.length <= 4000, String(points.length));
  assert.ok(points.slice(0, -1).every(([step, value], i) => step === 1 + 128 * i && value === 1 / step));
  assert.equal(points.at(-1), [300_000, 1 / 300_000]);
});

test.run();
