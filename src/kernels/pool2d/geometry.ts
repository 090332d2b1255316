/**
 * Sizes of a pooling: what is given, what follows from it, and which combinations do not fit. Shapes as in max.ts.
 */
import { ShapeError } from '../../device/errors.js';
import { formatShape, type Shape } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { requireFloat, requireOptions, requireRank } from '../launch/checks.js';
import { pair, type Pair } from '../conv2d/geometry.js';

/** What both kinds of pooling may be told. */
export interface Pool2dOptions {
  readonly kernelSize: Pair;
  /** Default: the kernel's size. */
  readonly stride?: Pair;
  /** On either side; at most half the kernel. */
  readonly padding?: Pair;
  /** Rounds the size of y up: also windows that reach past the end count, if they start before the padding there. */
  readonly ceilMode?: boolean;
}

/** Options of `maxPool2d`, with PyTorch's defaults. */
export interface MaxPool2dOptions extends Pool2dOptions {
  /** Steps between the elements of a window. */
  readonly dilation?: Pair;
  /** Applied to x first, in the same pass: y and gradient are those of maxPool2d(relu(x)). */
  readonly activation?: 'relu' | null;
  /** y as (N, C oH oW), what a linear layer reads, without a pass of its own. Default false. */
  readonly flatten?: boolean;
}

/** Options of `avgPool2d`, with PyTorch's defaults. */
export interface AvgPool2dOptions extends Pool2dOptions {
  /** Default true: padding counts as zeros. False: windows are divided by the number of elements that they hold. */
  readonly countIncludePad?: boolean;
  /** Divides every window's sum by this instead. */
  readonly divisorOverride?: number | null;
}

/** Of y; a single number for both, null for as large as x. */
export type AdaptiveSize = number | readonly [height: number | null, width: number | null];

export interface Pool2dGeometry {
  readonly shapeX: Shape;
  readonly shapeY: Shape;
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
  readonly dilation: readonly [number, number];
  /** Windows are floor(o H / oH) .. ceil((o + 1) H / oH); the kernel is the largest of them. */
  readonly isAdaptive: boolean;
  /** Some window has less than the kernel's elements: it reaches out of the plane, or is a smaller adaptive one. */
  readonly isCut: boolean;
}

export interface MaxPool2dGeometry extends Pool2dGeometry {
  readonly activation: 'relu' | null;
  readonly flatten: boolean;
}

export interface AvgPool2dGeometry extends Pool2dGeometry {
  /** What every sum is divided by; 0 where windows differ in that. */
  readonly divisor: number;
  readonly countIncludePad: boolean;
}

/** @throws ShapeError when the window does not fit. */
export function pool2dGeometry(op: string, x: Tensor, options: MaxPool2dOptions): Pool2dGeometry {
  requireOptions(op, options, '{ kernelSize: 2 }');
  requireFloat(op, { x });
  requireRank(op, 'x', x, 'N C H W');
  const kernel = pair(options.kernelSize, NaN); // has no default
  const stride = options.stride === undefined ? kernel : pair(options.stride, 1);
  const [padding, dilation] = [pair(options.padding, 0), pair(options.dilation, 1)];
  if ([...kernel, ...stride, ...dilation].some((v) => !Number.isInteger(v) || v < 1)) {
    throw new ShapeError(
      `[${op}] kernelSize (${String(kernel)}), stride (${String(stride)}) and dilation (${String(dilation)}) ` +
        `must be whole numbers of at least 1`,
    );
  }
  if (padding.some((p, i) => !Number.isInteger(p) || p < 0 || p * 2 > kernel[i])) {
    throw new ShapeError(
      `[${op}] padding (${String(padding)}) is not a whole number from 0 to half the kernel (${String(kernel)})`,
    );
  }
  const [N, C, ...plane] = x.shape;
  const reach = kernel.map((k, i) => dilation[i] * (k - 1) + 1);
  const sizes = plane.map((size, i) => {
    const count =
      Math.floor((size + 2 * padding[i] - reach[i] + (options.ceilMode ? stride[i] - 1 : 0)) / stride[i]) + 1;
    // the last would see padding alone
    return options.ceilMode && (count - 1) * stride[i] >= size + padding[i] ? count - 1 : count;
  });
  if (sizes.some((n) => n < 1) || plane.includes(0)) {
    throw new ShapeError(
      `[${op}] the window (${String(reach)}) is larger than x ${formatShape(x.shape)} with padding ` +
        `(${String(padding)})`,
      { fix: 'use a larger image or a smaller window' },
    );
  }
  const isCut = sizes.some((n, i) => padding[i] > 0 || (n - 1) * stride[i] + reach[i] > plane[i]);
  return { shapeX: x.shape, shapeY: [N, C, ...sizes], kernel, stride, padding, dilation, isAdaptive: false, isCut };
}

/** @throws ShapeError when the window does not fit. */
export function maxPool2dGeometry(x: Tensor, options: MaxPool2dOptions): MaxPool2dGeometry {
  const { activation = null, flatten = false } = options;
  return { ...pool2dGeometry('max_pool2d', x, options), activation, flatten };
}

/** @throws ShapeError when the window does not fit or the divisor is 0. */
export function avgPool2dGeometry(x: Tensor, options: AvgPool2dOptions): AvgPool2dGeometry {
  const g = pool2dGeometry('avg_pool2d', x, options);
  const { divisorOverride = null, countIncludePad = true } = options;
  if (divisorOverride === 0) throw new ShapeError('[avg_pool2d] divisorOverride is 0');
  const isPastPadding = g.kernel.some(
    (k, i) => (g.shapeY[2 + i] - 1) * g.stride[i] + k > g.shapeX[2 + i] + 2 * g.padding[i],
  );
  const isConstant = !g.isCut || (countIncludePad && !isPastPadding);
  return { ...g, divisor: divisorOverride ?? (isConstant ? g.kernel[0] * g.kernel[1] : 0), countIncludePad };
}

/**
 * Sizes that divide the plane make windows of one size: then this is plain pooling. @throws ShapeError when a size is
 * not at least 1.
 */
export function adaptivePool2dGeometry(op: string, x: Tensor, outputSize: AdaptiveSize): AvgPool2dGeometry {
  requireFloat(op, { x });
  requireRank(op, 'x', x, 'N C H W');
  const [N, C, ...plane] = x.shape;
  const given = typeof outputSize === 'number' ? [outputSize, outputSize] : outputSize;
  const sizes = plane.map((size, i) => given[i] ?? size);
  if (sizes.some((n) => !Number.isInteger(n) || n < 1) || plane.includes(0)) {
    throw new ShapeError(
      `[${op}] outputSize (${String(given)}) for x ${formatShape(x.shape)} must be whole numbers of at least 1 ` +
        `or null, and x no smaller than 1 x 1`,
    );
  }
  const isEven = plane.every((size, i) => size % sizes[i] === 0);
  const [kH, kW] = plane.map((size, i) => (isEven ? size / sizes[i] : largestWindow(size, sizes[i])));
  return {
    shapeX: x.shape,
    shapeY: [N, C, ...sizes],
    kernel: [kH, kW],
    stride: isEven ? [kH, kW] : [1, 1],
    padding: [0, 0],
    dilation: [1, 1],
    isAdaptive: !isEven,
    isCut: !isEven,
    divisor: isEven ? kH * kW : 0,
    countIncludePad: false,
  };
}

function largestWindow(size: number, count: number): number {
  let result = 0;
  for (let o = 0; o < count; o++)
    result = Math.max(result, Math.ceil(((o + 1) * size) / count) - Math.floor((o * size) / count));
  return result;
}
