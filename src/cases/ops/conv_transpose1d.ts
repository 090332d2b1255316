/** Cases of 1-D transposed convolution. */
import { convTranspose1d } from '../../autograd/ops/index.js';
import { convTranspose1d as reference, type ConvTranspose1dArgs } from '../../kernels/conv2d/reference_transpose_1d.js';
import { UNIT } from '../draw.js';
import { defineSpec, type OpSpec } from '../spec.js';

export const convTranspose1dSpecs: readonly OpSpec[] = [
  defineSpec<ConvTranspose1dArgs>({
    op: 'conv_transpose1d',
    composed: true,
    inputs: ['x', 'w', 'bias'].map((name) => ({ name, domain: UNIT })),
    gpu: ([x, w, bias], args) => convTranspose1d(x, w, bias, args),
    cpu: ([x, w, bias], args) => reference(x, w, bias ?? null, args),
    cases: [
      { shapes: [[1, 1, 1], [1, 1, 1], [1]], args: {} },
      { shapes: [[2, 3, 17], [3, 5, 3], [5]], args: { padding: 1 } },
      { shapes: [[2, 5, 9], [5, 3, 4], [3]], args: { stride: 2, padding: 1 } }, // twice as long
      { shapes: [[3, 2, 7], [2, 4, 3], [4]], args: { stride: 3, dilation: 2, outputPadding: 2 } },
      { shapes: [[2, 4, 13], [4, 3, 2], [6]], args: { groups: 2, stride: 4 } }, // gaps that see nothing
      { shapes: [[2, 4, 5], [4, 1, 4], [4]], args: { groups: 4 } },
      {
        shapes: [
          [2, 3, 65],
          [3, 2, 5],
        ],
        args: { stride: 2, padding: 2, outputPadding: 1 },
      },
      { shapes: [[0, 3, 7], [3, 5, 2], [5]], args: {} },
    ],
  }),
];
