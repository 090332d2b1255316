/** The cost model of ranks, against what can be said by hand. */
import * as assert from 'uvu/assert';
import {
  allReduceSeconds,
  bestAllReduce,
  fitLine,
  localStepsFor,
  NETWORKS,
  predictStep,
  type Network,
  type StepCost,
} from '../../bench/train/scale_model.js';
import { suite } from '../support/harness.js';

const test = suite('cost model of ranks');

const NETWORK: Network = { latency: 1e-5, bandwidth: 1e9, addition: Infinity };
const COST: StepCost = { fixed: 0.001, perImage: 0.001, bytes: 4e6, readback: 0.001, upload: 0.001 };
const near = (a: number, b: number): void => assert.ok(Math.abs(a - b) <= 1e-12 * Math.abs(b) + 1e-15, `${a}, ${b}`);

test('algorithms cost what counting messages and bytes gives', () => {
  near(allReduceSeconds('ring', 4, 4e6, NETWORK), 6 * 1e-5 + 2 * 0.75 * 0.004);
  near(allReduceSeconds('recursive doubling', 4, 4e6, NETWORK), 2 * (1e-5 + 0.004));
  near(allReduceSeconds('halving and doubling', 8, 4e6, NETWORK), 6 * 1e-5 + 2 * 0.875 * 0.004);
  assert.is(allReduceSeconds('ring', 1, 4e6, NETWORK), 0);
});

test('few bytes are added up with few messages, many with few bytes', () => {
  assert.is(bestAllReduce(64, 100, NETWORK).algorithm, 'recursive doubling');
  assert.is(bestAllReduce(64, 100e6, NETWORK).algorithm, 'halving and doubling');
  for (const network of Object.values(NETWORKS))
    for (const ranks of [2, 16, 1000]) {
      const { seconds } = bestAllReduce(ranks, 4e6, network);
      assert.ok(seconds >= 4e6 / network.bandwidth, 'no less than the bytes once over the wire');
    }
});

test('one rank is one, without costs two are twice as fast, and exchanges cost', () => {
  const sharing = { ranks: 1, batch: 64, alone: 64, syncEvery: 1, buckets: 1 };
  assert.is(predictStep(COST, sharing, 0.01).efficiency, 1);
  const free = { ...COST, fixed: 0, readback: 0, upload: 0 };
  assert.is(predictStep(free, { ...sharing, ranks: 2 }, 0).efficiency, 1);
  const two = predictStep(COST, { ...sharing, ranks: 2 }, 0.01);
  near(two.total, 0.001 + 0.032 + 0.012);
  near(two.efficiency, 0.065 / (2 * two.total));
  const weak = predictStep(COST, { ...sharing, ranks: 2, batch: 128 }, 0.01);
  near(weak.efficiency, 0.065 / (0.065 + 0.012));
  const parts = predictStep(COST, { ...sharing, ranks: 2, buckets: 4 }, 0.01);
  near(parts.exchange, 0.003);
});

test('local steps part the cost of an exchange, and cannot part a fixed cost', () => {
  const sharing = { ranks: 8, batch: 64, alone: 64, syncEvery: 1, buckets: 1 };
  const without = { ...COST, fixed: 0 };
  assert.is(localStepsFor(without, sharing, 0.014, 0.5), 2);
  assert.is(localStepsFor(without, sharing, 0.014, 0.9), 32);
  assert.is(localStepsFor({ ...COST, fixed: 1 }, sharing, 0.014, 0.9), null);
});

test('a line through points', () => {
  assert.equal(
    fitLine([
      [1, 3],
      [2, 5],
      [3, 7],
    ]),
    { a: 1, b: 2 },
  );
  assert.equal(fitLine([[1, 3]]), { a: 3, b: 0 });
});

test.run();
