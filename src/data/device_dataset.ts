/** A data set on the GPU: bytes uploaded once, batches gathered and normalised there. */
import type { Device } from '../device/device.js';
import { DataError } from '../device/errors.js';
import { gatherImages, type ImageSource } from '../kernels/gather_images.js';
import { Tensor } from '../tensor/tensor.js';
import type { ImageDataset } from './dataset.js';

/** Mean and standard deviation of each channel, of values in 0..1. */
export interface Normalization {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Words on the GPU that outlive every step. */
function upload(device: Device, words: Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>, shape: readonly number[]): Tensor {
  const storage = device.allocate(Math.max(4, words.byteLength));
  device.keep(storage);
  if (words.byteLength > 0) device.write(storage, words);
  return new Tensor(storage, 0, shape, words instanceof Float32Array ? 'f32' : 'u32');
}

/** The images, labels and statistics on the GPU. */
export class DeviceDataset {
  readonly device: Device;
  readonly dataset: ImageDataset;
  readonly images: Tensor;
  readonly labels: Tensor;
  readonly statistics: Tensor;

  /** @throws DataError when the images are more than the adapter can bind at once. */
  constructor(device: Device, dataset: ImageDataset, { mean, std }: Normalization) {
    const bytes = new Uint8Array(Math.ceil(dataset.images.length / 4) * 4);
    if (bytes.length > device.maxBindingBytes) {
      throw new DataError(`${dataset.name}: ${dataset.count} images take ${bytes.length} bytes, the adapter can bind ${device.maxBindingBytes}`, { fix: 'use fewer or smaller images' });
    }
    bytes.set(dataset.images);
    this.device = device;
    this.dataset = dataset;
    this.images = upload(device, new Uint32Array(bytes.buffer), [bytes.length / 4]);
    this.labels = upload(device, Uint32Array.from(dataset.labels), [dataset.count]);
    this.statistics = upload(device, Float32Array.from(mean.flatMap((m, c) => [m, 1 / std[c]])), [mean.length, 2]);
  }

  /** A way through some of the images, in any order. */
  walk(indices: Uint32Array): DatasetWalk {
    return new DatasetWalk(this, indices);
  }

  release(): void {
    for (const t of [this.images, this.labels, this.statistics]) t.storage.release();
  }
}

/** An order of images and how far one has come in it; both in GPU memory. */
export class DatasetWalk {
  readonly count: number;
  readonly #source: ImageSource;

  constructor(data: DeviceDataset, indices: Uint32Array) {
    const { channels, height, width } = data.dataset;
    this.count = indices.length;
    const order = upload(data.device, Uint32Array.from(indices), [indices.length]);
    const cursor = upload(data.device, Uint32Array.of(0), [1]);
    this.#source = { images: data.images, labels: data.labels, statistics: data.statistics, order, cursor, channels, height, width };
  }

  /** Starts again at position `at` of a new order of as many images. */
  restart(indices: Uint32Array, at = 0): void {
    const { order, cursor } = this.#source;
    order.device.write(order.storage, Uint32Array.from(indices));
    order.device.write(cursor.storage, Uint32Array.of(at));
  }

  /** The next `batch` images (batch, C, H, W), normalised, and labels (batch) u32. The caller keeps within `count`. */
  next(batch: number): { x: Tensor; label: Tensor } {
    return gatherImages(this.#source, batch);
  }

  release(): void {
    this.#source.order.storage.release();
    this.#source.cursor.storage.release();
  }
}
