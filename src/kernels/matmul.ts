/**
 * Matrix products: c = activation(a b + bias), batched, either operand transposed. Letters: a is (…, M, K), b is (…, K, N), c is
 * (…, M, N); batch dimensions broadcast as in torch.matmul.
 */
import type { Device } from '../device/device.js';
import { defineKernel, type BufferRange } from '../device/kernel.js';
import { ShapeError } from '../device/errors.js';
import type { Specialisation } from '../device/wgsl.js';
import { broadcastShapes, broadcastStrides, formatShape, sizeOf } from '../tensor/shape.js';
import { empty, type Tensor } from '../tensor/tensor.js';
import { flatWindow, requireF32 } from './common.js';
import { UNARY } from './elementwise_table.js';
import { stridedCopy } from './strided_copy.js';
import { unary } from './unary.js';
import { gcd, lcm, rowWindows } from './windows.js';

const includes = ['common/grid.wgsl', 'common/matmul_params.wgsl'];
const naiveKernel = defineKernel({ name: 'matmul_naive', includes, bindings: ['read', 'read', 'read', 'write', 'params'] });
const subgroupKernel = defineKernel({
  name: 'matmul_subgroup',
  includes,
  bindings: ['read', 'read', 'read', 'read', 'read', 'write', 'params'],
});

export interface MatmulOptions {
  /** a is stored (…, K, M). */
  readonly transposeA?: boolean;
  /** b is stored (…, N, K). */
  readonly transposeB?: boolean;
  /** (N), added to every row. */
  readonly bias?: Tensor | null;
  /** Applied to the result before it is written. */
  readonly activation?: FusedActivation | null;
  /** Forces a member of the family; tests do. */
  readonly variant?: MatmulVariant;
}

/** Rows of the elementwise table whose gradient needs their result alone: what went in is never written to memory. */
export type FusedActivation = 'relu' | 'tanh' | 'sigmoid';

export type MatmulVariant = 'naive' | 'subgroup';

/** @throws ShapeError unless the inner sizes agree and the batch sizes broadcast. */
export function matmulShape(a: Tensor, b: Tensor, options: MatmulOptions): { batch: number[]; M: number; K: number; N: number } {
  const { transposeA = false, transposeB = false, bias } = options;
  if (a.rank < 2 || b.rank < 2) throw new ShapeError(`[matmul] a ${formatShape(a.shape)} and b ${formatShape(b.shape)} must have at least 2 dimensions`);
  const [a0, a1] = a.shape.slice(-2);
  const [b0, b1] = b.shape.slice(-2);
  const [M, K] = transposeA ? [a1, a0] : [a0, a1];
  const [bK, N] = transposeB ? [b1, b0] : [b0, b1];
  if (K !== bK) {
    throw new ShapeError(`[matmul] a ${formatShape(a.shape)}${transposeA ? ' transposed' : ''} has K = ${K} but b ${formatShape(b.shape)}${transposeB ? ' transposed' : ''} has K = ${bK}`, {
      fix: 'the inner sizes must agree',
    });
  }
  const batch = broadcastShapes('matmul', a.shape.slice(0, -2), b.shape.slice(0, -2));
  if (bias && (bias.rank !== 1 || bias.size !== N)) throw new ShapeError(`[matmul] bias ${formatShape(bias.shape)} does not fit N = ${N}: expected (${N},)`);
  return { batch, M, K, N };
}

/** An operand that is one matrix for the whole batch, or has one for each item, is used where it lies; another is repeated in memory. */
function spreadBatch(x: Tensor, batch: readonly number[]): Tensor {
  const own = sizeOf(x.shape.slice(0, -2));
  if (own === 1 || own === sizeOf(batch)) return x;
  const shape = [...batch, ...x.shape.slice(-2)];
  return stridedCopy('matmul', x, shape, { offset: 0, strides: broadcastStrides(x.shape, shape) });
}

export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  requireF32('matmul', { a, b, ...(options.bias ? { bias: options.bias } : {}) });
  const { transposeA = false, transposeB = false, bias = null, activation = null } = options;
  const { batch, M, K, N } = matmulShape(a, b, options);
  const count = sizeOf(batch);
  const c = empty(a.device, [...batch, M, N]);
  if (c.size === 0) return c;
  if (K === 0) return emptyProduct(c, bias, activation);
  const [x, y] = [spreadBatch(a, batch), spreadBatch(b, batch)];
  const [repeatsX, repeatsY] = [x, y].map((t) => sizeOf(t.shape.slice(0, -2)) < count);
  // One b for the whole batch: the rows of all batches are the rows of one product.
  const flat = repeatsY && !transposeA;
  const job: Product = {
    a: x, b: y, bias, activation, c,
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
    variant: options.variant ?? chooseVariant(a.device),
  };
  runInWindows(job);
  return c;
}

/** Sums of no products are 0; the bias is added all the same. */
function emptyProduct(c: Tensor, bias: Tensor | null, activation: FusedActivation | null): Tensor {
  if (bias === null) c.device.clear(c.storage);
  const sum = bias === null ? c : stridedCopy('matmul', bias, c.shape, { offset: 0, strides: broadcastStrides(bias.shape, c.shape) });
  return activation === null ? sum : unary(activation, sum, [0, 0]);
}

interface Product {
  readonly a: Tensor;
  readonly b: Tensor;
  readonly bias: Tensor | null;
  readonly activation: FusedActivation | null;
  readonly c: Tensor;
  readonly batch: number;
  readonly M: number;
  readonly N: number;
  readonly K: number;
  /** Elements from row to row and from column to column: of a (m, k) and of b (k, n). */
  readonly strideA: readonly [number, number];
  readonly strideB: readonly [number, number];
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly batchA: number;
  readonly batchB: number;
  readonly variant: MatmulVariant;
}

