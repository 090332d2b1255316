/**
 * Philox against its authors' vectors; uniform numbers and dropout as statistics, and as a stream that can be repeated
 * and continued.
 */
import * as assert from 'uvu/assert';
import { dropout as dropoutOp } from '../../../src/autograd/ops/index.js';
import { ShapeError } from '../../../src/device/errors.js';
import { dropoutMask, philox, uniform } from '../../../src/kernels/random/philox.js';
import { dropout, manualSeed, rand, randomState, setRandomState } from '../../../src/kernels/random/random.js';
import { full, tensor } from '../../../src/tensor/tensor.js';
import { expectSame } from '../../../src/cases/close.js';
import { gpuSuite, testDevice } from '../../support/gpu.js';

const test = gpuSuite('random');

/**
 * philox4x32-10 from kat_vectors of Random123 (https://github.com/DEShawResearch/random123), by the authors of the
 * generator.
 */
const KNOWN = [
  { counter: [0, 0, 0, 0], key: [0, 0], words: [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8] },
  {
    counter: [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    key: [0xffffffff, 0xffffffff],
    words: [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  },
  {
    counter: [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    key: [0xa4093822, 0x299f31d0],
    words: [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  },
] as const;

test('philox4x32-10: the authors’ known answers', () => {
  for (const { counter, key, words } of KNOWN) assert.equal([...philox(counter, key)], [...words]);
});

test('uniform numbers: range, mean, variance, neighbours', async () => {
  const device = await testDevice();
  manualSeed(device, 2024);
  const n = 400_000;
  const u = await rand(device, [n]).read();
  let [sum, squares, products] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    assert.ok(u[i] >= 0 && u[i] < 1, `${u[i]} at ${i}`);
    const d = u[i] - 0.5;
    sum += d;
    squares += d * d;
    if (i > 0) products += d * (u[i - 1] - 0.5);
  }
  const sigma = 5 / Math.sqrt(n); // five standard deviations of the mean of n numbers of variance 1
  assert.ok(Math.abs(sum / n) < sigma * Math.sqrt(1 / 12), `mean ${0.5 + sum / n}`);
  assert.ok(Math.abs(squares / n - 1 / 12) < sigma * Math.sqrt(1 / 180), `variance ${squares / n}`);
  assert.ok(Math.abs(products / n) < sigma / 12, `covariance of neighbours ${products / n}`);
});

test('uniform numbers of another range', async () => {
  const device = await testDevice();
  manualSeed(device, 1);
  const x = await rand(device, [1021], -2, 3).read();
  const u = uniform(1021, { seed: 1, step: 0, call: 0 });
  for (let i = 0; i < x.length; i++)
    assert.ok(Math.abs(x[i] - (5 * u[i] - 2)) < 1e-6 && x[i] >= -2 && x[i] < 3, `${x[i]} at ${i}`);
});

test('dropout keeps the expectation; its mask is the reference’s bit for bit', async () => {
  const device = await testDevice();
  const n = 100_003;
  for (const p of [0.1, 0.5, 0.9]) {
    manualSeed(device, 99);
    const { y, mask } = dropout(full(device, [n], 2), p);
    const keep = Float32Array.from(await mask.read());
    expectSame('dropout', 'mask', keep, Float32Array.from(dropoutMask([n], p, { seed: 99, step: 0, call: 0 }).data));
    expectSame(
      'dropout',
      'y',
      await y.read(),
      keep.map((m) => 2 * m),
    );
    const kept = keep.reduce((count, m) => count + (m > 0 ? 1 : 0), 0) / n;
    assert.ok(Math.abs(kept - (1 - p)) < 5 * Math.sqrt((p * (1 - p)) / n), `p = ${p}: kept ${kept}`);
  }
});

test('dropout: p = 0 changes nothing, p = 1 and nonsense are refused, a dropped NaN stays one, as in PyTorch', async () => {
  const device = await testDevice();
  const x = tensor(device, [1, 2, 3]);
  assert.is(dropoutOp(x, 0), x);
  for (const p of [1, -0.1, NaN])
    assert.throws(
      () => dropoutOp(x, p),
      (e: unknown) => e instanceof ShapeError && e.message.startsWith('[dropout]'),
    );
  const { y, mask } = dropout(full(device, [64], NaN), 0.5);
  const [values, keep] = [await y.read(), await mask.read()];
  assert.ok(values.every(Number.isNaN) && keep.some((m) => m === 0));
});

test('the same seed gives the same numbers; the next call and the next step give others', async () => {
  const device = await testDevice();
  const draw = async (): Promise<number[]> => [...(await device.step(() => rand(device, [8])).read())];
  manualSeed(device, 3);
  const first = [await draw(), await draw()];
  manualSeed(device, 3);
  const again = [await draw(), await draw()];
  manualSeed(device, 4);
  const other = await draw();
  assert.equal(again, first);
  assert.not.equal(first[0], first[1]);
  assert.not.equal(first[0], other);
  const [a, b] = device.step(() => [rand(device, [8]), rand(device, [8])]);
  assert.not.equal([...(await a.read())], [...(await b.read())]);
});

test('the state can be kept and gone on from', async () => {
  const device = await testDevice();
  manualSeed(device, 2 ** 40 + 1);
  device.step(() => rand(device, [5]));
  const state = await randomState(device);
  assert.equal(state, [1, 256, 1, 0]);
  const next = [...(await device.step(() => rand(device, [5])).read())];
  manualSeed(device, 0);
  setRandomState(device, state);
  assert.equal([...(await device.step(() => rand(device, [5])).read())], next);
});

test('seeds that are no whole numbers are refused', async () => {
  const device = await testDevice();
  for (const seed of [-1, 1.5, 2 ** 54, NaN])
    assert.throws(
      () => manualSeed(device, seed),
      (e: unknown) => e instanceof ShapeError,
    );
});

test.run();
