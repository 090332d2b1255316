/**
 * Halves on the host: every one of them, ties to even, what is too small and too large; and the GPU rounds in the same
 * way.
 */
import * as assert from 'uvu/assert';
import { fromHalves, halfBits, halfValue, toHalves } from '../../src/tensor/half.js';
import { cast } from '../../src/kernels/elementwise/cast.js';
import { tensor, zeros } from '../../src/tensor/tensor.js';
import { AdapterError } from '../../src/device/errors.js';
import { gpuSuite, testDevice, withDevice } from '../support/gpu.js';

const test = gpuSuite('halves');
const device = await testDevice();
const offersHalves = device.features.has('shader-f16');

/** Number, and its nearest half. */
const KNOWN: readonly (readonly [number, number])[] = [
  [0, 0x0000],
  [-0, 0x8000],
  [1, 0x3c00],
  [-2, 0xc000],
  [65504, 0x7bff],
  [65519.99, 0x7bff],
  [65520, 0x7c00],
  [1e30, 0x7c00],
  [-1e30, 0xfc00],
  [Infinity, 0x7c00],
  [-Infinity, 0xfc00],
  [2 ** -14, 0x0400],
  [2 ** -24, 0x0001],
  [2 ** -25, 0x0000],
  [2 ** -25 * 1.01, 0x0001],
  [3 * 2 ** -25, 0x0002],
  [2 ** -14 - 2 ** -25, 0x0400], // rounds up to the smallest normal
  [1 + 2 ** -11, 0x3c00],
  [1 + 3 * 2 ** -11, 0x3c02],
  [1 + 2 ** -11 + 2 ** -20, 0x3c01],
  [2 - 2 ** -12, 0x4000],
  [0.1, 0x2e66],
  [1e-40, 0],
];

test('numbers are rounded to the nearest half, ties to even', () => {
  for (const [x, bits] of KNOWN) assert.is(halfBits(x), bits, `${x}`);
  const nan = halfBits(NaN);
  assert.ok((nan & 0x7c00) === 0x7c00 && (nan & 0x3ff) !== 0);
});

test('every half survives the way to f32 and back', () => {
  for (let bits = 0; bits < 0x10000; bits++) {
    const x = halfValue(bits);
    if (Number.isNaN(x)) assert.ok((bits & 0x7fff) > 0x7c00);
    else assert.is(halfBits(x), bits, `${bits.toString(16)} is ${x}`);
  }
});

test('between neighbours the nearer wins', () => {
  for (let bits = 0; bits < 0x7bff; bits += 7) {
    const [low, high] = [halfValue(bits), halfValue(bits + 1)];
    assert.is(halfBits(low + (high - low) * 0.49), bits);
    assert.is(halfBits(low + (high - low) * 0.51), bits + 1);
    assert.is(halfBits((low + high) / 2) % 2, 0, 'a tie goes to the even one');
  }
});

test('a device without the feature refuses halves: what, where, and what to do', () =>
  withDevice({ without: 'shader-f16' }, async (bare) => {
    assert.not.ok(bare.features.has('shader-f16'));
    try {
      zeros(bare, [3], 'f16');
      assert.unreachable();
    } catch (error) {
      assert.instance(error, AdapterError);
      const { message, fix, exitCode } = error as AdapterError;
      assert.match(message, 'shader-f16');
      assert.match(message, bare.name);
      assert.match(fix ?? '', 'precision f32');
      assert.is(exitCode, 4);
    }
  }));

if (offersHalves) {
  test('odd numbers of halves are stored, read and cast', async () => {
    for (const n of [1, 2, 3, 5, 127, 129, 1021]) {
      const values = Float32Array.from({ length: n }, (_, i) => ((i * 37) % 101) - 50.3);
      const rounded = fromHalves(toHalves(values));
      const x = tensor(device, values, { dtype: 'f16' });
      assert.is(x.byteLength, 2 * n);
      assert.equal(await x.read(), rounded);
      assert.equal(await cast(x, 'f32').read(), rounded);
      assert.equal(await cast(tensor(device, values), 'f16').read(), rounded, 'the GPU rounds as the host does');
    }
  });

  test('the GPU casts what is small, large and no number as the host does', async () => {
    const values = Float32Array.from([...KNOWN.map(([x]) => x).filter((x) => x === 0 || Math.abs(x) > 1e-30), NaN]);
    const text = (numbers: Iterable<number>): string => [...numbers].join(); // equal does not hold of NaN
    assert.is(text(await cast(tensor(device, values), 'f16').read()), text(fromHalves(toHalves(values))));
  });

  test('in windows', () =>
    withDevice({ maxBindingBytes: 1024 }, async (small) => {
      const values = Float32Array.from({ length: 2001 }, (_, i) => i);
      assert.equal(await cast(cast(tensor(small, values), 'f16'), 'f32').read(), values);
    }));
}
test.run();
