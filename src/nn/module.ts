/** Modules: things with parameters and a forward, put together as in torch.nn. */
import type { Device } from '../device/device.js';
import { UsageError } from '../device/errors.js';
import { INSPECT } from '../device/inspect.js';
import { manualSeed } from '../kernels/random/random.js';
import { permuted } from '../tensor/layout.js';
import type { Tensor } from '../tensor/tensor.js';
import { BufferMemory, StateBuffer } from './buffer.js';
import { Parameter, ParameterMemory } from './parameter.js';
import { describeModule } from './print.js';
import { fromFloat32, toFloat32, toUint32, type RawTensor } from './state/safetensors.js';
import { matchState, type LoadOptions, type LoadReport, type StateDict } from './state/state_dict.js';

/** A module whatever it takes and gives: what parameters, state dicts and training modes are about. */
export type AnyModule = Module<readonly never[], unknown>;

/**
 * A module's parameters, buffers and sub-modules are its properties (arrays of modules count); the state-dict key of
 * each is the path of property names, as in PyTorch: `conv1.weight`, `bn1.running_mean`.
 * @typeParam Inputs what forward takes; one tensor unless said otherwise.
 * @typeParam Output what it gives; a recurrent layer gives more than a tensor.
 */
export abstract class Module<Inputs extends readonly unknown[] = readonly [x: Tensor], Output = Tensor> {
  /** True while training: dropout is on, batch norm uses the batch's statistics. */
  training = true;
  /** Stays in evaluation mode while the rest trains; see freeze.ts. */
  isFrozen = false;
  #memory: ParameterMemory | null = null;
  #buffers: BufferMemory | null = null;

  /** What the module computes. */
  abstract forward(...inputs: Inputs): Output;

  /** Sub-modules with their names. */
  *children(): Iterable<[string, AnyModule]> {
    for (const [name, value] of Object.entries(this)) {
      if (value instanceof Module) yield [name, value];
      else if (Array.isArray(value))
        for (const [i, item] of value.entries()) if (item instanceof Module) yield [`${name}.${i}`, item];
    }
  }

  /** The parameters of this module alone, by name: its properties, unless a module keeps them elsewhere. */
  protected *ownParameters(): Iterable<[string, Parameter]> {
    for (const [name, value] of Object.entries(this)) if (value instanceof Parameter) yield [name, value];
  }

  /** All parameters with their state-dict keys, in the order of definition. */
  *namedParameters(prefix = ''): Iterable<[string, Parameter]> {
    for (const [name, p] of this.ownParameters()) yield [prefix + name, p];
    for (const [name, child] of this.children()) yield* child.namedParameters(`${prefix}${name}.`);
  }

  /** All buffers with their state-dict keys, in the order of definition. */
  *namedBuffers(prefix = ''): Iterable<[string, StateBuffer]> {
    for (const [name, value] of Object.entries(this)) if (value instanceof StateBuffer) yield [prefix + name, value];
    for (const [name, child] of this.children()) yield* child.namedBuffers(`${prefix}${name}.`);
  }

  /**
   * Parameters and buffers in the order of PyTorch's state dict: a module's parameters, its buffers, its sub-modules.
   */
  *namedState(prefix = ''): Iterable<[string, Parameter | StateBuffer]> {
    for (const [name, p] of this.ownParameters()) yield [prefix + name, p];
    for (const [name, value] of Object.entries(this)) if (value instanceof StateBuffer) yield [prefix + name, value];
    for (const [name, child] of this.children()) yield* child.namedState(`${prefix}${name}.`);
  }

  /** This module and all below with their paths; its own is the prefix. */
  *namedModules(prefix = ''): Iterable<[string, AnyModule]> {
    yield [prefix, this];
    for (const [name, child] of this.children()) yield* child.namedModules(prefix === '' ? name : `${prefix}.${name}`);
  }

  /** Number of trainable numbers; needs no device. */
  parameterCount(): number {
    let count = 0;
    for (const [, p] of this.namedParameters()) count += p.size;
    return count;
  }

  /** Switches training mode here and below. */
  train(mode = true): this {
    this.training = mode && !this.isFrozen;
    for (const [, child] of this.children()) child.train(mode);
    return this;
  }

  /** Switches to evaluation here and below: no dropout, running statistics. */
  eval(): this {
    return this.train(false);
  }

