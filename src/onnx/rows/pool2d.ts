/** Pooling. */
import type { AvgPool2dGeometry, MaxPool2dGeometry, Pool2dGeometry } from '../../kernels/pool2d/geometry.js';
import type { GraphBuilder } from '../graph_builder.js';
import type { Attributes } from '../messages.js';
import { activated, refuse, type Call, type Row, type Rows } from './row.js';

interface MaxArgs {
  readonly g: Pool2dGeometry | MaxPool2dGeometry;
  readonly onIndices?: unknown;
}

function windows(g: Pool2dGeometry): Attributes {
  const padding = [...g.padding, ...g.padding];
  return { kernel_shape: g.kernel, strides: g.stride, pads: padding };
}

/** Whether the size was rounded up. */
function isRounded(g: Pool2dGeometry): boolean {
  return [0, 1].some((i) => {
    const reach = g.dilation[i] * (g.kernel[i] - 1) + 1;
    return g.shapeY[2 + i] > Math.floor((g.shapeX[2 + i] + 2 * g.padding[i] - reach) / g.stride[i]) + 1;
  });
}

/**
 * Windows of max pooling as pads: those that reach past the end are filled up, which a maximum does not see. So no
 * reader has to know how PyTorch rounds.
 */
function filled(b: GraphBuilder, x: string, g: Pool2dGeometry): string {
  const behind = [0, 1].map((i) => {
    const reach = g.dilation[i] * (g.kernel[i] - 1) + 1;
    return Math.max(0, (g.shapeY[2 + i] - 1) * g.stride[i] + reach - g.shapeX[2 + i] - g.padding[i]);
  });
  const about = { kernel_shape: g.kernel, strides: g.stride, dilations: g.dilation };
  if (behind.every((n, d) => n < g.kernel[d]))
    return b.node('MaxPool', [x], { ...about, pads: [...g.padding, ...behind] });
  // pads of a pooling are smaller than its windows
  const padding = b.ints([0, 0, ...g.padding, 0, 0, ...behind]);
  return b.node('MaxPool', [b.node('Pad', [x, padding, b.float(-Infinity)])], about);
}

const maxPool: Row = (b, { op, inputs, shape, args }) => {
  const { g, onIndices } = args as MaxArgs;
  if (onIndices !== undefined) refuse(op, 'where the maxima were found is asked for');
  const y = g.isAdaptive ? b.node('MaxPool', inputs, steady(op, g)) : filled(b, inputs[0], g);
  const z = activated(b, y, 'activation' in g ? g.activation : null);
  return 'flatten' in g && g.flatten ? b.reshape(z, shape) : z;
};

/** Adaptive windows that are all alike. @throws UsageError where they are not. */
function steady(op: string, g: Pool2dGeometry): Attributes {
  if (!isSteady(g)) refuse(op, `${g.shapeX.slice(2).join('x')} does not divide into ${g.shapeY.slice(2).join('x')}`);
  const size = stepOf(g);
  return { kernel_shape: size, strides: size };
}

const stepOf = (g: Pool2dGeometry): number[] => [0, 1].map((i) => g.shapeX[2 + i] / g.shapeY[2 + i]);
const isSteady = (g: Pool2dGeometry): boolean => stepOf(g).every(Number.isInteger);

/** (outputs, inputs): the row o has 1 / n at the n places that window o takes the mean of. */
function means(inputs: number, outputs: number): Float32Array {
  const matrix = new Float32Array(inputs * outputs);
  for (let o = 0; o < outputs; o++) {
    const [from, to] = [Math.floor((o * inputs) / outputs), Math.ceil(((o + 1) * inputs) / outputs)];
    matrix.fill(1 / (to - from), o * inputs + from, o * inputs + to);
  }
  return matrix;
}

/** Means over windows that differ in size, as two products: down, and across. */
function unsteady(b: GraphBuilder, x: string, g: Pool2dGeometry): string {
  const [H, W, oH, oW] = [...g.shapeX.slice(2), ...g.shapeY.slice(2)];
  const down = b.node('MatMul', [b.floats(means(H, oH), [oH, H]), x]);
  const across = b.node('Transpose', [b.floats(means(W, oW), [oW, W])], { perm: [1, 0] });
  return b.node('MatMul', [down, across]);
}

const adaptiveAvg: Row = (b, { inputs: [x], args }) => {
  const g = args as AvgPool2dGeometry;
  if (g.shapeY.slice(2).every((n) => n === 1)) return b.node('GlobalAveragePool', [x]);
  if (!isSteady(g)) return unsteady(b, x, g);
  const size = stepOf(g);
  return size.every((n) => n === 1) ? x : b.node('AveragePool', [x], { kernel_shape: size, strides: size });
};

function avgPool(b: GraphBuilder, { op, inputs, args }: Call): string {
  const g = args as AvgPool2dGeometry;
  const area = g.kernel[0] * g.kernel[1];
  // PyTorch and ONNX differ in which windows past the end there are, and in what they are divided by
  if (isRounded(g)) refuse(op, 'windows reach past the end (ceilMode)', 'use ceilMode false');
  const count: Attributes = g.countIncludePad && g.padding.some((p) => p > 0) ? { count_include_pad: 1 } : {};
  if (g.divisor === 0 || g.divisor === area) return b.node('AveragePool', inputs, { ...windows(g), ...count });
  const mean = b.node('AveragePool', inputs, { ...windows(g), count_include_pad: 1 });
  return b.node('Mul', [mean, b.float(area / g.divisor)]);
}

export const POOLS: Rows = {
  max_pool2d: maxPool,
  adaptive_max_pool2d: maxPool,
  avg_pool2d: avgPool,
  adaptive_avg_pool2d: adaptiveAvg,
};
