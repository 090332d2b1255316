/**
 * Losses that shape an embedding: vectors of one class point the same way, those of others elsewhere. Composed of other
 * ops.
 */
import type { Device } from '../../../device/device.js';
import { ShapeError } from '../../../device/errors.js';
import { stridedCopyInto } from '../../../kernels/movement/strided_copy.js';
import { formatShape, sameShape } from '../../../tensor/shape.js';
import { constant } from '../../../tensor/creation.js';
import { view, zeros, type Tensor } from '../../../tensor/tensor.js';
import { add, clamp, div, greater, maximum, mul, neg, square, sqrt, sub } from '../elementwise/elementwise.js';
import { gather, indexSelect, oneHot } from '../movement/indexing.js';
import type { LossOptions } from './losses.js';
import { matmul } from '../matmul/matmul.js';
import { mean, sum } from '../reduce/reduce.js';
import { logSoftmax } from './softmax.js';
import { normalize } from '../reduce/statistics.js';
import { where } from '../elementwise/where.js';

/**
 * Below it sin² θ counts as this: the slope of arccos, 1 / sin θ, has a pole at θ = 0, and in f32 1 - cos² θ is no more
 * exact than 1e-7.
 */
const LEAST_SINE_SQUARED = 1e-6;

function requireLabels(op: string, x: Tensor, label: Tensor): void {
  if (x.rank !== 2) throw new ShapeError(`[${op}] x ${formatShape(x.shape)} is no matrix`);
  if (label.dtype !== 'u32' || !sameShape(label.shape, [x.shape[0]]))
    throw new ShapeError(
      `[${op}] x ${formatShape(x.shape)} needs labels (${x.shape[0]},) u32, got ${formatShape(label.shape)} ` +
        `${label.dtype}`,
    );
}

/**
 * The cosine of the angle between every row of x (N, D) and every row of w (C, D): (N, C). A row of zeros has cosine 0
 * with all.
 */
export function cosineSimilarity(x: Tensor, w: Tensor): Tensor {
  return matmul(normalize(x), normalize(w), { transposeB: true });
}

/** Options of `arcFaceMargin` (Deng et al. 2019). */
export interface ArcFaceOptions {
  /** Added to the angle between an image and its own class, in radians, 0 to π / 2. */
  readonly margin: number;
  /** What the logits are the cosines times of. */
  readonly scale: number;
}

/**
 * The logits that ArcFace (Deng et al.: "ArcFace: additive angular margin loss for deep face recognition", 2019,
 * equation 3) gives to cross-entropy: those of cosines, s cos θ, but at the label s cos(θ + m). Past θ + m = π, where
 * that would rise again, it is s (cos θ - m sin m), as in the authors' code. Made of cos(θ + m) = cos θ cos m - sin θ
 * sin m, without an arccos.
 * @param x (N, C) `scale` times cosines. @param label (N) u32; the row of one that is not below C stays as it is.
 * @throws ShapeError when sizes disagree, or the margin or scale is none.
 */
export function arcFaceMargin(x: Tensor, label: Tensor, { margin, scale }: ArcFaceOptions): Tensor {
  requireLabels('arc_face', x, label);
  if (!(margin >= 0 && margin <= Math.PI / 2))
    throw new ShapeError(`[arc_face] margin ${margin} is not from 0 to π / 2`);
  if (!(scale > 0)) throw new ShapeError(`[arc_face] scale ${scale} is not above 0`);
  const own = div(gather(x, 1, view(label, [label.size, 1])), scale); // (N, 1) cos θ
  const sine = sqrt(clamp(sub(1, square(own)), { min: LEAST_SINE_SQUARED }));
  const moved = sub(mul(own, Math.cos(margin)), mul(sine, Math.sin(margin)));
  const penalised = where(greater(own, -Math.cos(margin)), moved, sub(own, margin * Math.sin(margin)));
  return where(oneHot(label, x.shape[1]), mul(penalised, scale), x);
}

/** (n, n) with 1 on the diagonal. */
function eye(device: Device, n: number): Tensor {
  const result = zeros(device, [n, n]);
  stridedCopyInto('eye', [n], constant(device, 1), { offset: 0, strides: [0] }, result, {
    offset: 0,
    strides: [n + 1],
  });
  return result;
}

/** Options of `supervisedContrastive`. */
export interface SupervisedContrastiveOptions extends LossOptions {
  /** What cosines are divided by: small ones look at the nearest. Default 0.1, the paper's. */
  readonly temperature?: number;
}

/** Added to a row's similarity to itself before softmax: its exponential is 0. */
const NEVER = -1e9;

/**
 * The supervised contrastive loss (Khosla et al.: "Supervised contrastive learning", 2020, equation 2). With z the rows
 * of x divided by their lengths, P(i) the other rows with row i's label, and a over all rows but i,
 *   loss[i] = -1 / |P(i)| * sum over p in P(i) of log(exp(z[i] z[p] / T) / sum over a of exp(z[i] z[a] / T))
 * and 0 where P(i) is empty, as in the authors' code. Memory grows with N².
 * @param x (N, D). @param label (N) u32, below `classes`; with another all losses are NaN, as cross-entropy's. -> the
 * mean, the sum, or the losses (N).
 * @throws ShapeError when sizes disagree or the temperature is not above 0.
 */
export function supervisedContrastive(
  x: Tensor,
  label: Tensor,
  classes: number,
  { temperature = 0.1, reduction = 'mean' }: SupervisedContrastiveOptions = {},
): Tensor {
  requireLabels('supervised_contrastive', x, label);
  if (!(temperature > 0)) throw new ShapeError(`[supervised_contrastive] temperature ${temperature} is not above 0`);
  const self = eye(x.device, x.shape[0]);
  const z = normalize(x);
  const similarity = div(matmul(z, z, { transposeB: true }), temperature);
  const logProbability = logSoftmax(add(similarity, mul(self, NEVER)));
  // (N, N) 1 where two different rows share a label
  const positive = sub(indexSelect(oneHot(label, classes), 1, label), self);
  const count = sum(positive, { dim: 1 });
  const losses = div(neg(sum(mul(positive, logProbability), { dim: 1 })), maximum(count, 1));
  if (reduction === 'none') return losses;
  return reduction === 'mean' ? mean(losses) : sum(losses);
}
