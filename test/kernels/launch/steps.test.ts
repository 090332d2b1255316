/**
 * Kernels whose threads make several vec4s make every one of them, once, at sizes where they do
 * (src/kernels/launch/steps.ts).
 */
import { add_ } from '../../../src/kernels/elementwise/accumulate.js';
import { binary } from '../../../src/kernels/elementwise/binary.js';
import { avgPool2d, avgPool2dBackward } from '../../../src/kernels/pool2d/avg.js';
import { avgPool2dGeometry } from '../../../src/kernels/pool2d/geometry.js';
import { unary } from '../../../src/kernels/elementwise/unary.js';
import { tensor } from '../../../src/tensor/tensor.js';
import { expectSame } from '../../../src/cases/close.js';
import { gpuSuite, testDevice } from '../../support/gpu.js';

const test = gpuSuite('steps');

/** Enough for several vec4s a thread, and then a part of a workgroup's and a part of a vec4. */
const SIZE = 65536 + 1027;
const numbers = (size: number): Float32Array => Float32Array.from({ length: size }, (_, i) => i - 1000);

test('unary, binary and add_', async () => {
  const device = await testDevice();
  const x = tensor(device, numbers(SIZE));
  expectSame(
    'relu',
    'y',
    await unary('relu', x, [0, 0]).read(),
    numbers(SIZE).map((v) => Math.max(v, 0)),
  );
  expectSame(
    'add',
    'y',
    await binary('add', x, x).read(),
    numbers(SIZE).map((v) => 2 * v),
  );
  const a = tensor(device, numbers(SIZE));
  add_(a, x);
  expectSame(
    'add_',
    'a',
    await a.read(),
    numbers(SIZE).map((v) => 2 * v),
  );
});

test('pooling of 2x2 windows, and its gradient', async () => {
  const device = await testDevice();
  const x = tensor(device, numbers(SIZE * 8).fill(3), { shape: [1, 1, 2 * SIZE, 4] });
  const g = avgPool2dGeometry(x, { kernelSize: 2 });
  const y = avgPool2d(x, g);
  expectSame('avg_pool2d', 'y', await y.read(), new Float32Array(SIZE * 2).fill(3));
  expectSame('avg_pool2d', 'dx', await avgPool2dBackward(y, g).read(), new Float32Array(SIZE * 8).fill(0.75));
});

test.run();
