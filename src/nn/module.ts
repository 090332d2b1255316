/** Modules: things with parameters and a forward, put together as in torch.nn. */
import type { Device } from '../device/device.js';
import { ModelError, UsageError } from '../device/errors.js';
import { manualSeed } from '../kernels/random.js';
import { formatShape, sameShape } from '../tensor/shape.js';
import type { Tensor } from '../tensor/tensor.js';
import { BufferMemory, StateBuffer } from './buffer.js';
import { Parameter, ParameterMemory } from './parameter.js';
import { fromFloat32, toFloat32, toUint32, type RawTensor } from './safetensors.js';

/** A module whatever it takes and gives: what parameters, state dicts and training modes are about. */
export type AnyModule = Module<readonly never[], unknown>;

/**
 * A module's parameters, buffers and sub-modules are its properties (arrays of modules count); the state-dict key of each is the path of
 * property names, as in PyTorch: `conv1.weight`, `bn1.running_mean`.
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

  abstract forward(...inputs: Inputs): Output;

  /** Sub-modules with their names. */
  *children(): Iterable<[string, AnyModule]> {
    for (const [name, value] of Object.entries(this)) {
      if (value instanceof Module) yield [name, value];
      else if (Array.isArray(value)) for (const [i, item] of value.entries()) if (item instanceof Module) yield [`${name}.${i}`, item];
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

  /** Parameters and buffers in the order of PyTorch's state dict: a module's parameters, its buffers, its sub-modules. */
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

  eval(): this {
    return this.train(false);
  }

  /**
   * Puts the model on a device: its parameters get flat memory and their initial values; its buffers too, in a memory of their own.
   * @param options.seed starts the device's generator over first, so that the same seed gives the same weights.
   */
  to(device: Device, options: { readonly seed?: number } = {}): this {
    if (options.seed !== undefined) manualSeed(device, options.seed);
    const parameters = [...this.namedParameters()].map(([, p]) => p);
    this.#memory = new ParameterMemory(device, parameters);
    for (const p of parameters) p.init(p.value);
    this.#buffers = new BufferMemory(device, [...this.namedBuffers()].map(([, b]) => b));
    return this;
  }

  /** The flat memory of the parameters. @throws UsageError before `to`. */
  get memory(): ParameterMemory {
    if (this.#memory === null) throw new UsageError('this model is on no device yet', { fix: 'call model.to(device) first' });
    return this.#memory;
  }

  /** Gives back the memory of parameters, optimizers and buffers: the model cannot be used any more. */
  release(): void {
    this.#memory?.release();
    this.#buffers?.release();
  }

  /** All parameters and buffers as host tensors, by state-dict key, as they are now. One read for each of the two memories. */
  async stateDict(): Promise<Map<string, RawTensor>> {
    const { weights } = this.memory;
    const [numbers, buffers] = await Promise.all([weights.read(), this.#buffers?.read()]);
    const result = new Map<string, RawTensor>();
    for (const [name, entry] of this.namedState()) {
      if (entry instanceof StateBuffer) result.set(name, entry.stored(buffers as ArrayBuffer));
      else {
        const start = entry.value.byteOffset / 4;
        result.set(name, fromFloat32((numbers as Float32Array).slice(start, start + entry.size), entry.shape));
      }
    }
    return result;
  }

  /**
   * Checks that every key of this model is there with its shape, and no other. Needs no device.
   * @throws ModelError naming what is missing, unexpected or of another shape.
   */
  checkStateDict(state: ReadonlyMap<string, RawTensor>, file: string): void {
    checkKeys([...this.namedState()], state, file);
  }

  /**
   * Takes over parameters and buffers by state-dict key.
   * @throws ModelError as `checkStateDict`, or for an element type that does not fit; nothing is changed then.
   */
  loadStateDict(state: ReadonlyMap<string, RawTensor>, file: string): void {
    const { weights, device } = this.memory;
    this.checkStateDict(state, file);
    const own = [...this.namedState()];
    const numbers = new Float32Array(weights.size);
    const buffers: [StateBuffer, RawTensor, string][] = [];
    for (const [name, entry] of own) {
      const raw = state.get(name) as RawTensor;
      if (entry instanceof StateBuffer) buffers.push([entry, raw, name]);
      else numbers.set(toFloat32(raw, name, file), entry.value.byteOffset / 4);
    }
    this.#buffers?.load(buffers, file);
    device.write(weights.storage, numbers);
  }

  /**
   * Takes over those parameters and buffers that are given, and leaves the others as they are.
   * @throws ModelError for a key that is not the model's, a shape or an element type that does not fit; nothing is changed then.
   */
  loadPart(state: ReadonlyMap<string, RawTensor>, file: string): void {
    const { device } = this.memory;
    const own = new Map(this.namedState());
    checkKeys([...own].filter(([name]) => state.has(name)), state, file);
    const parts = [...state].map(([name, raw]) => {
      const { value } = own.get(name) as Parameter | StateBuffer;
      return { value, numbers: value.dtype === 'f32' ? toFloat32(raw, name, file) : toUint32(raw, name, file) };
    });
    for (const { value, numbers } of parts) device.write(value.storage, numbers, value.byteOffset);
  }
}

/** @throws ModelError unless the state has the model's keys with its shapes, and no other. */
function checkKeys(own: readonly (readonly [string, Parameter | StateBuffer])[], state: ReadonlyMap<string, RawTensor>, file: string): void {
  const names = new Set(own.map(([name]) => name));
  const missing = own.filter(([name]) => !state.has(name)).map(([name]) => name);
  const unexpected = [...state.keys()].filter((name) => !names.has(name));
  const misfits = own.flatMap(([name, p]) => {
    const shape = state.get(name)?.shape;
    return shape === undefined || sameShape(shape, p.shape) ? [] : [`${name} is ${formatShape(shape)} in the file, ${formatShape(p.shape)} in the model`];
  });
  const problems = [
    ...(missing.length > 0 ? [`missing ${list(missing)}`] : []),
    ...(unexpected.length > 0 ? [`unexpected ${list(unexpected)}`] : []),
    ...misfits.slice(0, 3),
  ];
  if (problems.length > 0) throw new ModelError(`${file} does not belong to this model: ${problems.join('; ')}`, { fix: 'use the model that the file was saved from' });
}

function list(names: readonly string[]): string {
  return names.length <= 4 ? names.join(', ') : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;
}
