import * as assert from 'uvu/assert';
import { backward } from '../../src/autograd/graph.js';
import { avgPool2d, conv1d, conv2d, convTranspose2d, maxPool2d } from '../../src/autograd/ops/index.js';
import {
  conv2d as conv2dKernel,
  conv2dBackwardParameters,
  conv2dGeometry,
  type KeptQuads,
} from '../../src/kernels/conv2d/conv2d.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { zeros } from '../../src/tensor/tensor.js';
import { expectClose } from '../../src/cases/close.js';
import { gpuSuite, testDevice, withDevice } from '../support/gpu.js';
import { UNIT, drawTensor, upload } from '../../src/cases/draw.js';
import { expectShapeErrors } from '../support/shape_errors.js';

const test = gpuSuite('conv2d');

test('what does not fit is named', async () => {
  const device = await testDevice();
  const z = (...shape: number[]): Tensor => zeros(device, shape);
  const x = z(2, 4, 5, 6);
  const misfit = 'has C = 4 but w';
  expectShapeErrors([
    [() => conv2d(z(4, 5, 6), z(3, 4, 3, 3)), '[conv2d] x (4, 5, 6) has 3 dimensions, expected 4: (N, C, H, W)'],
    [() => conv2d(x, z(3, 5, 3, 3)), `[conv2d] x (2, 4, 5, 6) ${misfit} (3, 5, 3, 3) with groups = 1 expects C = 5`],
    [
      () => conv2d(x, z(3, 2, 3, 3), null, { groups: 2 }),
      `[conv2d] x (2, 4, 5, 6) ${misfit} (3, 2, 3, 3) with groups = 2`,
    ],
    [() => conv2d(x, z(3, 4, 3, 3), z(4)), '[conv2d] bias (4,) does not fit O = 3'],
    [
      () => conv2d(x, z(3, 4, 3, 3), null, { residual: z(2, 3, 3, 3) }),
      '[conv2d] residual (2, 3, 3, 3) does not fit y (2, 3, 3, 4)',
    ],
    [
      () => conv2d(x, z(3, 4, 6, 3)),
      '[conv2d] the window is larger than the padded image: x (2, 4, 5, 6) and w (3, 4, 6, 3), padding (0,0)',
    ],
    [
      () => conv2d(x, z(3, 4, 3, 3), null, { stride: 0 }),
      '[conv2d] stride (0,0), dilation (1,1) and groups (1) must be whole numbers of at least 1',
    ],
    [
      () => conv2d(x, z(3, 4, 3, 3), null, { padding: -1 }),
      "[conv2d] padding (-1) must be whole numbers of at least 0, 'same' or 'valid'",
    ],
    [
      () => conv2d(x, z(3, 4, 3, 3), null, { padding: 'same', stride: 2 }),
      "[conv2d] padding 'same' with stride (2,2): y cannot be as large as x",
    ],
    [() => conv2d(x, z(0, 4, 3, 3)), '[conv2d] w (0, 4, 3, 3) has no elements'],
    [() => conv1d(x, z(3, 4, 3)), '[conv1d] x (2, 4, 5, 6) has 4 dimensions, expected 3: (N, C, L)'],
    [
      () => conv1d(z(2, 4, 9), z(3, 3, 3)),
      '[conv1d] x (2, 4, 9) has C = 4 but w (3, 3, 3) with groups = 1 expects C = 3',
    ],
    [
      () => convTranspose2d(x, z(3, 4, 3, 3)),
      '[conv_transpose2d] x (2, 4, 5, 6) has C = 4 but w (3, 4, 3, 3) with groups = 1 expects C = 3',
    ],
    [() => convTranspose2d(x, z(4, 1, 3, 3), null, { groups: 3 }), '[conv_transpose2d] x (2, 4, 5, 6) has C = 4'],
    [() => convTranspose2d(x, z(4, 3, 3, 3), z(4)), '[conv_transpose2d] bias (4,) does not fit O = 3'],
    [
      () => convTranspose2d(x, z(4, 3, 3, 3), null, { stride: 2, outputPadding: 2 }),
      '[conv_transpose2d] outputPadding (2,2) is not less than stride (2,2) or dilation (1,1)',
    ],
    [
      () => convTranspose2d(x, z(4, 3, 1, 1), null, { padding: 3 }),
      '[conv_transpose2d] padding (3,3) cuts everything off: x (2, 4, 5, 6) and w (4, 3, 1, 1) make y of -1 x 0',
    ],
  ]);
});

