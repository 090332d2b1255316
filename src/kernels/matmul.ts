/**
 * Matrix products: c = activation(a b + bias), batched, either operand transposed. Letters: a is (…, M, K), b is (…, K, N), c is
 * (…, M, N); batch dimensions broadcast as in torch.matmul.
 */
import type { Device } from '../device/device.js';
import { defineKernel, type BufferRange, type Kernel } from '../device/kernel.js';
import { ShapeError } from '../device/errors.js';
import type { Specialisation } from '../device/wgsl.js';
import { broadcastShapes, broadcastStrides, formatShape, sizeOf } from '../tensor/shape.js';
import { empty, type Tensor } from '../tensor/tensor.js';
import { cast, type FloatType } from './cast.js';
import { flatWindow, requireBindable, requireF32, requireFloat } from './common.js';
import { UNARY } from './elementwise_table.js';
import { choose, type Choice } from './family.js';
import { matmulFamily } from './matmul_family.js';
import { productWindows, type Product, type ProductWindow } from './matmul_product.js';
import { reduce } from './reduce.js';
import { storedAs } from './storage.js';
import { stridedCopy } from './strided_copy.js';
import { unary } from './unary.js';

const includes = ['common/grid.wgsl', 'common/matmul_params.wgsl'];
const naiveKernel = defineKernel({ name: 'matmul_naive', includes, bindings: ['read', 'read', 'read', 'write', 'write', 'params'] });
const tiled = {
  includes: [...includes, 'common/matmul_load.wgsl', 'common/matmul_epilogue.wgsl'],
  bindings: ['read', 'read', 'read', 'read', 'read', 'write', 'write', 'params'],
} as const;
const subgroupKernel = defineKernel({ name: 'matmul_subgroup', ...tiled });
const workgroupKernel = defineKernel({ name: 'matmul_workgroup', ...tiled });

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

/** Rows of the elementwise table whose gradient needs their result alone: what went in is never written to memory. */
export type FusedActivation = 'relu' | 'tanh' | 'sigmoid';

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
    return c.size === 0 ? c : cast(emptyProduct(c.dtype === 'f32' ? c : empty(c.device, c.shape), bias, activation), c.dtype as FloatType);
  }
  const [x, y] = [spreadBatch(a, batch), spreadBatch(b, batch)];
  const [repeatsX, repeatsY] = [x, y].map((t) => sizeOf(t.shape.slice(0, -2)) < count);
  // One b for the whole batch: the rows of all batches are the rows of one product.
  const flat = repeatsY && !transposeA;
  const job: Product = {
    a: x, b: y, bias, activation, c, rowSums,
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
  const choice = options.choice ?? choose(matmulFamily, a.device, job);
  const windows = productWindows(job);
  const isWhole = windows.length === 1 && job.batch === 1;
  for (const window of windows) launch(isWhole ? job : { ...job, rowSums: null }, window, choice);
  if (rowSums !== null && !isWhole) sumRows(a, transposeA, rowSums);
  return c;
}

/** What products in several windows leave out. */
function sumRows(a: Tensor, transposeA: boolean, out: Tensor): void {
  const sums = reduce('sum', cast(a, 'f32'), [transposeA ? 0 : 1]);
  if (out.size > 0) a.device.copy(sums.storage, sums.byteOffset, out.storage, out.byteOffset, out.size * 4);
}

/** Sums of no products are 0; the bias is added all the same. */
function emptyProduct(c: Tensor, bias: Tensor | null, activation: FusedActivation | null): Tensor {
  if (bias === null) c.device.clear(c.storage, c.byteOffset, c.size * 4);
  const sum = bias === null ? c : stridedCopy('matmul', bias, c.shape, { offset: 0, strides: broadcastStrides(bias.shape, c.shape) });
  return activation === null ? sum : unary(activation, sum, [0, 0]);
}

