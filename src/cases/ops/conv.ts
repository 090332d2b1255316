/** Cases of convolutions: 2-D, 1-D and transposed. */
import { conv1d, conv2d, convTranspose2d } from '../../autograd/ops/index.js';
import { conv2dBackwardInputTrials, conv2dBackwardWeightTrials, conv2dTrials } from '../../kernels/conv2d/trial.js';
import type { Choice } from '../../kernels/launch/family.js';
import { conv1d as conv1dReference, type Conv1dArgs } from '../../kernels/conv2d/reference_1d.js';
import {
  conv2d as conv2dReference,
  conv2dBackwardBias,
  conv2dBackwardInput,
  conv2dBackwardWeight,
  conv2dEpilogue,
  conv2dEpilogueBackward,
  type Conv2dArgs,
} from '../../kernels/conv2d/reference.js';
import {
  convTranspose2d as convTranspose2dReference,
  convTranspose2dBackwardInput,
  convTranspose2dBackwardWeight,
  type ConvTranspose2dArgs,
} from '../../kernels/conv2d/reference_transpose.js';
import { UNIT } from '../draw.js';
import { defineSpec, type BenchCase, type OpCase, type OpSpec } from '../spec.js';

/** x, w, with or without bias. */
const INPUTS = ['x', 'w', 'bias'].map((name) => ({ name, domain: UNIT }));

type WithChoice<A> = A & { readonly choice?: Choice };

/**
 * Each case on the member that the launcher chooses, and on those that run anywhere; tiles of few rows, so that there
 * are several.
 */
const MEMBERS: readonly Choice[] = [
  { variant: 'naive' },
  { variant: 'register', ROWS: 8 },
  { variant: 'workgroup', ROWS: 32, COLUMNS: 32, THREAD_ROWS: 4, THREAD_COLUMNS: 4 },
];

function onEveryMember<A>(cases: readonly OpCase<WithChoice<A>>[]): OpCase<WithChoice<A>>[] {
  return cases.flatMap((c) => [c, ...MEMBERS.map((choice) => ({ ...c, args: { ...c.args, choice } }))]);
}

const CONVOLUTIONS: readonly OpCase<Conv2dArgs>[] = [
  { shapes: [[1, 1, 1, 1], [1, 1, 1, 1], [1]], args: {} },
  { shapes: [[2, 3, 7, 5], [5, 3, 3, 3], [5]], args: { padding: [1, 1] } },
  { shapes: [[3, 2, 13, 11], [17, 2, 5, 5], [17]], args: { stride: [2, 2], padding: [2, 2] }, selfCheck: true },
  {
    shapes: [
      [2, 3, 9, 12],
      [4, 3, 3, 2],
    ],
    args: { stride: [2, 3], padding: [1, 0], dilation: [1, 2] },
  },
  {
    shapes: [
      [1, 2, 11, 11],
      [3, 2, 3, 3],
    ],
    args: { stride: [3, 3], dilation: [2, 2], padding: [3, 2] },
  },
  { shapes: [[67, 1, 6, 6], [2, 1, 3, 3], [2]], args: {} }, // more images than parts of the weight's gradient
  { shapes: [[2, 17, 5, 5], [33, 17, 1, 1], [33]], args: {} },
  {
    shapes: [
      [1, 33, 4, 4],
      [65, 33, 3, 3],
    ],
    args: { padding: [1, 1] },
  },
  { shapes: [[2, 3, 6, 5], [7, 3, 6, 5], [7]], args: {} }, // the window is the image
  {
    shapes: [
      [2, 1, 3, 3],
      [1, 1, 3, 3],
    ],
    args: { padding: [3, 3] },
  }, // outputs that see padding alone
  { shapes: [[0, 3, 5, 5], [4, 3, 3, 3], [4]], args: {} },
  // 'same': odd and even windows; an odd number of padding rows or columns goes to the end
  { shapes: [[2, 2, 6, 7], [3, 2, 3, 5], [3]], args: { padding: 'same' } },
  { shapes: [[2, 2, 6, 7], [3, 2, 4, 2], [3]], args: { padding: 'same' } },
  {
    shapes: [
      [1, 2, 5, 4],
      [3, 2, 2, 4],
    ],
    args: { padding: 'same', dilation: [3, 1] },
  },
  {
    shapes: [
      [2, 2, 6, 7],
      [3, 2, 4, 2],
    ],
    args: { padding: 'valid', stride: [2, 3] },
  },
  // groups: of several channels, of more than a register tile of outputs, of one input channel and several outputs
  { shapes: [[3, 4, 8, 9], [6, 2, 3, 3], [6]], args: { groups: 2 } },
  { shapes: [[2, 6, 5, 7], [51, 2, 3, 3], [51]], args: { groups: 3, padding: [1, 1], stride: [2, 1] } },
  { shapes: [[2, 36, 4, 5], [4, 18, 2, 3], [4]], args: { groups: 2, padding: 'same' } },
  // depthwise: a window a channel; with a multiplier; strided and dilated
  {
    shapes: [
      [2, 5, 6, 7],
      [5, 1, 3, 3],
    ],
    args: { groups: 5, padding: [1, 1] },
  },
  { shapes: [[3, 7, 9, 8], [14, 1, 3, 5], [14]], args: { groups: 7, stride: [2, 2], padding: [1, 2] } },
  { shapes: [[1, 3, 9, 11], [3, 1, 3, 3], [3]], args: { groups: 3, dilation: [2, 3], padding: [2, 0] } },
  { shapes: [[2, 33, 5, 5], [33, 1, 5, 5], [33]], args: { groups: 33, padding: 'same' } },
  // depthwise in whole fours of channels
  { shapes: [[3, 8, 9, 7], [8, 1, 3, 3], [8]], args: { groups: 8, padding: [1, 1], activation: 'relu' } },
  {
    shapes: [[2, 12, 8, 11], [12, 1, 5, 2], [12]],
    args: { groups: 12, stride: [2, 3], padding: [2, 1], dilation: [1, 2] },
  },
  {
    shapes: [
      [2, 4, 8, 6],
      [4, 1, 1, 1],
    ],
    args: { groups: 4, stride: [2, 1] },
  },
  // an activation, and a residual, in the same kernel: planes of whole fours and others
  { shapes: [[2, 3, 7, 5], [5, 3, 3, 3], [5]], args: { padding: [1, 1], activation: 'relu' } },
  { shapes: [[2, 2, 4, 8], [17, 2, 3, 3], [17]], args: { padding: [1, 1], activation: 'tanh' } },
  {
    shapes: [[2, 4, 9, 7], [6, 2, 3, 3], [6], [2, 6, 4, 3]],
    args: { groups: 2, stride: [2, 2], activation: 'sigmoid' },
  },
  { shapes: [[3, 5, 4, 4], [9, 5, 3, 3], [9], [3, 9, 4, 4]], args: { padding: 'same', activation: 'relu' } },
  { shapes: [[2, 3, 5, 5], [5, 3, 1, 1], [5], [2, 5, 5, 5]], args: {} },
];

