/**
 * Telling shaders what an operand is stored as. They declare `alias E = f32;`, convert at loads and stores, and compute
 * in f32.
 */
import type { Specialisation } from '../../device/wgsl.js';
import type { DType } from '../../tensor/tensor.js';

const HALF = { 1: 'f16', 2: 'vec2h', 4: 'vec4h' } as const;
const FULL = { 1: 'f32', 2: 'vec2f', 4: 'vec4f' } as const;

/**
 * For each declared alias the number of lanes that an element of it has, e.g. `storedAs('f16', { E: 1, E4: 4 })`.
 * Nothing for f32, which is what shaders declare: their text stays as it is.
 */
export function storedAs(dtype: DType, aliases: Readonly<Record<string, 1 | 2 | 4>>): Specialisation {
  return dtype === 'f16' ? Object.fromEntries(Object.entries(aliases).map(([name, lanes]) => [name, HALF[lanes]])) : {};
}

/** The type itself, where lanes vary. */
export function storedType(dtype: DType, lanes: 1 | 2 | 4): string {
  return (dtype === 'f16' ? HALF : FULL)[lanes];
}
