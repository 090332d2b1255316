/** The tensor handle: where the numbers are, their shape and type, and what autograd knows about them. */
import type { Device } from '../device/device.js';
import { AdapterError, ShapeError, UsageError } from '../device/errors.js';
import { floatBits, type BufferRange } from '../device/kernel.js';
import { INSPECT, shortName } from '../device/inspect.js';
import type { Storage } from '../device/storage.js';
import { FOURS, ROWS, fitsLayout, permuted, plainLayout, type Layout } from './layout.js';
import { halfBits, halfValue } from './half.js';
import {
  flatten,
  inDtype,
  itemSize,
  shapeOf,
  valuesOf,
  wholeWords,
  type DType,
  type HostArray,
  type TensorData,
} from './host_data.js';
import { render, shownElements, type Values } from './render.js';
import { formatShape, inferShape, sameShape, sizeOf, type Shape } from './shape.js';
import { worded } from '../text/wording.js';

export { itemSize, type DType, type HostArray, type TensorData };

/** What a differentiable op leaves on its output; src/autograd fills it in. */
export interface GraphNode {
  readonly name: string;
  readonly inputs: readonly Tensor[];
}

/** Makes a copy of a tensor in another layout; src/kernels/layout fills it in. */
type Converter = (x: Tensor, layout: Layout) => Tensor;

let convert: Converter = (x, layout) => {
  throw new Error(`nothing converts tensors from ${x.layout.kind} to ${layout.kind} yet`);
};

/** Only for src/kernels/layout. */
export function setConverter(converter: Converter): void {
  convert = converter;
}

/**
 * A tensor is always contiguous, and row-major to all that do not ask for another layout (layout.ts): where its numbers
 * lie in another, a row-major copy is made when one is wanted. Several tensors may share one storage (reshape; leading
 * ranges), none ever changes another: only optimizers and accumulators write in place.
 */
export class Tensor {
  /** Where the numbers are, in the tensor's own layout: the storage, and bytes from its start, a multiple of 256. */
  readonly home: { readonly storage: Storage; readonly byteOffset: number };
  /** The order in which the numbers lie at home. */
  readonly layout: Layout;
  /** Sizes of its dimensions; () of a single number. */
  readonly shape: Shape;
  readonly dtype: DType;
  /** Number of elements. */
  readonly size: number;
  /** Whether `backward` gives it a gradient. */
  requiresGrad = false;
  /** Whether `backward` keeps its gradient though it is no leaf, as after torch.Tensor.retain_grad. */
  retainsGrad = false;
  /** d loss / d this, after `backward`. Only leaves that require it have one, and tensors that retain it. */
  grad: Tensor | null = null;
  /** What the op left that made this; null for leaves. */
  node: GraphNode | null = null;
  #known: { readonly values: Values; readonly stamp: string } | null = null;
  /** A copy in another layout, as long as nothing was written since. */
  #twin: { readonly tensor: Tensor; readonly stamp: string } | null = null;

  constructor(storage: Storage, byteOffset: number, shape: Shape, dtype: DType, layout = ROWS) {
    this.home = { storage, byteOffset };
    this.shape = shape;
    this.dtype = dtype;
    this.size = sizeOf(shape);
    this.layout = plainLayout(layout, shape);
  }

  /** The device that its numbers are on. */
  get device(): Device {
    return this.home.storage.device;
  }

  /** The memory of its row-major numbers. */
  get storage(): Storage {
    return this.as(ROWS).home.storage;
  }

  /** Bytes from the start of the storage's buffer; a multiple of 256. */
  get byteOffset(): number {
    return this.layout === ROWS ? this.home.byteOffset : 0;
  }

  /**
   * These numbers in a layout: the tensor itself, or a copy that is made when it is first asked for and must not be
   * written to. For kernels; no gradient flows through it.
   */
  as(wanted: Layout): Tensor {
    const layout = plainLayout(wanted, this.shape);
    if (layout === this.layout) return this;
    const known = this.#twin;
    const { buffer } = this.home.storage;
    const stamp = `${buffer.version} ${this.device.replays} ${this.device.captureId}`;
    if (known?.stamp === stamp && known.tensor.layout === layout && !known.tensor.home.storage.isReleased)
      return known.tensor;
    const tensor = convert(this, layout);
    tensor.home.storage.isCopy = true;
    this.#twin = { tensor, stamp };
    return tensor;
  }

