/**
 * Buffers: state of a module that is saved and loaded with its parameters but not trained, such as running statistics.
 */
import type { Device } from '../device/device.js';
import { UsageError } from '../device/errors.js';
import { alignUp } from '../device/pool.js';
import { sizeOf, type Shape } from '../tensor/shape.js';
import { Tensor, type DType } from '../tensor/tensor.js';
import { fromFloat32, int64FromUint32, type RawTensor } from './state/safetensors.js';

/**
 * A tensor of a module that forward may change in place. It has a shape from the start and numbers once the model is on
 * a device.
 */
export class StateBuffer {
  readonly shape: Shape;
  readonly size: number;
  /** u32 is stored as I64, PyTorch's type of counters. */
  readonly dtype: DType;
  /** What it begins with: every element's value, or the values of all. May be replaced as Parameter.init. */
  initial: number | Float32Array;
  #tensor: Tensor | null = null;

  constructor(shape: Shape, options: { readonly initial?: number | Float32Array; readonly dtype?: DType } = {}) {
    this.shape = shape;
    this.size = sizeOf(shape);
    this.dtype = options.dtype ?? 'f32';
    this.initial = options.initial ?? 0;
  }

  /** The numbers. @throws UsageError before `Module.to`. */
  get value(): Tensor {
    if (this.#tensor === null)
      throw new UsageError('this model is on no device yet', { fix: 'call model.to(device) first' });
    return this.#tensor;
  }

  /** Only for BufferMemory. */
  place(value: Tensor): void {
    this.#tensor = value;
  }

  /** This buffer's part of its memory's bytes, to be stored. */
  stored(bytes: ArrayBuffer): RawTensor {
    const start = this.value.byteOffset;
    const own = bytes.slice(start, start + this.size * 4);
    return this.dtype === 'f32'
      ? fromFloat32(new Float32Array(own), this.shape)
      : int64FromUint32(new Uint32Array(own), this.shape);
  }
}

/**
 * All buffers of a model in one memory, each a range that starts on 256 bytes: one read saves them. It is apart from
 * the parameters', which optimizers run over from end to end. Floats come first, so that one range holds all of them.
 */
export class BufferMemory {
  /** (total) u32, the words of all buffers; null when there are none. */
  readonly all: Tensor | null;
  /** (total) f32, all buffers of floats; null when there are none. What lies between them is zero. */
  readonly floats: Tensor | null;

  constructor(device: Device, buffers: readonly StateBuffer[]) {
    const ordered = [...buffers].sort((a, b) => Number(a.dtype === 'u32') - Number(b.dtype === 'u32'));
    const offsets: number[] = [];
    let [bytes, floats] = [0, 0];
    for (const b of ordered) {
      offsets.push(bytes);
      bytes += alignUp(b.size * 4);
      if (b.dtype === 'f32') floats = bytes / 4;
    }
    this.all = null;
    this.floats = null;
    if (bytes === 0) return;
    const storage = device.allocate(bytes);
    device.keep(storage);
    this.all = new Tensor(storage, 0, [bytes / 4], 'u32');
    const words = new Uint32Array(bytes / 4);
    if (floats > 0) this.floats = new Tensor(storage, 0, [floats], 'f32');
    for (const [i, b] of ordered.entries()) {
      b.place(new Tensor(storage, offsets[i], b.shape, b.dtype));
      if (typeof b.initial === 'number') numbers(b, words).fill(b.initial);
      else numbers(b, words).set(b.initial);
    }
    device.write(storage, words);
  }

  /** The bytes of all buffers, after everything recorded so far. */
  async read(): Promise<ArrayBuffer> {
    return this.all === null ? new ArrayBuffer(0) : (await this.all.read()).buffer;
  }

  release(): void {
    this.all?.release();
  }
}

/** A buffer's place among the words of its memory. */
function numbers(b: StateBuffer, words: Uint32Array<ArrayBuffer>): Float32Array | Uint32Array {
  const View = b.dtype === 'f32' ? Float32Array : Uint32Array;
  return new View(words.buffer, b.value.byteOffset, b.size);
}
