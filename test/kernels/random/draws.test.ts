/**
 * Random numbers: Philox against its authors' vectors, the same numbers whatever the binding limit, and statistics at
 * fixed seeds (the GPU against the CPU forms: test/support/random_checks.ts). Bounds are 4 to 5 standard errors: the
 * seeds are fixed, so a test that passes passes always.
 */
import * as assert from 'uvu/assert';
import type { Device } from '../../../src/device/device.js';
import { philox } from '../../../src/kernels/random/philox.js';
import { permutation } from '../../../src/kernels/random/reference.js';
import {
  bernoulli,
  bernoulli_,
  manualSeed,
  rand,
  randint,
  randn,
  randomState,
  randperm,
  setRandomState,
} from '../../../src/kernels/random/random.js';
import { empty, full } from '../../../src/tensor/tensor.js';
import { expectSame } from '../../../src/cases/close.js';
import { gpuSuite, testDevice, withDevice } from '../../support/gpu.js';
import { DRAWS } from '../../support/random_checks.js';

const test = gpuSuite('random');

/** known_answer tests of Random123 1.14 (D. E. Shaw Research), philox4x32 with 10 rounds: counter, key, result. */
const PUBLISHED = [
  [
    [0, 0, 0, 0],
    [0, 0],
    [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  ],
  [
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
] as const;

test('Philox4x32-10 gives the published words', () => {
  for (const [counter, key, words] of PUBLISHED) assert.equal([...philox(counter, key)], [...words]);
});

for (const { name, gpu } of DRAWS) {
  test(`${name}: the same numbers whatever the binding limit`, async () => {
    const draw = async (device: Device): Promise<ArrayLike<number>> => {
      manualSeed(device, 5);
      return gpu(device, 3001).read();
    };
    expectSame(name, 'y', await withDevice({ maxBindingBytes: 1024 }, draw), await draw(await testDevice()));
  });
}

test('nothing of size 0 is drawn', async () => {
  const device = await testDevice();
  for (const x of [randn(device, [0]), randint(device, 0, 3, [0]), randperm(device, 0)])
    assert.is((await x.read()).length, 0);
});

test('a state can be gone on from', async () => {
  const device = await testDevice();
  manualSeed(device, 3);
  randn(device, [5]);
  const state = await randomState(device);
  const before = [...(await randn(device, [9]).read()), ...(await randperm(device, 9).read())];
  setRandomState(device, state);
  assert.equal([...(await randn(device, [9]).read()), ...(await randperm(device, 9).read())], before);
});

test('bernoulli of a tensor: each element has its probability', async () => {
  const device = await testDevice();
  manualSeed(device, 9);
  assert.ok((await bernoulli(full(device, [4099], 0)).read()).every((v) => v === 0));
  assert.ok((await bernoulli(full(device, [4099], 1)).read()).every((v) => v === 1));
  const share = sum(await bernoulli(full(device, [4099], 0.7)).read()) / 4099;
  assert.ok(Math.abs(share - 0.7) < 4 * Math.sqrt(0.21 / 4099), `${share}`);
});

test('what is not a range, a probability or a count is refused', async () => {
  const device = await testDevice();
  assert.throws(() => randint(device, 3, 3, [2]), /\[randint\]/);
  assert.throws(() => randint(device, -1, 3, [2]), /\[randint\]/);
  assert.throws(() => bernoulli_(empty(device, [2]), 1.5), /\[bernoulli_\] p = 1.5/);
  assert.throws(() => randperm(device, 2.5), /\[randperm\]/);
});

// ---- statistics ---------------------------------------------------------------------------------

const N = 200_000;

function sum(values: ArrayLike<number>, of: (v: number, i: number) => number = (v) => v): number {
  let total = 0;
  for (let i = 0; i < values.length; i++) total += of(values[i], i);
  return total;
}

test('normal: mean, variance, skewness, kurtosis, tails', async () => {
  const device = await testDevice();
  manualSeed(device, 1);
  const z = await randn(device, [N]).read();
  const moment = (k: number): number => sum(z, (v) => v ** k) / N;
  // variances of the k-th moment of N normal numbers: 1, 2, 15, 96 over N
  assert.ok(Math.abs(moment(1)) < 4 * Math.sqrt(1 / N), `mean ${moment(1)}`);
  assert.ok(Math.abs(moment(2) - 1) < 4 * Math.sqrt(2 / N), `variance ${moment(2)}`);
  assert.ok(Math.abs(moment(3)) < 4 * Math.sqrt(15 / N), `third moment ${moment(3)}`);
  assert.ok(Math.abs(moment(4) - 3) < 4 * Math.sqrt(96 / N), `fourth moment ${moment(4)}`);
  for (const [bound, share] of [
    [1, 0.317310508],
    [2, 0.045500264],
    [3, 0.002699796],
    [4, 6.334248e-5],
  ]) {
    const beyond = sum(z, (v) => Number(Math.abs(v) > bound)) / N;
    assert.ok(Math.abs(beyond - share) < 4 * Math.sqrt(share / N), `${beyond} beyond ${bound}, expected ${share}`);
  }
});

test('neighbours, pairs, calls and seeds are not correlated', async () => {
  const device = await testDevice();
  manualSeed(device, 2);
  const [a, b] = [await randn(device, [N]).read(), await randn(device, [N]).read()];
  manualSeed(device, 3);
  const other = await randn(device, [N]).read();
  const bound = 4 / Math.sqrt(N);
  for (const lag of [1, 2, 3, 4, 256]) {
    const correlation = sum(a.subarray(lag), (v, i) => v * a[i]) / N;
    assert.ok(Math.abs(correlation) < bound, `lag ${lag}: ${correlation}`);
    const ofSquares = sum(a.subarray(lag), (v, i) => (v * v - 1) * (a[i] * a[i] - 1)) / (2 * N);
    assert.ok(Math.abs(ofSquares) < bound, `squares, lag ${lag}: ${ofSquares}`);
  }
  for (const [name, y] of [
    ['call', b],
    ['seed', other],
  ] as const) {
    const correlation = sum(a, (v, i) => v * y[i]) / N;
    assert.ok(Math.abs(correlation) < bound, `${name}: ${correlation}`);
  }
});

/** Chi-squared of counts against equal expectations, in standard deviations above its mean. */
function excess(counts: ArrayLike<number>): number {
  const expected = sum(counts) / counts.length;
  const freedom = counts.length - 1;
  return (sum(counts, (c) => (c - expected) ** 2 / expected) - freedom) / Math.sqrt(2 * freedom);
}

test('uniform and integers fill their range evenly', async () => {
  const device = await testDevice();
  manualSeed(device, 4);
  const counts = (values: ArrayLike<number>, bins: number, binOf: (v: number) => number): Uint32Array => {
    const result = new Uint32Array(bins);
    for (let i = 0; i < values.length; i++) result[binOf(values[i])]++;
    return result;
  };
  const u = await rand(device, [N]).read();
  assert.ok(Math.abs(excess(counts(u, 1000, (v) => Math.floor(v * 1000)))) < 4, 'uniform');
  const whole = await randint(device, 10, 1007, [N]).read();
  assert.ok(whole.every((v) => v >= 10 && v < 1007));
  assert.ok(Math.abs(excess(counts(whole, 997, (v) => v - 10))) < 4, 'integers');
});

test('permutations: every number once, at every size', async () => {
  const device = await testDevice();
  manualSeed(device, 5);
  for (const n of [1, 2, 3, 65, 256, 257, 512, 513, 4096, 60_000]) {
    const seen = new Uint8Array(n);
    for (const v of await randperm(device, n).read()) seen[v]++;
    assert.ok(
      seen.every((c) => c === 1),
      `n = ${n}`,
    );
  }
});

test('permutations: all orders of a few numbers are equally likely', () => {
  for (const [n, orders] of [
    [2, 2],
    [3, 6],
    [4, 24],
    [5, 120],
  ]) {
    const counts = new Map<string, number>();
    const draws = 200 * orders;
    for (let call = 0; call < draws; call++) {
      const key = permutation(n, { seed: 6, step: 0, call }).join();
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
    assert.is(counts.size, orders);
    assert.ok(Math.abs(excess([...counts.values()])) < 4, `n = ${n}: ${excess([...counts.values()])}`);
  }
});

test('permutations of more: places, first two places, fixed points, descents, neighbours, odd ones', () => {
  const [n, draws, bins] = [300, 2000, 50];
  const places = new Uint32Array(n * bins);
  const pairs = new Uint32Array(20 * 20);
  let [fixed, descents, neighbours, odd] = [0, 0, 0, 0];
  for (let call = 0; call < draws; call++) {
    const p = permutation(n, { seed: 7, step: 0, call });
    pairs[Math.floor(p[0] / 15) * 20 + Math.floor(p[1] / 15)]++;
    odd += parity(p);
    for (let i = 0; i < n; i++) {
      places[i * bins + Math.floor((p[i] * bins) / n)]++;
      if (p[i] === i) fixed++;
      if (i > 0 && p[i] < p[i - 1]) descents++;
      if (i > 0 && p[i] === p[i - 1] + 1) neighbours++;
    }
  }
  assert.ok(Math.abs(excess(places)) < 4, `places ${excess(places)}`);
  assert.ok(Math.abs(excess(pairs)) < 4, `first two places ${excess(pairs)}`);
  assert.ok(Math.abs(fixed / draws - 1) < 4 / Math.sqrt(draws), `fixed points ${fixed / draws}`); // mean 1, variance 1
  assert.ok(
    Math.abs(descents / draws - (n - 1) / 2) < 4 * Math.sqrt((n + 1) / 12 / draws),
    `descents ${descents / draws}`,
  );
  assert.ok(
    Math.abs(neighbours / draws - (n - 1) / n) < 4 / Math.sqrt(draws),
    `followed by the next number ${neighbours / draws}`,
  );
  assert.ok(Math.abs(odd / draws - 0.5) < 2 / Math.sqrt(draws), `odd permutations ${odd / draws}`);
});

/** 1 for an odd permutation. */
function parity(p: ArrayLike<number>): number {
  const seen = new Uint8Array(p.length);
  let result = p.length;
  for (let i = 0; i < p.length; i++) {
    if (!seen[i]) result--;
    for (let j = i; !seen[j]; j = p[j]) seen[j] = 1;
  }
  return result % 2;
}

test.run();
