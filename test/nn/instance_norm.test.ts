/**
 * Instance normalisation layers: PyTorch's defaults, keys and numbers; a captured step moves what an eager one moves.
 */
import { equal, ok } from 'uvu/assert';
import { backward } from '../../src/autograd/graph.js';
import { sum } from '../../src/autograd/ops/index.js';
import type { Device } from '../../src/device/device.js';
import * as nn from '../../src/nn/index.js';
import { tensor, zeros, type Tensor } from '../../src/tensor/tensor.js';
import { expectClose } from '../../src/cases/close.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { UNIT, drawTensor, upload } from '../../src/cases/draw.js';
import { expectShapeErrors } from '../support/shape_errors.js';

const test = gpuSuite('instance normalisation layers');

const keys = async (model: nn.Module, device: Device): Promise<string[]> => [
  ...(await model.to(device).stateDict()).keys(),
];

test('by default there is nothing to learn and nothing to keep; with both options PyTorch’s keys', async () => {
  const device = await testDevice();
  equal(await keys(new nn.InstanceNorm2d(3), device), []);
  equal(await keys(new nn.InstanceNorm1d(2, { affine: true, trackRunningStats: true }), device), [
    'weight',
    'bias',
    'running_mean',
    'running_var',
    'num_batches_tracked',
  ]);
});

test('two batches and an evaluation as in PyTorch 1.13', async () => {
  const device = await testDevice();
  const layer = new nn.InstanceNorm1d(2, { affine: true, trackRunningStats: true }).to(device);
  const x = tensor(device, [
    [
      [0, 1, 2],
      [3, 5, 10],
    ],
    [
      [1, 1, 4],
      [2, 2, 2],
    ],
  ]);
  for (let i = 0; i < 2; i++) device.step(() => void layer.forward(x));
  const seen = [
    ...((await layer.running_mean?.value.read()) ?? []),
    ...((await layer.running_var?.value.read()) ?? []),
    ...((await layer.num_batches_tracked?.value.read()) ?? []),
    ...(await layer.eval().forward(x).read()),
  ];
  const evaluated = [
    [-0.26125800609588623, 0.6554366946220398, 1.5721313953399658],
    [1.5663914680480957, 2.9649550914764404, 6.46136474609375],
    [0.6554366946220398, 0.6554366946220398, 3.4055209159851074],
    [0.8671095371246338, 0.8671095371246338, 0.8671095371246338],
  ];
  const expected = [0.2850000262260437, 0.7599999904632568, 1.1899998188018799, 2.044999837875366, 0];
  expectClose({
    op: 'instance_norm',
    argument: 'y',
    got: seen,
    expected: [...expected, ...evaluated.flat()],
    tolerance: 1e-6,
    pair: 'GPU with PyTorch',
    label: 'running statistics',
  });
});

test('without running statistics evaluation normalises each image too', async () => {
  const device = await testDevice();
  const x = upload(device, drawTensor([2, 3, 4, 5], UNIT, 1));
  const layer = new nn.InstanceNorm2d(3).to(device);
  const trained = await layer.forward(x).read();
  equal(await layer.eval().forward(x).read(), trained);
});

test('a captured step gives gradients and moves running statistics as an eager one, bit for bit', async () => {
  const device = await testDevice();
  const x = upload(device, drawTensor([3, 4, 6, 5], UNIT, 2));
  const run = async (isCaptured: boolean): Promise<ArrayLike<number>[]> => {
    const layer = new nn.InstanceNorm2d(4, { affine: true, trackRunningStats: true }).to(device);
    const weight = layer.weight?.value as Tensor;
    const step = (): Tensor => {
      const y = layer.forward(x);
      backward(sum(y));
      return y;
    };
    weight.grad ??= zeros(device, weight.shape);
    const captured = device.capture(step);
    for (let i = 0; i < 3; i++)
      if (isCaptured) captured();
      else device.step(step);
    const states = [weight.grad, layer.running_mean?.value, layer.running_var?.value] as Tensor[];
    return Promise.all(states.map((t) => t.read()));
  };
  const [eager, captured] = [await run(false), await run(true)];
  ok(Array.from(eager[1]).every((v) => v !== 0));
  equal(captured, eager);
});

test('layers say what they expect', async () => {
  const x = zeros(await testDevice(), [2, 3, 4]);
  expectShapeErrors([
    [
      () => new nn.InstanceNorm2d(3).forward(x),
      '[InstanceNorm2d] x (2, 3, 4): expected 4 dimensions, the second of 3 channels',
    ],
    [
      () => new nn.InstanceNorm1d(4).forward(x),
      '[InstanceNorm1d] x (2, 3, 4): expected 3 dimensions, the second of 4 channels',
    ],
  ]);
});

test.run();
