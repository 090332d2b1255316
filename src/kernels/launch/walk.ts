/**
 * The host's half of shaders/elementwise/walk.wgsl: several operands walked over one shape, by vec4s where that is
 * possible.
 */
import { ShapeError } from '../../device/errors.js';
import { floatBits } from '../../device/kernel.js';
import { storedType } from './stored_as.js';
import { collapseDims, contiguousStrides, sizeOf, type Shape, type WalkDim } from '../../tensor/shape.js';
import type { DType } from '../../tensor/tensor.js';

/** Elements (or vec4s) that a thread makes: one search for a place serves them all. */
export const STEPS_PER_THREAD = 8;
const MAX_RANK = 8;
const MAX_OPERANDS = 4;

export interface VectorWalk {
  /** Numbers in an element of the walk. */
  readonly lanes: 1 | 4;
  /** For each operand, the last of which is the output: whether it is read by vec4s. */
  readonly byVec4: readonly boolean[];
  /** The words of `Walk`. */
  readonly words: readonly number[];
  readonly workgroups: number;
}

/**
 * The longest dimension but the last, which a thread goes along, put first; the last stays last, so that neighbours
 * touch neighbours.
 */
export function loopFirst(walk: readonly WalkDim[]): readonly WalkDim[] {
  if (walk.length < 2) return walk;
  const sizes = walk.slice(0, -1).map((d) => d.size);
  const longest = sizes.indexOf(Math.max(...sizes));
  return [walk[longest], ...walk.toSpliced(longest, 1)];
}

/**
 * A walk of a contiguous output of `shape` and of operands with these strides (0 or their own). p0: an argument of the
 * kernel.
 */
export function vectorWalk(op: string, shape: Shape, operands: readonly (readonly number[])[], p0 = 0): VectorWalk {
  const found = collapseDims(shape, [...operands, contiguousStrides(shape)]);
  const last = found[found.length - 1];
  const byVec4 = last.strides.map((s) => s === 1);
  // Memory is padded to whole vec4s, so that a single dimension needs not divide by 4.
  const fits =
    found.length === 1 ||
    (last.size % 4 === 0 && found.slice(0, -1).every((d) => d.strides.every((s, i) => !byVec4[i] || s % 4 === 0)));
  const lanes = last.size > 1 && last.strides.every((s) => s <= 1) && fits ? 4 : 1;
  const merged =
    lanes === 1
      ? found
      : found.map((d) =>
          d === last
            ? { ...d, size: Math.ceil(d.size / 4) }
            : { ...d, strides: d.strides.map((s, i) => (byVec4[i] ? s / 4 : s)) },
        );
  const dims = loopFirst(merged);
  if (dims.length > MAX_RANK) throw new ShapeError(`[${op}] ${dims.length} separate dimensions, at most ${MAX_RANK}`);
  const blocks = Math.ceil(dims[0].size / STEPS_PER_THREAD);
  const threads = blocks * sizeOf(dims.slice(1).map((d) => d.size));
  const sizes = Array.from({ length: MAX_RANK }, (_, d) => dims[d]?.size ?? 0);
  const strides = Array.from(
    { length: MAX_RANK * MAX_OPERANDS },
    (_, i) => dims[Math.floor(i / MAX_OPERANDS)]?.strides[i % MAX_OPERANDS] ?? 0,
  );
  return {
    lanes,
    byVec4: byVec4.map((v) => v && lanes === 4),
    words: [threads, dims.length, blocks, floatBits(p0), ...sizes, ...strides],
    workgroups: Math.ceil(threads / 64),
  };
}

/**
 * The types that a shader declares for its operands: `names` in the order of the walk, without the output's, which is
 * V, or, where a shader declares how that is stored, E.
 */
export function walkTypes(
  walk: VectorWalk,
  names: readonly string[],
  dtype: DType | null = null,
): Record<string, string> {
  const types = Object.fromEntries(names.map((name, i) => [name, storedType(dtype ?? 'f32', walk.byVec4[i] ? 4 : 1)]));
  return {
    V: storedType('f32', walk.lanes),
    ...(dtype === null ? {} : { E: storedType(dtype, walk.lanes) }),
    ...types,
  };
}