function launch(job: Product, window: ProductWindow, choice: Choice): void {
  const { a, b, bias, c, strideA, strideB } = job;
  const [[i0, i1], [m0, m1], [n0, n1], [k0, k1]] = [window.items, window.m, window.n, window.k];
  const batch = i1 - i0;
  // From the first element of the first matrix to the last of the last; `stride` is from matrix to matrix.
  const part = (x: Tensor, stride: number, first: number, last: number): BufferRange => flatWindow(x, i0 * stride + first, (i1 - 1) * stride + last + 1);
  const rangeA = part(a, job.batchA, strideA[0] * m0 + strideA[1] * k0, strideA[0] * (m1 - 1) + strideA[1] * (k1 - 1));
  const rangeB = part(b, job.batchB, strideB[0] * k0 + strideB[1] * n0, strideB[0] * (k1 - 1) + strideB[1] * (n1 - 1));
  const cItem = job.M * job.N;
  const rangeC = part(c, cItem, m0 * job.N, (m1 - 1) * job.N + n1 - 1); // all columns; n0 is an offset into it
  const [M, N, K] = [m1 - m0, n1 - n0, k1 - k0];
  const params = [M, N, K, batch, ...strideA, ...strideB, job.batchA, job.batchB, job.N, cItem, n0, n0];
  const flags = { HAS_BIAS: bias !== null && k0 === 0 ? 1 : 0, ACCUMULATE: k0 > 0 ? 1 : 0, ROW_SUMS: job.rowSums === null ? 0 : 1 };
  const rangeBias = bias?.range ?? rangeA;
  const activate: Specialisation = job.activation !== null && k1 === job.K ? { 'fn activate': UNARY[job.activation].y } : {};
  const rangeSums = (job.rowSums ?? empty(a.device, [1])).range; // or something to bind, which is not written
  if (choice.variant === 'naive') {
    const stored = { ...storedAs(a.dtype, { A: 1 }), ...storedAs(b.dtype, { B: 1 }), ...storedAs(c.dtype, { C: 1 }) };
    a.device.dispatch(naiveKernel, { buffers: [rangeA, rangeB, rangeBias, rangeC, rangeSums], params, constants: flags, specialise: { ...activate, ...stored }, workgroups: Math.ceil((batch * M * N) / 64) });
    return;
  }
  const { kernel, tile, rows, columns } = tiling(choice, a.device);
  const isFours = N % 4 === 0 && job.N % 4 === 0 && n0 % 4 === 0;
  const stored = { ...storedAs(a.dtype, { A: 1, A4: 4 }), ...storedAs(b.dtype, { B: 1, B4: 4 }), ...storedAs(c.dtype, { C: isFours ? 4 : 1 }) };
  a.device.dispatch(kernel, {
    buffers: [rangeA, rangeA, rangeB, rangeB, rangeBias, rangeC, rangeSums],
    params,
    constants: {
      ...flags,
      A_VEC_K: strideA[1] === 1 && strideA[0] % 4 === 0 && K % 4 === 0 ? 1 : 0,
      A_VEC_M: strideA[0] === 1 && strideA[1] % 4 === 0 && M % 4 === 0 ? 1 : 0,
      B_VEC_K: strideB[0] === 1 && strideB[1] % 4 === 0 && K % 4 === 0 ? 1 : 0,
      B_VEC_N: strideB[1] === 1 && strideB[0] % 4 === 0 && N % 4 === 0 ? 1 : 0,
    },
    specialise: { ...activate, ...(isFours ? FOURS : {}), ...stored, ...tile },
    workgroups: batch * Math.ceil(M / rows) * Math.ceil(N / columns),
  });
}

/** The kernel of a tiled member, its constants, and the rows and columns of c that a workgroup makes. */
function tiling(choice: Choice, device: Device): { kernel: Kernel; tile: Specialisation; rows: number; columns: number } {
  const { variant, ...constants } = choice;
  const tile = Object.fromEntries(Object.entries(constants).map(([name, value]) => [name, `${value}u`]));
  if (variant === 'workgroup') return { kernel: workgroupKernel, tile, rows: Number(choice.TILE_M), columns: Number(choice.TILE_N) };
  const S = device.adapter.subgroupSize;
  return { kernel: subgroupKernel, tile: { ...tile, S: `${S}u` }, rows: Number(choice.ROWS), columns: 4 * S };
}

/** c is written four columns at a time. */
const FOURS: Specialisation = { V: 'vec4f', C_LANES: '4u', C: 'vec4f', 'fn lanes_of': 'v' };
