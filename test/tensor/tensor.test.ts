import * as assert from 'uvu/assert';
import { ShapeError } from '../../src/device/errors.js';
import { constant } from '../../src/tensor/creation.js';
import {
  empty,
  full,
  rows,
  tensor,
  view,
  zeros,
  type DType,
  type Tensor,
  type TensorData,
  type TensorOptions,
} from '../../src/tensor/tensor.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { fails } from '../device/tools.js';

const test = gpuSuite('tensor');

const numbers = async (x: Tensor): Promise<number[]> => [...(await x.read())];

/** A tensor made from data: its shape, dtype and numbers. */
function makes(
  name: string,
  data: TensorData,
  options: TensorOptions,
  shape: number[],
  dtype: DType,
  expected: number[],
): void {
  test(`made from ${name}`, async () => {
    const x = tensor(await testDevice(), data, options);
    assert.equal([...x.shape], shape);
    assert.is(x.dtype, dtype);
    assert.is(x.size, expected.length);
    assert.is(x.rank, shape.length);
    assert.equal(await numbers(x), expected);
  });
}

makes('a number', 3.5, {}, [], 'f32', [3.5]);
makes('a list', [1, 2, 3], {}, [3], 'f32', [1, 2, 3]);
makes(
  'nested lists',
  [
    [1, 2],
    [3, 4],
    [5, 6],
  ],
  {},
  [3, 2],
  'f32',
  [1, 2, 3, 4, 5, 6],
);
makes(
  'deep lists',
  [
    [[1], [2]],
    [[3], [4]],
  ],
  {},
  [2, 2, 1],
  'f32',
  [1, 2, 3, 4],
);
makes('a list of typed arrays', [Float32Array.of(1, 2), Float32Array.of(3, 4)], {}, [2, 2], 'f32', [1, 2, 3, 4]);
makes('an empty list', [], {}, [0], 'f32', []);
makes('lists of empty lists', [[], [], []], {}, [3, 0], 'f32', []);
makes(
  'a Float32Array with a shape',
  Float32Array.of(1, 2, 3, 4, 5, 6),
  { shape: [2, 3] },
  [2, 3],
  'f32',
  [1, 2, 3, 4, 5, 6],
);
makes('a shape with an open size', Float32Array.of(1, 2, 3, 4), { shape: [-1, 2] }, [2, 2], 'f32', [1, 2, 3, 4]);
makes(
  'lists with a shape of their size',
  [
    [1, 2],
    [3, 4],
  ],
  { shape: [4] },
  [4],
  'f32',
  [1, 2, 3, 4],
);
makes('a Uint32Array', Uint32Array.of(0, 4294967295), {}, [2], 'u32', [0, 4294967295]);
makes('bytes', Uint8Array.of(1, 255), {}, [2], 'u32', [1, 255]);
makes('bytes as floats', Uint8Array.of(1, 255), { dtype: 'f32' }, [2], 'f32', [1, 255]);
makes('signed integers', Int32Array.of(-1, 7), {}, [2], 'f32', [-1, 7]);
makes('labels in a list', [3, 1], { dtype: 'u32' }, [2], 'u32', [3, 1]);
makes('a part of a typed array', Float32Array.of(9, 1, 2, 9).subarray(1, 3), {}, [2], 'f32', [1, 2]);
makes('numbers that are none', [NaN, Infinity, -Infinity], {}, [3], 'f32', [NaN, Infinity, -Infinity]);

test('floats keep their bits: -0, denormals, the largest', async () => {
  const bits = Uint32Array.of(0x80000000, 1, 0x7f7fffff, 0x7fc12345);
  const x = tensor(await testDevice(), new Float32Array(bits.buffer));
  assert.equal([...new Uint32Array((await x.read()).buffer)], [...bits]);
});

const ragged: [name: string, data: TensorData][] = [
  ['a short row', [[1, 2], [3]]],
  ['a long row', [[1], [2, 3]]],
  ['a number among rows', [[1], 2]],
  ['a row among numbers', [1, [2]]],
  ['an empty first row', [[], [1]]],
  [
    'a short row deep down',
    [
      [
        [1, 2],
        [3, 4],
      ],
      [[5, 6], [7]],
    ],
  ],
  ['a deeper row', [[1], [[2]]]],
  ['typed arrays of two lengths', [Float32Array.of(1, 2), Float32Array.of(3)]],
];
for (const [name, data] of ragged) {
  test(`ragged: ${name}`, async () => {
    const device = await testDevice();
    await fails(() => tensor(device, data), ShapeError, /^\[tensor\] nested lists are ragged/);
  });
}