  /** The storages that hold its numbers now: its own, and that of a copy in another layout. */
  get storages(): readonly Storage[] {
    return this.#twin === null ? [this.home.storage] : [this.home.storage, this.#twin.tensor.home.storage];
  }

  /** Gives its memory back. What shares it is gone as well. */
  release(): void {
    for (const storage of this.storages) storage.release();
  }

  /** Number of dimensions. */
  get rank(): number {
    return this.shape.length;
  }

  /** Bytes that its numbers take. Its memory has room for whole words of 4 bytes. */
  get byteLength(): number {
    return this.size * itemSize(this.dtype);
  }

  /** The same kind of tensor in other memory; for captured steps. */
  at(storage: Storage, byteOffset: number): Tensor {
    return new Tensor(storage, byteOffset, this.shape, this.dtype);
  }

  /** The range of its row-major numbers. @throws UsageError when the step that made this tensor has ended. */
  get range(): BufferRange {
    return this.as(ROWS).own;
  }

  /** The range of its numbers as they lie. @throws UsageError when the step that made this tensor has ended. */
  get own(): BufferRange {
    const { storage, byteOffset } = this.home;
    if (storage.isReleased) {
      throw new UsageError(`a tensor of shape ${formatShape(this.shape)} is used after its step ended`, {
        fix: 'return it from device.step, or compute it inside the step',
      });
    }
    const size = Math.max(4, wholeWords(this.byteLength));
    const range = { buffer: storage.buffer, offset: byteOffset, size };
    return storage.isCopy ? { ...range, isCopy: true } : range;
  }

  /**
   * Writes host numbers, row-major, in order with everything recorded so far. @throws ShapeError unless there are as
   * many as elements.
   */
  write(numbers: HostArray): void {
    if (numbers.length !== this.size)
      throw new ShapeError(`[write] ${numbers.length} numbers for a tensor of shape ${formatShape(this.shape)}`);
    const { storage, byteOffset } = this.home;
    const laid = permuted(numbers, this.shape, this.layout, 'to layout');
    if (this.size > 0) this.device.write(storage, inDtype(laid, this.dtype), byteOffset);
  }

  /** The numbers, after everything recorded so far; halves as f32. */
  async read(): Promise<HostArray> {
    const stamp = this.#stamp();
    const bytes = await this.device.read(this.storage, this.byteOffset, this.byteLength);
    const values = valuesOf(bytes, this.dtype);
    this.remember((i) => values[i], stamp);
    return values;
  }

  /** The number in a tensor of one element. */
  async item(): Promise<number> {
    if (this.size !== 1)
      throw new ShapeError(`[item] a tensor of shape ${formatShape(this.shape)} has ${this.size} elements, not one`);
    return (await this.read())[0];
  }

  /** Changes with every command that may write to this tensor's memory. */
  #stamp(): string {
    return `${this.home.storage.buffer.version} ${this.device.replays}`;
  }

  /** Keeps those numbers that `toString` shows, until something is written to this tensor's memory. */
  remember(values: Values, stamp = this.#stamp()): void {
    const shown = new Map(shownElements(this.shape).map((i) => [i, values(i)]));
    this.#known = { values: (i) => shown.get(i) ?? NaN, stamp };
  }

  /** Shape, dtype and adapter, and the numbers if the host knows them: they were read, or came from there. */
  toString(): string {
    const notes = [
      `tensor ${formatShape(this.shape)} ${this.dtype} on ${shortName(this.device.adapter)}`,
      ...(this.requiresGrad ? ['requiresGrad'] : []),
      ...(this.node === null ? [] : [`from ${this.node.name}`]),
    ];
    if (this.home.storage.isReleased) return `${notes.join(', ')}: its step has ended`;
    if (this.#known?.stamp !== this.#stamp()) return `${notes.join(', ')}: not read yet`;
    return `${notes.join(', ')}\n${render(this, this.#known.values)}`;
  }

  /** What Node shows of it on its console. */
  [INSPECT](): string {
    return this.toString();
  }
}

