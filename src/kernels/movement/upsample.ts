/**
 * Resizing images, as torch.nn.functional.interpolate: nearest, nearest-exact, bilinear and bicubic. x (N, C, H, W) ->
 * (N, C, oH, oW).
 */
import { ShapeError } from '../../device/errors.js';
import { defineKernel, floatBits, type Kernel } from '../../device/kernel.js';
import { formatShape } from '../../tensor/shape.js';
import { empty, rows, view, type Tensor } from '../../tensor/tensor.js';
import { requireF32, requireRank } from '../launch/checks.js';
import { pair, type Pair } from '../conv2d/conv2d.js';
import { rowWindows } from '../launch/windows.js';

const includes = ['common/grid.wgsl', 'movement/upsample_params.wgsl'];
const bindings = ['read', 'write', 'params'] as const;
const kernelsOf = (name: string): { readonly forward: Kernel; readonly backward: Kernel } => ({
  forward: defineKernel({ name, file: `movement/${name}.wgsl`, includes, bindings }),
  backward: defineKernel({ name: `${name}_backward`, file: `movement/${name}_backward.wgsl`, includes, bindings }),
});
const nearest = kernelsOf('upsample_nearest');
const kernels = {
  nearest,
  'nearest-exact': nearest, // under another rule of which place is nearest
  bilinear: kernelsOf('upsample_bilinear'),
  bicubic: kernelsOf('upsample_bicubic'),
};

/** Which elements a new one is made of. */
export type UpsampleMode = keyof typeof kernels;

/** Options of `interpolate`, with PyTorch's defaults. */
export interface InterpolateOptions {
  /** Height and width of the result; either this or `scaleFactor`. */
  readonly size?: Pair;
  /** The result is floor(input * scaleFactor) large. */
  readonly scaleFactor?: Pair;
  /**
   * Default 'nearest': the place under an output's upper left edge; 'nearest-exact' the one under its centre. 'bicubic'
   * is cubic convolution with a = -0.75, and may leave x's range.
   */
  readonly mode?: UpsampleMode;
  /** Bilinear and bicubic only: the corners' centres keep their places, instead of the image's edges. Default false. */
  readonly alignCorners?: boolean;
}

export interface UpsampleGeometry {
  readonly mode: UpsampleMode;
  readonly alignCorners: boolean;
  readonly H: number;
  readonly W: number;
  readonly oH: number;
  readonly oW: number;
  /** Input places per output place, down and across. */
  readonly scale: readonly [number, number];
}

/** @throws ShapeError when neither or both of size and scaleFactor are given, or the result would be empty. */
export function upsampleGeometry(
  x: readonly number[],
  { size, scaleFactor, mode = 'nearest', alignCorners = false }: InterpolateOptions,
): UpsampleGeometry {
  const [H, W] = x.slice(-2);
  if ((size === undefined) === (scaleFactor === undefined))
    throw new ShapeError('[interpolate] give either size or scaleFactor');
  if (alignCorners && kernels[mode] === nearest)
    throw new ShapeError(`[interpolate] alignCorners has no meaning for mode '${mode}'`);
  const factors = scaleFactor === undefined ? null : pair(scaleFactor, 1);
  const out = factors === null ? pair(size, 1) : [Math.floor(H * factors[0]), Math.floor(W * factors[1])];
  if ([...out, H, W].some((n) => !Number.isInteger(n) || n < 1)) {
    throw new ShapeError(`[interpolate] x ${formatShape(x)} does not resize to (${String(out)})`, {
      fix: 'sizes must be whole numbers of at least 1',
    });
  }
  const scale = ([H, W] as const).map((n, d) => {
    if (alignCorners) return out[d] > 1 ? (n - 1) / (out[d] - 1) : 0;
    if (mode === 'bilinear' && out[d] === n) return 1; // as PyTorch: whatever the factor was
    return factors === null ? n / out[d] : 1 / factors[d];
  });
  return { mode, alignCorners, H, W, oH: out[0], oW: out[1], scale: [scale[0], scale[1]] };
}

export function upsample(x: Tensor, g: UpsampleGeometry): Tensor {
  requireF32('interpolate', { x });
  requireRank('interpolate', 'x', x, 'N C H W');
  return resize(kernels[g.mode].forward, g, x, empty(x.device, [x.shape[0], x.shape[1], g.oH, g.oW]));
}

/** dx (N, C, H, W) from dy (N, C, oH, oW). */
export function upsampleBackward(dy: Tensor, g: UpsampleGeometry): Tensor {
  return resize(kernels[g.mode].backward, g, dy, empty(dy.device, [dy.shape[0], dy.shape[1], g.H, g.W]));
}

function resize(kernel: Kernel, g: UpsampleGeometry, from: Tensor, to: Tensor): Tensor {
  const planes = from.shape[0] * from.shape[1];
  if (planes === 0) return to;
  const { H, W, oH, oW } = g;
  const [flatFrom, flatTo] = [from, to].map((t) => view(t, [planes, t.size / planes]));
  for (const [start, end] of rowWindows('interpolate', from.device, planes, [H * W, oH * oW])) {
    const part = rows(flatTo, start, end);
    from.device.dispatch(kernel, {
      buffers: [rows(flatFrom, start, end).range, part.range],
      params: [end - start, floatBits(g.scale[0]), floatBits(g.scale[1])],
      constants: { H, W, oH, oW, ALIGN_CORNERS: g.alignCorners ? 1 : 0, EXACT: g.mode === 'nearest-exact' ? 1 : 0 },
      workgroups: Math.ceil(part.size / 64),
    });
  }
  return to;
}
