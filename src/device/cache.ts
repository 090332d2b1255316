/** Everything that is made once and kept: bind-group layouts, pipelines, uniform words, bind groups. */
import { gpuConstants } from '#platform';
import { checkWords } from './checks.js';
import type { FailureWatch } from './failures.js';
import type { DispatchCommand } from './commands.js';
import { bindGroupLayout, type BindingKind, type Kernel } from './kernel.js';
import { NO_GPU } from './no_gpu.js';
import { compilationMessages, shaderSource, type Specialisation } from './wgsl.js';

/** Uniform words are packed into slabs of this many bytes at 256-byte steps. */
const SLAB_BYTES = 65536;
const SLOT_BYTES = 256;
/** Past this many bind groups or uniforms the cache is emptied: only code that never repeats itself gets there. */
const MAX_ENTRIES = 20000;

/** Where the words of a dispatch lie. */
export interface UniformSlot {
  /** No two slots of a device share one. */
  readonly id: number;
  readonly buffer: GPUBuffer;
  readonly offset: number;
  readonly bytes: number;
}

/** Counts of GPU objects created since the start. */
export interface CacheStatistics {
  readonly pipelines: number;
  readonly bindGroups: number;
  readonly uniformSlabs: number;
}

function pipelineKey(kernel: Kernel, constants: Readonly<Record<string, number>>, specialise: Specialisation): string {
  let key = kernel.name;
  for (const name in constants) key += `|${name}=${constants[name]}`;
  for (const name in specialise) key += `|${name}:${specialise[name]}`;
  return key;
}

export class GpuCache {
  readonly #device: GPUDevice;
  readonly #failures: FailureWatch;
  readonly #layouts = new Map<string, GPUBindGroupLayout>();
  readonly #pipelines = new Map<string, GPUComputePipeline>();
  /** Keys of pipelines that are being compiled ahead. */
  readonly #ahead = new Set<string>();
  readonly #uniforms = new Map<string, UniformSlot>();
  readonly #bindGroups = new Map<string, GPUBindGroup>();
  #slab: GPUBuffer | null = null;
  #slabUsed = SLAB_BYTES;
  #slabs = 0;
  #slots = 0;
  #bindGroupsCreated = 0;

  /** @param failures hears of shaders and pipelines that do not compile. */
  constructor(device: GPUDevice, failures: FailureWatch) {
    this.#device = device;
    this.#failures = failures;
  }

  statistics(): CacheStatistics {
    return { pipelines: this.#pipelines.size, bindGroups: this.#bindGroupsCreated, uniformSlabs: this.#slabs };
  }

  #layout(bindings: readonly BindingKind[]): GPUBindGroupLayout {
    const key = bindings.join();
    let layout = this.#layouts.get(key);
    if (layout === undefined) this.#layouts.set(key, (layout = bindGroupLayout(this.#device, bindings)));
    return layout;
  }

