/**
 * A data set for the GPU: bytes uploaded once, or a batch at a time where they are too many; batches gathered and
 * normalised there.
 */
import type { Device } from '../device/device.js';
import { augmentedBatch, type AugmentedBatch } from '../kernels/images/augment.js';
import type { Augmentation } from '../kernels/images/augment_settings.js';
import { gatherImages, type ImageSource } from '../kernels/images/gather_images.js';
import { Tensor } from '../tensor/tensor.js';
import type { ImageDataset } from './dataset.js';
import { isStored, piecesOf, type Images } from './images.js';
import { Stage } from './stage.js';
import type { Normalization } from './normalize.js';

export type { Normalization };

/** Larger data sets stay on the host even where the adapter could bind them. */
const RESIDENT_BYTES = 2 ** 30;
/**
 * Images in a file that are more than this are not copied to a software adapter: the first touch of new memory costs
 * ten times as much as reading a file that the system has in memory.
 */
const RESIDENT_COPY_BYTES = 2 ** 26;
/** Images of a batch, where nobody says. */
const LARGEST_BATCH = 256;

/** Words on the GPU that outlive every step. */
function upload(
  device: Device,
  words: Uint32Array<ArrayBuffer> | Float32Array<ArrayBuffer>,
  shape: readonly number[],
): Tensor {
  const result = reserve(device, words.byteLength, shape, words instanceof Float32Array ? 'f32' : 'u32');
  if (words.byteLength > 0) device.write(result.storage, words);
  return result;
}

function reserve(device: Device, bytes: number, shape: readonly number[], dtype: 'f32' | 'u32' = 'u32'): Tensor {
  const storage = device.allocate(Math.max(4, bytes));
  device.keep(storage);
  return new Tensor(storage, 0, shape, dtype);
}

/** Whether images are uploaded once: memory of a software adapter is the host's, to which a file is better read. */
function isResident(device: Device, images: Images): boolean {
  const most =
    isStored(images) && device.adapter.isSoftware ? Math.min(images.memory, RESIDENT_COPY_BYTES) : RESIDENT_BYTES;
  return 4 * Math.ceil(images.length / 4) <= Math.min(device.maxBindingBytes, device.limits.maxBufferSize, most);
}

function uploadImages(device: Device, images: Images): Tensor {
  const words = Math.ceil(images.length / 4);
  const result = reserve(device, 4 * words, [words]);
  let at = 0;
  for (const piece of piecesOf(images)) {
    device.write(result.storage, piece, at);
    at += piece.length;
  }
  return result;
}

/** The labels and statistics on the GPU, and the images where they fit. */
export class DeviceDataset {
  readonly device: Device;
  readonly dataset: ImageDataset;
  /** Packed bytes of all images; null: each walk uploads its batches. */
  readonly images: Tensor | null;
  readonly labels: Tensor;
  readonly statistics: Tensor;

  constructor(device: Device, dataset: ImageDataset, { mean, std }: Normalization) {
    this.device = device;
    this.dataset = dataset;
    this.images = isResident(device, dataset.images) ? uploadImages(device, dataset.images) : null;
    this.labels = upload(device, Uint32Array.from(dataset.labels), [dataset.count]);
    this.statistics = upload(device, Float32Array.from(mean.flatMap((m, c) => [m, 1 / std[c]])), [mean.length, 2]);
  }

  /** A way through some of the images, in any order. */
  walk(indices: Uint32Array, options: WalkOptions = {}): DatasetWalk {
    return new DatasetWalk(this, indices, options);
  }

  /** Gives its GPU memory back: it cannot be used any more. */
  release(): void {
    for (const t of [this.images, this.labels, this.statistics]) t?.release();
  }
}

/** Options of `DeviceDataset.walk`. */
export interface WalkOptions {
  /** The most images that a batch will have. Default 256. */
  readonly batch?: number;
  /** What happens to the images; default nothing. */
  readonly augmentation?: Augmentation | null;
  /** What happens to a batch (N, C, H, W) after it; default nothing. See `ownSteps`. */
  readonly steps?: (x: Tensor) => Tensor;
}

/** An order of images and how far one has come in it; both in GPU memory. */
export class DatasetWalk {
  readonly count: number;
  readonly #source: ImageSource;
  readonly #augmentation: Augmentation | null;
  readonly #steps: (x: Tensor) => Tensor;
  readonly #stage: Stage | null;

  constructor(
    data: DeviceDataset,
    indices: Uint32Array,
    { batch = LARGEST_BATCH, augmentation = null, steps = (x) => x }: WalkOptions,
  ) {
    const { channels, height, width, crop } = data.dataset;
    const { device, labels, statistics } = data;
    this.count = indices.length;
    this.#augmentation = augmentation;
    this.#steps = steps;
    const largest = Math.max(1, Math.min(batch, indices.length));
    const words = Math.ceil((largest * channels * height * width) / 4);
    const order = upload(device, Uint32Array.from(indices), [indices.length]);
    const cursor = upload(device, Uint32Array.of(0), [1]);
    const images = data.images ?? reserve(device, 4 * words, [words]);
    this.#source = {
      images,
      isStaged: data.images === null,
      labels,
      statistics,
      order,
      cursor,
      channels,
      height,
      width,
      ...(crop === undefined ? {} : { crop }),
    };
    this.#stage = data.images === null ? new Stage(data.dataset, images, indices, largest) : null;
  }

  /**
   * Milliseconds that the GPU had nothing to do because images were not there yet; null: all are on the GPU. See
   * `load`.
   */
  get waited(): number | null {
    return this.#stage?.waited ?? null;
  }

  /** Starts again at position `at` of a new order of as many images. */
  restart(indices: Uint32Array, at = 0): void {
    const { order, cursor } = this.#source;
    order.device.write(order.storage, Uint32Array.from(indices));
    order.device.write(cursor.storage, Uint32Array.of(at));
    this.#stage?.restart(indices, at);
  }

  /**
   * Says which order will come after this one: where images are read when they are needed, its first ones are read in
   * time. It is asked for only there.
   */
  follow(indices: () => Uint32Array): void {
    this.#stage?.follow(indices);
  }

  /**
   * To be awaited before each step that calls `next`: uploads the images of the next `batch` where they are not on the
   * GPU. The write waits in the queue for the steps before it, and what is recorded after it sees the new images; the
   * host does not wait, but for images that are not there yet.
   * @throws DataError when an image can no longer be read; ShapeError when the batch is larger than the walk was made
   * for.
   */
  async load(batch: number): Promise<void> {
    await this.#stage?.load(batch);
  }

  /**
   * The next `batch` images (batch, C, H, W), augmented where the walk says so, normalised, and labels (batch) u32. The
   * caller keeps within `count`.
   */
  next(batch: number): AugmentedBatch {
    const images: AugmentedBatch =
      this.#augmentation === null
        ? { ...gatherImages(this.#source, batch), mixed: null }
        : augmentedBatch(this.#source, this.#augmentation, batch);
    return { ...images, x: this.#steps(images.x) };
  }

  /** Gives its GPU memory back: it cannot be used any more. */
  release(): void {
    this.#source.order.release();
    this.#source.cursor.release();
    if (this.#stage !== null) this.#source.images.release();
  }
}
