/**
 * Launches of a training step, counted as `npm run verdict` counts them: by the defaults of a GPU, which needs none.
 * Each waits for the one before it, so their number is what small models cost there.
 */
import * as assert from 'uvu/assert';
import { collect, collectSubject, type Collected } from '../../bench/verdict/collect.js';
import { backward } from '../../src/autograd/graph.js';
import * as F from '../../src/autograd/ops/index.js';
import { shapesOnlyDevice } from '../../src/device/shapes_only.js';
import { JOINED_BUFFERS } from '../../src/kernels/norm/batch_norm_training.js';
import { GRU, RNN } from '../../src/nn/recurrent.js';
import { zeros } from '../../src/tensor/tensor.js';
import { LiveTraining } from '../../src/train/live/live_training.js';
import { suite } from '../support/harness.js';

const test = suite('launches');

/** Launches of a step by kernel, on a GPU that binds so many storage buffers. */
function launches(name: string, buffers: number): Map<string, number> {
  const device = shapesOnlyDevice();
  Object.assign(device, { limits: { ...device.limits, maxStorageBuffersPerShaderStage: buffers } });
  try {
    return byKernel(collectSubject(device, { name, mode: 'train', batch: 32, precision: 'f32' }));
  } finally {
    device.destroy();
  }
}

function byKernel({ dispatches }: Collected): Map<string, number> {
  const counts = new Map<string, number>();
  for (const [key, sizes] of dispatches) {
    const kernel = key.split(' ')[0];
    counts.set(kernel, sizes.reduce((n, { count }) => n + count, 0) + (counts.get(kernel) ?? 0));
  }
  return counts;
}

const sum = (counts: ReadonlyMap<string, number>): number => [...counts.values()].reduce((a, b) => a + b, 0);

test('ResNet-50: a batch norm is two launches each way, and one passes on what a residual gets', () => {
  const counts = launches('resnet50', JOINED_BUFFERS);
  const kernels = ['batch_norm_moments_workgroup', 'batch_norm_training', 'batch_norm_backward_training'];
  for (const kernel of [...kernels, 'norm_backward_affine']) assert.is(counts.get(kernel), 53, kernel);
  assert.is(counts.get('unary_backward'), undefined);
  assert.ok(sum(counts) <= 500, `${sum(counts)} launches: ${JSON.stringify([...counts])}`);
});

test('ResNet-50 where few buffers can be bound: what puts parts together stays a launch of its own', () => {
  const counts = launches('resnet50', JOINED_BUFFERS - 1);
  assert.is(counts.get('batch_norm_training'), undefined);
  assert.is(counts.get('batch_norm_statistics'), 53);
  assert.is(sum(counts), sum(launches('resnet50', JOINED_BUFFERS)) + 2 * 53);
});

test('CNN: no change of layout, the loss in one launch, its gradient in none', () => {
  const counts = launches('cnn', 8);
  for (const kernel of ['layout_to_rows', 'layout_to_fours', 'cross_entropy_mean', 'cross_entropy_backward', 'unary'])
    assert.is(counts.get(kernel), undefined, kernel);
  assert.ok(sum(counts) <= 24, `${sum(counts)} launches: ${JSON.stringify([...counts])}`);
});

for (const [name, most] of [
  ['lstm', 12],
  ['bilstm', 16],
] as const)
  test(`${name}: its whole sequence in one launch each way, all weights' gradients in two`, () => {
    const counts = launches(name, 8);
    for (const kernel of ['lstm_walk', 'lstm_walk_backward', 'recurrent_weights', 'recurrent_weights_sum'])
      assert.is(counts.get(kernel), 1, `${kernel}: ${JSON.stringify([...counts])}`);
    assert.ok(sum(counts) <= most, `${sum(counts)} launches: ${JSON.stringify([...counts])}`);
  });

for (const [name, make] of [
  ['gru', (bidirectional: boolean) => new GRU(28, 128, { bidirectional })],
  ['rnn', (bidirectional: boolean) => new RNN(28, 128, { bidirectional })],
] as const)
  for (const isBoth of [false, true])
    test(`${name}, ${isBoth ? 'two directions' : 'one'}: a layer walks its sequence as an LSTM does`, () => {
      const device = shapesOnlyDevice();
      try {
        const layer = make(isBoth).to(device, { seed: 0 });
        const x = zeros(device, [28, 32, 28]);
        const counts = byKernel(collect(device, () => backward(F.sum(layer.forward(x).output))));
        for (const kernel of [`${name}_walk`, `${name}_walk_backward`, 'recurrent_weights', 'recurrent_weights_sum'])
          assert.is(counts.get(kernel), 1, `${kernel}: ${JSON.stringify([...counts])}`);
        // with the sum, what its gradient starts from, and four gradients that are added to each direction's
        assert.ok(sum(counts) <= (isBoth ? 18 : 13), `${sum(counts)} launches: ${JSON.stringify([...counts])}`);
      } finally {
        device.destroy();
      }
    });

test('a step of the trainer: losses, their mean and its gradient in one launch', () => {
  const device = shapesOnlyDevice();
  try {
    const live = new LiveTraining(device, 'lstm', { train: 40, test: 10, batch: 32 });
    const counts = byKernel(collect(device, () => live.advance(1)));
    assert.is(counts.get('cross_entropy_workgroup'), 1);
    for (const kernel of ['reduce_workgroup', 'binary_broadcast', 'cross_entropy_mean', 'cross_entropy_backward'])
      assert.is(counts.get(kernel), undefined, kernel);
    assert.ok(sum(counts) <= 16, `${sum(counts)} launches: ${JSON.stringify([...counts])}`);
  } finally {
    device.destroy();
  }
});

test.run();
