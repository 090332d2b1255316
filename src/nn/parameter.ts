/** Parameters, and the flat memory in which all parameters of a model lie side by side. */
import { markZeroed } from '../autograd/destinations.js';
import type { Device } from '../device/device.js';
import { UsageError } from '../device/errors.js';
import { INSPECT } from '../device/inspect.js';
import { alignUp } from '../device/pool.js';
import '../kernels/layout/convert.js'; // gives tensors their copies in other layouts
import { formatShape, sizeOf, type Shape } from '../tensor/shape.js';
import { ROWS, permuted, type Layout } from '../tensor/layout.js';
import { Tensor, empty } from '../tensor/tensor.js';

/** Fills a tensor in place; see init.ts. */
export type Initializer = (x: Tensor) => void;

/**
 * A trainable tensor of a module. It has a shape from the start and numbers once the model is on a device
 * (`Module.to`).
 */
export class Parameter {
  readonly shape: Shape;
  readonly size: number;
  /** May be replaced before the model is put on a device. */
  init: Initializer;
  /** The order in which its numbers lie in memory: that of the kernels which read them. */
  readonly layout: Layout;
  #tensor: Tensor | null = null;

  constructor(shape: Shape, init: Initializer, layout = ROWS) {
    this.shape = shape;
    this.size = sizeOf(shape);
    this.init = init;
    this.layout = layout;
  }

  /** The numbers. @throws UsageError before `Module.to`. */
  get value(): Tensor {
    if (this.#tensor === null)
      throw new UsageError('this model is on no device yet', { fix: 'call model.to(device) first' });
    return this.#tensor;
  }

  /** Only for ParameterMemory. */
  place(value: Tensor, grad: Tensor): void {
    value.requiresGrad = true;
    value.grad = grad;
    this.#tensor = value;
  }

  /** Gives it its initial values. */
  initialize(): void {
    const { value } = this;
    if (this.layout === ROWS) return this.init(value);
    const drawn = empty(value.device, this.shape);
    this.init(drawn);
    const laid = drawn.as(this.layout);
    value.device.copy(laid.home.storage, 0, value.home.storage, value.home.byteOffset, this.size * 4);
    drawn.release();
  }

  /** Its shape before the model is on a device, then its tensor. */
  toString(): string {
    if (this.#tensor === null) return `parameter: ${formatShape(this.shape)}, on no device yet`;
    return `parameter: ${String(this.#tensor)}`;
  }

  /** What Node shows of it on its console. */
  [INSPECT](): string {
    return this.toString();
  }
}

/**
 * One buffer for all weights and one for all gradients. Each parameter is a range that starts on 256 bytes; what lies
 * between ranges is zero and stays zero. So zeroing the gradients is one clear, an optimizer step one dispatch, a
 * checkpoint one read.
 */
export class ParameterMemory {
  readonly device: Device;
  /** (total) f32. */
  readonly weights: Tensor;
  /** (total) f32, the gradients at the same places. */
  readonly grads: Tensor;
  /** Where each parameter starts, in elements, in the order given. */
  readonly offsets: readonly number[];
  readonly #flats: Tensor[] = [];
  readonly #parameters: readonly Parameter[];

  constructor(device: Device, parameters: readonly Parameter[]) {
    this.device = device;
    this.#parameters = parameters;
    const offsets: number[] = [];
    let bytes = 0;
    for (const p of parameters) {
      offsets.push(bytes / 4);
      bytes += alignUp(p.size * 4);
    }
    this.offsets = offsets;
    this.weights = this.flat(Math.max(bytes / 4, 64));
    this.grads = this.flat(Math.max(bytes / 4, 64));
    for (const [i, p] of parameters.entries()) {
      const [value, grad] = [this.weights, this.grads].map(
        (t) => new Tensor(t.storage, offsets[i] * 4, p.shape, 'f32', p.layout),
      );
      p.place(value, grad);
    }
  }

  /** Sets all gradients to zero. */
  zeroGrads(): void {
    this.device.clear(this.grads.storage);
    for (const p of this.#parameters) markZeroed(p.value);
  }

  /** Zeroed memory of the same kind, for an optimizer's moments. */
  flat(size = this.weights.size): Tensor {
    const storage = this.device.allocate(size * 4);
    this.device.keep(storage);
    this.device.clear(storage);
    const result = new Tensor(storage, 0, [size], 'f32');
    this.#flats.push(result);
    return result;
  }

  /**
   * Numbers of a memory of this kind (weights, moments) with those of each parameter in row-major order, as files have
   * them, or back in the order of memory. Others are handed back as they are.
   */
  ordered(numbers: Float32Array<ArrayBuffer>, direction: 'to rows' | 'to layout'): Float32Array<ArrayBuffer> {
    if (numbers.length !== this.weights.size) return numbers;
    const result = numbers.slice();
    for (const [i, { layout, shape, size }] of this.#parameters.entries()) {
      if (layout === ROWS) continue;
      const start = this.offsets[i];
      result.set(permuted(numbers.slice(start, start + size), shape, layout, direction), start);
    }
    return result;
  }

  /** Gives all of it back to the pool, the optimizers' moments too: the model cannot be used any more. */
  release(): void {
    for (const t of this.#flats) t.release();
  }
}
