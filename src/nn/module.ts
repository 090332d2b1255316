/** Modules: things with parameters and a forward, put together as in torch.nn. */
import type { Device } from '../device/device.js';
import { ModelError, UsageError } from '../device/errors.js';
import { manualSeed } from '../kernels/random.js';
import { formatShape, sameShape } from '../tensor/shape.js';
import type { Tensor } from '../tensor/tensor.js';
import { Parameter, ParameterMemory } from './parameter.js';
import { fromFloat32, toFloat32, type RawTensor } from './safetensors.js';

/**
 * A module's parameters and sub-modules are its properties (arrays of modules count); the state-dict key of each is the path of
 * property names, as in PyTorch: `conv1.weight`.
 */
export abstract class Module {
  /** True while training: dropout is on. */
  training = true;
  #memory: ParameterMemory | null = null;

  abstract forward(x: Tensor): Tensor;

  /** Sub-modules with their names. */
  *children(): Iterable<[string, Module]> {
    for (const [name, value] of Object.entries(this)) {
      if (value instanceof Module) yield [name, value];
      else if (Array.isArray(value)) for (const [i, item] of value.entries()) if (item instanceof Module) yield [`${name}.${i}`, item];
    }
  }

  /** All parameters with their state-dict keys, in the order of definition. */
  *namedParameters(prefix = ''): Iterable<[string, Parameter]> {
    for (const [name, value] of Object.entries(this)) if (value instanceof Parameter) yield [prefix + name, value];
    for (const [name, child] of this.children()) yield* child.namedParameters(`${prefix}${name}.`);
  }

  /** Number of trainable numbers; needs no device. */
  parameterCount(): number {
    let count = 0;
    for (const [, p] of this.namedParameters()) count += p.size;
    return count;
  }

  /** Switches training mode here and below. */
  train(mode = true): this {
    this.training = mode;
    for (const [, child] of this.children()) child.train(mode);
    return this;
  }

  eval(): this {
    return this.train(false);
  }

  /**
   * Puts the model on a device: its parameters get flat memory and their initial values.
   * @param options.seed starts the device's generator over first, so that the same seed gives the same weights.
   */
  to(device: Device, options: { readonly seed?: number } = {}): this {
    if (options.seed !== undefined) manualSeed(device, options.seed);
    const parameters = [...this.namedParameters()].map(([, p]) => p);
    this.#memory = new ParameterMemory(device, parameters);
    for (const p of parameters) p.init(p.value);
    return this;
  }

  /** The flat memory of the parameters. @throws UsageError before `to`. */
  get memory(): ParameterMemory {
    if (this.#memory === null) throw new UsageError('this model is on no device yet', { fix: 'call model.to(device) first' });
    return this.#memory;
  }

  /** All parameters as host tensors, by state-dict key. One read. */
  async stateDict(): Promise<Map<string, RawTensor>> {
    const { weights, offsets } = this.memory;
    const numbers = (await weights.read()) as Float32Array<ArrayBuffer>;
    const result = new Map<string, RawTensor>();
    let i = 0;
    for (const [name, p] of this.namedParameters()) {
      const start = offsets[i++];
      result.set(name, fromFloat32(numbers.slice(start, start + p.size), p.shape));
    }
    return result;
  }

  /**
   * Checks that every key of this model is there with its shape, and no other. Needs no device.
   * @throws ModelError naming what is missing, unexpected or of another shape.
   */
  checkStateDict(state: ReadonlyMap<string, RawTensor>, file: string): void {
    const own = [...this.namedParameters()];
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

  /**
   * Takes over parameters by state-dict key.
   * @throws ModelError as `checkStateDict`, or for an element type that is no real number; nothing is changed then.
   */
  loadStateDict(state: ReadonlyMap<string, RawTensor>, file: string): void {
    const { weights, offsets, device } = this.memory;
    this.checkStateDict(state, file);
    const own = [...this.namedParameters()];
    const numbers = new Float32Array(weights.size);
    for (const [i, [name]] of own.entries()) numbers.set(toFloat32(state.get(name) as RawTensor, name, file), offsets[i]);
    device.write(weights.storage, numbers);
  }
}

function list(names: readonly string[]): string {
  return names.length <= 4 ? names.join(', ') : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;
}
