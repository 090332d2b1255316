/**
 * What is measured: one row per op at a shape that training meets. Ops of the elementwise table get theirs by
 * themselves.
 */
import { dropout, dropout2d } from '../src/autograd/ops/index.js';
import { BINARY, UNARY } from '../src/kernels/elementwise/table.js';
import type { Tensor } from '../src/tensor/tensor.js';

export interface BenchRow {
  /** Name in the registry of ops. */
  readonly op: string;
  readonly shapes: readonly (readonly number[])[];
  readonly args?: unknown;
  /** Floating-point operations of one run; 0 where bytes moved are the measure. */
  readonly flops: number;
  /**
   * Bytes that a run must move, where that is not all of inputs and output (a lookup reads a few rows of its table).
   */
  readonly bytes?: number;
  /** The row's name after the op, where the input's shapes do not say it, as `--shapes` takes it. */
  readonly sizes?: string;
  /** What tells it from a row of the same shapes. */
  readonly note?: string;
  /** What is timed, where the op under test does more than the op (setting the seed). */
  readonly timed?: (inputs: readonly Tensor[]) => Tensor;
}

const size = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);
const moved = (op: string, shapes: readonly (readonly number[])[], args?: unknown): BenchRow => ({
  op,
  shapes,
  args,
  flops: 0,
});

export function matmul(M: number, K: number, N: number): BenchRow {
  return {
    op: 'matmul',
    shapes: [
      [M, K],
      [K, N],
    ],
    args: {},
    flops: 2 * M * K * N,
    sizes: `${M}x${K}x${N}`,
  };
}

export function linear(M: number, K: number, N: number): BenchRow {
  return { op: 'linear', shapes: [[M, K], [N, K], [N]], args: null, flops: 2 * M * K * N, sizes: `${M}x${K}x${N}` };
}

export function addmm(M: number, K: number, N: number): BenchRow {
  return { op: 'addmm', shapes: [[N], [M, K], [K, N]], args: {}, flops: 2 * M * K * N, sizes: `${M}x${K}x${N}` };
}

/** Stride 1, a k x k window, the image's size kept where k is odd. */
export function conv2d(N: number, C: number, H: number, W: number, O: number, k: number): BenchRow {
  const padding = Math.floor((k - 1) / 2);
  const [oH, oW] = [H, W].map((n) => n + 2 * padding - k + 1);
  return {
    op: 'conv2d',
    shapes: [[N, C, H, W], [O, C, k, k], [O]],
    args: { padding: [padding, padding] },
    flops: 2 * N * O * oH * oW * C * k * k,
    sizes: `${N}x${C}x${H}x${W}x${O}x${k}`,
  };
}

/** A k x k window with stride k: an image k times as large. */
export function convTranspose2d(N: number, C: number, H: number, W: number, O: number, k: number): BenchRow {
  return {
    op: 'conv_transpose2d',
    shapes: [[N, C, H, W], [C, O, k, k], [O]],
    args: { stride: [k, k] },
    flops: 2 * N * C * H * W * O * k * k,
    sizes: `${N}x${C}x${H}x${W}x${O}x${k}`,
  };
}

const GATES = { lstm: 4, gru: 3, rnn: 1 } as const;

/** T steps of I numbers, B samples, hidden size H. */
export function recurrent(op: keyof typeof GATES, T: number, B: number, I: number, H: number): BenchRow {
  const rows = GATES[op] * H;
  const args = { layers: 1, bidirectional: false, batchFirst: false, bias: true, state: false };
  return {
    op,
    shapes: [[T, B, I], [rows, I], [rows, H], [rows], [rows]],
    args,
    flops: 2 * T * B * rows * (I + H),
    sizes: `${T}x${B}x${I}x${H}`,
  };
}

const VECTOR = [1 << 20];

