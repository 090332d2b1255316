import * as assert from 'uvu/assert';
import type { ImageDataset } from '../../src/data/dataset.js';
import { hostRandom } from '../../src/data/host_random.js';
import { meanStd } from '../../src/data/normalize.js';
import { epochOrder, splitIndices, trainingSplit } from '../../src/data/sampler.js';
import { suite } from '../support/harness.js';
import { fails } from './fixtures.js';

const test = suite('host random, sampler, normalize');

test('streams: same key same numbers, another key others', () => {
  const draw = (...key: number[]) => Array.from({ length: 5 }, hostRandom(...key).uint32);
  assert.equal(draw(1, 2), draw(1, 2));
  const all = [draw(1, 2), draw(2, 1), draw(1), draw(0), draw(2 ** 40), draw(-1)].map(String);
  assert.is(new Set(all).size, all.length);
});

test('the numbers of seed 0 stay what they are', () => {
  assert.equal(Array.from({ length: 3 }, hostRandom(0).uint32), [1815200674, 1351261571, 4081425242]);
});

test('uniform, int and normal have their moments', () => {
  const r = hostRandom(7);
  const n = 20000;
  const uniform = Array.from({ length: n }, () => r.uniform());
  const normal = Array.from({ length: n }, () => r.normal());
  const mean = (x: number[]) => x.reduce((a, b) => a + b, 0) / n;
  assert.ok(Math.abs(mean(uniform) - 0.5) < 0.01);
  assert.ok(uniform.every((x) => x >= 0 && x < 1));
  assert.ok(Math.abs(mean(normal)) < 0.03);
  assert.ok(Math.abs(mean(normal.map((x) => x * x)) - 1) < 0.04);
  const counts = new Array<number>(7).fill(0);
  for (let i = 0; i < 7 * 2000; i++) counts[r.int(7)]++;
  // 2000 ± 5 standard deviations of a binomial.
  assert.ok(
    counts.every((c) => Math.abs(c - 2000) < 210),
    String(counts),
  );
});

test('every order of three is equally likely', () => {
  const counts = new Map<string, number>();
  for (let i = 0; i < 6000; i++) {
    const order = epochOrder(3, i, 0).join('');
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  assert.is(counts.size, 6);
  assert.ok([...counts.values()].every((c) => Math.abs(c - 1000) < 150));
});

test('an epoch is a permutation; epochs and seeds differ; the same ones agree', () => {
  const order = epochOrder(1000, 3, 5);
  assert.equal(
    Array.from(order.slice().sort()),
    Array.from({ length: 1000 }, (_, i) => i),
  );
  assert.equal(order, epochOrder(1000, 3, 5));
  assert.not.equal(order, epochOrder(1000, 4, 5));
  assert.not.equal(order, epochOrder(1000, 3, 6));
  assert.is(epochOrder(0, 0, 0).length, 0);
});

test('a split is disjoint, whole, seeded', () => {
  const { train, validation } = splitIndices(1000, 0.1, 3);
  assert.is(validation.length, 100);
  assert.equal(
    [...train, ...validation].sort((a, b) => a - b),
    Array.from({ length: 1000 }, (_, i) => i),
  );
  assert.equal(validation, splitIndices(1000, 0.1, 3).validation);
  assert.not.equal(validation, splitIndices(1000, 0.1, 4).validation);
  assert.is(splitIndices(10, 0, 0).validation.length, 0);
});

test('a group may be larger than what a call takes as arguments', () => {
  const groups = Uint32Array.from({ length: 400_000 }, (_, i) => i % 2);
  assert.is(trainingSplit({ count: groups.length, groups }, 0.9, 0).validation.length, 200_000);
});

for (const [count, fraction] of [
  [10, 1],
  [10, -0.1],
  [10, NaN],
  [1, 0.6],
]) {
  test(`a split of ${count} by ${fraction} is refused`, async () =>
    void (await fails(() => splitIndices(count, fraction, 0), 2, /fraction/)));
}

test('mean and std of each channel, of some of the images', () => {
  // Two images of two channels, 1x2.
  const images = Uint8Array.from([0, 255, 10, 10, 255, 255, 10, 10]);
  const set: ImageDataset = {
    name: 't',
    images,
    labels: new Uint32Array(2),
    count: 2,
    channels: 2,
    height: 1,
    width: 2,
    classes: ['a'],
  };
  const first = meanStd(set, Uint32Array.of(0));
  assert.equal(first.mean, [0.5, 10 / 255]);
  assert.equal(first.std, [0.5, 1]); // constant: 1
  const all = meanStd(set);
  assert.is(all.mean[0], 0.75);
  assert.ok(Math.abs(all.std[0] - Math.sqrt(3) / 4) < 1e-12);
});

test.run();
