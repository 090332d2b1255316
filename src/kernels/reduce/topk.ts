/** The k largest entries of each row, and their indices: of a tensor, or of several windows of longer rows. */
import type { Device } from '../../device/device.js';
import { ShapeError } from '../../device/errors.js';
import { defineKernel } from '../../device/kernel.js';
import { formatShape } from '../../tensor/shape.js';
import { empty, rows, type Tensor } from '../../tensor/tensor.js';
import { requireF32, requireRank } from '../launch/checks.js';
import { stridedCopyInto } from '../movement/strided_copy.js';
import { BUSY_WORKGROUPS, kindOf } from '../launch/targets.js';
import { rowWindows } from '../launch/windows.js';

const wiring = {
  includes: ['common/grid.wgsl', 'reduce/topk_entries.wgsl', 'common/nan.wgsl'],
  bindings: ['read', 'read', 'write', 'write', 'params'],
} as const;
const sortKernel = defineKernel({ name: 'topk', file: 'reduce/topk.wgsl', ...wiring });
const selectKernel = defineKernel({ name: 'topk_select', file: 'reduce/topk_select.wgsl', ...wiring });

/** Longest row that is sorted: three words an entry in a workgroup's memory, of which every adapter has 16 KiB. */
const LONGEST_SORTED = 1024;
const SHORTEST_SORTED = 64;
/** Threads of the selecting kernel, each with a strip of a row. */
const THREADS = 64;
const STRIP = { shortest: 16, longest: 1024 };
export const LARGEST_K = 256;

/** Largest first; of equals the smaller index first. NaN counts as larger than all others, as in PyTorch. */
export interface TopK {
  /** (N, k) f32. */
  readonly values: Tensor;
  /** (N, k) u32. */
  readonly indices: Tensor;
}

/**
 * x (N, C) -> values and indices (N, k).
 * @param first index of the first entry of each row: x is a window of longer rows.
 * @throws ShapeError unless 1 <= k <= min(C, 256).
 */
export function topk(x: Tensor, k: number, first = 0): TopK {
  requireF32('topk', { x });
  requireRank('topk', 'x', x, 'N C');
  if (!Number.isInteger(k) || k < 1 || k > Math.min(x.shape[1], LARGEST_K)) {
    throw new ShapeError(`[topk] k = ${k} of x ${formatShape(x.shape)}`, {
      fix: `k is a whole number from 1 to ${Math.min(x.shape[1], LARGEST_K)}`,
    });
  }
  return untilOneChunk(pass(x, null, k, first), k);
}

/** The k largest of two windows of the same rows: (N, ka) and (N, kb) -> (N, min(k, ka + kb)). */
export function mergeTopk(a: TopK, b: TopK, k: number): TopK {
  const values = beside(a.values, b.values);
  const kept = Math.min(k, values.shape[1]);
  return untilOneChunk(pass(values, beside(a.indices, b.indices), kept, 0), kept);
}

/** Rows of a and of b joined end to end. */
function beside(a: Tensor, b: Tensor): Tensor {
  const [n, wa] = a.shape;
  const wb = b.shape[1];
  const out = empty(a.device, [n, wa + wb], a.dtype);
  stridedCopyInto('topk', a.shape, a, { offset: 0, strides: [wa, 1] }, out, { offset: 0, strides: [wa + wb, 1] });
  stridedCopyInto('topk', b.shape, b, { offset: 0, strides: [wb, 1] }, out, { offset: wa, strides: [wa + wb, 1] });
  return out;
}

/** What passes over long rows kept of their chunks, until there is one chunk. */
function untilOneChunk(found: TopK, k: number): TopK {
  while (found.values.shape[1] > k) found = pass(found.values, found.indices, k, 0);
  return found;
}

/** One pass over rows of C entries: (N, chunks * k). `index`: what the entries' indices are, if not their places. */
function pass(x: Tensor, index: Tensor | null, k: number, first: number): TopK {
  const { device } = x;
  const [N, C] = x.shape;
  const isSorted = C <= LONGEST_SORTED;
  const strip = stripLength(device, N, C, k);
  const chunks = isSorted ? 1 : Math.ceil(C / (THREADS * strip));
  const [values, indices] = [empty(device, [N, chunks * k]), empty(device, [N, chunks * k], 'u32')];
  if (N === 0) return { values, indices };
  for (const [start, end] of rowWindows('topk', device, N, [C, chunks * k])) {
    const workgroups = (end - start) * chunks;
    device.dispatch(isSorted ? sortKernel : selectKernel, {
      buffers: [
        rows(x, start, end),
        rows(index ?? x, start, end),
        rows(values, start, end),
        rows(indices, start, end),
      ].map((t) => t.range),
      params: [workgroups, C, chunks, k, first],
      constants: { MERGES: index === null ? 0 : 1 },
      specialise: isSorted ? { SIZE: `${Math.max(SHORTEST_SORTED, powerOfTwo(C))}u` } : { STRIP: `${strip}u` },
      workgroups,
    });
  }
  return { values, indices };
}

const powerOfTwo = (n: number): number => 2 ** Math.ceil(Math.log2(n));

/** Long, because every chunk keeps k entries, but so that there are enough workgroups. */
/** Few rows are cut into shorter strips, so that there are workgroups for all of the adapter. */
function stripLength(device: Device, N: number, C: number, k: number): number {
  const shortest = Math.max(STRIP.shortest, powerOfTwo(k / 4));
  const wanted = (N * C) / (THREADS * BUSY_WORKGROUPS[kindOf(device)]);
  return Math.min(STRIP.longest, Math.max(shortest, powerOfTwo(wanted)));
}
