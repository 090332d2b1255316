/** Batches of images that are not on the GPU: put together on the host, and uploaded one at a time. */
import { ShapeError } from '../device/errors.js';
import type { Tensor } from '../tensor/tensor.js';
import type { ImageDataset } from './dataset.js';
import { isStored } from './images.js';
import { Prefetch } from './prefetch.js';

/**
 * A write is a copy into memory of the driver's that is free again when the GPU has come to it; so many bytes may wait
 * there.
 */
const BYTES_IN_FLIGHT = 2 ** 28;
/** Of the memory that images may take, training and measuring have as much each, and what is in flight. */
const SHARE = 1 / 3;

export class Stage {
  /** Milliseconds that the GPU had nothing to do because images were not there yet. */
  waited = 0;
  readonly #dataset: ImageDataset;
  /** Where a batch lies on the GPU. */
  readonly #target: Tensor;
  readonly #bytes: Uint8Array<ArrayBuffer>;
  readonly #batch: number;
  /** Of images that are stored. */
  readonly #ahead: Prefetch | null;
  /** Bytes that may wait in the driver's memory. */
  readonly #most: number;
  #order: Uint32Array;
  #at = 0;
  /** Whether images are being read: nobody has asked for any before that. */
  #isBegun = false;
  #inFlight = 0;

  constructor(dataset: ImageDataset, target: Tensor, order: Uint32Array, batch: number) {
    const { images } = dataset;
    this.#dataset = dataset;
    this.#target = target;
    this.#batch = batch;
    this.#order = order;
    this.#bytes = new Uint8Array(4 * Math.ceil((batch * this.#size) / 4));
    this.#most = isStored(images) ? Math.min(BYTES_IN_FLIGHT, SHARE * images.memory) : BYTES_IN_FLIGHT;
    this.#ahead = isStored(images) ? new Prefetch(images, SHARE * images.memory, 2 * order.length) : null;
  }

  get #size(): number {
    const { channels, height, width } = this.#dataset;
    return channels * height * width;
  }

  restart(order: Uint32Array, at: number): void {
    this.#order = order;
    this.#at = at;
    this.#isBegun = true;
    this.#ahead?.restart(order, at);
  }

  follow(order: () => Uint32Array): void {
    this.#ahead?.follow(order());
  }

  /** @throws ShapeError when the batch is larger than this was made for; DataError when an image cannot be read. */
  async load(batch: number): Promise<void> {
    if (batch > this.#batch)
      throw new ShapeError(`[walk] a batch of ${batch}, the walk was made for ${this.#batch}`, {
        fix: 'say so when the walk is made: walk(indices, { batch })',
      });
    const { device, storage } = this.#target;
    const bytes = Math.ceil((batch * this.#size) / 4) * 4;
    await this.#gather(batch);
    if (this.#inFlight > 0 && this.#inFlight + bytes > this.#most) {
      await device.sync();
      this.#inFlight = 0;
    }
    device.write(storage, this.#bytes.subarray(0, bytes));
    this.#inFlight += bytes;
    this.#at += batch;
  }

  async #gather(batch: number): Promise<void> {
    const size = this.#size;
    if (this.#ahead !== null) {
      if (!this.#isBegun) this.restart(this.#order, this.#at);
      const place = this.#bytes.subarray(0, batch * size);
      return this.#ahead.has(batch) ? this.#ahead.take(batch, place) : this.#wait(this.#ahead.take(batch, place));
    }
    const images = this.#dataset.images as Uint8Array;
    for (let b = 0; b < batch; b++) {
      const n = this.#order[this.#at + b];
      this.#bytes.set(images.subarray(n * size, (n + 1) * size), b * size);
    }
  }

  /** Waits for images. What the GPU still does meanwhile is no time lost: it is counted from when it is done. */
  async #wait(taken: Promise<void>): Promise<void> {
    const { device } = this.#target;
    let idleSince = Infinity;
    const idle = device.sync().then(() => {
      idleSince = performance.now();
    });
    idle.catch(() => {}); // what comes next is told of it
    await taken;
    this.waited += Math.max(0, performance.now() - idleSince);
  }
}
