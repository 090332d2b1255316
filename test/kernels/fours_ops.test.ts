/**
 * Ops that keep fours of channels (src/tensor/layout.ts), beyond their cases in src/cases/ops: NaN, indices, operands
 * of two layouts, dropout's order of numbers, halves, and windows of images.
 */
import * as assert from 'uvu/assert';
import { autocast } from '../../src/autograd/autocast.js';
import { backward } from '../../src/autograd/graph.js';
import {
  avgPool2d,
  batchNorm,
  cast,
  cat,
  dropout,
  maxPool2d,
  maxPool2dWithIndices,
  reshape,
} from '../../src/autograd/ops/index.js';
import { expectClose, expectSame } from '../../src/cases/close.js';
import { UNIT, drawTensor, upload } from '../../src/cases/draw.js';
import { specOf } from '../../src/cases/index.js';
import { caseName, inFours, type OpCase } from '../../src/cases/spec.js';
import type { HostTensor } from '../../src/kernels/launch/host_tensor.js';
import { convertLayout } from '../../src/kernels/layout/convert.js';
import { manualSeed } from '../../src/kernels/random/random.js';
import { dropoutMask } from '../../src/kernels/random/philox.js';
import { FOURS, ROWS, permuted } from '../../src/tensor/layout.js';
import { tensor, type Tensor } from '../../src/tensor/tensor.js';
import { checkForward, checkGradients } from '../support/check_op.js';
import { gpuSuite, testDevice, withDevice } from '../support/gpu.js';
import { LIMIT } from './launch/windows_limit.js';

const test = gpuSuite('fours_ops');

/** A leaf in fours of channels. */
async function leaf(x: HostTensor): Promise<Tensor> {
  const t = convertLayout(upload(await testDevice(), x), FOURS);
  t.requiresGrad = true;
  return t;
}

/** The same numbers as a leaf in rows. */
const rowsOf = async (x: HostTensor): Promise<Tensor> => upload(await testDevice(), x, 'f32', true);

const gradOf = async (t: Tensor): Promise<number[]> => [...((await t.grad?.read()) ?? [])];

test('max_pool2d: NaN and infinities as in rows, each channel for itself', async () => {
  const x = drawTensor([2, 4, 5, 6], UNIT, 3);
  x.data.set([NaN, -Infinity, Infinity, NaN], 7);
  x.data.fill(-Infinity, 30, 60); // a whole plane
  x.data[100] = NaN;
  const options = { kernelSize: 3, stride: 2, padding: 1, activation: 'relu' } as const;
  for (const { activation, ...plain } of [options]) {
    for (const o of [plain, { ...plain, activation }]) {
      const [a, b] = [await leaf(x), await rowsOf(x)];
      const [y, z] = [maxPool2d(a, o), maxPool2d(b, o)];
      assert.is(y.layout, FOURS);
      expectSame('max_pool2d', 'y', await y.read(), await z.read());
      const dy = upload(y.device, drawTensor(y.shape, UNIT, 4));
      backward(y, dy);
      backward(z, dy);
      assert.is(a.grad?.layout, FOURS);
      expectSame('max_pool2d', 'dx', await gradOf(a), await gradOf(b));
    }
  }
});

test('batch_norm: a NaN spoils its channel alone', async () => {
  const x = drawTensor([3, 8, 4, 5], UNIT, 5);
  x.data[2 * 20 + 3] = NaN; // of channel 2
  const y = batchNorm(await leaf(x), null, null, null, null, { training: true, activation: 'relu' });
  assert.is(y.layout, FOURS);
  const isNan = Array.from(await y.read(), Number.isNaN);
  assert.equal(
    isNan,
    isNan.map((_, i) => Math.floor(i / 20) % 8 === 2),
  );
});

