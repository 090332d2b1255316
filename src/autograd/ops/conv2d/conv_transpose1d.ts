/** 1-D transposed convolution: the 2-D one over images of one row. */
import { ShapeError } from '../../../device/errors.js';
import { requireRank } from '../../../kernels/launch/checks.js';
import type { Choice } from '../../../kernels/launch/family.js';
import { formatShape } from '../../../tensor/shape.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { convTranspose2d } from './conv_transpose2d.js';
import { reshape } from '../movement/movement.js';

/** Options of `convTranspose1d`, with PyTorch's defaults. */
export interface ConvTranspose1dOptions {
  readonly stride?: number;
  /** Elements cut off y on either side: what the convolution back would pad with. */
  readonly padding?: number;
  /** Elements more at the end of y; less than stride or dilation. */
  readonly outputPadding?: number;
  readonly groups?: number;
  readonly dilation?: number;
  /** Forces a member of the family; tests do. */
  readonly choice?: Choice;
}

/**
 * x (N, C, L), w (C, O / groups, kL), bias (O) -> (N, O, oL),
 * oL = (L - 1) stride - 2 padding + dilation (kL - 1) + outputPadding + 1.
 * @throws ShapeError when channels do not fit or y would be empty.
 */
export function convTranspose1d(
  x: Tensor,
  w: Tensor,
  bias?: Tensor | null,
  options: ConvTranspose1dOptions = {},
): Tensor {
  const { stride = 1, padding = 0, outputPadding = 0, groups = 1, dilation = 1, choice } = options;
  requireRank('conv_transpose1d', 'x', x, 'N C L');
  requireRank('conv_transpose1d', 'w', w, 'C O/groups kL');
  const [N, C, L] = x.shape;
  const [inputs, depth, kL] = w.shape;
  if (C !== inputs) {
    throw new ShapeError(
      `[conv_transpose1d] x ${formatShape(x.shape)} has C = ${C} but w ${formatShape(w.shape)} expects C = ${inputs}`,
      { fix: `give x ${inputs} channels; w is (C, O / groups, kL)` },
    );
  }
  const y = convTranspose2d(reshape(x, [N, C, 1, L]), reshape(w, [C, depth, 1, kL]), bias ?? null, {
    stride: [1, stride],
    padding: [0, padding],
    outputPadding: [0, outputPadding],
    dilation: [1, dilation],
    groups,
    ...(choice === undefined ? {} : { choice }),
  });
  return reshape(y, [N, depth * groups, y.shape[3]]);
}
