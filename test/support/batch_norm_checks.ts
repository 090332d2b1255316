/** Batch normalisation in training against its reference, in joined launches and in one for each part. */
import type { Device } from '../../src/device/device.js';
import { JOINED_BUFFERS, batchNormBackward, batchNormTraining } from '../../src/kernels/norm/batch_norm_training.js';
import * as reference from '../../src/kernels/norm/batch_norm_reference.js';
import { expectClose } from '../../src/cases/close.js';
import { UNIT, drawTensor, upload } from '../../src/cases/draw.js';
import type { KernelCheck } from './kernel_checks.js';

const EPS = 1e-5;

async function check(device: Device, shape: readonly number[], isJoined: boolean): Promise<void> {
  const C = shape[1];
  const [x, dy] = [1, 2].map((seed) => drawTensor(shape, UNIT, seed));
  const [weight, bias] = [3, 4].map((seed) => drawTensor([C], UNIT, seed));
  const statistics = reference.batchStatistics(x);
  const y = reference.batchNorm(x, statistics, weight, bias, EPS);
  const [dx, dw, db] = reference.batchNormBackward(dy, x, statistics, weight, EPS, true);
  const [x1, dy1, weight1, bias1] = [x, dy, weight, bias].map((t) => upload(device, t));
  const made = batchNormTraining(x1, null, 0.1, weight1, bias1, EPS, {}, isJoined);
  const gradients = batchNormBackward(dy1, x1, made.statistics, weight1, EPS, {}, isJoined);
  const rows = [
    ['y', made.y, y],
    ['dx', gradients.dx, dx],
    ['dw', gradients.dw, dw],
    ['dbias', gradients.db, db],
  ] as const;
  for (const [argument, got, expected] of rows)
    expectClose({
      op: 'batch_norm',
      argument,
      got: await got.read(),
      expected: expected.data,
      tolerance: 1e-5,
      pair: 'GPU with CPU',
      label: isJoined ? 'joined' : 'apart',
    });
}

export const batchNormChecks: readonly KernelCheck[] = [true, false].flatMap((isJoined) =>
  [
    [6, 5, 7],
    [4, 130],
    [9, 3, 32, 16],
  ].map((shape) => ({
    name: `batch_norm in training, ${shape.join(' x ')}, ${isJoined ? 'joined' : 'apart'}`,
    run: async (device: Device): Promise<void> => {
      const canJoin = device.limits.maxStorageBuffersPerShaderStage >= JOINED_BUFFERS;
      if (!isJoined || canJoin) await check(device, shape, isJoined);
    },
  })),
);