/** Options of `tensor`. */
export interface TensorOptions {
  readonly dtype?: DType;
  /** For typed arrays; nested lists bring their own. One entry may be -1. */
  readonly shape?: Shape;
  readonly requiresGrad?: boolean;
}

/**
 * A tensor on the GPU from host numbers: `tensor(device, [[1, 2], [3, 4]])`.
 * @throws ShapeError when nested lists are ragged or do not fit the shape.
 */
export function tensor(device: Device, data: TensorData, options: TensorOptions = {}): Tensor {
  const dtype = options.dtype ?? (data instanceof Uint32Array || data instanceof Uint8Array ? 'u32' : 'f32');
  const ownShape = shapeOf(data);
  const flat: number[] = [];
  const values = ArrayBuffer.isView(data) ? data : (flatten(data, ownShape, 0, flat), flat);
  const shape = inferShape('tensor', values.length, options.shape ?? ownShape);
  const result = empty(device, shape, dtype);
  if (values.length > 0) {
    const stored = inDtype(values, dtype);
    device.write(result.storage, stored);
    result.remember(dtype === 'f16' ? (i) => halfValue(stored[i]) : (i) => stored[i]);
  }
  result.requiresGrad = options.requiresGrad ?? false;
  return result;
}

/**
 * Memory for a tensor, its contents undefined. Of any shape (…).
 * @throws AdapterError for f16 where the adapter has no shader-f16.
 */
export function empty(device: Device, shape: Shape, dtype: DType = 'f32', layout = ROWS): Tensor {
  if (shape.some((d) => !Number.isInteger(d) || d < 0))
    throw new ShapeError(`[empty] ${formatShape(shape)} is not a shape`);
  if (dtype === 'f16') requireHalves(device);
  if (!fitsLayout(layout, shape)) throw new Error(`[empty] ${formatShape(shape)} does not fit layout ${layout.kind}`);
  const bytes = wholeWords(Math.max(1, sizeOf(shape)) * itemSize(dtype));
  return new Tensor(device.allocate(bytes), 0, [...shape], dtype, layout);
}

/** @throws AdapterError unless the adapter's shaders can store halves. */
export function requireHalves(device: Device): void {
  if (device.features.has('shader-f16')) return;
  throw new AdapterError(`half precision (f16) needs shader-f16, which ${device.name} does not offer`, {
    fix: worded`compute in f32 ({precision} f32), or choose another adapter with {adapter} (weft doctor lists
      them and their features)`,
  });
}

/** All zeros, written on the GPU. Of any shape (…). */
export function zeros(device: Device, shape: Shape, dtype: DType = 'f32'): Tensor {
  const result = empty(device, shape, dtype);
  device.clear(result.storage);
  return result;
}

/** All the same number, written on the GPU. Words (u32) take whole numbers from 0. Of any shape (…). */
export function full(device: Device, shape: Shape, value: number, dtype: DType = 'f32'): Tensor {
  const result = empty(device, shape, dtype);
  const half = halfBits(value);
  device.fill(
    result.storage,
    dtype === 'f32' ? floatBits(value) : dtype === 'u32' ? value >>> 0 : ((half << 16) | half) >>> 0,
  );
  return result;
}

/**
 * The same memory under another shape of the same size; no gradient flows through it (autograd's `reshape` is for
 * that).
 */
export function view(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return new Tensor(x.home.storage, x.home.byteOffset, x.shape, x.dtype, x.layout);
  return new Tensor(x.storage, x.byteOffset, inferShape('view', x.size, shape), x.dtype);
}

/**
 * Rows start..end of the first dimension as a view; images of fours of channels stay so. The start must fall on 256
 * bytes (see kernels/windows.ts).
 */
export function rows(x: Tensor, start: number, end: number): Tensor {
  const rowBytes = sizeOf(x.shape.slice(1)) * itemSize(x.dtype);
  const whole = x.layout === FOURS ? x : x.as(ROWS);
  const { storage, byteOffset } = whole.home;
  const shape = [end - start, ...x.shape.slice(1)];
  return new Tensor(storage, byteOffset + start * rowBytes, shape, x.dtype, whole.layout);
}
