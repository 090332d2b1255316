/**
 * A kernel is declared once, as data: which shader file, which bindings. Launchers in src/kernels fill in sizes and
 * buffers.
 */
import type { Specialisation } from './wgsl.js';
import type { PooledBuffer } from './pool.js';

/** `read` and `write` are storage buffers (`write` is read_write in WGSL); `params` is a uniform of u32/f32 words. */
export type BindingKind = 'read' | 'write' | 'params';

export interface Kernel {
  /** Unlike any other kernel's: the label in errors and profiles. */
  readonly name: string;
  /** Its file below shaders/, e.g. `conv2d/naive.wgsl`. */
  readonly file: string;
  /** Files below shaders/ that are concatenated to it. */
  readonly includes?: readonly string[];
  /** In the order of their @binding numbers. */
  readonly bindings: readonly BindingKind[];
}

const registry = new Map<string, Kernel>();

/** Declares a kernel and enters it into the list that tests walk. */
export function defineKernel(kernel: Kernel): Kernel {
  if (registry.has(kernel.name)) throw new Error(`kernel ${kernel.name} is declared twice`);
  registry.set(kernel.name, kernel);
  return kernel;
}

/** All kernels declared so far. */
export function kernels(): readonly Kernel[] {
  return [...registry.values()];
}

/** A range of a buffer to bind. */
export interface BufferRange {
  readonly buffer: PooledBuffer;
  /** Bytes; a multiple of 256. */
  readonly offset: number;
  /** Bytes; rounded up to 16 when bound, so that a kernel may touch its last vec4. */
  readonly size: number;
}

/** One dispatch. */
export interface Launch {
  /** In the order of the kernel's `read` and `write` bindings. */
  readonly buffers: readonly BufferRange[];
  /** The words of the `params` uniform: unsigned integers; floats through `floatBits`. */
  readonly params?: readonly number[];
  /** Values of `override` constants. */
  readonly constants?: Readonly<Record<string, number>>;
  readonly specialise?: Specialisation;
  /** Workgroups, counted linearly; more than 65,535 are folded into two dimensions (see shaders/common/grid.wgsl). */
  readonly workgroups: number;
}

const floatCell = new Float32Array(1);
const wordCell = new Uint32Array(floatCell.buffer);

/** The 32 bits of a float, for `params`. */
export function floatBits(x: number): number {
  floatCell[0] = x;
  return wordCell[0];
}
