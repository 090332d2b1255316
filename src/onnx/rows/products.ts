/** Products of matrices, convolutions and attention. */
import type { Conv2dArgs } from '../../autograd/ops/args.js';
import { conv2dGeometry } from '../../kernels/conv2d/conv2d.js';
import { pair } from '../../kernels/conv2d/geometry.js';
import type { ConvTranspose2dOptions } from '../../kernels/conv2d/conv_transpose2d.js';
import type { GraphBuilder } from '../graph_builder.js';
import { activated, refuse, type Row, type Rows } from './row.js';

const conv2d: Row = (b, { inputs, shapes, args }) => {
  const { options, hasBias, hasResidual } = args as Conv2dArgs;
  const g = conv2dGeometry(shapes[0], shapes[1], options);
  const reach = [g.kH, g.kW].map((k, i) => g.dilation[i] * (k - 1) + 1);
  // what lies behind the last row and column follows from the size of the output, as the odd one of 'same' does
  const behind = [g.oH, g.oW].map((n, i) =>
    Math.max(0, (n - 1) * g.stride[i] + reach[i] - [g.H, g.W][i] - g.padding[i]),
  );
  const y = b.node('Conv', inputs.slice(0, hasBias ? 3 : 2), {
    kernel_shape: [g.kH, g.kW],
    strides: g.stride,
    pads: [...g.padding, ...behind],
    dilations: g.dilation,
    group: g.groups,
  });
  const sum = hasResidual ? b.node('Add', [y, inputs[inputs.length - 1]]) : y;
  return activated(b, sum, options.activation);
};

const convTranspose2d: Row = (b, { inputs, shapes, args }) => {
  const o = args as ConvTranspose2dOptions;
  const padding = pair(o.padding, 0);
  return b.node('ConvTranspose', inputs, {
    kernel_shape: shapes[1].slice(2),
    strides: pair(o.stride, 1),
    pads: [...padding, ...padding],
    output_padding: pair(o.outputPadding, 0),
    dilations: pair(o.dilation, 1),
    group: o.groups ?? 1,
  });
};

const swapped = (b: GraphBuilder, x: string, rank: number): string =>
  b.node('Transpose', [x], { perm: [...Array.from({ length: rank - 2 }, (_, d) => d), rank - 1, rank - 2] });

const matmul: Row = (b, { inputs: [x, y], shapes, args }) => {
  const { transposeA = false, transposeB = false } = args as { transposeA?: boolean; transposeB?: boolean };
  return b.node('MatMul', [
    transposeA ? swapped(b, x, shapes[0].length) : x,
    transposeB ? swapped(b, y, shapes[1].length) : y,
  ]);
};

const addmm: Row = (b, { inputs: [c, x, y], args }) => {
  const { beta, alpha } = args as { beta: number; alpha: number };
  return b.node('Gemm', [x, y, c], { alpha: { float: alpha }, beta: { float: beta } });
};

const linear: Row = (b, { inputs, args }) => activated(b, b.node('Gemm', inputs, { transB: 1 }), args as string | null);

interface AttentionArgs {
  readonly heads: number;
  readonly L: number;
  readonly S: number;
  readonly E: number;
  readonly scale: number;
  readonly causal: boolean;
}

/** softmax(scale q kᵀ + mask) v, of q (…, L, E), k (…, S, E), v (…, S, F). */
function attention(b: GraphBuilder, [q, k, v, mask]: readonly string[], rank: number, args: AttentionArgs): string {
  const { L, S, scale, causal } = args;
  let scores = b.node('MatMul', [b.node('Mul', [q, b.float(scale)]), swapped(b, k, rank)]);
  if (mask !== undefined) scores = b.node('Add', [scores, mask]);
  if (causal) {
    const never = Float32Array.from({ length: L * S }, (_, i) => (i % S > Math.floor(i / S) ? -Infinity : 0));
    scores = b.node('Add', [scores, b.floats(never, [L, S])]);
  }
  return b.node('MatMul', [b.node('Softmax', [scores], { axis: -1 }), v]);
}

const scaledDotProductAttention: Row = (b, { inputs, shapes, args }) =>
  attention(b, inputs, shapes[0].length, args as AttentionArgs);

/** qkv (N, L, 3 heads E): queries, keys and values of all heads beside each other. */
const selfAttention: Row = (b, { inputs: [qkv, ...mask], args }) => {
  const a = args as AttentionArgs;
  const apart = b.node('Reshape', [qkv, b.ints([0, a.L, 3, a.heads, a.E])]);
  const parts = b.node('Transpose', [apart], { perm: [2, 0, 3, 1, 4] });
  const [q, k, v] = [0, 1, 2].map((part) => b.node('Gather', [parts, b.int(part)], { axis: 0 }));
  const y = b.node('Transpose', [attention(b, [q, k, v, ...mask], 4, a)], { perm: [0, 2, 1, 3] });
  return b.node('Reshape', [y, b.ints([0, a.L, a.heads * a.E])]);
};

export const PRODUCTS: Rows = {
  conv2d,
  conv_transpose2d: convTranspose2d,
  matmul,
  addmm,
  linear,
  scaled_dot_product_attention: scaledDotProductAttention,
  self_attention: selfAttention,
  // all distances by differences: (N, 1, D) - (1, M, D)
  cdist: (b, { inputs: [x, y], shapes }) => {
    if (shapes.some((s) => s.length !== 2)) refuse('cdist', 'its inputs are no matrices');
    const rows = b.node('Unsqueeze', [x, b.ints([1])]);
    const difference = b.node('Sub', [rows, b.node('Unsqueeze', [y, b.ints([0])])]);
    return b.node('Squeeze', [b.reduce('ReduceL2', difference, [2]), b.ints([2])]);
  },
};
