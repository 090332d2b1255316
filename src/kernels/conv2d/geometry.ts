/**
 * Sizes of a convolution: what is given, what follows from it, and which combinations do not fit. Shapes as in
 * conv2d.ts.
 */
import type { Choice } from '../../device/choices.js';
import { ShapeError } from '../../device/errors.js';
import { formatShape, sizeOf, type Shape } from '../../tensor/shape.js';
import type { FusedActivation } from '../matmul/product.js';

/** One number for height and width, or one for each. */
export type Pair = number | readonly [height: number, width: number];

/** Options of `conv2d`, with PyTorch's defaults. */
export interface Conv2dOptions {
  readonly stride?: Pair;
  /**
   * Zeros on either side. 'valid' is none; 'same' makes y as large as x (stride 1 only), and where that takes an odd
   * number of rows or columns, the odd one goes to the end.
   */
  readonly padding?: Pair | 'same' | 'valid';
  readonly dilation?: Pair;
  readonly groups?: number;
  /** Applied to y before it is written. */
  readonly activation?: FusedActivation | null;
  /** Forces a member of the family; tests do. */
  readonly choice?: Choice;
}

/** All sizes of one convolution; the letters are those of shaders/conv2d/params.wgsl. */
export interface Conv2dGeometry {
  readonly N: number;
  readonly C: number;
  readonly H: number;
  readonly W: number;
  readonly O: number;
  readonly kH: number;
  readonly kW: number;
  readonly oH: number;
  readonly oW: number;
  readonly stride: readonly [number, number];
  /** Before the first row and column; what comes after the last follows from oH and oW. */
  readonly padding: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly groups: number;
}

export function pair(value: Pair | undefined, otherwise: number): [number, number] {
  return value === undefined
    ? [otherwise, otherwise]
    : typeof value === 'number'
      ? [value, value]
      : [value[0], value[1]];
}

/** The words of `Conv2d` (shaders/conv2d/params.wgsl), for N images of it. */
export function geometryWords(g: Conv2dGeometry, N: number, splits = 1): number[] {
  return [N, g.C, g.H, g.W, g.O, g.kH, g.kW, g.oH, g.oW, ...g.stride, ...g.padding, ...g.dilation, g.groups, splits];
}

/** @throws ShapeError when channels do not fit, or the window is larger than the padded image. */
export function conv2dGeometry(x: Shape, w: Shape, options: Conv2dOptions = {}): Conv2dGeometry {
  const [stride, dilation] = [pair(options.stride, 1), pair(options.dilation, 1)];
  const groups = options.groups ?? 1;
  const [N, C, H, W] = x;
  const [O, depth, kH, kW] = w;
  const names = `x ${formatShape(x)} and w ${formatShape(w)}`;
  requireSteps('conv2d', stride, dilation, groups);
  if (C !== depth * groups || O % groups !== 0) {
    throw new ShapeError(
      `[conv2d] x ${formatShape(x)} has C = ${C} but w ${formatShape(w)} with groups = ${groups} expects C = ` +
        `${depth * groups}`,
      {
        fix:
          O % groups === 0
            ? `give x ${depth * groups} channels, or w ${C / groups} input channels`
            : `O = ${O} must be a multiple of groups`,
      },
    );
  }
  if (sizeOf(w) === 0) throw new ShapeError(`[conv2d] w ${formatShape(w)} has no elements`, { fix: 'only N may be 0' });
  const { before, total } = paddings(options.padding, [kH, kW], stride, dilation);
  const out = (size: number, k: number, i: 0 | 1): number =>
    Math.floor((size + total[i] - dilation[i] * (k - 1) - 1) / stride[i]) + 1;
  const [oH, oW] = [out(H, kH, 0), out(W, kW, 1)];
  if (oH < 1 || oW < 1) {
    throw new ShapeError(
      `[conv2d] the window is larger than the padded image: ${names}, padding (${String(before)}), dilation ` +
        `(${String(dilation)})`,
      {
        fix: 'use a larger image or padding, or a smaller window or dilation',
      },
    );
  }
  return { N, C, H, W, O, kH, kW, oH, oW, stride, padding: before, dilation, groups };
}

/** @throws ShapeError unless strides, dilations and groups are whole numbers of at least 1. */
export function requireSteps(op: string, stride: readonly number[], dilation: readonly number[], groups: number): void {
  if ([...stride, ...dilation, groups].some((v) => !Number.isInteger(v) || v < 1)) {
    throw new ShapeError(
      `[${op}] stride (${String(stride)}), dilation (${String(dilation)}) and groups (${groups}) must be whole ` +
        `numbers of at least 1`,
    );
  }
}

/** Zeros before the first row and column, and on both sides together. */
function paddings(
  given: Conv2dOptions['padding'],
  kernel: readonly [number, number],
  stride: readonly number[],
  dilation: readonly number[],
): Record<'before' | 'total', [number, number]> {
  if (given !== 'same') {
    const before = pair(given === 'valid' ? 0 : given, 0);
    if (before.some((p) => !Number.isInteger(p) || p < 0))
      throw new ShapeError(
        `[conv2d] padding (${String(given)}) must be whole numbers of at least 0, 'same' or 'valid'`,
      );
    return { before, total: [2 * before[0], 2 * before[1]] };
  }
  if (stride.some((s) => s !== 1)) {
    throw new ShapeError(`[conv2d] padding 'same' with stride (${String(stride)}): y cannot be as large as x`, {
      fix: 'use stride 1, or give the padding as numbers',
    });
  }
  const total: [number, number] = [dilation[0] * (kernel[0] - 1), dilation[1] * (kernel[1] - 1)];
  return { before: [Math.floor(total[0] / 2), Math.floor(total[1] / 2)], total };
}
