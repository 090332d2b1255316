/**
 * Sums so far along a dimension, in chunks: first the sum of each chunk, then these scanned, then every chunk from what
 * came before it. Nothing is added up in the order of threads, so results are the same each time.
 */
import type { Device } from '../../device/device.js';
import { ShapeError } from '../../device/errors.js';
import { defineKernel, type Kernel } from '../../device/kernel.js';
import { empty, type Tensor } from '../../tensor/tensor.js';
import { looseWindow, requireF32 } from '../launch/checks.js';
import { around } from '../movement/index_select.js';

/** One way to scan. */
interface Member {
  readonly kernel: Kernel;
  /** Entries of a chunk; of columns fewer where so many cannot be bound. */
  readonly chunk: number;
  /** Chunk columns that a workgroup takes. */
  readonly perWorkgroup: number;
}

const wiring = { includes: ['common/grid.wgsl'], bindings: ['read', 'read', 'write', 'params'] } as const;
const ROWS: Member = {
  kernel: defineKernel({ name: 'cumsum_rows', file: 'scan/rows.wgsl', ...wiring }),
  chunk: 1024,
  perWorkgroup: 1,
};
const COLUMNS: Member = {
  kernel: defineKernel({ name: 'cumsum_columns', file: 'scan/columns.wgsl', ...wiring }),
  chunk: 64,
  perWorkgroup: 64,
};

type Sizes = ReturnType<typeof around>;

/** Rows up to this length are left to a thread each. */
const SHORT_ROW = 64;

/**
 * y[…, j, …] = x[…, 0, …] + … + x[…, j, …], or from the last to the first. x of any shape, f32.
 * @throws ShapeError unless x is f32.
 */
export function cumsum(x: Tensor, dim: number, reverse = false): Tensor {
  requireF32('cumsum', { x });
  const y = empty(x.device, x.shape);
  if (y.size > 0) scan(x, y, around(x.rank === 0 ? [1] : x.shape, dim), reverse);
  return y;
}

function scan(x: Tensor, y: Tensor, sizes: Sizes, reverse: boolean): void {
  const { outer, size, inner } = sizes;
  const member = inner === 1 && size > SHORT_ROW ? ROWS : { ...COLUMNS, chunk: columnChunk(x.device, sizes) };
  const chunks = Math.ceil(size / member.chunk);
  if (chunks === 1) {
    pass(member, x, null, y, sizes, reverse);
    return;
  }
  const [totals, before] = [0, 1].map(() => empty(x.device, [outer, chunks, inner]));
  pass(member, x, null, totals, sizes, reverse);
  scan(totals, before, { outer, size: chunks, inner }, false);
  pass(member, x, before, y, sizes, reverse);
}

/** Elements of a part that can be bound: what is bound starts up to 63 elements before it. */
const bindable = (device: Device): number => device.maxBindingBytes / 4 - 64;

/** @throws ShapeError where not even two steps of all columns can be bound. */
function columnChunk(device: Device, { size, inner }: Sizes): number {
  if (size * inner <= bindable(device)) return COLUMNS.chunk;
  const steps = Math.min(COLUMNS.chunk, Math.floor(bindable(device) / inner));
  if (steps >= 2) return steps;
  throw new ShapeError(
    `[cumsum] two steps of ${4 * inner} bytes are larger than the adapter can bind (${device.maxBindingBytes} bytes)`,
    { fix: 'use smaller tensors' },
  );
}

/** One pass. Where chunks are several and `before` is null, it writes their sums only: y is (outer, chunks, inner). */
function pass(
  { kernel, chunk, perWorkgroup }: Member,
  x: Tensor,
  before: Tensor | null,
  y: Tensor,
  { outer, size, inner }: Sizes,
  reverse: boolean,
): void {
  const inRow = Math.ceil(size / chunk);
  const isTotals = inRow > 1 && before === null;
  for (const { o, outers, j, steps } of pieces(x.device, { outer, size, inner }, chunk)) {
    const chunks = Math.ceil(steps / chunk);
    const first = j / chunk;
    const count = outers * chunks * inner;
    const start = (o * size + (reverse ? size - j - steps : j)) * inner;
    const source = looseWindow(x, start, start + outers * steps * inner);
    const ofChunks = (o * inRow + first) * inner;
    const target = isTotals
      ? looseWindow(y, ofChunks, ofChunks + count)
      : looseWindow(y, start, start + outers * steps * inner);
    const ahead = before && looseWindow(before, ofChunks - (first > 0 ? inner : 0), ofChunks + count);
    x.device.dispatch(kernel, {
      buffers: [source.range, (ahead ?? source).range, target.range],
      params: [
        count,
        steps,
        inner,
        chunks,
        first,
        source.at,
        ahead === null ? 0 : (ahead.at - (first > 0 ? 0 : inner)) >>> 0,
        target.at,
      ],
      constants: { REVERSE: reverse ? 1 : 0, TOTALS: isTotals ? 1 : 0, ...(perWorkgroup > 1 ? { CHUNK: chunk } : {}) },
      workgroups: Math.ceil(count / perWorkgroup),
    });
  }
}

/** `outers` rows from row `o` on, of each the steps from `j` on; several rows only where these are whole. */
interface Piece {
  readonly o: number;
  readonly outers: number;
  readonly j: number;
  readonly steps: number;
}

/** Parts that can be bound: of whole rows, or, of rows that are too long, of whole chunks. */
function pieces(device: Device, { outer, size, inner }: Sizes, chunk: number): Piece[] {
  const most = bindable(device);
  const list: Piece[] = [];
  const outers = Math.floor(most / (size * inner));
  if (outers > 0) {
    for (let o = 0; o < outer; o += outers) list.push({ o, outers: Math.min(outers, outer - o), j: 0, steps: size });
    return list;
  }
  const steps = Math.floor(most / (chunk * inner)) * chunk;
  for (let o = 0; o < outer; o++)
    for (let j = 0; j < size; j += steps) list.push({ o, outers: 1, j, steps: Math.min(steps, size - j) });
  return list;
}
