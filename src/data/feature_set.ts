/** Labelled feature vectors: what a backbone made of a data set. The host's arrays, and batches of them on the GPU. */
import type { Device } from '../device/device.js';
import { indexSelect } from '../kernels/movement/index_select.js';
import { Tensor } from '../tensor/tensor.js';

/** Features (count, width) on the host, and their labels. */
export interface FeatureSet {
  /** Where it came from, for messages. */
  readonly name: string;
  /** (N, D) row-major. */
  readonly features: Float32Array;
  /** (N) class indices, each < classes.length. */
  readonly labels: Uint32Array;
  readonly count: number;
  /** D. */
  readonly width: number;
  readonly classes: readonly string[];
}

/** Some of the vectors, in the order of `indices`. */
export function selectFeatures(set: FeatureSet, indices: Uint32Array): FeatureSet {
  const { features, labels, width } = set;
  const chosen = new Float32Array(indices.length * width);
  for (const [to, from] of indices.entries())
    chosen.set(features.subarray(from * width, (from + 1) * width), to * width);
  return { ...set, features: chosen, labels: indices.map((i) => labels[i]), count: indices.length };
}

/** Features on the GPU, and the place of a batch beside them. */
export class DeviceFeatures {
  readonly count: number;
  readonly width: number;
  readonly #labels: Uint32Array;
  readonly #device: Device;
  readonly #rows: Tensor;
  /** By batch size: numbers of the rows, and their labels. A captured step reads these. */
  readonly #batches = new Map<number, { readonly index: Tensor; readonly label: Tensor }>();

  constructor(device: Device, { features, labels, count, width }: FeatureSet) {
    this.count = count;
    this.width = width;
    this.#labels = labels;
    this.#device = device;
    this.#rows = keep(device, 4 * count * width, [count, width], 'f32');
    if (features.length > 0) device.write(this.#rows.storage, features as Float32Array<ArrayBuffer>);
  }

  /** Before a step that calls `next`: says which rows its batch has. */
  load(indices: Uint32Array): void {
    const { index, label } = this.#batch(indices.length);
    this.#device.write(index.storage, Uint32Array.from(indices));
    this.#device.write(
      label.storage,
      Uint32Array.from(indices, (i) => this.#labels[i]),
    );
  }

  /** The loaded batch: x (batch, D), label (batch) u32. */
  next(batch: number): { readonly x: Tensor; readonly label: Tensor } {
    const { index, label } = this.#batch(batch);
    return { x: indexSelect('features', this.#rows, 0, index), label };
  }

  /** Gives its GPU memory back: it cannot be used any more. */
  release(): void {
    for (const t of [this.#rows, ...[...this.#batches.values()].flatMap((b) => [b.index, b.label])]) t.release();
  }

  #batch(size: number): { readonly index: Tensor; readonly label: Tensor } {
    let batch = this.#batches.get(size);
    if (batch === undefined) {
      batch = this.#device.aside(() => ({
        index: keep(this.#device, 4 * size, [size], 'u32'),
        label: keep(this.#device, 4 * size, [size], 'u32'),
      }));
      this.#batches.set(size, batch);
    }
    return batch;
  }
}

/** Memory that outlives every step. */
function keep(device: Device, bytes: number, shape: readonly number[], dtype: 'f32' | 'u32'): Tensor {
  const storage = device.allocate(Math.max(4, bytes));
  device.keep(storage);
  return new Tensor(storage, 0, shape, dtype);
}
