/**
 * Transposed convolution: the gradient of a convolution taken for a forward. x (N, C, H, W), w (C, O / groups, kH, kW),
 * bias (O), y (N, O, oH, oW) with oH = (H - 1) stride - 2 pad + dilation (kH - 1) + outputPadding + 1.
 *
 * The convolution that leads back from y to x has the same w. So y = its backward-input of x, dx = its forward of dy,
 * and dw = its backward-weight of (dy, x): no kernel is needed that conv2d.ts does not have.
 */
import type { Choice } from '../../device/choices.js';
import { ShapeError } from '../../device/errors.js';
import { formatShape, sizeOf, type Shape } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { requireF32, requireOptions, requireRank } from '../launch/checks.js';
import { conv2dBackwardInput } from './conv2d.js';
import { pair, requireSteps, type Conv2dGeometry, type Pair } from './geometry.js';

/** Options of `convTranspose2d`, with PyTorch's defaults. */
export interface ConvTranspose2dOptions {
  readonly stride?: Pair;
  /** Rows and columns cut off y on either side: what the convolution back would pad with. */
  readonly padding?: Pair;
  /** Rows and columns more at the end of y; less than stride or dilation. */
  readonly outputPadding?: Pair;
  readonly groups?: number;
  readonly dilation?: Pair;
  /** Forces a member of the family; tests do. */
  readonly choice?: Choice;
}

/**
 * The convolution from y back to x; its letters are that one's: g.C is the transposed convolution's O, g.H its oH.
 * @throws ShapeError when channels do not fit or y would be empty.
 */
export function convTranspose2dGeometry(x: Shape, w: Shape, options: ConvTranspose2dOptions = {}): Conv2dGeometry {
  requireOptions('conv_transpose2d', options, '{ stride: 2, padding: 1 }');
  const [stride, dilation] = [pair(options.stride, 1), pair(options.dilation, 1)];
  const [padding, outputPadding] = [pair(options.padding, 0), pair(options.outputPadding, 0)];
  const groups = options.groups ?? 1;
  const [N, C, H, W] = x;
  const [inputs, depth, kH, kW] = w;
  const names = `x ${formatShape(x)} and w ${formatShape(w)}`;
  requireSteps('conv_transpose2d', stride, dilation, groups);
  if (C !== inputs || C % groups !== 0) {
    throw new ShapeError(
      `[conv_transpose2d] x ${formatShape(x)} has C = ${C} but w ${formatShape(w)} with groups = ${groups} ` +
        `expects C = ${inputs}`,
      {
        fix:
          C === inputs ? `C must be a multiple of groups` : `give x ${inputs} channels; w is (C, O / groups, kH, kW)`,
      },
    );
  }
  if (sizeOf(w) === 0 || H * W === 0)
    throw new ShapeError(`[conv_transpose2d] ${names} have no elements`, { fix: 'only N may be 0' });
  if ([...padding, ...outputPadding].some((v) => !Number.isInteger(v) || v < 0)) {
    throw new ShapeError(
      `[conv_transpose2d] padding (${String(padding)}) and outputPadding (${String(outputPadding)}) must be ` +
        `whole numbers of at least 0`,
    );
  }
  if (outputPadding.some((p, i) => p >= stride[i] && p >= dilation[i])) {
    throw new ShapeError(
      `[conv_transpose2d] outputPadding (${String(outputPadding)}) is not less than stride (${String(stride)}) ` +
        `or dilation (${String(dilation)})`,
    );
  }
  const out = (size: number, k: number, i: 0 | 1): number =>
    (size - 1) * stride[i] - 2 * padding[i] + dilation[i] * (k - 1) + outputPadding[i] + 1;
  const [oH, oW] = [out(H, kH, 0), out(W, kW, 1)];
  if (oH < 1 || oW < 1)
    throw new ShapeError(
      `[conv_transpose2d] padding (${String(padding)}) cuts everything off: ${names} make y of ${oH} x ${oW}`,
      { fix: 'use less padding' },
    );
  return { N, C: depth * groups, H: oH, W: oW, O: C, kH, kW, oH: H, oW: W, stride, padding, dilation, groups };
}

export function convTranspose2d(
  x: Tensor,
  w: Tensor,
  bias: Tensor | null,
  options: ConvTranspose2dOptions = {},
): Tensor {
  requireF32('conv_transpose2d', { x, w, ...(bias ? { bias } : {}) });
  requireRank('conv_transpose2d', 'x', x, 'N C H W');
  requireRank('conv_transpose2d', 'w', w, 'C O/groups kH kW');
  const g = convTranspose2dGeometry(x.shape, w.shape, options);
  if (bias && (bias.rank !== 1 || bias.size !== g.C))
    throw new ShapeError(`[conv_transpose2d] bias ${formatShape(bias.shape)} does not fit O = ${g.C}`);
  return conv2dBackwardInput(x, w, g, options.choice, bias);
}