/** y and all gradients of f for dy = 1, …, read back to back. */
async function run(
  device: Parameters<Parameters<typeof withDevice>[1]>[0],
  f: (x: Tensor, w: Tensor, bias: Tensor) => Tensor,
  shapes: number[][],
): Promise<number[][]> {
  const inputs = shapes.map((shape, i) => upload(device, drawTensor(shape, UNIT, i), 'f32', true));
  const y = f(inputs[0], inputs[1], inputs[2]);
  backward(y, upload(device, drawTensor(y.shape, UNIT, 7)));
  const results = [[...(await y.read())]];
  for (const t of inputs) if (t.grad !== null) results.push([...(await t.grad.read())]);
  return results;
}

test('tensors past the binding limit are worked on in windows', async () => {
  const whole = await testDevice();
  await withDevice({ maxBindingBytes: 4096 }, async (limited) => {
    const cases: [string, (x: Tensor, w: Tensor, bias: Tensor) => Tensor, number[][]][] = [
      ['conv2d', (x, w, bias) => conv2d(x, w, bias, { padding: 'same' }), [[67, 2, 4, 4], [3, 2, 2, 2], [3]]],
      [
        'conv2d naive',
        (x, w, bias) => conv2d(x, w, bias, { padding: 'same', choice: { variant: 'naive' } }),
        [[67, 2, 4, 4], [3, 2, 2, 2], [3]],
      ],
      [
        'conv_transpose2d',
        (x, w, bias) => convTranspose2d(x, w, bias, { stride: 2 }),
        [[67, 3, 2, 2], [3, 2, 2, 2], [2]],
      ],
      ['max_pool2d', (x) => maxPool2d(x, { kernelSize: 2 }), [[33, 17, 4, 4]]],
      ['avg_pool2d', (x) => avgPool2d(x, { kernelSize: 3, stride: 1, padding: 1 }), [[33, 17, 4, 4]]],
    ];
    for (const [op, f, shapes] of cases) {
      const [expected, got] = [await run(whole, f, shapes), await run(limited, f, shapes)];
      for (const [i, values] of expected.entries()) {
        expectClose({
          op: op.split(' ')[0],
          argument: ['y', 'dx', 'dw', 'dbias'][i],
          got: got[i],
          expected: values,
          pair: 'GPU with CPU',
          label: `${op}, in windows`,
        });
      }
    }
  });
});

test('gradients of parameters are written where they are asked for', async () => {
  const device = await testDevice();
  for (const choice of [undefined, { variant: 'naive' }]) {
    const [x, dy] = [
      upload(device, drawTensor([2, 3, 5, 6], UNIT, 1)),
      upload(device, drawTensor([2, 4, 5, 6], UNIT, 2)),
    ];
    const g = conv2dGeometry(x.shape, [4, 3, 3, 3], { padding: 1 });
    const [dw, dbias] = [zeros(device, [4, 3, 3, 3]), zeros(device, [4])];
    const plain = conv2dBackwardParameters(x, dy, g, true, choice);
    const placed = conv2dBackwardParameters(x, dy, g, true, choice, { dw, dbias });
    assert.is(placed.dw, dw);
    if (choice === undefined) assert.is(placed.dbias, dbias); // the obvious kernels sum dy on their own
    assert.equal([...(await dw.read())], [...(await plain.dw.read())]);
    assert.ok((await dw.read()).some((v) => v !== 0));
    assert.equal([...(await placed.dbias!.read())], [...(await plain.dbias!.read())]);
  }
});

test('what forward keeps of x makes the same gradient of the weights', async () => {
  const device = await testDevice();
  const [x, w, dy] = [
    [2, 3, 5, 6],
    [4, 3, 3, 3],
    [2, 4, 5, 6],
  ].map((shape, i) => upload(device, drawTensor(shape, UNIT, i)));
  const options = { padding: 1, choice: { variant: 'register', ROWS: 4 } };
  const g = conv2dGeometry(x.shape, w.shape, options);
  const kept: KeptQuads = { current: null };
  conv2dKernel(x, w, null, options, null, kept);
  assert.ok(kept.current !== null);
  const again = conv2dBackwardParameters(x, dy, g, false, options.choice);
  const shared = conv2dBackwardParameters(x, dy, g, false, options.choice, {}, kept);
  assert.equal([...(await shared.dw.read())], [...(await again.dw.read())]);
});

test.run();
