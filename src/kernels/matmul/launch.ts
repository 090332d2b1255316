/**
 * Dispatches a product: the member that was chosen, over the product's windows, or over parts of K whose sums are added
 * afterwards.
 */
import type { Device } from '../../device/device.js';
import { defineKernel, type BufferRange, type Kernel } from '../../device/kernel.js';
import type { Specialisation } from '../../device/wgsl.js';
import { empty, type Tensor } from '../../tensor/tensor.js';
import { flatWindow } from '../launch/checks.js';
import { ACTIVATION_FILES, forwardOf } from '../elementwise/unary_table.js';
import type { Choice } from '../launch/family.js';
import { defineMatrixKernel, matrixConstants } from '../launch/matrix_units.js';
import { canSplit } from './family.js';
import { productWindows, type Product, type ProductWindow } from './product.js';
import { storedAs } from '../launch/stored_as.js';

const includes = ['common/grid.wgsl', 'matmul/params.wgsl', ...ACTIVATION_FILES];
const naiveKernel = defineKernel({
  name: 'matmul_naive',
  file: 'matmul/naive.wgsl',
  includes,
  bindings: ['read', 'read', 'read', 'write', 'write', 'params'],
});
const tiledIncludes = [...includes, 'matmul/load.wgsl', 'matmul/epilogue.wgsl'];
const tiledBindings = ['read', 'read', 'read', 'read', 'read', 'write', 'write', 'params'] as const;
const subgroupKernel = defineKernel({
  name: 'matmul_subgroup',
  file: 'matmul/subgroup.wgsl',
  includes: tiledIncludes,
  bindings: tiledBindings,
});
const blockIncludes = [...tiledIncludes, 'matmul/load_a.wgsl'];
const workgroupKernel = defineKernel({
  name: 'matmul_workgroup',
  file: 'matmul/workgroup.wgsl',
  includes: [...blockIncludes, 'matmul/tile_of.wgsl'],
  bindings: tiledBindings,
});
const matrixKernel = defineMatrixKernel({
  name: 'matmul_matrix',
  file: 'matmul/matrix.wgsl',
  includes: [...blockIncludes, 'matmul/tile_of.wgsl'],
  bindings: tiledBindings,
});
const registerKernel = defineKernel({
  name: 'matmul_register',
  file: 'matmul/register.wgsl',
  includes: blockIncludes,
  bindings: tiledBindings,
});
const splitSumKernel = defineKernel({
  name: 'matmul_split_sum',
  file: 'matmul/split_sum.wgsl',
  includes: ['common/grid.wgsl', ...ACTIVATION_FILES],
  bindings: ['read', 'read', 'read', 'write', 'write', 'params'],
});

/** Returns whether `job.rowSums`, if any, were made too: batches, and products in several windows, leave them out. */
export function launchProduct(job: Product, choice: Choice): boolean {
  const windows = productWindows(job);
  const isWhole = windows.length === 1 && job.batch === 1;
  const splits = Number(choice.SPLITS ?? 1);
  if (isWhole && splits > 1 && canSplit(job, splits) && splits * job.M * job.N * 4 <= job.a.device.maxBindingBytes)
    launchSplit(job, windows[0], choice, splits);
  else for (const window of windows) launch(isWhole ? job : { ...job, rowSums: null }, window, choice);
  return isWhole;
}

/** The parts of K are a batch of products with memory of their own; a second kernel adds them up. */
function launchSplit(job: Product, window: ProductWindow, choice: Choice, splits: number): void {
  const { M, N, bias, rowSums } = job;
  const { device } = job.a;
  const K = job.K / splits;
  const parts = empty(device, [splits, M, N]);
  const partSums = rowSums === null ? null : empty(device, [splits, M]);
  const part = {
    ...job,
    bias: null,
    activation: null,
    c: parts,
    rowSums: partSums,
    batch: splits,
    K,
    batchA: K * job.strideA[1],
    batchB: K * job.strideB[0],
  };
  launch(part, { ...window, items: [0, splits], k: [0, K] }, choice);
  const isFours = N % 4 === 0;
  device.dispatch(splitSumKernel, {
    buffers: [
      parts.range,
      (bias ?? parts).range,
      (partSums ?? parts).range,
      job.c.range,
      (rowSums ?? empty(device, [1])).range,
    ],
    params: [splits, M, N],
    constants: { HAS_BIAS: bias === null ? 0 : 1, ROW_SUMS: rowSums === null ? 0 : 1 },
    specialise: {
      ...(job.activation === null ? {} : { 'fn activate': forwardOf(job.activation) }),
      ...(isFours ? { V: 'vec4f', C_LANES: '4u', C: 'vec4f' } : {}),
      ...storedAs(job.c.dtype, { C: isFours ? 4 : 1 }),
    },
    workgroups: Math.ceil(((M * N) / (isFours ? 4 : 1) + (rowSums === null ? 0 : M)) / 64),
  });
}