test('data that do not fit the shape', async () => {
  const device = await testDevice();
  await fails(
    () => tensor(device, [1, 2, 3], { shape: [2, 2] }),
    ShapeError,
    /^\[tensor\] 3 elements do not make shape \(2, 2\)/,
  );
  await fails(() => tensor(device, new Float32Array(6), { shape: [-1, 4] }), ShapeError, /^\[tensor\] 6 elements/);
  for (const shape of [[-1], [1.5], [NaN]])
    await fails(() => empty(device, shape), ShapeError, /^\[empty\] .* is not a shape/);
});

test('the host array may change after the call', async () => {
  const device = await testDevice();
  const source = Float32Array.of(1, 2);
  const shape = [2];
  const x = tensor(device, source, { shape });
  source[0] = 99;
  shape[0] = 99;
  assert.equal(await numbers(x), [1, 2]);
  assert.equal([...x.shape], [2]);
});

test('zeros and full, of both dtypes and every rank', async () => {
  const device = await testDevice();
  assert.equal(await numbers(zeros(device, [2, 2])), [0, 0, 0, 0]);
  assert.equal(await numbers(zeros(device, [], 'u32')), [0]);
  assert.equal(await numbers(zeros(device, [3, 0])), []);
  assert.equal(await numbers(full(device, [3], -2.5)), [-2.5, -2.5, -2.5]);
  assert.equal(await numbers(full(device, [0], 1)), []);
  assert.is(Object.is(await full(device, [], -0).item(), -0), true);
});

test('requiresGrad is off unless asked for', async () => {
  const device = await testDevice();
  assert.is(tensor(device, [1]).requiresGrad, false);
  assert.is(tensor(device, [1], { requiresGrad: true }).requiresGrad, true);
});

test('item is for one element only', async () => {
  const device = await testDevice();
  assert.is(await tensor(device, [[[7]]]).item(), 7);
  await fails(
    () => tensor(device, [1, 2]).item(),
    ShapeError,
    /^\[item\] a tensor of shape \(2,\) has 2 elements, not one/,
  );
  await fails(() => tensor(device, []).item(), ShapeError, /0 elements/);
});

test('constants are shared, also across steps, and told apart', async () => {
  const device = await testDevice();
  const two = device.step(() => [constant(device, 2)])[0];
  assert.is(constant(device, 2), two);
  assert.equal(two.shape, []);
  const values = [0, -0, 2.5, NaN, 1e-45];
  for (const v of values) assert.is(constant(device, v), constant(device, v));
  assert.ok(
    (await Promise.all(values.map((v) => constant(device, v).item()))).every((v, i) =>
      Object.is(v, Math.fround(values[i])),
    ),
  );
});

test('a view shares the memory; rows is a view of leading rows', async () => {
  const device = await testDevice();
  const x = tensor(
    device,
    Float32Array.from({ length: 192 }, (_, i) => i),
    { shape: [3, 64] },
  );
  const flat = view(x, [-1]);
  assert.equal([flat.storage === x.storage, flat.byteOffset, ...flat.shape], [true, 0, 192]);
  const last = rows(x, 2, 3);
  assert.equal([last.storage === x.storage, last.byteOffset, ...last.shape], [true, 512, 1, 64]);
  assert.equal((await numbers(last)).slice(0, 2), [128, 129]);
  const inner = rows(rows(x, 1, 3), 1, 2);
  assert.is((await numbers(inner))[0], 128);
  assert.equal(await numbers(view(tensor(device, Uint32Array.of(5, 6)), [2, 1])), [5, 6]);
  assert.is(view(tensor(device, Uint32Array.of(5, 6)), [2, 1]).dtype, 'u32');
  await fails(() => view(x, [100, -1]), ShapeError, /^\[view\] 192 elements/);
});

test.run();
