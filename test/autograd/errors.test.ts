/**
 * Wrong shapes, types and arguments: a ShapeError that opens with the op's name and holds the sizes, before any GPU
 * work.
 */
import * as assert from 'uvu/assert';
import {
  add,
  argmax,
  avgPool2d,
  cat,
  conv2d,
  crossEntropy,
  dropout,
  elementwise,
  expand,
  linear,
  matmul,
  max,
  maxPool2d,
  mean,
  permute,
  relu,
  reshape,
  slice,
  softmax,
  sum,
} from '../../src/autograd/ops/index.js';
import { ShapeError, UsageError } from '../../src/device/errors.js';
import { add_ } from '../../src/kernels/elementwise/accumulate.js';
import { empty, type Tensor } from '../../src/tensor/tensor.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { kernelsDuring } from '../support/kernel_log.js';

type Of = (...shape: number[]) => Tensor;

/** The call, and what its message must hold. */
const REFUSED: readonly [op: string, holds: readonly string[], call: (of: Of, words: Of) => unknown][] = [
  ['add', ['(2, 3)', '(2, 4)'], (of) => add(of(2, 3), of(2, 4))],
  ['add', ['(3,)', 'u32'], (of, words) => add(of(3), words(3))],
  ['relu', ['(3,)', 'u32'], (_, words) => relu(words(3))],
  ['elu', ['beta'], (of) => elementwise('elu', of(3), { beta: 1 })],
  ['add_', ['(3,)', '(4,)'], (of) => add_(of(3), of(4))],
  ['matmul', ['(2, 3)', '(4, 5)', 'K = 3', 'K = 4'], (of) => matmul(of(2, 3), of(4, 5))],
  ['matmul', ['(3, 2) transposed', 'K = 3', 'K = 2'], (of) => matmul(of(3, 2), of(2, 5), { transposeA: true })],
  ['matmul', ['()', '(3, 2)'], (of) => matmul(of(), of(3, 2))],
  ['matmul', ['(2,)', '(3,)'], (of) => matmul(of(2, 4, 4), of(3, 4, 4))],
  ['linear', ['(2, 3)', '(5, 4)'], (of) => linear(of(2, 3), of(5, 4))],
  ['linear', ['(4,)', '(5, 3)'], (of) => linear(of(2, 3), of(5, 3), of(4))],
  ['conv2d', ['(8, 3, 28, 28)', 'C = 3', '(16, 4, 5, 5)', 'C = 4'], (of) => conv2d(of(8, 3, 28, 28), of(16, 4, 5, 5))],
  ['conv2d', ['(4, 28, 28)', 'N, C, H, W'], (of) => conv2d(of(4, 28, 28), of(16, 4, 5, 5))],
  ['conv2d', ['(3, 2, 1, 1)', 'groups = 2'], (of) => conv2d(of(1, 4, 3, 3), of(3, 2, 1, 1), null, { groups: 2 })],
  [
    'conv2d',
    ['(1, 1, 3, 3)', '(1, 1, 6, 3)', 'padding (1,1)'],
    (of) => conv2d(of(1, 1, 3, 3), of(1, 1, 6, 3), null, { padding: 1 }),
  ],
  ['conv2d', ['stride (0,0)'], (of) => conv2d(of(1, 1, 3, 3), of(1, 1, 1, 1), null, { stride: 0 })],
  ['conv2d', ['(3,)', 'O = 2'], (of) => conv2d(of(1, 1, 3, 3), of(2, 1, 1, 1), of(3))],
  ['max_pool2d', ['(1, 1, 3, 3)', '(4,4)'], (of) => maxPool2d(of(1, 1, 3, 3), { kernelSize: 4 })],
  ['max_pool2d', ['(2,2)', '(3,3)'], (of) => maxPool2d(of(1, 1, 9, 9), { kernelSize: 3, padding: 2 })],
  ['avg_pool2d', ['(0,0)'], (of) => avgPool2d(of(1, 1, 3, 3), { kernelSize: 2, stride: 0 })],
  ['avg_pool2d', ['(3, 3)'], (of) => avgPool2d(of(3, 3), { kernelSize: 2 })],
  ['softmax', ['dim 2', '2 dimensions'], (of) => softmax(of(2, 3), 2)],
  ['sum', ['dim -3'], (of) => sum(of(2, 3), { dim: [0, -3] })],
  ['sum', ['(1,-1)'], (of) => sum(of(2, 3), { dim: [1, -1] })],
  ['mean', ['(0, 3)'], (of) => mean(of(0, 3), { dim: 0 })],
  ['max', ['(3, 0)'], (of) => max(of(3, 0))],
  ['cross_entropy', ['(4, 3)', '(5,)'], (of, words) => crossEntropy(of(4, 3), words(5))],
  ['cross_entropy', ['(4, 3)', 'f32'], (of) => crossEntropy(of(4, 3), of(4))],
  ['argmax', ['(4, 0)'], (of) => argmax(of(4, 0), { dim: -1 })],
  ['dropout', ['1.5'], (of) => dropout(of(3), 1.5)],
  ['permute', ['(0,0)', '(2, 3)'], (of) => permute(of(2, 3), [0, 0])],
  ['slice', ['(2, 3)', '2..1'], (of) => slice(of(2, 3), 1, 2, 1)],
  ['slice', ['dim 2'], (of) => slice(of(2, 3), 2, 0)],
  ['cat', ['(2, 3)', '(2, 4)'], (of) => cat([of(2, 4), of(2, 3)], 0)],
  ['cat', ['u32', 'f32'], (of, words) => cat([of(2), words(2)])],
  ['cat', ['no tensors'], () => cat([])],
  ['expand', ['(2, 3)', '(2, 4)'], (of) => expand(of(2, 3), [2, 4])],
  ['expand', ['(2, 3)', '(3,)'], (of) => expand(of(2, 3), [3])],
  ['reshape', ['6 elements', '(4, 2)'], (of) => reshape(of(2, 3), [4, 2])],
  ['reshape', ['(-1, -1)'], (of) => reshape(of(2, 3), [-1, -1])],
];

