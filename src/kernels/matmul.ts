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
import { rowWindows } from './windows.js';

const includes = ['common/grid.wgsl'];
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
  readonly batchA: number;
  readonly batchB: number;
  readonly variant: MatmulVariant;
}

/** The subgroup version is written for subgroups of one known size, with a register tile that fits it. */
function chooseVariant(device: Device): MatmulVariant {
  const s = device.adapter.subgroupSize;
  return s >= 4 && s <= 32 ? 'subgroup' : 'naive';
}

/**
 * Operands past the binding limit are worked on in windows: of as many items of the batch as fit, or, where an item alone is large,
 * of an operand's outer index: M or K for a, K or N for b, M for c. All windows start at multiples of 64, so that every operand's
 * part starts on 256 bytes. Windows of K add up in c.
 */
function runInWindows(job: Product): void {
  const { a, b, c, batch, M, N, K } = job;
  const limit = a.device.maxBindingBytes;
  const tooLarge = [a, b, c].some((x) => x.size * 4 > limit);
  if (!tooLarge) return launch(job, [0, 0, M], [0, 0, N], [0, 0, K]);
  const items = [job.batchA, job.batchB, M * N].filter((n) => n > 0);
  const repeated = [M * K, K * N];
  if (batch > 1 && 4 * Math.max(...items) * 64 <= limit && 4 * Math.max(...repeated) <= limit) {
    for (const [start, end] of rowWindows('matmul', a.device, batch, items)) launch({ ...job, batch: end - start }, [start, 0, M], [start, 0, N], [start, 0, K]);
    return;
  }
  // A single row or column lies along its other index, whatever its strides say.
  const outerA = M === 1 || (K > 1 && job.strideA[1] !== 1) ? 'K' : 'M';
  const outerB = N === 1 || (K > 1 && job.strideB[1] === 1) ? 'K' : 'N';
  const windows = (letter: 'M' | 'N' | 'K', count: number): (readonly [number, number])[] => {
    let step = count;
    const fit = (x: Tensor, rowElements: number): void => {
      if (x.size * 4 > limit) step = Math.min(step, Math.floor(limit / 4 / rowElements / 64) * 64);
    };
    if (outerA === letter) fit(a, letter === 'M' ? K : M);
    if (outerB === letter) fit(b, letter === 'K' ? N : K);
    if (letter === 'M') fit(c, N);
    if (step === 0) throw new ShapeError(`[matmul] 64 rows of a ${formatShape(a.shape)}, b ${formatShape(b.shape)} or c ${formatShape(c.shape)} are larger than the adapter can bind (${limit} bytes)`);
    return Array.from({ length: Math.ceil(count / step) }, (_, i) => [i * step, Math.min(count, (i + 1) * step)]);
  };
  for (let item = 0; item < batch; item++) {
    for (const [m0, m1] of windows('M', M))
      for (const [n0, n1] of windows('N', N)) for (const [k0, k1] of windows('K', K)) launch({ ...job, batch: 1 }, [item, m0, m1], [item, n0, n1], [item, k0, k1]);
  }
}

/** Rows m0..m1, columns n0..n1, steps k0..k1 of `batch` items from `item` on. */
function launch(job: Product, [item, m0, m1]: readonly number[], [, n0, n1]: readonly number[], [, k0, k1]: readonly number[]): void {
  const { a, b, bias, c, strideA, strideB, batch } = job;
  const part = (x: Tensor, start: number, end: number): BufferRange => flatWindow(x, start, Math.min(end, x.size));
  const span = (outer: number, from: number, to: number, inner: number, ifrom: number, ito: number): [number, number] => [outer * from + inner * ifrom, outer * (to - 1) + inner * (ito - 1) + 1];
  const [startA, endA] = span(strideA[0], m0, m1, strideA[1], k0, k1);
  const [startB, endB] = span(strideB[0], k0, k1, strideB[1], n0, n1);
  const extra = batch - 1;
  const rangeA = part(a, item * job.batchA + startA, item * job.batchA + endA + extra * job.batchA);
  const rangeB = part(b, item * job.batchB + startB, item * job.batchB + endB + extra * job.batchB);
  const cItem = job.M * job.N;
  const rangeC = part(c, item * cItem + m0 * job.N, item * cItem + (m1 - 1) * job.N + n1 + extra * cItem);
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