test('max_pool2d: flattened as it is written, and its gradient read as it comes, are the same numbers', async () => {
  for (const [shape, options] of [
    [[2, 8, 6, 4], { kernelSize: 2 }],
    [[2, 8, 7, 5], { kernelSize: 2, activation: 'relu' }], // dx is cleared where no window reaches
    [[3, 4, 7, 9], { kernelSize: 3, stride: 2, padding: 1 }], // windows overlap
    [[2, 4, 2, 2], { kernelSize: 2 }], // planes of one
  ] as const) {
    const x = drawTensor(shape, UNIT, 9);
    const [a, b] = [await leaf(x), await leaf(x)];
    const y = maxPool2d(a, { ...options, flatten: true });
    const z = reshape(maxPool2d(b, options), [shape[0], -1]);
    assert.equal(y.shape, z.shape);
    assert.is(y.layout, ROWS);
    expectSame('max_pool2d', 'y', await y.read(), await z.read());
    const dy = upload(y.device, drawTensor(y.shape, UNIT, 4));
    backward(y, dy);
    backward(z, dy);
    assert.is(a.grad?.layout, FOURS);
    expectSame('max_pool2d', 'dx', await gradOf(a), await gradOf(b));
  }
});

test('avg_pool2d: dy in rows is read as it comes', async () => {
  for (const kernelSize of [2, 3]) {
    const x = drawTensor([2, 8, 7, 6], UNIT, 9);
    const [a, b] = [await leaf(x), await rowsOf(x)];
    const [y, z] = [avgPool2d(a, { kernelSize }), avgPool2d(b, { kernelSize })];
    const dy = upload(y.device, drawTensor(y.shape, UNIT, 4));
    assert.is(dy.layout, ROWS);
    backward(y, dy);
    backward(z, dy);
    assert.is(a.grad?.layout, FOURS);
    expectSame('avg_pool2d', 'dx', await gradOf(a), await gradOf(b));
  }
});

test('max_pool2d: indices count within planes of rows, whatever the layout', async () => {
  for (const shape of [
    [2, 8, 7, 5],
    [1, 4, 8, 8], // its indices lie in planes of 4 x 4: fours of pixels
  ]) {
    const x = drawTensor(shape, { low: -1, high: 1, distinct: true }, 6);
    const o = { kernelSize: 2 };
    const [a, b] = [maxPool2dWithIndices(await leaf(x), o), maxPool2dWithIndices(await rowsOf(x), o)];
    assert.is(a.indices.layout, FOURS);
    expectSame('max_pool2d', 'indices', await a.indices.read(), await b.indices.read());
  }
});

test('batch_norm of fours with a residual in rows, and of rows with one in fours: y lies as x does', async () => {
  const [x, r] = [1, 2].map((seed) => drawTensor([2, 4, 3, 5], UNIT, seed));
  const make = async (a: Tensor, b: Tensor): Promise<Float32Array | Uint32Array> => {
    const y = batchNorm(a, null, null, null, null, { training: true, residual: b });
    assert.is(y.layout, a.layout);
    backward(y, upload(y.device, drawTensor(y.shape, UNIT, 9)));
    return y.read();
  };
  const [xa, ra, xb, rb] = [await leaf(x), await rowsOf(r), await rowsOf(x), await leaf(r)];
  const common = { op: 'batch_norm', pair: 'GPU with CPU', label: 'two layouts' } as const;
  expectClose({ ...common, argument: 'y', got: await make(xa, ra), expected: await make(xb, rb) });
  expectClose({ ...common, argument: 'dx', got: await gradOf(xa), expected: await gradOf(xb) });
  expectClose({ ...common, argument: 'dresidual', got: await gradOf(ra), expected: await gradOf(rb) });
});

test('cat: fours where the first part lies so and all can, else rows', async () => {
  const [a, b, c] = [4, 8, 3].map((C, seed) => drawTensor([2, C, 3, 2], UNIT, seed));
  const numbers = async (parts: readonly Tensor[], layout: typeof ROWS): Promise<number[]> => {
    const y = cat(parts, 1);
    assert.is(y.layout, layout);
    return [...(await y.read())];
  };
  assert.equal(
    await numbers([await leaf(a), await rowsOf(b)], FOURS),
    await numbers([await rowsOf(a), await rowsOf(b)], ROWS),
  );
  const device = await testDevice();
  const three = upload(device, c);
  assert.equal(await numbers([await leaf(a), three], ROWS), await numbers([await rowsOf(a), three], ROWS));
  assert.is(cat([await leaf(a), await leaf(a)], 2).layout, ROWS);
});

