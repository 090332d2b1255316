/** What moves numbers and computes none. */
import type { PadGeometry } from '../../kernels/movement/pad.js';
import type { UpsampleGeometry } from '../../kernels/movement/upsample.js';
import type { GraphBuilder } from '../graph_builder.js';
import type { Attributes } from '../messages.js';
import { refuse, type Call, type Row, type Rows } from './row.js';

interface SliceArgs {
  readonly dim: number;
  readonly start: number;
  readonly step: number;
}

/** Beyond any size: to the end. */
const END = 2 ** 31 - 1;

const sliced = (b: GraphBuilder, x: string, dim: number, [start, end, step]: readonly number[]): string =>
  b.node('Slice', [x, b.ints([start]), b.ints([end]), b.ints([dim]), b.ints([step])]);

const slice: Row = (b, { op, inputs: [x], shapes: [from], shape, args }) => {
  const { dim, start, step } = args as SliceArgs;
  const { each, fixed } = shape[dim];
  if (each !== 0 && (start !== 0 || step !== 1 || 2 * each !== from[dim]))
    refuse(op, `it takes a part of dimension ${dim}, whose size depends on the batch`);
  return each === 0 ? sliced(b, x, dim, [start, start + (fixed - 1) * step + 1, step]) : x;
};

const flip: Row = (b, { inputs: [x], args }) =>
  (args as readonly number[]).reduce((y, dim) => sliced(b, y, dim, [-1, -END, -1]), x);

const pad: Row = (b, { op, inputs: [x], args }) => {
  const { mode, value, before, behind } = args as PadGeometry;
  const named = { constant: 'constant', reflect: 'reflect', replicate: 'edge', circular: null }[mode];
  if (named === null) refuse(op, "ONNX pads by 'wrap' from version 19 of its ops on only");
  return b.node('Pad', [x, b.ints([...before, ...behind]), b.float(value)], { mode: named });
};

const triangle =
  (upper: 0 | 1): Row =>
  (b, { inputs: [x], args }) =>
    b.node('Trilu', [x, b.int(args as number)], { upper });

/**
 * As PyTorch by the factor, where one was given that does not divide evenly; else by the sizes.
 */
function resize(b: GraphBuilder, { inputs: [x], shape, args }: Call, attributes: Attributes): string {
  const { H, W, oH, oW, scale, alignCorners } = args as UpsampleGeometry;
  const factors = [1 / scale[0], 1 / scale[1]];
  const isBySize = alignCorners || (scale[0] === H / oH && scale[1] === W / oW);
  return !isBySize
    ? b.node('Resize', [x, '', b.floats([1, 1, ...factors], [4])], attributes)
    : b.node('Resize', [x, '', '', b.sizes(shape)], attributes);
}

const corners = (args: unknown): string => ((args as UpsampleGeometry).alignCorners ? 'align_corners' : 'half_pixel');

export const MOVEMENT: Rows = {
  reshape: (b, { inputs: [x], shape }) => b.reshape(x, shape),
  permute: (b, { inputs: [x], args }) => b.node('Transpose', [x], { perm: args as readonly number[] }),
  slice,
  cat: (b, { inputs, args }) => b.node('Concat', inputs, { axis: args as number }),
  expand: (b, { inputs: [x], shape }) => b.node('Expand', [x, b.sizes(shape)]),
  flip,
  pad,
  index_select: (b, { inputs: [x, index], args }) => b.node('Gather', [x, index], { axis: args as number }),
  embedding: (b, { inputs: [index, weight] }) => b.node('Gather', [weight, index], { axis: 0 }),
  gather: (b, { inputs: [x, index], args }) => b.node('GatherElements', [x, index], { axis: args as number }),
  scatter_add: (b, { inputs, args }) => b.node('ScatterElements', inputs, { axis: args as number, reduction: 'add' }),
  one_hot: (b, { inputs: [index], args }) => b.node('OneHot', [index, b.int(args as number), b.floats([0, 1], [2])]),
  tril: triangle(0),
  triu: triangle(1),
  upsample_nearest: (b, call) =>
    resize(b, call, { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }),
  upsample_nearest_exact: (b, call) =>
    resize(b, call, {
      mode: 'nearest',
      coordinate_transformation_mode: 'half_pixel',
      nearest_mode: 'round_prefer_ceil',
    }),
  upsample_bilinear: (b, call) =>
    resize(b, call, { mode: 'linear', coordinate_transformation_mode: corners(call.args) }),
  upsample_bicubic: (b, call) =>
    resize(b, call, {
      mode: 'cubic',
      coordinate_transformation_mode: corners(call.args),
      cubic_coeff_a: { float: -0.75 },
    }),
};