export const ROWS: readonly BenchRow[] = [
  ...Object.keys(UNARY).map((op) => moved(op, [VECTOR], {})),
  ...Object.keys(BINARY).map((op) => moved(op, [VECTOR, VECTOR], {})),
  moved('add', [[1024, 1024], [1024]]),
  ...['sum', 'mean', 'max', 'min', 'prod'].map((op) => moved(op, [[1024, 1024]], { dim: [1], keepdim: false })),
  moved('softmax', [[1024, 1000]], { dim: -1 }),
  moved('log_softmax', [[1024, 1000]], { dim: -1 }),
  moved('cross_entropy', [[1024, 1000], [1024]], { reduction: 'mean' }),
  { ...moved('nll_loss', [[1024, 1000], [1024]], { reduction: 'mean' }), bytes: 4 * (1024 * 2 + 1) },
  { op: 'linear_cross_entropy', shapes: [[64, 256], [4096, 256], [64]], args: {}, flops: 2 * 64 * 256 * 4096 },
  moved('argmax', [[1024, 1000]], { dim: 1 }),
  moved('argmin', [[1024, 1000]], { dim: 1 }),
  moved('topk', [[16, 100_000]], { k: 10 }),
  ...['var', 'std', 'logsumexp'].map((op) => moved(op, [[1024, 1024]], { dim: [1] })),
  moved('norm', [[1024, 1024]], { p: 2, dim: [1] }),
  {
    ...moved('slice', [[64, 128, 128]], { dim: 1, start: 0, end: 128, step: 2 }),
    note: 'step 2',
    bytes: 4 * 2 * 64 * 64 * 128,
  },
  moved('tril', [[64, 128, 128]], { diagonal: 0 }),
  moved('triu', [[64, 128, 128]], { diagonal: 1 }),
  moved(
    'scatter_add',
    [
      [64, 512],
      [256, 512],
      [256, 512],
    ],
    { dim: 0 },
  ),
  moved('cumsum', [[1024, 1024]], { dim: 1 }),
  moved('where', [VECTOR, VECTOR, VECTOR]),
  moved('permute', [[64, 128, 128]], { order: [0, 2, 1] }),
  { ...moved('slice', [[64, 128, 128]], { dim: 1, start: 32, end: 96 }), bytes: 4 * 2 * 64 * 64 * 128 },
  moved(
    'cat',
    [
      [64, 64, 128],
      [64, 64, 128],
    ],
    { dim: 1 },
  ),
  moved('expand', [[1, 1024]], { shape: [1024, 1024] }),
  moved('cast', [VECTOR], { dtype: 'f16' }),
  moved('reshape', [VECTOR], { shape: [1024, 1024] }),
  { ...moved('dropout', [VECTOR], { p: 0.5, seed: 0 }), timed: ([x]) => dropout(x, 0.5) },
  moved('flip', [[64, 128, 128]], { dims: [1, 2] }),
  moved('repeat', [[256, 256]], { times: [4, 4] }),
  moved('stack', [VECTOR, VECTOR], { dim: 0 }),
  moved('pad', [[64, 32, 28, 28]], { padding: [2, 2, 2, 2] }),
  { ...moved('pad', [[64, 32, 28, 28]], { padding: [2, 2, 2, 2], mode: 'reflect' }), note: 'reflect' },
  { ...moved('index_select', [[10_000, 128], [8192]], { dim: 0 }), bytes: 4 * 8192 * (1 + 2 * 128) },
  {
    ...moved(
      'gather',
      [
        [1024, 1000],
        [1024, 1],
      ],
      { dim: 1 },
    ),
    bytes: 4 * 1024 * 3,
  },
  {
    ...moved(
      'embedding',
      [
        [64, 128],
        [10_000, 128],
      ],
      { paddingIdx: null },
    ),
    bytes: 4 * 64 * 128 * (1 + 2 * 128),
  },
  moved('one_hot', [[8192]], { classes: 100 }),
  moved('upsample_nearest', [[16, 32, 28, 28]], { scaleFactor: 2 }),
  moved('upsample_bilinear', [[16, 32, 28, 28]], { scaleFactor: 2, alignCorners: false }),
  { ...moved('dropout2d', [[64, 64, 14, 14]], { p: 0.5, seed: 0 }), timed: ([x]) => dropout2d(x, 0.5) },
  moved('max_pool2d', [[64, 32, 28, 28]], { kernelSize: [2, 2] }),
  moved('avg_pool2d', [[64, 32, 28, 28]], { kernelSize: [2, 2] }),
  moved('adaptive_max_pool2d', [[64, 32, 28, 28]], { outputSize: [7, 7] }),
  moved('adaptive_avg_pool2d', [[64, 32, 28, 28]], { outputSize: [1, 1] }),
  moved('batch_norm', [[64, 32, 28, 28], [32], [32]], { training: true }),
  { ...moved('batch_norm', [[64, 32, 28, 28], [32], [32]], { training: false }), note: 'eval' },
  moved('layer_norm', [[1024, 512], [512], [512]], { normalizedShape: [512] }),
  moved('group_norm', [[16, 32, 28, 28], [32], [32]], { numGroups: 8 }),
  moved('local_response_norm', [[4, 96, 27, 27]], { size: 5, alpha: 1e-4, beta: 0.75, k: 1 }),
  // An image of Fashion-MNIST row by row.
  recurrent('lstm', 28, 64, 28, 128),
  recurrent('gru', 28, 64, 28, 128),
  recurrent('rnn', 28, 64, 28, 128),
  addmm(256, 256, 256),
  convTranspose2d(4, 64, 14, 14, 32, 2),
  {
    op: 'einsum',
    shapes: [
      [8, 64, 4, 32],
      [8, 64, 4, 32],
    ],
    args: { equation: 'blhd,bshd->bhls' },
    flops: 2 * 8 * 4 * 64 * 64 * 32,
  },
  {
    op: 'scaled_dot_product_attention',
    shapes: [
      [4, 8, 128, 64],
      [4, 8, 128, 64],
      [4, 8, 128, 64],
    ],
    args: { causal: true },
    flops: 4 * 4 * 8 * 128 * 128 * 64,
  },
  matmul(256, 256, 256),
  matmul(512, 512, 512),
  linear(64, 3136, 128),
  conv2d(16, 1, 28, 28, 32, 3),
  conv2d(4, 32, 28, 28, 64, 3),
];

/** Bytes read and written once: a lower bound of what a run moves. */
export function bytesOf(row: BenchRow, outputShape: readonly number[]): number {
  return row.bytes ?? 4 * (row.shapes.reduce((n, s) => n + size(s), 0) + size(outputShape));
}

/**
 * `matmul 256x256x256`, `add 1024x1024,1024`, `batch_norm eval 64x32x28x28,32,32`: what `--filter` is matched with, and
 * what tells rows apart.
 */
export function rowName(row: BenchRow): string {
  return [
    row.op,
    ...(row.note === undefined ? [] : [row.note]),
    row.sizes ?? row.shapes.map((s) => s.join('x') || '1').join(','),
  ].join(' ');
}
