/** A graph of ONNX while it is put together: nodes, constants, and the weights that nodes ask for. */
import { UsageError } from '../device/errors.js';
import { byteCount, fromFloat32, toFloat32, type RawTensor } from '../nn/state/raw_tensor.js';
import { halfBits } from '../tensor/half.js';
import { sizeOf, type Shape } from '../tensor/shape.js';
import type { Attributes, OnnxNode, OnnxTensor } from './messages.js';
import type { Size } from './trace.js';

/** How weights are stored. */
export type OnnxPrecision = 'f32' | 'f16';

/** Above it a number is infinite as a half. */
const MOST_HALF = 65504;

function stored(tensor: RawTensor, name: string): OnnxTensor {
  const { dtype, shape, data } = tensor;
  if (dtype === 'F32' || dtype === 'I64') return { dtype, shape, data };
  return fromFloat32(toFloat32(tensor, name, name), shape) as OnnxTensor;
}

/** @throws UsageError for numbers that halves cannot hold. */
function halved(tensor: OnnxTensor, name: string): OnnxTensor {
  const numbers = toFloat32(tensor, name, name);
  const bits = Uint16Array.from(numbers, halfBits);
  if (numbers.some((v) => Math.abs(v) > MOST_HALF))
    throw new UsageError(`${name} has numbers above ${MOST_HALF}, which f16 cannot hold`, { fix: 'export it as f32' });
  return { dtype: 'F16', shape: tensor.shape, data: new Uint8Array(bits.buffer) };
}

/** Weights as they are stored with `precision` f16: halves where there is more than one dimension. */
export function halvedWeights(weights: ReadonlyMap<string, RawTensor>): Map<string, RawTensor> {
  return new Map(
    [...weights].map(([name, tensor]) => [
      name,
      tensor.shape.length > 1 && tensor.dtype !== 'I64' ? halved(stored(tensor, name), name) : tensor,
    ]),
  );
}

/** Puts nodes together. What has been made is not made again: two nodes that do the same are one. */
export class GraphBuilder {
  readonly opset: number;
  readonly nodes: OnnxNode[] = [];
  readonly initializers = new Map<string, OnnxTensor>();
  /** The input whose first size is the number of samples. */
  readonly #batchOf: string;
  readonly #precision: OnnxPrecision;
  readonly #known = new Map<string, readonly string[]>();
  readonly #counts = new Map<string, number>();

  constructor(batchOf: string, options: { readonly opset: number; readonly precision: OnnxPrecision }) {
    this.#batchOf = batchOf;
    this.opset = options.opset;
    this.#precision = options.precision;
  }

  /** A node with one output; its name. */
  node(type: string, inputs: readonly string[], attributes: Attributes = {}): string {
    return this.nodeOf(type, 1, inputs, attributes)[0];
  }

  /** A node with several outputs; their names. */
  nodeOf(type: string, count: number, inputs: readonly string[], attributes: Attributes = {}): readonly string[] {
    const key = JSON.stringify([type, count, inputs, attributes]);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const name = this.#named(type.toLowerCase());
    const outputs = Array.from({ length: count }, (_, i) => (count === 1 ? name : `${name}.${i}`));
    this.nodes.push({ name, type, domain: '', inputs, outputs, attributes });
    this.#known.set(key, outputs);
    return outputs;
  }

  /** Gives what a node makes another name: that of an output of the graph. */
  output(name: string, from: string): void {
    this.nodes.push({ name, type: 'Identity', domain: '', inputs: [from], outputs: [name], attributes: {} });
  }

  /** A list of whole numbers, (n). */
  ints(values: readonly number[]): string {
    return this.#constant(`ints ${values.join(' ')}`, 'ints', () => ({
      dtype: 'I64',
      shape: [values.length],
      data: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
    }));
  }

  /** One whole number, (). */
  int(value: number): string {
    return this.#constant(`int ${value}`, 'int', () => ({
      dtype: 'I64',
      shape: [],
      data: new Uint8Array(BigInt64Array.of(BigInt(value)).buffer),
    }));
  }

  /** One number, (). */
  float(value: number): string {
    return this.floats([value], []);
  }

  /** Numbers of a shape. */
  floats(values: readonly number[] | Float32Array, shape: Shape): string {
    const numbers = Float32Array.from(values);
    const about = numbers.length > 16 ? null : `floats ${shape.join('x')} ${new Uint32Array(numbers.buffer).join(' ')}`;
    return this.#constant(about, 'constant', () => fromFloat32(numbers, shape) as OnnxTensor);
  }

  /**
   * A weight under a name, asked for as often as one likes. As f16 it is stored so and cast back: all else computes in
   * f32 as before. What has one dimension (biases, statistics of a batch norm) stays f32.
   */
  weight(name: string, tensor: RawTensor): string {
    const isHalf = this.#precision === 'f16' && tensor.shape.length > 1;
    if (!this.initializers.has(name)) {
      const whole = stored(tensor, name);
      this.initializers.set(name, isHalf ? halved(whole, name) : whole);
    }
    return isHalf ? this.node('Cast', [name], { to: 1 }) : name;
  }

  /** Sizes as a list of whole numbers, (n): computed where they depend on the number of samples. */
  sizes(shape: readonly Size[]): string {
    if (shape.every(({ each }) => each === 0)) return this.ints(shape.map(({ fixed }) => fixed));
    const shapeOf = this.node('Shape', [this.#batchOf]);
    const samples = this.node('Slice', [shapeOf, this.ints([0]), this.ints([1]), this.ints([0])]);
    const parts = shape.map(({ fixed, each }) =>
      each === 0 ? this.ints([fixed]) : each === 1 ? samples : this.node('Mul', [samples, this.ints([each])]),
    );
    return parts.length === 1 ? parts[0] : this.node('Concat', parts, { axis: 0 });
  }

  /** x in another shape. */
  reshape(x: string, shape: readonly Size[]): string {
    const open = shape.filter(({ each }) => each !== 0).length;
    const isPlain = open === 0 || (open === 1 && shape.every(({ fixed, each }) => each !== 0 || fixed > 0));
    const target = isPlain ? this.ints(shape.map(({ fixed, each }) => (each === 0 ? fixed : -1))) : this.sizes(shape);
    return this.node('Reshape', [x, target]);
  }

  /** A reduction that keeps its dimensions as 1. From version 18 on the dimensions are an input. */
  reduce(type: string, x: string, dims: readonly number[]): string {
    return this.opset >= 18 || type === 'ReduceSum'
      ? this.node(type, [x, this.ints(dims)], { keepdims: 1 })
      : this.node(type, [x], { axes: dims, keepdims: 1 });
  }

  /** 1 for true and 0 for false, as f32. */
  asNumbers(condition: string): string {
    return this.node('Cast', [condition], { to: 1 });
  }

  #named(base: string): string {
    const n = this.#counts.get(base) ?? 0;
    this.#counts.set(base, n + 1);
    return `${base}_${n}`;
  }

  /** @param about what tells it from others; null: it is not looked for. */
  #constant(about: string | null, base: string, make: () => OnnxTensor): string {
    const known = about === null ? undefined : this.#known.get(about);
    if (known !== undefined) return known[0];
    const name = this.#named(base);
    const tensor = make();
    if (byteCount(tensor.dtype, tensor.shape) !== tensor.data.length)
      throw new Error(`${base} of ${sizeOf(tensor.shape)} numbers has ${tensor.data.length} bytes`);
    this.initializers.set(name, tensor);
    if (about !== null) this.#known.set(about, [name]);
    return name;
  }
}
