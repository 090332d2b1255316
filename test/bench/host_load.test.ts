/** How many cores there really are, and what the neighbours do on them. */
import * as assert from 'uvu/assert';
import { areEnough, coresOf, effectiveCores, mostCores, othersBetween } from '../../src/cli/host_load.js';
import { suite } from '../support/harness.js';

const test = suite('bench: host load');

test('effective cores: never more than there are, whoever else runs here', async () => {
  const cores = await effectiveCores(10);
  assert.ok(cores === null || (cores > 0 && cores <= mostCores()), `${cores}`);
});

test('effective cores: the middle of several pairs; what cannot be is no figure', () => {
  const pair = (alone: number, together: number): { alone: number; together: number } => ({ alone, together });
  assert.is(coresOf([pair(10, 19), pair(10, 20), pair(9, 4), pair(10, 18), pair(10, 19)], 2), 1.9);
  assert.is(coresOf([pair(10, 20.5), pair(10, 21), pair(10, 20)], 2), 2, 'a clock’s grain is no second machine');
  assert.is(coresOf([pair(0.4, 19), pair(0.5, 19), pair(0.3, 19)], 2), null, '38 cores of 2');
  assert.is(coresOf([pair(10, 15)], 1), null);
  assert.is(coresOf([pair(0, 0)], 2), null);
  assert.is(coresOf([pair(Infinity, 10), pair(10, 10), pair(NaN, 10)], 2), 1);
  assert.equal([areEnough(null), areEnough(0.5), areEnough(mostCores())], [false, false, true]);
});

test('neighbours: what all processors did less what this process did', () => {
  assert.is(othersBetween({ all: 0, own: 0, at: 0 }, { all: 1500, own: 500, at: 1000 }), 1);
  assert.is(othersBetween({ all: 0, own: 0, at: 0 }, { all: 400, own: 500, at: 1000 }), 0);
  assert.is(othersBetween({ all: 0, own: 0, at: 5 }, { all: 1, own: 0, at: 5 }), 0);
});

test.run();