/**
 * More than 65,535 workgroups: the subgroup kernels have at least one for each group, the naive one has one for 64
 * outputs.
 */
const MANY_WORKGROUPS: readonly OpCase<WithChoice<Conv2dArgs>>[] = [
  { shapes: [[1, 65537, 1, 1], [65537, 1, 1, 1], [65537]], args: { groups: 65537 } },
  { shapes: [[1, 1, 1, 64], [65537, 1, 1, 1], [65537]], args: { choice: { variant: 'naive' } }, forwardOnly: true },
];

/** Stride 1, a k x k window, the image's size kept where k is odd. */
function timedConv2d([N, C, H, W, O, k]: readonly number[]): BenchCase<WithChoice<Conv2dArgs>> {
  const padding = Math.floor((k - 1) / 2);
  const [oH, oW] = [H, W].map((n) => n + 2 * padding - k + 1);
  return {
    shapes: [[N, C, H, W], [O, C, k, k], [O]],
    args: { padding: [padding, padding] },
    flops: 2 * N * O * oH * oW * C * k * k,
    sizes: `${N}x${C}x${H}x${W}x${O}x${k}`,
  };
}

/** A k x k window with stride k: an image k times as large. */
function timedConvTranspose2d([N, C, H, W, O, k]: readonly number[]): BenchCase<ConvTranspose2dArgs> {
  return {
    shapes: [[N, C, H, W], [C, O, k, k], [O]],
    args: { stride: [k, k] },
    flops: 2 * N * C * H * W * O * k * k,
    sizes: `${N}x${C}x${H}x${W}x${O}x${k}`,
  };
}

const conv2dSpec = defineSpec<WithChoice<Conv2dArgs>>({
  op: 'conv2d',
  inputs: [...INPUTS, { name: 'residual', domain: UNIT }],
  gpu: ([x, w, bias, residual], args) =>
    conv2d(x, w, bias, { ...args, ...(residual === undefined ? {} : { residual }) }),
  cpu: ([x, w, bias, residual], args) =>
    conv2dEpilogue(conv2dReference(x, w, bias ?? null, args), residual ?? null, args),
  cpuBackward: (dy, [x, w, bias, residual], args) => {
    const y = conv2dEpilogue(conv2dReference(x, w, bias ?? null, args), residual ?? null, args);
    const d = conv2dEpilogueBackward(dy, y, args);
    const rest = [...(bias === undefined ? [] : [conv2dBackwardBias(d)]), ...(residual === undefined ? [] : [d])];
    return [conv2dBackwardInput(d, w, x.shape, args), conv2dBackwardWeight(x, d, w.shape, args), ...rest];
  },
  trials: [conv2dTrials, conv2dBackwardInputTrials, conv2dBackwardWeightTrials],
  bench: [timedConv2d([16, 1, 28, 28, 32, 3]), timedConv2d([4, 32, 28, 28, 64, 3])],
  benchSizes: { letters: 'NxCxHxWxOxk', case: timedConv2d },
  cases: [...onEveryMember<Conv2dArgs>(CONVOLUTIONS), ...MANY_WORKGROUPS],
});