/** The subgroup version is written for subgroups of one known size, with a register tile that fits it. */
export function chooseVariant(device: Device): MatmulVariant {
  const s = device.adapter.subgroupSize;
  return s >= 4 && s <= 32 ? 'subgroup' : 'naive';
}

type Range = readonly [start: number, end: number];

/**
 * Operands past the binding limit are worked on in windows: of whole matrices of a batch, or else, matrix by matrix, of the outer
 * index of each large operand: M or K for a, K or N for b, M for c. Windows of K add up in c.
 */
function runInWindows(job: Product): void {
  const { a, b, c, batch, M, N, K } = job;
  const limit = a.device.maxBindingBytes / 4;
  if ([a, b, c].every((x) => x.size <= limit)) return launch(job, [0, batch], [0, M], [0, N], [0, K]);
  const strides = [job.batchA, job.batchB, M * N]; // elements from one matrix of the batch to the next
  const isLarge = [a, b, c].map((x, i) => (batch > 1 && strides[i] > 0 ? strides[i] : x.size) > limit); // one matrix of it
  if (!isLarge.includes(true)) {
    for (const items of rowWindows('matmul', a.device, batch, strides.filter((n) => n > 0))) launch(job, items, [0, M], [0, N], [0, K]);
    return;
  }
  const [m, n, k] = outerWindows(job, isLarge, limit);
  if (batch > 1 && strides.some((n) => n % 64 !== 0)) throw tooLarge(job, 'the matrices of the batch');
  for (let item = 0; item < batch; item++) for (const ms of m) for (const ns of n) for (const ks of k) launch(job, [item, item + 1], ms, ns, ks);
}

/** Ranges of M, N and K in which the matrices marked as large can be bound, every part starting on 256 bytes. */
function outerWindows(job: Product, [largeA, largeB, largeC]: readonly boolean[], limit: number): Range[][] {
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
  const m = (largeA && !transposeA) || largeC ? split('rows', M, transposeA ? [N] : [K, N], transposeA) : all(M);
  const n = largeB && transposeB ? split('columns', N, [K], false) : all(N);
  const k = (largeA && transposeA) || (largeB && !transposeB) ? split('steps of K', K, [...(transposeA ? [M] : []), ...(transposeB ? [] : [N])], !transposeA || transposeB) : all(K);
  return [m, n, k];
}

function tooLarge({ a, b, c }: Product, what: string): ShapeError {
  const [A, B, C] = [a, b, c].map((x) => formatShape(x.shape));
  return new ShapeError(`[matmul] ${what} of a ${A}, b ${B} or c ${C} are larger than the adapter can bind (${a.device.maxBindingBytes} bytes), or start unaligned`, {
    fix: 'use smaller tensors',
  });
}

/** Matrices i0..i1 of the batch, rows m0..m1, columns n0..n1, steps k0..k1. */
function launch(job: Product, [i0, i1]: Range, [m0, m1]: Range, [n0, n1]: Range, [k0, k1]: Range): void {
  const { a, b, bias, c, strideA, strideB } = job;
  const batch = i1 - i0;
  // From the first element of the first matrix to the last of the last; `stride` is from matrix to matrix.
  const part = (x: Tensor, stride: number, first: number, last: number): BufferRange => flatWindow(x, i0 * stride + first, (i1 - 1) * stride + last + 1);
  const rangeA = part(a, job.batchA, strideA[0] * m0 + strideA[1] * k0, strideA[0] * (m1 - 1) + strideA[1] * (k1 - 1));
  const rangeB = part(b, job.batchB, strideB[0] * k0 + strideB[1] * n0, strideB[0] * (k1 - 1) + strideB[1] * (n1 - 1));
  const cItem = job.M * job.N;
  const rangeC = part(c, cItem, m0 * job.N, (m1 - 1) * job.N + n1 - 1); // all columns; n0 is an offset into it
  const [M, N, K] = [m1 - m0, n1 - n0, k1 - k0];
  const params = [M, N, K, batch, ...strideA, ...strideB, job.batchA, job.batchB, job.N, cItem, n0, n0];
  const flags = { HAS_BIAS: bias !== null && k0 === 0 ? 1 : 0, ACCUMULATE: k0 > 0 ? 1 : 0 };
  const rangeBias = bias?.range ?? rangeA;
  const activate: Specialisation = job.activation !== null && k1 === job.K ? { 'fn activate': UNARY[job.activation].y } : {};
  if (job.variant === 'naive') {
    a.device.dispatch(naiveKernel, { buffers: [rangeA, rangeB, rangeBias, rangeC], params, constants: flags, specialise: activate, workgroups: Math.ceil((batch * M * N) / 64) });
    return;
  }
  const S = a.device.adapter.subgroupSize;
  const rowsPerTile = M <= S ? S : Math.max(S, 16);
  a.device.dispatch(subgroupKernel, {
    buffers: [rangeA, rangeA, rangeB, rangeB, rangeBias, rangeC],
    params,
    constants: {
      ...flags,
      A_VEC_K: strideA[1] === 1 && strideA[0] % 4 === 0 && K % 4 === 0 ? 1 : 0,
      B_VEC_K: strideB[0] === 1 && strideB[1] % 4 === 0 && K % 4 === 0 ? 1 : 0,
      B_VEC_N: strideB[1] === 1 && strideB[0] % 4 === 0 && N % 4 === 0 ? 1 : 0,
    },
    specialise: { ...activate, S: `${S}u`, ROWS: `${rowsPerTile}u` },
    workgroups: batch * Math.ceil(M / rowsPerTile) * Math.ceil(N / (4 * S)),
  });
}
