/** Small things that every launcher needs. */
import { ShapeError, UsageError } from '../../device/errors.js';
import type { BufferRange } from '../../device/kernel.js';
import { formatShape, type WalkDim } from '../../tensor/shape.js';
import { ROWS } from '../../tensor/layout.js';
import { Tensor, itemSize } from '../../tensor/tensor.js';

/** Row-major elements start..end of a tensor. `start` must be a multiple of 64, of 128 for halves. */
export function flatWindow(x: Tensor, start: number, end: number): BufferRange {
  return windowOf(x, x.range, start, end);
}

/** The same in the tensor's own layout: for kernels to which the order of numbers is all the same. */
export function ownWindow(x: Tensor, start: number, end: number): BufferRange {
  return windowOf(x, x.own, start, end);
}

/**
 * Tensors of one shape in one layout: the first that is not row-major, so that a step stays in fours of channels once
 * it is there.
 */
export function inOneLayout(...tensors: readonly Tensor[]): Tensor[] {
  const layout = tensors.find((t) => t.layout !== ROWS)?.layout ?? ROWS;
  return tensors.map((t) => t.as(layout));
}

/** The numbers of a tensor in the order in which they lie, as one row. */
export function flatView(x: Tensor): Tensor {
  return new Tensor(x.home.storage, x.home.byteOffset, [x.size], x.dtype);
}

function windowOf(x: Tensor, range: BufferRange, start: number, end: number): BufferRange {
  const bytes = itemSize(x.dtype);
  return {
    ...range,
    offset: range.offset + start * bytes,
    size: Math.max(4, Math.ceil(((end - start) * bytes) / 4) * 4),
  };
}

/** Elements start..end, from the 256-byte step before them: what to bind, and where they start there, in elements. */
export function looseWindow(
  x: Tensor,
  start: number,
  end: number,
): { readonly range: BufferRange; readonly at: number } {
  const first = Math.floor(start / 64) * 64;
  return { range: flatWindow(x, first, end), at: start - first };
}

/** @throws ShapeError unless all operands are f32. */
export function requireF32(op: string, operands: Readonly<Record<string, Tensor>>): void {
  for (const [name, x] of Object.entries(operands)) {
    if (x.dtype === 'f32') continue;
    throw new ShapeError(
      `[${op}] ${name} ${formatShape(x.shape)} is ${x.dtype}, expected f32`,
      x.dtype === 'f16' ? { fix: "cast it: cast(x, 'f32')" } : {},
    );
  }
}

/**
 * @throws ShapeError unless all operands are f32, or all f16: for kernels that declare how elements are stored
 * (storage.ts).
 */
export function requireFloat(op: string, operands: Readonly<Record<string, Tensor>>): void {
  const [first] = Object.values(operands);
  if (first.dtype !== 'f16') return requireF32(op, operands);
  for (const [name, x] of Object.entries(operands)) {
    if (x.dtype !== 'f16')
      throw new ShapeError(
        `[${op}] ${name} ${formatShape(x.shape)} is ${x.dtype}, but ${Object.keys(operands)[0]} is f16`,
        { fix: 'cast one of the two' },
      );
  }
}

/** @throws ShapeError for f16: for kernels that copy words of 4 bytes. */
export function refuseF16(op: string, x: Tensor): void {
  if (x.dtype === 'f16') requireF32(op, { x });
}

/**
 * @throws ShapeError unless each operand can be bound as a whole: for ops, or operands of ops, that are not worked on
 * in windows.
 */
export function requireBindable(op: string, operands: Readonly<Record<string, Tensor>>): void {
  for (const [name, x] of Object.entries(operands)) {
    const limit = x.device.maxBindingBytes;
    if (x.byteLength > limit) {
      throw new ShapeError(
        `[${op}] ${name} ${formatShape(x.shape)} of ${x.byteLength} bytes is larger than the adapter can bind ` +
          `(${limit} bytes)`,
        {
          fix: 'use a smaller batch or model: this is not worked on in windows',
        },
      );
    }
  }
}

/** @throws ShapeError unless x has this many dimensions; `letters` names them: 'N C H W'. */
export function requireRank(op: string, name: string, x: Tensor, letters: string): void {
  const expected = letters.split(' ');
  if (x.rank !== expected.length) {
    throw new ShapeError(
      `[${op}] ${name} ${formatShape(x.shape)} has ${x.rank} dimensions, expected ${expected.length}: ` +
        `(${expected.join(', ')})`,
    );
  }
}

/**
 * For callers without types, who may write an option's value where the options go: it would be passed over in silence.
 * @param example what options look like. @throws UsageError
 */
export function requireOptions(op: string, options: unknown, example: string): void {
  if (typeof options === 'object' && options !== null && !Array.isArray(options)) return;
  throw new UsageError(`[${op}] options are ${String(options)}, and must be an object`, { fix: `write ${example}` });
}

const MAX_WALK = 8;

/** The words of a walk's sizes and of each operand's strides, as arrays of 8 in the uniform. */
export function walkParams(op: string, walk: readonly WalkDim[]): number[] {
  if (walk.length > MAX_WALK) throw new ShapeError(`[${op}] ${walk.length} separate dimensions, at most ${MAX_WALK}`);
  const pad = (values: readonly number[]): number[] => [
    ...values,
    ...new Array<number>(MAX_WALK - values.length).fill(0),
  ];
  const operands = walk[0].strides.length;
  const words = pad(walk.map((d) => d.size));
  for (let i = 0; i < operands; i++) words.push(...pad(walk.map((d) => d.strides[i] >>> 0)));
  return words;
}
