/** Running statistics of instance normalisation against the reference: planes of several sizes, many channels. */
import type { Device } from '../../src/device/device.js';
import { instanceNorm } from '../../src/autograd/ops/index.js';
import { movedInstanceStatistics } from '../../src/kernels/norm/instance_norm_reference.js';
import { hostTensor } from '../../src/kernels/launch/host_tensor.js';
import { expectClose } from '../../src/cases/close.js';
import { drawTensor, upload } from '../../src/cases/draw.js';

function check(shape: readonly number[], momentum: number): { name: string; run: (device: Device) => Promise<void> } {
  const label = `(${shape.join(', ')}), momentum ${momentum}`;
  return {
    name: `instance_norm, running statistics ${label}`,
    run: async (device) => {
      const C = shape[1];
      let expected = { mean: hostTensor([C]), variance: hostTensor([C], new Float64Array(C).fill(1)) };
      const [mean, variance] = [upload(device, expected.mean), upload(device, expected.variance)];
      for (const seed of [1, 2]) {
        const x = drawTensor(shape, { low: 1, high: 4 }, seed);
        device.step(() => void instanceNorm(upload(device, x), mean, variance, null, null, { momentum }));
        expected = movedInstanceStatistics(expected, x, momentum);
      }
      const common = { op: 'instance_norm', pair: 'GPU with CPU', label } as const;
      expectClose({ ...common, argument: 'mean', got: await mean.read(), expected: expected.mean.data });
      expectClose({ ...common, argument: 'var', got: await variance.read(), expected: expected.variance.data });
    },
  };
}

export const instanceNormChecks = [
  check([2, 3, 5], 0.1),
  check([1, 1, 2], 1),
  check([3, 131, 4, 4], 0.25),
  check([2, 2, 40, 40], 0.1),
];
