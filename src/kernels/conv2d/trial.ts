/** Trials of the convolution's families: random tensors of a problem's shapes, and the reference loops. */
import { conv2d as conv2dKernel, conv2dBackwardInput, conv2dBackwardWeight } from './conv2d.js';
import { conv2dBackwardInputFamily, conv2dBackwardWeightFamily, conv2dFamily, type Conv2dProblem } from './family.js';
import { conv2dGeometry } from './geometry.js';
import {
  conv2d as conv2dReference,
  conv2dBackwardInput as inputReference,
  conv2dBackwardWeight as weightReference,
} from './reference.js';
import { hostTensor, type HostTensor } from '../launch/host_tensor.js';
import { HALF_TOLERANCE, inHalf, type FamilyTrials, type Trial } from '../launch/trial.js';
import type { FloatType } from '../elementwise/cast.js';

/** Numbers in [-1, 1) that look random and are the same every time. */
function draw({ isHalf }: Conv2dProblem, shape: readonly number[], seed: number): HostTensor {
  const t = hostTensor(shape);
  let state = seed * 2654435761 + 1;
  for (let i = 0; i < t.data.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const value = state / 2 ** 31 - 1;
    t.data[i] = isHalf === true ? inHalf(isHalf, value) : value;
  }
  return t;
}

const shapes = (g: Conv2dProblem): Record<'x' | 'w' | 'y', number[]> => ({
  x: [g.N, g.C, g.H, g.W],
  w: [g.O, g.C / g.groups, g.kH, g.kW],
  y: [g.N, g.O, g.oH, g.oW],
});

const args = (g: Conv2dProblem) => ({ stride: g.stride, padding: g.padding, dilation: g.dilation, groups: g.groups });

/**
 * What all three products cost: each reads two of x, w and y, and writes the third.
 * @param second what the second of them is stored as where activations are halves: weights are not.
 */
function cost(g: Conv2dProblem, second: FloatType): Pick<Trial, 'flops' | 'bytes' | 'tolerance' | 'dtypes'> {
  const size = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);
  const { x, w, y } = shapes(g);
  return {
    flops: (2 * size(y) * size(w)) / g.O,
    bytes: 4 * (size(x) + size(w) + size(y)),
    ...(g.isHalf === true ? { dtypes: ['f16', second], tolerance: HALF_TOLERANCE } : { tolerance: 1e-4 }),
  };
}

/** The same convolution of two small images: the window, the strides and the remainders of the channels stay. */
function small(g: Conv2dProblem): Conv2dProblem {
  const channels = (count: number): number => (count <= 24 ? count : 16 + (count % 16));
  const groups = g.groups === 1 ? 1 : g.C === g.groups ? channels(g.groups) : Math.min(g.groups, 2);
  const [into, out] = [channels(g.C / g.groups), channels(g.O / g.groups)];
  const side = (size: number, i: 0 | 1): number =>
    Math.min(size, Math.max(12 + (size % 4), g.dilation[i] * ([g.kH, g.kW][i] - 1) + 1));
  const geometry = conv2dGeometry(
    [Math.min(g.N, 2), groups * into, side(g.H, 0), side(g.W, 1)],
    [groups * out, into, g.kH, g.kW],
    { ...args(g), groups },
  );
  return { ...geometry, isHalf: g.isHalf };
}

function example(N: number, C: number, side: number, O: number, k: number, stride = 1, groups = 1): Conv2dProblem {
  return conv2dGeometry([N, C, side, side], [O, C / groups, k, k], { padding: (k - 1) >> 1, stride, groups });
}

/** LeNet's and the small CNN's layers, ResNet's in each of their three sizes, a depthwise one. */
const examples: readonly Conv2dProblem[] = [
  example(64, 1, 28, 32, 3),
  example(64, 32, 28, 64, 3),
  example(64, 6, 14, 16, 5),
  example(64, 16, 32, 16, 3),
  example(64, 16, 32, 32, 3, 2),
  example(64, 32, 16, 64, 1, 2),
  example(64, 64, 8, 64, 3),
  example(16, 64, 28, 64, 3, 1, 64),
];

export const conv2dTrials: FamilyTrials<Conv2dProblem> = {
  family: conv2dFamily,
  small,
  examples,
  trial: (g) => ({
    ...cost(g, 'f32'),
    inputs: [draw(g, shapes(g).x, 1), draw(g, shapes(g).w, 2)],
    gpu: ([x, w], choice) => conv2dKernel(x, w, null, { ...args(g), choice }),
    cpu: ([x, w]) => conv2dReference(x, w, null, args(g)),
  }),
};

export const conv2dBackwardInputTrials: FamilyTrials<Conv2dProblem> = {
  family: conv2dBackwardInputFamily,
  small,
  examples,
  trial: (g) => ({
    ...cost(g, 'f32'),
    inputs: [draw(g, shapes(g).y, 1), draw(g, shapes(g).w, 2)],
    gpu: ([dy, w], choice) => conv2dBackwardInput(dy, w, g, choice),
    cpu: ([dy, w]) => inputReference(dy, w, shapes(g).x, args(g)),
  }),
};

export const conv2dBackwardWeightTrials: FamilyTrials<Conv2dProblem> = {
  family: conv2dBackwardWeightFamily,
  small,
  examples,
  trial: (g) => ({
    ...cost(g, 'f16'),
    inputs: [draw(g, shapes(g).x, 1), draw(g, shapes(g).y, 2)],
    gpu: ([x, dy], choice) => conv2dBackwardWeight(x, dy, g, choice),
    cpu: ([x, dy]) => weightReference(x, dy, shapes(g).w, args(g)),
  }),
};