const test = gpuSuite('errors');
for (const [op, holds, call] of REFUSED) {
  test(`[${op}] ${holds.join(' ')}`, async () => {
    const device = await testDevice();
    const launched = await kernelsDuring(() => {
      try {
        call(
          (...shape) => empty(device, shape),
          (...shape) => empty(device, shape, 'u32'),
        );
      } catch (error) {
        assert.instance(error, ShapeError);
        const { message } = error as ShapeError;
        assert.ok(message.startsWith(`[${op}] `), message);
        for (const part of holds) assert.ok(message.includes(part), `"${part}" is not in: ${message}`);
        return;
      }
      assert.unreachable('nothing was thrown');
    });
    launched.delete('fill'); // poison
    assert.equal([...launched], []);
  });
}

test('slice counts from the back, and up to the end', async () => {
  const device = await testDevice();
  const x = reshape(elementwise('square', empty(device, [4])), [2, 2]);
  assert.equal(slice(x, -1, -1).shape, [2, 1]);
  assert.equal(slice(x, 0, 0, -1).shape, [1, 2]);
  assert.equal(slice(x, 0, 2).shape, [0, 2]);
  assert.equal(slice(x, 1, 0, 99).shape, [2, 2]);
});

test('an option’s value in the place of the options is refused: JavaScript would pass it over', async () => {
  const device = await testDevice();
  const [x, w] = [empty(device, [1, 1, 4, 4]), empty(device, [1, 1, 2, 2])];
  const value = 2 as never; // what TypeScript would not let through
  const calls = [
    () => maxPool2d(x, value),
    () => avgPool2d(x, value),
    () => conv2d(x, w, null, value),
    () => sum(x, value),
    () => max(x, [0, 1] as never),
    () => crossEntropy(reshape(x, [4, 4]), empty(device, [4], 'u32'), 'none' as never),
  ];
  for (const call of calls)
    assert.throws(call, (error: unknown) => error instanceof UsageError && /must be an object/.test(error.message));
  assert.throws(
    () => maxPool2d(x, {} as never),
    (error: unknown) => error instanceof ShapeError && /kernelSize/.test(error.message),
  );
});

test.run();
