/**
 * Trials of the family pool2d: max pooling with the problem's window; the average and the gradients share its members'
 * way of walking.
 */
import { hostTensor } from '../launch/host_tensor.js';
import { uniform } from '../random/philox.js';
import { adaptiveMaxPool2d, maxPool2d as reference } from './reference.js';
import { pool2dFamily } from './family.js';
import type { Pool2dGeometry } from './geometry.js';
import { maxPool2d } from './max.js';
import type { FamilyTrials } from '../launch/trial.js';

const sizeOf = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);

function pairsOf(N: number, C: number, side: number): Pool2dGeometry {
  const one = [1, 1] as const;
  const two = [2, 2] as const;
  return {
    shapeX: [N, C, side, side],
    shapeY: [N, C, side / 2, side / 2],
    kernel: two,
    stride: two,
    padding: [0, 0],
    dilation: one,
    isAdaptive: false,
    isCut: false,
  };
}

export const pool2dTrials: FamilyTrials<Pool2dGeometry> = {
  family: pool2dFamily,
  trial: (g) => {
    const size = sizeOf(g.shapeX);
    const [oH, oW] = g.shapeY.slice(2);
    const { kernel: kernelSize, stride, padding, dilation } = g;
    return {
      inputs: [hostTensor(g.shapeX, uniform(size, { seed: size, step: 0, call: 0 }))],
      gpu: ([x], choice) => maxPool2d(x, g, choice).y,
      cpu: ([x]) =>
        g.isAdaptive ? adaptiveMaxPool2d(x, [oH, oW]) : reference(x, { kernelSize, stride, padding, dilation }),
      tolerance: 0,
      flops: sizeOf(g.shapeY) * kernelSize[0] * kernelSize[1],
      bytes: 4 * (size + 2 * sizeOf(g.shapeY)),
    };
  },
  small: (g) => ({
    ...g,
    shapeX: [1, Math.min(g.shapeX[1], 4), ...g.shapeX.slice(2)],
    shapeY: [1, Math.min(g.shapeX[1], 4), ...g.shapeY.slice(2)],
  }),
  examples: [pairsOf(64, 32, 28), pairsOf(64, 64, 14)],
};