test('dropout: one mask forward and backward, drawn in the order in which x lies; the same again by the same seed', async () => {
  const x = drawTensor([3, 8, 5, 3], { low: 1, high: 2 }, 8);
  const run = async (): Promise<{ y: number[]; dx: number[] }> => {
    const t = await leaf(x);
    manualSeed(t.device, 11);
    const y = dropout(t, 0.4);
    assert.is(y.layout, FOURS);
    backward(y, tensor(t.device, new Float32Array(y.size).fill(1), { shape: y.shape }));
    assert.is(t.grad?.layout, FOURS);
    return { y: [...(await y.read())], dx: await gradOf(t) };
  };
  const first = await run();
  assert.equal(await run(), first);
  const drawn = Float32Array.from(dropoutMask(x.shape, 0.4, { seed: 11, step: 0, call: 0 }).data);
  const mask = permuted(drawn, x.shape, FOURS, 'to rows');
  const common = { op: 'dropout', pair: 'GPU with CPU', label: 'fours' } as const;
  expectClose({ ...common, argument: 'y', got: first.y, expected: x.data.map((v, i) => v * mask[i]) });
  expectClose({ ...common, argument: 'dx', got: first.dx, expected: mask });
});

test('halves stay in fours', async () => {
  const device = await testDevice();
  if (!device.features.has('shader-f16')) return;
  const x = drawTensor([2, 8, 6, 7], UNIT, 10);
  const results: ArrayLike<number>[][] = [];
  for (const t of [await leaf(x), await rowsOf(x)]) {
    const y = autocast(() => {
      const h = batchNorm(cast(t, 'f16'), null, null, null, null, { training: true, activation: 'relu' });
      return maxPool2d(h, { kernelSize: 3, stride: 2, padding: 1 });
    });
    assert.is(y.dtype, 'f16');
    assert.is(y.layout, t.layout);
    backward(y, cast(upload(device, drawTensor(y.shape, UNIT, 12)), 'f16'));
    assert.is(t.grad?.layout, t.layout);
    results.push([await y.read(), await gradOf(t)]);
  }
  for (const i of [0, 1]) {
    const [got, expected] = results.map((r) => r[i]);
    expectClose({
      op: 'halves',
      argument: ['y', 'dx'][i],
      got,
      expected,
      tolerance: 4e-3,
      pair: 'GPU with CPU',
      label: 'f16',
    });
  }
});

const WINDOWS: readonly (OpCase<unknown> & { readonly op: string })[] = [
  { op: 'batch_norm', shapes: [[40, 4, 16, 13], [4], [4]], args: { training: true, activation: 'relu' } },
  { op: 'batch_norm', shapes: [[40, 4, 16, 13], [4], [4], [40, 4, 16, 13]], args: { training: true } },
  { op: 'max_pool2d', shapes: [[40, 4, 15, 16]], args: { kernelSize: [3, 3], stride: [2, 2], padding: [1, 1] } },
  { op: 'avg_pool2d', shapes: [[40, 4, 16, 16]], args: { kernelSize: [2, 2] } },
  { op: 'cat', shapes: [8, 4].map((C) => [40, C, 8, 12]), args: { dim: 1 } },
];

for (const c of WINDOWS) {
  const [fours] = inFours([c]);
  const spec = specOf(c.op);
  test(`in windows: ${caseName(spec, fours)}`, async () => {
    await withDevice({ maxBindingBytes: LIMIT }, async (device) => {
      await checkForward(device, spec, fours);
      await checkGradients(device, spec, fours);
    });
  });
}

test.run();
