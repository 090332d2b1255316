/**
 * A kernel is declared once, as data: which shader file, which bindings. Launchers in src/kernels fill in sizes and
 * buffers.
 */
import { UsageError } from './errors.js';
import type { PooledBuffer } from './pool.js';
import { addShader, type Specialisation } from './wgsl.js';

/** `read` and `write` are storage buffers (`write` is read_write in WGSL); `params` is a uniform of u32/f32 words. */
export type BindingKind = 'read' | 'write' | 'params';

/** A compute shader and what it binds; its entry point is `main`. */
export interface Kernel {
  /** Unlike any other kernel's: the label in errors and profiles. */
  readonly name: string;
  /** Its file below shaders/, e.g. `conv2d/naive.wgsl`. */
  readonly file: string;
  /** Its text, where it came with one: then `file` is only a name. */
  readonly wgsl?: string;
  /** Files below shaders/ that are concatenated to it. */
  readonly includes?: readonly string[];
  /** In the order of their @binding numbers. */
  readonly bindings: readonly BindingKind[];
}

/** A kernel as it is declared: its shader is a file below shaders/, or, as `wgsl`, a text of your own. */
export type KernelDeclaration = Omit<Kernel, 'file' | 'wgsl'> & ({ readonly file: string } | { readonly wgsl: string });

const registry = new Map<string, Kernel>();

/**
 * Declares a kernel and enters it into the list that tests walk. With `wgsl`, the text of a shader of your own; it
 * compiles at the first dispatch, and what the compiler says then is reported with the kernel's name and line.
 * @throws UsageError when there is a kernel of this name already.
 */
export function defineKernel(declared: KernelDeclaration): Kernel {
  const { name } = declared;
  if (registry.has(name))
    throw new UsageError(`kernel ${name} is declared twice`, { fix: 'give one of them another name' });
  if ('wgsl' in declared) addShader(`${name}.wgsl`, declared.wgsl);
  const kernel = { ...declared, file: 'wgsl' in declared ? `${name}.wgsl` : declared.file };
  registry.set(name, kernel);
  return kernel;
}

/** The kernels of shaders/ declared so far; not those that came with their text. */
export function kernels(): readonly Kernel[] {
  return [...registry.values()].filter((k) => k.wgsl === undefined);
}

/** The layout of the one bind group of a kernel. */
export function bindGroupLayout(gpu: GPUDevice, bindings: readonly BindingKind[]): GPUBindGroupLayout {
  const types = { read: 'read-only-storage', write: 'storage', params: 'uniform' } as const;
  return gpu.createBindGroupLayout({
    label: bindings.join(),
    entries: bindings.map((kind, binding) => ({
      binding,
      visibility: 4 /* GPUShaderStage.COMPUTE */,
      buffer: { type: types[kind] },
    })),
  });
}

/** A range of a buffer to bind: `tensor.range` is that of a tensor. */
export interface BufferRange {
  readonly buffer: PooledBuffer;
  /** Bytes; a multiple of 256. */
  readonly offset: number;
  /** Bytes; rounded up to 16 when bound, so that a kernel may touch its last vec4. */
  readonly size: number;
  /** Whether it holds a copy in another layout: what is written to it is lost, so that nothing may write. */
  readonly isCopy?: boolean;
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

/** What was read from the buffers that a launch writes to is no longer theirs: see PooledBuffer.version. */
export function noteWrites({ bindings }: Kernel, buffers: readonly BufferRange[]): void {
  let next = 0;
  for (const kind of bindings) {
    if (kind === 'params') continue;
    if (kind === 'write') buffers[next].buffer.version++;
    next++;
  }
}

const floatCell = new Float32Array(1);
const wordCell = new Uint32Array(floatCell.buffer);

/** The 32 bits of a float, for `params`. */
export function floatBits(x: number): number {
  floatCell[0] = x;
  return wordCell[0];
}
