/** Max and average pooling, over windows of a given size or (adaptive) to a given size of the output. */
import { avgPool2d as avgKernel, avgPool2dBackward } from '../../../kernels/pool2d/avg.js';
import {
  adaptivePool2dGeometry,
  avgPool2dGeometry,
  maxPool2dGeometry,
  pool2dGeometry,
  type AdaptiveSize,
  type AvgPool2dGeometry,
  type AvgPool2dOptions,
  type MaxPool2dGeometry,
  type MaxPool2dOptions,
  type Pool2dGeometry,
} from '../../../kernels/pool2d/geometry.js';
import { maxPool2d as maxKernel, maxPool2dBackward, maxPool2dValues } from '../../../kernels/pool2d/max.js';
import { poolLayout } from '../../../kernels/pool2d/over_planes.js';
import type { Layout } from '../../../tensor/layout.js';
import { sizeOf } from '../../../tensor/shape.js';
import { view, type Tensor } from '../../../tensor/tensor.js';
import { apply, defineOp, isRecorded, type Op } from '../../graph.js';

interface MaxArgs {
  readonly g: Pool2dGeometry | MaxPool2dGeometry;
  /** An op has one output: this is told where the maxima were found. */
  readonly onIndices?: (indices: Tensor) => void;
}

/** What backward needs besides dy: where the maxima were, and how x lay. */
interface MaxSaved {
  /** Null where nothing was to be recorded. */
  readonly index: Tensor | null;
  readonly layout: Layout;
}

function maxOp(name: string): Op<MaxArgs, MaxSaved> {
  return defineOp<MaxArgs, MaxSaved>({
    name,
    precision: 'keep',
    forward: ([x], { g, onIndices }) => {
      const [N, ...rest] = g.shapeY;
      const shaped = (y: Tensor): Tensor => ('flatten' in g && g.flatten ? view(y, [N, sizeOf(rest)]) : y);
      if (onIndices === undefined && !isRecorded([x]))
        return { output: shaped(maxPool2dValues(x, g)), saved: { index: null, layout: poolLayout(x) } };
      const { y, index } = maxKernel(x, g);
      onIndices?.(index);
      return { output: shaped(y), saved: { index, layout: poolLayout(x) } };
    },
    backward: (dy, { index, layout }, { g }) => {
      if (index === null) return [null];
      return [maxPool2dBackward(dy.rank === 2 ? view(dy, g.shapeY) : dy, index, g, layout)];
    },
  });
}

function avgOp(name: string): Op<AvgPool2dGeometry, Layout> {
  return defineOp<AvgPool2dGeometry, Layout>({
    name,
    precision: 'keep',
    forward: ([x], g) => ({ output: avgKernel(x, g), saved: poolLayout(x) }),
    backward: (dy, layout, g) => [avgPool2dBackward(dy, g, layout)],
  });
}

const maxPool2dOp = maxOp('max_pool2d');
const avgPool2dOp = avgOp('avg_pool2d');
const adaptiveMaxPool2dOp = maxOp('adaptive_max_pool2d');
const adaptiveAvgPool2dOp = avgOp('adaptive_avg_pool2d');

/**
 * Largest value of each window; padding never wins, NaN does; of equals the first, which gets the gradient. x (N, C, H,
 * W). With activation 'relu' of relu(x), and with `flatten` as (N, C oH oW), each without a pass of its own.
 */
export function maxPool2d(x: Tensor, options: MaxPool2dOptions): Tensor {
  return apply(maxPool2dOp, [x], { g: maxPool2dGeometry(x, options) });
}

/**
 * As torch.nn.functional.max_pool2d with return_indices: what maxPool2d makes of x (N, C, H, W), and where each maximum
 * was found in its plane, h * W + w (u32; 2^32 - 1 where a window saw padding alone). Indices have no gradient.
 */
export function maxPool2dWithIndices(
  x: Tensor,
  options: Omit<MaxPool2dOptions, 'activation' | 'flatten'>,
): { output: Tensor; indices: Tensor } {
  const found: Tensor[] = [];
  const g = pool2dGeometry('max_pool2d', x, options);
  const output = apply(maxPool2dOp, [x], { g, onIndices: (indices) => void found.push(indices) });
  return { output, indices: found[0] };
}

/** Mean of each window of x (N, C, H, W); padding counts as zeros unless countIncludePad is false. */
export function avgPool2d(x: Tensor, options: AvgPool2dOptions): Tensor {
  return apply(avgPool2dOp, [x], avgPool2dGeometry(x, options));
}

/**
 * Largest values of x (N, C, H, W) over windows that make y of the given size, each floor(o H / oH) .. ceil((o + 1) H /
 * oH).
 */
export function adaptiveMaxPool2d(x: Tensor, outputSize: AdaptiveSize): Tensor {
  return apply(adaptiveMaxPool2dOp, [x], { g: adaptivePool2dGeometry('adaptive_max_pool2d', x, outputSize) });
}

/**
 * Means over the same windows; outputSize 1 is the mean of each plane (global average pooling).
 * x (N, C, H, W) -> (N, C, oH, oW).
 */
export function adaptiveAvgPool2d(x: Tensor, outputSize: AdaptiveSize): Tensor {
  return apply(adaptiveAvgPool2dOp, [x], adaptivePool2dGeometry('adaptive_avg_pool2d', x, outputSize));
}
