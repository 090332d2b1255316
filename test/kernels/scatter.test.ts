/** scatter_add, triangles and slices with a step: against the reference; past the binding limit; wrong indices, NaN. */
import * as assert from 'uvu/assert';
import { scatterAdd, slice, tril, triu } from '../../src/autograd/ops/index.js';
import { Device } from '../../src/device/device.js';
import { tensor, zeros, type Tensor } from '../../src/tensor/tensor.js';
import { checkForward, checkGradients } from '../support/check_op.js';
import { gpuSuite, testDevice, withDevice } from '../support/gpu.js';
import { specOf } from '../../src/cases/index.js';
import { expectShapeErrors } from '../support/shape_errors.js';

const test = gpuSuite('scatter');

const LARGE: readonly (readonly [op: string, shapes: readonly (readonly number[])[], args: object])[] = [
  [
    'scatter_add',
    [
      [1000, 20],
      [999, 20],
      [999, 20],
    ],
    { dim: 0 },
  ], // windows of rows and of places
  [
    'scatter_add',
    [
      [640, 30],
      [640, 20],
      [640, 20],
    ],
    { dim: 1 },
  ],
  [
    'scatter_add',
    [
      [9, 4],
      [20_000, 4],
      [20_000, 4],
    ],
    { dim: 0 },
  ],
  ['tril', [[3, 130, 131]], { diagonal: 3 }],
  ['triu', [[200, 201]], { diagonal: -5 }],
  ['slice', [[130, 131]], { dim: 1, start: 3, end: 120, step: 7 }],
  ['slice', [[40_001]], { dim: 0, start: 1, end: 40_001, step: 2 }],
];

for (const [op, shapes, args] of LARGE) {
  test(`past the binding limit: ${op} ${JSON.stringify(shapes)}`, async () => {
    await withDevice({ maxBindingBytes: 65536 }, async (device: Device) => {
      const c = { shapes, args };
      await checkForward(device, specOf(op), c);
      await checkGradients(device, specOf(op), c);
    });
  });
}

test('sums are made in one order: the same bits each time', async () => {
  const device = await testDevice();
  const n = 5000;
  const index = tensor(
    device,
    Uint32Array.from({ length: n }, (_, j) => (j * 7) % 3),
  );
  const src = tensor(
    device,
    Float32Array.from({ length: n }, (_, j) => Math.sin(j) * 10 ** (j % 7)),
  );
  const x = tensor(device, [1, 2, 3]);
  const expected = [1, 2, 3];
  for (const [j, v] of (await src.read()).entries()) expected[(j * 7) % 3] = Math.fround(expected[(j * 7) % 3] + v);
  for (let i = 0; i < 3; i++) assert.equal([...(await scatterAdd(x, 0, index, src).read())], expected);
});

test('an index that does not exist makes its column NaN', async () => {
  const device = await testDevice();
  const index = tensor(device, [[0, 1, 2], [1, 3, 0]], { dtype: 'u32' }); // prettier-ignore
  const src = tensor(device, [[1, 2, 3], [4, 5, 6]]); // prettier-ignore
  const y = await scatterAdd(zeros(device, [3, 3]), 0, index, src).read();
  assert.equal([...y], [1, NaN, 6, 4, NaN, 0, 0, NaN, 3]);
});

test('triangles and slices copy bits: NaN and u32 stay, and what is cut off is 0', async () => {
  const device = await testDevice();
  const x = tensor(device, [[NaN, NaN, -0], [1, NaN, Infinity]]); // prettier-ignore
  assert.equal([...(await tril(x).read())], [NaN, 0, 0, 1, NaN, 0]);
  assert.equal([...(await triu(x, 1).read())], [0, NaN, -0, 0, 0, Infinity]);
  const words = tensor(device, Uint32Array.of(1, 2 ** 31, 3, 4, 2 ** 32 - 1, 6), { shape: [2, 3] });
  assert.equal([...(await triu(words, 1).read())], [0, 2 ** 31, 3, 0, 0, 6]);
  assert.equal([...(await slice(words, 1, 0, 3, 2).read())], [1, 3, 4, 6]);
});

test('what is refused', async () => {
  const device = await testDevice();
  const of = (...shape: number[]): Tensor => zeros(device, shape);
  const words = (...shape: number[]): Tensor => zeros(device, shape, 'u32');
  expectShapeErrors([
    [() => tril(of(3)), '[tril] x (3,) has 1 dimensions'],
    [() => triu(of(3, 3), 0.5), '[triu] diagonal 0.5'],
    [() => slice(of(2, 3), 1, 0, 3, 0), '[slice] a step of 0 in dim 1 of (2, 3)'],
    [() => slice(of(2, 3), 1, 2, 0, -1), '[slice] 2..0 is not a range'],
    [() => slice(of(2, 3), 1, 0, 3, 1.5), '[slice] a step of 1.5'],
    [() => scatterAdd(of(3), 0, of(3), of(3)), '[scatter_add] index (3,) is f32'],
    [() => scatterAdd(words(3), 0, words(3), of(3)), '[scatter_add] x (3,) is u32'],
    [() => scatterAdd(of(3), 0, words(3), words(3)), '[scatter_add] src (3,) is u32'],
    [() => scatterAdd(of(3), 0, words(3, 1), of(3, 1)), '[scatter_add] index (3, 1), src (3, 1), x (3,) must have'],
    [
      () => scatterAdd(of(3), 0, words(3), of(2)),
      '[scatter_add] index (3,), src (2,), x (3,): index is larger than src in dim 0',
    ],
    [
      () => scatterAdd(of(3, 2), 0, words(3, 3), of(3, 3)),
      '[scatter_add] index (3, 3), src (3, 3), x (3, 2): index is larger than x in dim 1',
    ],
    [() => scatterAdd(of(3), 1, words(3), of(3)), '[scatter_add] dim 1'],
  ]);
});

test.run();
