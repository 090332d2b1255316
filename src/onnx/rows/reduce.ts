/** Reductions over dimensions, which stay as 1. */
import type { GraphBuilder } from '../graph_builder.js';
import type { Call, Row, Rows } from './row.js';

const reduction =
  (type: string): Row =>
  (b, { inputs: [x], args }) =>
    b.reduce(type, x, args as readonly number[]);

/** The sum of squared deviations, times a scale. */
function variance(b: GraphBuilder, { inputs: [x], args }: Call): string {
  const { dims, scale } = args as { dims: readonly number[]; scale: number };
  const deviation = b.node('Sub', [x, b.reduce('ReduceMean', x, dims)]);
  const sum = b.reduce('ReduceSum', b.node('Mul', [deviation, deviation]), dims);
  return b.node('Mul', [sum, b.float(scale)]);
}

const norm: Row = (b, { inputs: [x], args }) => {
  const { dims, p } = args as { dims: readonly number[]; p: number };
  if (p === Infinity) return b.reduce('ReduceMax', b.node('Abs', [x]), dims);
  return b.reduce(p === 1 ? 'ReduceL1' : 'ReduceL2', x, dims);
};

const extreme =
  (type: string): Row =>
  (b, { inputs, args }) =>
    b.node(type, inputs, { axis: args as number, keepdims: 1 });

export const REDUCTIONS: Rows = {
  sum: reduction('ReduceSum'),
  mean: reduction('ReduceMean'),
  max: reduction('ReduceMax'),
  min: reduction('ReduceMin'),
  prod: reduction('ReduceProd'),
  var: variance,
  std: (b, call) => b.node('Sqrt', [variance(b, call)]),
  logsumexp: (b, { inputs: [x], args }) => b.reduce('ReduceLogSumExp', x, (args as { dims: readonly number[] }).dims),
  norm,
  argmax: extreme('ArgMax'),
  argmin: extreme('ArgMin'),
  topk: (b, { inputs: [x], args }) => b.nodeOf('TopK', 2, [x, b.ints([args as number])], { axis: -1 })[1],
  cumsum: (b, { inputs: [x], args }) => b.node('CumSum', [x, b.int(args as number)]),
};