const conv1dSpec = defineSpec<Conv1dArgs>({
  op: 'conv1d',
  composed: true,
  inputs: INPUTS,
  gpu: ([x, w, bias], args) => conv1d(x, w, bias, args),
  cpu: ([x, w, bias], args) => conv1dReference(x, w, bias ?? null, args),
  cases: [
    { shapes: [[1, 1, 1], [1, 1, 1], [1]], args: {} },
    { shapes: [[2, 3, 17], [5, 3, 3], [5]], args: { padding: 1 } },
    {
      shapes: [
        [3, 2, 65],
        [4, 2, 4],
      ],
      args: { stride: 3, padding: 2, dilation: 2 },
    },
    { shapes: [[2, 4, 13], [6, 2, 3], [6]], args: { groups: 2, padding: 'same', dilation: 2 } },
    { shapes: [[2, 4, 13], [4, 1, 4], [4]], args: { groups: 4, padding: 'same' } },
    { shapes: [[2, 3, 7], [5, 3, 7], [5]], args: { padding: 'valid' } },
    { shapes: [[0, 3, 7], [5, 3, 2], [5]], args: {} },
  ],
});

const convTranspose2dSpec = defineSpec<WithChoice<ConvTranspose2dArgs>>({
  op: 'conv_transpose2d',
  inputs: INPUTS,
  gpu: ([x, w, bias], args) => convTranspose2d(x, w, bias, args),
  cpu: ([x, w, bias], args) => convTranspose2dReference(x, w, bias ?? null, args),
  cpuBackward: (dy, [x, w, bias], args) => [
    convTranspose2dBackwardInput(dy, w, x.shape, args),
    convTranspose2dBackwardWeight(x, dy, w.shape, args),
    ...(bias === undefined ? [] : [conv2dBackwardBias(dy)]),
  ],
  bench: [timedConvTranspose2d([4, 64, 14, 14, 32, 2])],
  benchSizes: { letters: 'NxCxHxWxOxk', case: timedConvTranspose2d },
  cases: onEveryMember<ConvTranspose2dArgs>([
    { shapes: [[1, 1, 1, 1], [1, 1, 1, 1], [1]], args: {} },
    { shapes: [[2, 3, 5, 4], [3, 5, 3, 3], [5]], args: {} },
    // twice as large, as decoders use it
    { shapes: [[2, 5, 4, 7], [5, 3, 4, 4], [3]], args: { stride: [2, 2], padding: [1, 1] } },
    { shapes: [[1, 2, 5, 3], [2, 17, 3, 3], [17]], args: { stride: [2, 2], padding: [1, 1], outputPadding: [1, 1] } },
    {
      shapes: [
        [2, 3, 3, 5],
        [3, 2, 2, 3],
      ],
      args: { stride: [3, 2], padding: [0, 1], outputPadding: [2, 0], dilation: [1, 2] },
    },
    {
      shapes: [
        [1, 2, 4, 3],
        [2, 3, 3, 2],
      ],
      args: { dilation: [3, 2], outputPadding: [2, 1] },
    }, // more than the stride
    { shapes: [[2, 4, 3, 5], [4, 3, 3, 3], [6]], args: { groups: 2, stride: [2, 1], padding: [1, 1] } },
    { shapes: [[3, 5, 4, 4], [5, 1, 2, 2], [5]], args: { groups: 5, stride: [2, 2] } },
    { shapes: [[3, 8, 4, 3], [8, 1, 4, 4], [8]], args: { groups: 8, stride: [2, 2], padding: [1, 1] } },
    {
      shapes: [[2, 3, 5, 4], [3, 2, 3, 5], [6]],
      args: { groups: 3, padding: [1, 2], stride: [2, 3], outputPadding: [1, 2] },
    },
    { shapes: [[1, 33, 3, 3], [33, 18, 1, 1], [18]], args: {} },
    {
      shapes: [
        [1, 1, 2, 2],
        [1, 1, 2, 2],
      ],
      args: { stride: [5, 4] },
    }, // gaps that see nothing
    { shapes: [[0, 2, 3, 3], [2, 3, 2, 2], [3]], args: {} },
  ]),
});

export const convSpecs: readonly OpSpec[] = [conv2dSpec, conv1dSpec, convTranspose2dSpec];
