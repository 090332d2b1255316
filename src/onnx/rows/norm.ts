/** Normalisations, and softmax. */
import type { BatchNormArgs } from '../../autograd/ops/args.js';
import type { LrnSettings } from '../../kernels/norm/local_response_norm.js';
import type { Shape } from '../../tensor/shape.js';
import type { GraphBuilder } from '../graph_builder.js';
import { activated, refuse, type Call, type Row, type Rows } from './row.js';

const batchNorm: Row = (b, { op, inputs: [x, weight, bias, residual], shapes, args, within }) => {
  const { running, eps, activation } = args as BatchNormArgs;
  if (running === null) refuse(op, 'it has no running statistics', 'train it with trackRunningStats');
  const C = shapes[0][1];
  const whole = (name: string, shape: readonly number[]): string =>
    shape.length === 1 ? name : b.node('Expand', [name, b.ints([C])]);
  const y = b.node(
    'BatchNormalization',
    [x, whole(weight, shapes[1]), whole(bias, shapes[2]), within(running.mean), within(running.variance)],
    { epsilon: { float: eps } },
  );
  return activated(b, residual === undefined ? y : b.node('Add', [y, residual]), activation);
};

interface RowNormArgs {
  readonly shape: Shape;
  readonly groups: number;
  readonly eps: number;
}

/** Each group of neighbours by itself: as instances of one channel each, then weight and bias of each channel. */
const groupNorm: Row = (b, call) => {
  const { groups, eps } = call.args as RowNormArgs;
  const { inputs, shapes, shape } = call;
  const flat = b.node('Reshape', [inputs[0], b.ints([0, groups, -1])]);
  const [one, zero] = [1, 0].map((v) => b.floats(new Array<number>(groups).fill(v), [groups]));
  const normal = b.reshape(b.node('InstanceNormalization', [flat, one, zero], { epsilon: { float: eps } }), shape);
  const perChannel = (i: number): string => channels(b, inputs[i], shapes[i], shapes[0].length);
  return b.node('Add', [b.node('Mul', [normal, perChannel(1)]), perChannel(2)]);
};

/** (C) as (C, 1, …), which broadcasts to (N, C, …). */
function channels(b: GraphBuilder, name: string, shape: readonly number[], rank: number): string {
  const more = Array.from({ length: rank - 2 }, (_, i) => i + 1);
  return shape.length === 0 || more.length === 0 ? name : b.node('Unsqueeze', [name, b.ints(more)]);
}

/** A single number stands for a weight or bias that is missing. */
function layerNorm(b: GraphBuilder, { inputs, shapes, args }: Call): string {
  const { shape, eps } = args as RowNormArgs;
  const [x] = shapes;
  // as many dimensions as weight or bias have; where there are none of these, as make up a row
  let axis = x.length - Math.max(1, shapes[1].length, shapes[2].length);
  while (x.slice(axis).reduce((n, d) => n * d, 1) < shape[1]) axis--;
  const trailing = x.slice(axis);
  const whole = (i: number): string =>
    shapes[i].length > 0 ? inputs[i] : b.node('Expand', [inputs[i], b.ints(trailing)]);
  return b.node('LayerNormalization', [inputs[0], whole(1), whole(2)], { axis, epsilon: { float: eps } });
}

const localResponseNorm: Row = (b, { op, inputs, args }) => {
  const { size, alpha, beta, k } = args as LrnSettings;
  if (size % 2 === 0) refuse(op, 'windows of an even size lie one place further on in ONNX');
  const floats = { alpha: { float: alpha }, beta: { float: beta }, bias: { float: k } };
  return b.node('LRN', inputs, { size, ...floats });
};

export const NORMS: Rows = {
  batch_norm: batchNorm,
  group_norm: groupNorm,
  layer_norm: layerNorm,
  instance_norm: groupNorm,
  local_response_norm: localResponseNorm,
  softmax: (b, { inputs }) => b.node('Softmax', inputs, { axis: -1 }),
  log_softmax: (b, { inputs }) => b.node('LogSoftmax', inputs, { axis: -1 }),
};
