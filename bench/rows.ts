/** What is measured: one row per op at a shape that training meets. Ops of the elementwise table get theirs by themselves. */
import { BINARY, UNARY } from '../src/kernels/elementwise_table.js';

export interface BenchRow {
  /** Name in the registry of ops. */
  readonly op: string;
  readonly shapes: readonly (readonly number[])[];
  readonly args?: unknown;
  /** Floating-point operations of one run; 0 where bytes moved are the measure. */
  readonly flops: number;
}

const size = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);
const moved = (op: string, shapes: readonly (readonly number[])[], args?: unknown): BenchRow => ({ op, shapes, args, flops: 0 });

function matmul(M: number, K: number, N: number): BenchRow {
  return { op: 'matmul', shapes: [[M, K], [K, N]], args: {}, flops: 2 * M * K * N };
}

function conv2d(N: number, C: number, side: number, O: number, k: number): BenchRow {
  const padding = (k - 1) / 2;
  return { op: 'conv2d', shapes: [[N, C, side, side], [O, C, k, k], [O]], args: { padding: [padding, padding] }, flops: 2 * N * O * side * side * C * k * k };
}

/** A sequence of 28 steps of 28 numbers, 64 samples, hidden size 128: an image of Fashion-MNIST row by row. */
function recurrent(op: string, gates: number): BenchRow {
  const rows = gates * 128;
  const args = { layers: 1, bidirectional: false, batchFirst: false, bias: true, state: false };
  return { op, shapes: [[28, 64, 28], [rows, 28], [rows, 128], [rows], [rows]], args, flops: 2 * 28 * 64 * rows * (28 + 128) };
}

const VECTOR = [1 << 20];

export const ROWS: readonly BenchRow[] = [
  ...Object.keys(UNARY).map((op) => moved(op, [VECTOR], {})),
  ...Object.keys(BINARY).map((op) => moved(op, [VECTOR, VECTOR])),
  moved('add', [[1024, 1024], [1024]]),
  ...['sum', 'mean', 'max', 'min', 'prod'].map((op) => moved(op, [[1024, 1024]], { dim: [1], keepdim: false })),
  moved('softmax', [[1024, 1000]], { dim: -1 }),
  moved('log_softmax', [[1024, 1000]], { dim: -1 }),
  moved('cross_entropy', [[1024, 1000], [1024]], { reduction: 'mean' }),
  moved('nll_loss', [[1024, 1000], [1024]], { reduction: 'mean' }),
  moved('argmax', [[1024, 1000]], { dim: 1 }),
  moved('argmin', [[1024, 1000]], { dim: 1 }),
  ...['var', 'std', 'logsumexp'].map((op) => moved(op, [[1024, 1024]], { dim: [1] })),
  moved('norm', [[1024, 1024]], { p: 2, dim: [1] }),
  moved('where', [VECTOR, VECTOR, VECTOR]),
  moved('permute', [[64, 128, 128]], { order: [0, 2, 1] }),
  moved('slice', [[64, 128, 128]], { dim: 1, start: 32, end: 96 }),
  moved('cat', [[64, 64, 128], [64, 64, 128]], { dim: 1 }),
  moved('expand', [[1, 1024]], { shape: [1024, 1024] }),
  moved('reshape', [VECTOR], { shape: [1024, 1024] }),
  moved('dropout', [VECTOR], { p: 0.5, seed: 0 }),
  moved('flip', [[64, 128, 128]], { dims: [1, 2] }),
  moved('repeat', [[256, 256]], { times: [4, 4] }),
  moved('stack', [VECTOR, VECTOR], { dim: 0 }),
  moved('pad', [[64, 32, 28, 28]], { padding: [2, 2, 2, 2] }),
  moved('pad', [[64, 32, 28, 28]], { padding: [2, 2, 2, 2], mode: 'reflect' }),
  moved('index_select', [[10_000, 128], [8192]], { dim: 0 }),
  moved('gather', [[1024, 1000], [1024, 1]], { dim: 1 }),
  moved('embedding', [[64, 128], [10_000, 128]], { paddingIdx: null }),
  moved('one_hot', [[8192]], { classes: 100 }),
  moved('upsample_nearest', [[16, 32, 28, 28]], { scaleFactor: 2 }),
  moved('upsample_bilinear', [[16, 32, 28, 28]], { scaleFactor: 2, alignCorners: false }),
  moved('dropout2d', [[64, 64, 14, 14]], { p: 0.5, seed: 0 }),
  moved('max_pool2d', [[64, 32, 28, 28]], { kernelSize: [2, 2] }),
  moved('avg_pool2d', [[64, 32, 28, 28]], { kernelSize: [2, 2] }),
  moved('adaptive_max_pool2d', [[64, 32, 28, 28]], { outputSize: [7, 7] }),
  moved('adaptive_avg_pool2d', [[64, 32, 28, 28]], { outputSize: [1, 1] }),
  moved('batch_norm', [[64, 32, 28, 28], [32], [32]], { training: true }),
  moved('batch_norm', [[64, 32, 28, 28], [32], [32]], { training: false }),
  moved('layer_norm', [[1024, 512], [512], [512]], { normalizedShape: [512] }),
  moved('group_norm', [[16, 32, 28, 28], [32], [32]], { numGroups: 8 }),
  moved('local_response_norm', [[4, 96, 27, 27]], { size: 5, alpha: 1e-4, beta: 0.75, k: 1 }),
  recurrent('lstm', 4),
  recurrent('gru', 3),
  { op: 'addmm', shapes: [[256], [256, 256], [256, 256]], args: {}, flops: 2 * 256 ** 3 },
  { op: 'conv_transpose2d', shapes: [[4, 64, 14, 14], [64, 32, 2, 2], [32]], args: { stride: [2, 2] }, flops: 2 * 4 * 64 * 14 * 14 * 32 * 4 },
  matmul(256, 256, 256),
  matmul(512, 512, 512),
  { op: 'linear', shapes: [[64, 3136], [128, 3136], [128]], args: null, flops: 2 * 64 * 3136 * 128 },
  conv2d(16, 1, 28, 32, 3),
  conv2d(4, 32, 28, 64, 3),
];

/** Bytes read and written once: a lower bound of what a run moves. */
export function bytesOf(row: BenchRow, outputShape: readonly number[]): number {
  return 4 * (row.shapes.reduce((n, s) => n + size(s), 0) + size(outputShape));
}