  /**
   * Puts the model on a device: its parameters get flat memory and their initial values; its buffers too, in a memory
   * of their own.
   * @param options.seed starts the device's generator over first, so that the same seed gives the same weights.
   */
  to(device: Device, options: { readonly seed?: number } = {}): this {
    if (options.seed !== undefined) manualSeed(device, options.seed);
    const parameters = [...this.namedParameters()].map(([, p]) => p);
    this.#memory = new ParameterMemory(device, parameters);
    for (const p of parameters) p.initialize();
    this.#buffers = new BufferMemory(
      device,
      [...this.namedBuffers()].map(([, b]) => b),
    );
    return this;
  }

  /** The flat memory of the parameters. @throws UsageError before `to`. */
  get memory(): ParameterMemory {
    if (this.#memory === null)
      throw new UsageError('this model is on no device yet', { fix: 'call model.to(device) first' });
    return this.#memory;
  }

  /**
   * The memory of all parameters, and that of all buffers of floats: flat, with zeros between. @throws UsageError
   * before `to`.
   */
  floatMemory(): Tensor[] {
    const floats = this.#buffers?.floats ?? null;
    return [this.memory.weights, ...(floats === null ? [] : [floats])];
  }

  /** The words of all buffers, floats and counters, as u32; null when there are none. */
  bufferMemory(): Tensor | null {
    return this.#buffers?.all ?? null;
  }

  /** Gives back the memory of parameters, optimizers and buffers: the model cannot be used any more. */
  release(): void {
    this.#memory?.release();
    this.#buffers?.release();
  }

  /**
   * All parameters and buffers as host tensors, by state-dict key, as they are now. One read for each of the two
   * memories.
   */
  async stateDict(): Promise<Map<string, RawTensor>> {
    const { weights } = this.memory;
    const [numbers, buffers] = await Promise.all([weights.read(), this.#buffers?.read()]);
    const result = new Map<string, RawTensor>();
    for (const [name, entry] of this.namedState()) {
      if (entry instanceof StateBuffer) result.set(name, entry.stored(buffers as ArrayBuffer));
      else {
        const start = entry.value.home.byteOffset / 4;
        const own = (numbers as Float32Array).slice(start, start + entry.size);
        result.set(name, fromFloat32(permuted(own, entry.shape, entry.layout, 'to rows'), entry.shape));
      }
    }
    return result;
  }

  /**
   * Checks what `loadStateDict` would. Needs no device.
   * @throws ModelError naming what is missing, unexpected, of another shape, or not finite.
   */
  checkStateDict(state: StateDict, options: LoadOptions): void {
    matchState([...this.namedState()], state, options);
  }

  /**
   * Takes over parameters and buffers by state-dict key. What a wrapper put before every key (`module.`) is taken off.
   * @param about a name for messages, or options: `{ strict: false }`.
   * @throws ModelError for a key of another shape or element type, a number that is not finite unless these are
   * allowed, and unless `strict` is false for keys that are missing or unexpected; nothing is changed then.
   */
  loadStateDict(state: StateDict, about: string | LoadOptions = {}): LoadReport {
    const options = typeof about === 'string' ? { file: about } : about;
    const own = [...this.namedState()];
    const { fitting, fresh, missing, unexpected, prefix } = matchState(own, state, options);
    const { file = 'the state dict' } = options;
    const parts = own.flatMap(([name, { value, size }]) => {
      const raw = fitting.get(name);
      if (raw === undefined) return fresh.includes(name) ? [{ value, numbers: new Uint32Array(size) }] : [];
      return [{ value, numbers: value.dtype === 'f32' ? toFloat32(raw, name, file) : toUint32(raw, name, file) }];
    });
    for (const { value, numbers } of parts) value.write(numbers);
    return { missing, unexpected, prefix };
  }

  /** What stands in a module's brackets when it is printed, as torch.nn.Module.extra_repr: its settings. */
  extraRepr(): string {
    return '';
  }

  /** The tree of modules with their settings, the shapes of their parameters and how many numbers these are. */
  toString(): string {
    return describeModule(this);
  }

  /** What Node shows of it on its console. */
  [INSPECT](): string {
    return this.toString();
  }
}

/** `model.loadStateDict` as a function. */
export function loadStateDict(model: AnyModule, state: StateDict, options: LoadOptions = {}): LoadReport {
  return model.loadStateDict(state, options);
}
