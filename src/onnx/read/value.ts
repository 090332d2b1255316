/**
 * What flows between the nodes of an ONNX graph while it is run: tensors, and small lists that the host computes with,
 * such as the sizes that a Reshape is given.
 */
import { expand } from '../../autograd/ops/index.js';
import { ModelError } from '../../device/errors.js';
import { toFloat32, toUint32 } from '../../nn/state/raw_tensor.js';
import { constant } from '../../tensor/creation.js';
import { sizeOf, type Shape } from '../../tensor/shape.js';
import { Tensor } from '../../tensor/tensor.js';
import type { Device } from '../../device/device.js';
import type { Attribute, OnnxNode, OnnxTensor } from '../messages.js';

/** Numbers on the host. */
export interface HostValue {
  readonly shape: Shape;
  readonly data: readonly number[];
}

export type Value = Tensor | HostValue;

export const isTensor = (v: Value): v is Tensor => v instanceof Tensor;

/** A list of whole numbers, (n). */
export const listOf = (data: readonly number[]): HostValue => ({ shape: [data.length], data });

/** The numbers of a stored tensor, of any type. */
export function hostValue(tensor: OnnxTensor, name: string, file: string): HostValue {
  const { dtype, shape, data } = tensor;
  const isFloat = dtype === 'F32' || dtype === 'F16' || dtype === 'BF16' || dtype === 'F64';
  if (isFloat) return { shape, data: [...toFloat32(tensor, name, file)] };
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const count = sizeOf(shape);
  const each = (read: (at: number) => number, size: number): number[] =>
    Array.from({ length: count }, (_, i) => read(i * size));
  if (dtype === 'I64') return { shape, data: each((at) => Number(view.getBigInt64(at, true)), 8) };
  if (dtype === 'I32') return { shape, data: each((at) => view.getInt32(at, true), 4) };
  if (dtype === 'BOOL' || dtype === 'U8') return { shape, data: [...data] };
  return { shape, data: [...toUint32(tensor, name, file)] };
}

/** A node that is being run: what it takes, and what is known of it. */
export class NodeCall {
  readonly node: OnnxNode;
  readonly opset: number;
  readonly training: boolean;
  /** Null while a network is built. */
  readonly device: Device | null;
  readonly #inputs: readonly (Value | null)[];
  readonly #file: string;

  constructor(
    node: OnnxNode,
    inputs: readonly (Value | null)[],
    about: {
      readonly file: string;
      readonly opset: number;
      readonly training: boolean;
      readonly device: Device | null;
    },
  ) {
    this.node = node;
    this.#inputs = inputs;
    this.#file = about.file;
    this.opset = about.opset;
    this.training = about.training;
    this.device = about.device;
  }

  get count(): number {
    return this.#inputs.length;
  }

  /** An input; null where it is left out. */
  optional(i: number): Value | null {
    return this.#inputs[i] ?? null;
  }

  /** @throws ModelError where it is left out. */
  value(i: number): Value {
    return this.optional(i) ?? this.refuse(`it has no input ${i}`);
  }

  /** An input as a tensor; a single number becomes one, or one that is repeated. */
  tensor(i: number): Tensor {
    const v = this.value(i);
    if (isTensor(v)) return v;
    const one = this.device === null ? null : constant(this.device, v.data[0] ?? 0);
    if (one !== null && v.data.length === 1) return one;
    if (one !== null && v.data.length > 0 && v.data.every((n) => n === v.data[0])) return expand(one, v.shape);
    return this.refuse(`its input ${i} is computed by the host, (${v.shape.join(', ')})`);
  }

  optionalTensor(i: number): Tensor | null {
    return this.optional(i) === null ? null : this.tensor(i);
  }

  /** An input as numbers of the host. @throws ModelError where it is computed on the GPU. */
  numbers(i: number): readonly number[] {
    const v = this.value(i);
    return isTensor(v) ? this.refuse(`its input ${i} is not constant`) : v.data;
  }

  /** Null where the input is left out. */
  optionalNumbers(i: number): readonly number[] | null {
    return this.optional(i) === null ? null : this.numbers(i);
  }

  /** An attribute that is a number. */
  number(name: string, otherwise: number): number {
    const a = this.#attribute(name);
    if (a === undefined) return otherwise;
    if (typeof a === 'number') return a;
    if (typeof a === 'object' && 'float' in a) return a.float;
    return this.refuse(`its ${name} is no number`);
  }

  list(name: string): readonly number[] | null {
    const a = this.#attribute(name);
    if (a === undefined) return null;
    if (Array.isArray(a)) return a as readonly number[];
    if (typeof a === 'object' && 'floats' in a) return a.floats;
    return this.refuse(`its ${name} is no list of numbers`);
  }

  text(name: string, otherwise: string): string {
    const a = this.#attribute(name);
    return a === undefined ? otherwise : typeof a === 'string' ? a : this.refuse(`its ${name} is no text`);
  }

  /** The numbers of an attribute that is a tensor. */
  stored(name: string): readonly number[] | null {
    const a = this.#attribute(name);
    return typeof a === 'object' && 'tensor' in a ? hostValue(a.tensor, name, this.#file).data : null;
  }

  texts(name: string): readonly string[] {
    const a = this.#attribute(name);
    return typeof a === 'object' && 'texts' in a ? a.texts : [];
  }

  /** @throws ModelError that names file and node. */
  refuse(why: string): never {
    const { name, type } = this.node;
    throw new ModelError(`${this.#file}: node ${name} (${type}): ${why}`, {
      fix: 'Weft does not read this network; docs/export.md says what it reads',
    });
  }

  #attribute(name: string): Attribute | undefined {
    return Object.hasOwn(this.node.attributes, name) ? this.node.attributes[name] : undefined;
  }
}

/** Runs a node. What follows the first output may be left out. */
export type ReadRow = (call: NodeCall) => Value | readonly Value[];

export type ReadRows = Readonly<Record<string, ReadRow>>;
