/**
 * Matrix products: c = activation(a b + bias), batched, either operand transposed. Letters: a is (…, M, K), b is (…, K,
 * N), c is (…, M, N); batch dimensions broadcast as in torch.matmul.
 */
import { ShapeError } from '../../device/errors.js';
import { broadcastShapes, broadcastStrides, formatShape, sizeOf } from '../../tensor/shape.js';
import { empty, type Tensor } from '../../tensor/tensor.js';
import { cast, type FloatType } from '../elementwise/cast.js';
import { requireBindable, requireF32, requireFloat } from '../launch/checks.js';
import { choose, type Choice } from '../launch/family.js';
import { matmulFamily } from './family.js';
import { launchProduct } from './launch.js';
import type { FusedActivation, Product } from './product.js';
import { reduce } from '../reduce/reduce.js';
import { stridedCopy } from '../movement/strided_copy.js';
import { unary } from '../elementwise/unary.js';

export interface MatmulOptions {
  /** a is stored (…, K, M). */
  readonly transposeA?: boolean;
  /** b is stored (…, N, K). */
  readonly transposeB?: boolean;
  /** (N), added to every row. */
  readonly bias?: Tensor | null;
  /** Applied to the result before it is written. */
  readonly activation?: FusedActivation | null;
  /** Where the result may be written: (…, M, N). */
  readonly into?: Tensor | null;
  /** How the result is stored. Default: f16 where an operand is f16. Sums are f32 in any case. */
  readonly dtype?: FloatType;
  /** (M), for a without batch dimensions: takes the sums of a over k. A bias's gradient, beside its weight's. */
  readonly rowSums?: Tensor | null;
  /** Forces a member of the family. */
  readonly choice?: Choice;
}

/** @throws ShapeError unless the inner sizes agree and the batch sizes broadcast. */
export function matmulShape(
  a: Tensor,
  b: Tensor,
  options: MatmulOptions,
): { batch: number[]; M: number; K: number; N: number } {
  const { transposeA = false, transposeB = false, bias } = options;
  if (a.rank < 2 || b.rank < 2)
    throw new ShapeError(
      `[matmul] a ${formatShape(a.shape)} and b ${formatShape(b.shape)} must have at least 2 dimensions`,
    );
  const [a0, a1] = a.shape.slice(-2);
  const [b0, b1] = b.shape.slice(-2);
  const [M, K] = transposeA ? [a1, a0] : [a0, a1];
  const [bK, N] = transposeB ? [b1, b0] : [b0, b1];
  if (K !== bK) {
    throw new ShapeError(
      `[matmul] a ${formatShape(a.shape)}${transposeA ? ' transposed' : ''} has K = ${K} but b ` +
        `${formatShape(b.shape)}${transposeB ? ' transposed' : ''} has K = ${bK}`,
      {
        fix: 'the inner sizes must agree',
      },
    );
  }
  const batch = broadcastShapes('matmul', a.shape.slice(0, -2), b.shape.slice(0, -2));
  if (bias && (bias.rank !== 1 || bias.size !== N))
    throw new ShapeError(`[matmul] bias ${formatShape(bias.shape)} does not fit N = ${N}: expected (${N},)`);
  return { batch, M, K, N };
}

/**
 * An operand that is one matrix for the whole batch, or has one for each item, is used where it lies; another is
 * repeated in memory.
 */
function spreadBatch(x: Tensor, batch: readonly number[]): Tensor {
  const own = sizeOf(x.shape.slice(0, -2));
  if (own === 1 || own === sizeOf(batch)) return x;
  const shape = [...batch, ...x.shape.slice(-2)];
  const copy = stridedCopy('matmul', cast(x, 'f32'), shape, { offset: 0, strides: broadcastStrides(x.shape, shape) });
  return cast(copy, x.dtype as FloatType);
}

export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  requireFloat('matmul', { a });
  requireFloat('matmul', { b });
  if (options.bias) requireF32('matmul', { bias: options.bias });
  const { transposeA = false, transposeB = false, bias = null, activation = null } = options;
  const { batch, M, K, N } = matmulShape(a, b, options);
  const count = sizeOf(batch);
  const usesHalves = a.dtype === 'f16' || b.dtype === 'f16';
  const c = options.into ?? empty(a.device, [...batch, M, N], options.dtype ?? (usesHalves ? 'f16' : 'f32'));
  if (usesHalves || c.dtype === 'f16') requireBindable('matmul', { a, b, c }); // halves are not worked on in windows
  const rowSums = options.rowSums ?? null;
  if (c.size === 0 || K === 0) {
    if (rowSums !== null) sumRows(a, transposeA, rowSums);
    return c.size === 0
      ? c
      : cast(emptyProduct(c.dtype === 'f32' ? c : empty(c.device, c.shape), bias, activation), c.dtype as FloatType);
  }
  const [x, y] = [spreadBatch(a, batch), spreadBatch(b, batch)];
  const [repeatsX, repeatsY] = [x, y].map((t) => sizeOf(t.shape.slice(0, -2)) < count);
  // One b for the whole batch: the rows of all batches are the rows of one product.
  const flat = repeatsY && !transposeA;
  const job: Product = {
    a: x,
    b: y,
    bias,
    activation,
    c,
    rowSums,
    batch: flat ? 1 : count,
    M: flat ? M * count : M,
    N,
    K,
    strideA: transposeA ? [1, M] : [K, 1],
    strideB: transposeB ? [1, K] : [N, 1],
    transposeA,
    transposeB,
    batchA: repeatsX || flat ? 0 : M * K,
    batchB: repeatsY ? 0 : K * N,
  };
  const choice = options.choice ?? choose(matmulFamily, a.device, { ...job, isHalf: usesHalves });
  if (!launchProduct(job, choice) && rowSums !== null) sumRows(a, transposeA, rowSums);
  return c;
}

/** What batches and products in several windows leave out. */
function sumRows(a: Tensor, transposeA: boolean, out: Tensor): void {
  const sums = reduce('sum', cast(a, 'f32'), [transposeA ? 0 : 1]);
  if (out.size > 0) a.device.copy(sums.storage, sums.byteOffset, out.storage, out.byteOffset, out.size * 4);
}

/** Sums of no products are 0; the bias is added all the same. */
function emptyProduct(c: Tensor, bias: Tensor | null, activation: FusedActivation | null): Tensor {
  if (bias === null) c.device.clear(c.storage, c.byteOffset, c.size * 4);
  const sum =
    bias === null
      ? c
      : stridedCopy('matmul', bias, c.shape, { offset: 0, strides: broadcastStrides(bias.shape, c.shape) });
  return activation === null ? sum : unary(activation, sum, [0, 0]);
}
