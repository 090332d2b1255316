/**
 * Launches of a training step, counted as `npm run verdict` counts them: by the defaults of a GPU, which needs none.
 * Each waits for the one before it, so their number is what small models cost there.
 */
import * as assert from 'uvu/assert';
import { collectSubject } from '../../bench/verdict/collect.js';
import { shapesOnlyDevice } from '../../src/device/shapes_only.js';
import { JOINED_BUFFERS } from '../../src/kernels/norm/batch_norm_training.js';
import { suite } from '../support/harness.js';

const test = suite('launches');

/** Launches of a step by kernel, on a GPU that binds so many storage buffers. */
function launches(name: string, buffers: number): Map<string, number> {
  const device = shapesOnlyDevice();
  Object.assign(device, { limits: { ...device.limits, maxStorageBuffersPerShaderStage: buffers } });
  try {
    const { dispatches } = collectSubject(device, { name, mode: 'train', batch: 32, precision: 'f32' });
    const counts = new Map<string, number>();
    for (const [key, sizes] of dispatches) {
      const kernel = key.split(' ')[0];
      counts.set(kernel, sizes.reduce((n, { count }) => n + count, 0) + (counts.get(kernel) ?? 0));
    }
    return counts;
  } finally {
    device.destroy();
  }
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

test.run();
