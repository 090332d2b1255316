/** How batches are shared out among ranks. */
import * as assert from 'uvu/assert';
import { zeros } from '../../src/tensor/tensor.js';
import { gradientBuckets } from '../../src/train/parallel/reduced_stepper.js';
import { shareOf, Shares } from '../../src/train/parallel/shares.js';
import { testDevice } from '../support/gpu.js';
import { suite } from '../support/harness.js';

const test = suite('shares of batches');

const order = (count: number): Uint32Array => Uint32Array.from({ length: count }, (_, i) => 100 + ((i * 7) % count));

test('every image of an epoch is one rank’s, in the batch of one process', () => {
  for (const [count, batch, size] of [
    [10, 4, 1],
    [10, 4, 2],
    [11, 4, 3],
    [9, 4, 4],
    [3, 64, 4],
    [64, 64, 4],
    [101, 10, 7],
  ]) {
    const all = order(count);
    const ranks = Array.from({ length: size }, (_, rank) => new Shares(count, batch, { rank, size }));
    const own = ranks.map((r) => r.order(all));
    for (let step = 0; step < ranks[0].steps; step++) {
      const seen = ranks.flatMap((r, i) => {
        const mine = own[i].slice(r.before(step), r.before(step) + r.own(step));
        assert.is(mine.length, r.own(step));
        assert.ok(r.own(step) >= 1);
        return r.counts(step) ? [...mine] : [];
      });
      assert.equal(seen, [...all.slice(step * batch, (step + 1) * batch)], `${count} by ${batch} for ${size}`);
      const parts = ranks.map((r) => r.part(step, all));
      assert.ok(Math.abs(parts.reduce((a, b) => a + b, 0) - 1) < 1e-12);
      for (const [i, r] of ranks.entries()) assert.is(parts[i] > 0, r.counts(step));
    }
    for (const [i, r] of ranks.entries()) {
      assert.is(own[i].length, r.before(r.steps - 1) + r.own(r.steps - 1));
      for (let step = 0; step < r.steps; step++) assert.ok(r.sizes.includes(r.own(step)));
    }
  }
});

test('all ranks know how many pieces the longest of them has', () => {
  for (const [count, batch, accumulate, size] of [
    [13, 4, 2, 2],
    [7, 12, 2, 3],
    [5, 1, 2, 3],
    [29, 4, 3, 3],
    [101, 10, 3, 7],
  ]) {
    const ranks = Array.from({ length: size }, (_, rank) => new Shares(count, batch, { rank, size }, accumulate));
    for (let step = 0; step < ranks[0].steps; step++) {
      const most = Math.max(...ranks.map((r) => r.pieces(step).length));
      for (const r of ranks) assert.is(r.mostPieces(step), most, `${count} by ${batch} x ${accumulate} for ${size}`);
    }
  }
});

test('a part weighs what its images’ losses count', () => {
  const all = Uint32Array.of(0, 1, 2, 3);
  const [a, b] = [0, 1].map((rank) => new Shares(4, 4, { rank, size: 2 }));
  const weightOf = (image: number): number => [1, 1, 1, 5][image];
  assert.is(a.part(0, all, weightOf), 2 / 8);
  assert.is(b.part(0, all, weightOf), 6 / 8);
});

test('images to measure on are all some rank’s, also where there are fewer than ranks', () => {
  for (const count of [0, 1, 3, 10]) {
    const all = order(count);
    const parts = Array.from({ length: 4 }, (_, rank) => [...shareOf(all, { rank, size: 4 })]);
    assert.equal(parts.flat(), [...all]);
  }
});

test('gradients of more than 50 MB are parted, the last layers’ first, each at least half as large', async () => {
  const device = await testDevice();
  const offsets = [0, 1000, 3000, 3100, 9000].map((n) => 64 * n);
  const grads = zeros(device, [64 * 10_000]);
  const all = gradientBuckets({ grads, offsets }, 1e6, 64 * 4 * 1500);
  assert.equal(
    all.map((t) => [t.byteOffset / 256, t.size / 64]),
    [
      [3100, 6900],
      [1000, 2100],
      [0, 1000],
    ],
  );
  assert.is(gradientBuckets({ grads, offsets }).length, 1);
});

test.run();