function launch(job: Product, window: ProductWindow, choice: Choice): void {
  const { a, b, bias, c, strideA, strideB } = job;
  const [[i0, i1], [m0, m1], [n0, n1], [k0, k1]] = [window.items, window.m, window.n, window.k];
  const batch = i1 - i0;
  // From the first element of the first matrix to the last of the last; `stride` is from matrix to matrix.
  const part = (x: Tensor, stride: number, first: number, last: number): BufferRange =>
    flatWindow(x, i0 * stride + first, (i1 - 1) * stride + last + 1);
  const rangeA = part(a, job.batchA, strideA[0] * m0 + strideA[1] * k0, strideA[0] * (m1 - 1) + strideA[1] * (k1 - 1));
  const rangeB = part(b, job.batchB, strideB[0] * k0 + strideB[1] * n0, strideB[0] * (k1 - 1) + strideB[1] * (n1 - 1));
  const cItem = job.M * job.N;
  const rangeC = part(c, cItem, m0 * job.N, (m1 - 1) * job.N + n1 - 1); // all columns; n0 is an offset into it
  const [M, N, K] = [m1 - m0, n1 - n0, k1 - k0];
  const params = [M, N, K, batch, ...strideA, ...strideB, job.batchA, job.batchB, job.N, cItem, n0, n0];
  const flags = {
    HAS_BIAS: bias !== null && k0 === 0 ? 1 : 0,
    ACCUMULATE: k0 > 0 ? 1 : 0,
    ROW_SUMS: job.rowSums === null ? 0 : 1,
  };
  const rangeBias = bias?.range ?? rangeA;
  const activate: Specialisation =
    job.activation !== null && k1 === job.K ? { 'fn activate': forwardOf(job.activation) } : {};
  const rangeSums = (job.rowSums ?? empty(a.device, [1])).range; // or something to bind, which is not written
  if (choice.variant === 'naive') {
    const stored = { ...storedAs(a.dtype, { A: 1 }), ...storedAs(b.dtype, { B: 1 }), ...storedAs(c.dtype, { C: 1 }) };
    a.device.dispatch(naiveKernel, {
      buffers: [rangeA, rangeB, rangeBias, rangeC, rangeSums],
      params,
      constants: flags,
      specialise: { ...activate, ...stored },
      workgroups: Math.ceil((batch * M * N) / 64),
    });
    return;
  }
  const { kernel, tile, rows, columns } = tiling(choice, a.device);
  const isFours = N % 4 === 0 && job.N % 4 === 0 && n0 % 4 === 0;
  const stored = {
    ...storedAs(a.dtype, { A: 1, A4: 4 }),
    ...storedAs(b.dtype, { B: 1, B4: 4 }),
    ...storedAs(c.dtype, { C: isFours ? 4 : 1 }),
  };
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
function tiling(
  choice: Choice,
  device: Device,
): { kernel: Kernel; tile: Specialisation; rows: number; columns: number } {
  const { variant, SPLITS, ...constants } = choice;
  const tile = Object.fromEntries(Object.entries(constants).map(([name, value]) => [name, `${value}u`]));
  const of = (name: string): number => Number(choice[name]);
  if (variant === 'matrix')
    return {
      kernel: matrixKernel(device),
      tile: matrixConstants(device, choice),
      rows: of('TILE_M'),
      columns: of('TILE_N'),
    };
  if (variant === 'workgroup') return { kernel: workgroupKernel, tile, rows: of('TILE_M'), columns: of('TILE_N') };
  if (variant === 'register')
    return {
      kernel: registerKernel,
      tile,
      rows: of('ROWS') * of('THREADS_M'),
      columns: 4 * of('COLUMNS') * of('THREADS_N'),
    };
  const S = device.adapter.subgroupSize;
  return { kernel: subgroupKernel, tile: { ...tile, S: `${S}u` }, rows: of('ROWS'), columns: 4 * S };
}

/** c is written four columns at a time. */
const FOURS: Specialisation = { V: 'vec4f', C_LANES: '4u', C: 'vec4f', 'fn lanes_of': 'v' };
