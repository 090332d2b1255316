/** One product as the kernels see it, and how a product past the binding limit is cut into windows. */
import { ShapeError } from '../../device/errors.js';
import { formatShape } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { gcd, lcm, rowWindows } from '../launch/windows.js';

/** Rows of the elementwise table whose gradient needs their result alone: what went in is never written to memory. */
export type FusedActivation = 'relu' | 'tanh' | 'sigmoid';

export interface Product {
  readonly a: Tensor;
  readonly b: Tensor;
  readonly bias: Tensor | null;
  readonly activation: FusedActivation | null;
  readonly c: Tensor;
  /** (M): takes the sums of a over k, for a product that is done in one window. */
  readonly rowSums: Tensor | null;
  readonly batch: number;
  readonly M: number;
  readonly N: number;
  readonly K: number;
  /** Elements from row to row and from column to column: of a (m, k) and of b (k, n). */
  readonly strideA: readonly [number, number];
  readonly strideB: readonly [number, number];
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  /** Elements from matrix to matrix; 0 repeats one. */
  readonly batchA: number;
  readonly batchB: number;
}

export type Range = readonly [start: number, end: number];

/** Matrices of the batch, rows, columns and steps of K. */
export interface ProductWindow {
  readonly items: Range;
  readonly m: Range;
  readonly n: Range;
  readonly k: Range;
}

/**
 * Operands past the binding limit are worked on in windows: of whole matrices of a batch, or else, matrix by matrix, of
 * the outer index of each large operand: M or K for a, K or N for b, M for c. Windows of K add up in c.
 */
export function productWindows(job: Product): ProductWindow[] {
  const { a, b, c, batch, M, N, K } = job;
  const whole: ProductWindow = { items: [0, batch], m: [0, M], n: [0, N], k: [0, K] };
  const limit = a.device.maxBindingBytes / 4;
  if ([a, b, c].every((x) => x.size <= limit)) return [whole];
  const strides = [job.batchA, job.batchB, M * N]; // elements from one matrix of the batch to the next
  // one matrix of it
  const isLarge = [a, b, c].map((x, i) => (batch > 1 && strides[i] > 0 ? strides[i] : x.size) > limit);
  if (!isLarge.includes(true))
    return rowWindows(
      'matmul',
      a.device,
      batch,
      strides.filter((n) => n > 0),
    ).map((items) => ({ ...whole, items }));
  const windows = outerWindows(job, isLarge, limit);
  if (batch > 1 && strides.some((n) => n % 64 !== 0)) throw tooLarge(job, 'the matrices of the batch');
  return Array.from({ length: batch }, (_, item) =>
    windows.map((w) => ({ ...w, items: [item, item + 1] as const })),
  ).flat();
}

/** Windows of one matrix in which the operands marked as large can be bound, every part starting on 256 bytes. */
function outerWindows(
  job: Product,
  [largeA, largeB, largeC]: readonly boolean[],
  limit: number,
): Omit<ProductWindow, 'items'>[] {
  const { M, N, K } = job;
  // A single row or column lies along its other index, transposed or not.
  const transposeA = M === 1 || (K > 1 && job.transposeA);
  const transposeB = N > 1 && (K === 1 || job.transposeB);
  const all = (count: number): Range[] => [[0, count]];
  const split = (what: string, count: number, rowSizes: readonly number[], isInner: boolean): Range[] => {
    const aligned = isInner ? 64 : rowSizes.map((n) => 64 / gcd(64, n)).reduce(lcm, 1);
    const step = Math.min(...rowSizes.map((n) => Math.floor(limit / n / aligned) * aligned));
    if (step === 0) throw tooLarge(job, `${aligned} of the ${what}`);
    return Array.from({ length: Math.ceil(count / step) }, (_, i) => [i * step, Math.min(count, (i + 1) * step)]);
  };
  // Where a letter is another operand's inner index, a window of it starts that many elements into each of its rows.
  const ms = (largeA && !transposeA) || largeC ? split('rows', M, transposeA ? [N] : [K, N], transposeA) : all(M);
  const ns = largeB && transposeB ? split('columns', N, [K], false) : all(N);
  const ks =
    (largeA && transposeA) || (largeB && !transposeB)
      ? split('steps of K', K, [...(transposeA ? [M] : []), ...(transposeB ? [] : [N])], !transposeA || transposeB)
      : all(K);
  return ms.flatMap((m) => ns.flatMap((n) => ks.map((k) => ({ m, n, k }))));
}

function tooLarge({ a, b, c }: Product, what: string): ShapeError {
  const [A, B, C] = [a, b, c].map((x) => formatShape(x.shape));
  return new ShapeError(
    `[matmul] ${what} of a ${A}, b ${B} or c ${C} are larger than the adapter can bind ` +
      `(${a.device.maxBindingBytes} bytes), or start unaligned`,
    {
      fix: 'use smaller tensors',
    },
  );
}
