/** A checkpoint's network without its head: from a picture to its features, computed once for all that is taught. */
import type { RgbaImage } from '../data/pictures/rgba_image.js';
import type { Device } from '../device/device.js';
import { ModelError } from '../device/errors.js';
import { modelInput, modelPixels, normalized } from '../inference/classifier.js';
import { captureInference, type Inference } from '../nn/capture_inference.js';
import { headInput } from '../nn/head_input.js';
import { modelSpec } from '../nn/models/registry.js';
import type { Module } from '../nn/module.js';
import { tensor, type Tensor } from '../tensor/tensor.js';
import { modelOf, restore, type Checkpoint } from '../train/checkpoint/checkpoint.js';

/** Images of the largest batch: larger ones gain nothing, and an answer would wait longer. */
const LARGEST_BATCH = 16;

/** D of a head that is a Linear (C, D) or a convolution (C, D, 1, 1). @throws ModelError for any other. */
function headWidth(model: Module, head: string): number {
  const width = new Map(model.namedParameters()).get(`${head}.weight`)?.shape[1];
  if (width !== undefined) return width;
  throw new ModelError(`[teach] the layer ${head} of this model has no weight that features are multiplied by`, {
    fix: 'use a model whose head is a Linear or a convolution',
  });
}

/** What a network says of an image just before its head. */
export class Backbone {
  readonly checkpoint: Checkpoint;
  /** D: how many numbers the features of an image are. */
  readonly width: number;
  readonly #device: Device;
  readonly #model: Module;
  /** Images (N, C, H, W) to features (N, D). */
  readonly #infer: Inference<[x: Tensor], Tensor>;

  /** @throws ModelError when the checkpoint's tensors are not its model's. */
  constructor(device: Device, checkpoint: Checkpoint) {
    this.checkpoint = checkpoint;
    this.#device = device;
    const model = modelOf(checkpoint).to(device).eval();
    this.#model = model;
    restore(checkpoint, model, null);
    const { head } = modelSpec(checkpoint.header.model);
    this.width = headWidth(model, head);
    this.#infer = captureInference(device, (fold, x: Tensor) => fold(() => headInput(model, head, x)));
  }

  /** A picture as the network's normalised input (C, H, W). @throws ModelError as `modelInput`. */
  input(image: RgbaImage): Float32Array {
    return modelInput(image, this.checkpoint.header);
  }

  /**
   * The same as bytes (C, H, W), a quarter of the memory: what fine-tuning trains on; `inputOf` makes an input of them.
   */
  pixels(image: RgbaImage): Uint8Array {
    return modelPixels(image, this.checkpoint.header);
  }

  /** Prepared bytes (C, H, W) as the network's normalised input. */
  inputOf(pixels: Uint8Array): Float32Array {
    return normalized(pixels, this.checkpoint.header);
  }

  /** Features (D) of each normalised input (C, H, W). */
  async features(inputs: readonly Float32Array[]): Promise<Float32Array[]> {
    const { channels, height, width } = this.checkpoint.header.input;
    const size = channels * height * width;
    const found: Float32Array[] = [];
    // batches of few sizes, for each is captured on its own
    for (let batch = LARGEST_BATCH; found.length < inputs.length; batch /= 2) {
      while (inputs.length - found.length >= batch) {
        const all = new Float32Array(batch * size);
        for (let i = 0; i < batch; i++) all.set(inputs[found.length + i], i * size);
        const x = tensor(this.#device, all, { shape: [batch, channels, height, width] });
        const read = this.#infer(x).read(); // begins at once: the next call overwrites the numbers
        x.release();
        const features = (await read) as Float32Array;
        for (let i = 0; i < batch; i++) found.push(features.slice(i * this.width, (i + 1) * this.width));
      }
    }
    return found;
  }

  /** Gives the network's memory back: it cannot be used any more. */
  release(): void {
    this.#infer.release();
    this.#model.release();
  }
}