  /** The pipeline of a kernel at given constants, compiled at first use. A failure is reported a moment later. */
  pipeline(
    kernel: Kernel,
    constants: Readonly<Record<string, number>>,
    specialise: Specialisation,
  ): GPUComputePipeline {
    const key = pipelineKey(kernel, constants, specialise);
    let pipeline = this.#pipelines.get(key);
    if (pipeline === undefined) {
      this.#device.pushErrorScope('validation');
      const { descriptor, explain } = this.#describe(kernel, key, constants, specialise);
      pipeline = this.#device.createComputePipeline(descriptor);
      this.#failures.expect(
        this.#device.popErrorScope().then((error) => (error === null ? undefined : explain(error.message))),
      );
      this.#pipelines.set(key, pipeline);
    }
    return pipeline;
  }

  /**
   * Begins to compile a pipeline beside others; null when it is known already. Never rejects: a failure is reported.
   */
  compileAhead(
    kernel: Kernel,
    constants: Readonly<Record<string, number>>,
    specialise: Specialisation,
  ): Promise<void> | null {
    const key = pipelineKey(kernel, constants, specialise);
    if (this.#device === NO_GPU || this.#pipelines.has(key) || this.#ahead.has(key)) return null;
    this.#ahead.add(key);
    // a module that does not compile makes a pipeline that does not either, which says why
    this.#device.pushErrorScope('validation');
    const { descriptor, explain } = this.#describe(kernel, key, constants, specialise);
    void this.#device.popErrorScope();
    return this.#device.createComputePipelineAsync(descriptor).then(
      (pipeline) => void this.#pipelines.set(key, pipeline),
      (error: unknown) => explain(String(error)),
    );
  }

  /** What a pipeline is made of, and a way to report why it does not compile. */
  #describe(
    kernel: Kernel,
    label: string,
    constants: Readonly<Record<string, number>>,
    specialise: Specialisation,
  ): { descriptor: GPUComputePipelineDescriptor; explain: (error: string) => Promise<void> } {
    const { file, includes = [] } = kernel;
    const code = shaderSource(file, includes, specialise);
    const module = this.#device.createShaderModule({ label: file, code });
    // Each pipeline has a layout of its own. Where two share one, wgpu as Deno 2.9 has it (Firefox 153 does not) holds
    // the second to the sizes that the first one's shader wants: "bound with size 16 where the shader expects 112".
    const layout = this.#device.createPipelineLayout({ label, bindGroupLayouts: [this.#layout(kernel.bindings)] });
    const descriptor = {
      label,
      layout,
      compute: { module, entryPoint: 'main', constants: { ...constants } },
    };
    const explain = async (error: string): Promise<void> => {
      const info = await module.getCompilationInfo();
      this.#failures.report(
        `kernel ${label} does not compile:\n${compilationMessages([file, ...includes], code, info.messages) || error}`,
      );
    };
    return { descriptor, explain };
  }

  /**
   * Uniform memory holding these words. Content-addressed and never rewritten, so no upload can overtake a recorded
   * dispatch. Null for no words.
   */
  uniform(kernel: Kernel, words: readonly number[]): UniformSlot | null {
    if (words.length === 0) return null;
    const key = words.join();
    let slot = this.#uniforms.get(key);
    if (slot === undefined) {
      checkWords(kernel, words);
      if (this.#uniforms.size >= MAX_ENTRIES) this.#forgetUniforms();
      const { UNIFORM, COPY_DST } = gpuConstants.GPUBufferUsage;
      const bytes = Math.ceil(words.length / 4) * 16;
      const step = Math.ceil(bytes / SLOT_BYTES) * SLOT_BYTES;
      if (this.#slab === null || this.#slabUsed + step > SLAB_BYTES) {
        this.#slab = this.#device.createBuffer({ label: 'params', size: SLAB_BYTES, usage: UNIFORM | COPY_DST });
        this.#slabUsed = 0;
        this.#slabs++;
      }
      slot = { id: this.#slots++, buffer: this.#slab, offset: this.#slabUsed, bytes };
      this.#slabUsed += step;
      this.#device.queue.writeBuffer(slot.buffer, slot.offset, Uint32Array.from(words));
      this.#uniforms.set(key, slot);
    }
    return slot;
  }

  /** Slabs live on in the bind groups that recorded commands hold, and are then garbage collected. */
  #forgetUniforms(): void {
    this.#bindGroups.clear(); // their keys name the slots
    this.#uniforms.clear();
    this.#slab = null;
  }

  /** The bind group of a dispatch whose buffers have their places. */
  bindGroup({ kernel, buffers, params }: DispatchCommand): GPUBindGroup {
    let key = params === null ? '' : `${params.id}`;
    for (const { buffer, offset, size } of buffers) key += `|${buffer.block?.id}:${buffer.base + offset}:${size}`;
    key += `|${kernel.bindings.join()}`;
    let group = this.#bindGroups.get(key);
    if (group === undefined) {
      if (this.#bindGroups.size >= MAX_ENTRIES) this.#bindGroups.clear();
      let next = 0;
      const entries = kernel.bindings.map((kind, binding) => {
        if (kind === 'params' && params !== null)
          return { binding, resource: { buffer: params.buffer, offset: params.offset, size: params.bytes } };
        const { buffer, offset, size } = buffers[next++];
        return {
          binding,
          resource: { buffer: buffer.gpu, offset: buffer.base + offset, size: Math.ceil(size / 16) * 16 },
        };
      });
      group = this.#device.createBindGroup({ label: key, layout: this.#layout(kernel.bindings), entries });
      this.#bindGroups.set(key, group);
      this.#bindGroupsCreated++;
    }
    return group;
  }

  /** Forgets all bind groups: needed when pool buffers are destroyed. */
  dropBindGroups(): void {
    this.#bindGroups.clear();
  }
}
