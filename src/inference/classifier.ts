/** A checkpoint's model put to use: from a decoded picture to the probabilities of its classes. */
import { mul } from '../autograd/ops/elementwise/elementwise.js';
import { softmax } from '../autograd/ops/loss/softmax.js';
import type { RgbaImage } from '../data/pictures/rgba_image.js';
import { keptSide, toSquare, type PictureForm } from '../data/pictures/picture_form.js';
import { middleOf } from '../data/pictures/square.js';
import type { Device } from '../device/device.js';
import { DataError, ModelError } from '../device/errors.js';
import { captureInference, type Inference } from '../nn/capture_inference.js';
import type { Module } from '../nn/module.js';
import { tensor, type Tensor } from '../tensor/tensor.js';
import { modelOf, restore, type Checkpoint } from '../train/checkpoint/checkpoint.js';
import type { CheckpointHeader } from '../train/checkpoint/checkpoint_header.js';
import { logitsOfViews, type Views } from './views.js';

/** A class by name, and how likely it is, from 0 to 1. */
export interface ClassProbability {
  readonly class: string;
  readonly probability: number;
}

/** How a run's pictures become its images. */
export function pictureForm({ input, config }: Pick<CheckpointHeader, 'input' | 'config'>): PictureForm {
  return { channels: input.channels, imageSize: config.imageSize ?? input.width, side: input.width };
}

/**
 * A picture as bytes (C, H, W) of the size that the model sees, as its training images were made. @throws ModelError as
 * `modelInput`.
 */
export function modelPixels(image: RgbaImage, header: CheckpointHeader, views: Views | null = null): Uint8Array {
  requireSquares(header);
  const form = pictureForm(header);
  return middleOf(toSquare(image, form), keptSide(form), seenSide(header, views));
}

/**
 * A picture as the model's normalised input (C, H, W), as its training images were made.
 * @param views how it is to be looked at: then all of it is given, (C, keptSide, keptSide), not what the network sees
 * at once.
 * @throws ModelError for a model on other than grey or RGB squares.
 */
export function modelInput(image: RgbaImage, header: CheckpointHeader, views: Views | null = null): Float32Array {
  return normalized(modelPixels(image, header, views), header);
}

/**
 * The same of an image that is as the model's data were: a row of a table of pixels.
 * @param pixels (side, side), grey. @param file for messages.
 * @throws DataError when it is of another size; ModelError as `modelInput`, and for a model on RGB.
 */
export function pixelInput(
  pixels: Uint8Array,
  side: number,
  file: string,
  header: CheckpointHeader,
  views: Views | null = null,
): Float32Array {
  requireSquares(header);
  const { input, config, model } = header;
  if (input.channels !== 1) {
    throw new ModelError(`${model} of this run takes RGB pictures, ${file} is a table of grey pixels`, {
      fix: 'give pictures',
    });
  }
  const seen = seenSide(header, views);
  if (side !== seen && !(config.crop && side > seen)) {
    const fix = 'give a table of such images, or pictures, which are resized';
    throw new DataError(`${file}: images of ${side}x${side}, the model was trained on ${seen}x${seen}`, { fix });
  }
  return normalized(middleOf(pixels, side, seen), header);
}

/** Pixels a side of what a network is given: all of a picture for several views. */
function seenSide(header: CheckpointHeader, views: Views | null): number {
  return views === null ? header.input.width : keptSide(pictureForm(header));
}

function requireSquares({ input, model }: CheckpointHeader): void {
  if ([1, 3].includes(input.channels) && input.height === input.width) return;
  const own = `${input.channels}x${input.height}x${input.width}`;
  const fix = 'use a run on square images';
  throw new ModelError(`${model} of this run takes ${own} images; predict knows grey and RGB square ones only`, {
    fix,
  });
}

/** Bytes (C, H, W) as a model takes them. */
export function normalized(
  pixels: Uint8Array,
  { input, normalization: { mean, std } }: CheckpointHeader,
): Float32Array {
  const area = pixels.length / input.channels;
  return Float32Array.from(pixels, (v, i) => (v / 255 - mean[Math.floor(i / area)]) / std[Math.floor(i / area)]);
}

/** A checkpoint's model put to use: inputs as its training images were made, probabilities of its classes. */
export class Classifier {
  readonly header: CheckpointHeader;
  readonly #device: Device;
  readonly #model: Module;
  readonly #views: Views | null;
  /** Images (N, C, H, W) to probabilities (N, classes). */
  readonly #infer: Inference<[x: Tensor], Tensor>;

  /**
   * @param views how each input is looked at; null: once. Inputs are then whole pictures (modelInput).
   * @param temperature what logits are divided by before they become probabilities; the order of the classes stays.
   * @throws ModelError when the checkpoint's tensors are not its model's.
   */
  constructor(device: Device, checkpoint: Checkpoint, views: Views | null = null, temperature = 1) {
    this.header = checkpoint.header;
    this.#views = views;
    this.#device = device;
    this.#model = modelOf(checkpoint).to(device).eval();
    restore(checkpoint, this.#model, null);
    const model = this.#model;
    this.#infer = captureInference(device, (fold, x: Tensor) =>
      fold(() => {
        const logits = views === null ? model.forward(x) : logitsOfViews(model, x, this.header.input, views);
        return softmax(temperature === 1 ? logits : mul(logits, 1 / temperature));
      }),
    );
  }

  /** Probabilities (N, classes) of N normalised inputs (N, C, H, W). */
  async probabilities(inputs: Float32Array): Promise<Float32Array> {
    const { channels, height, width } = this.header.input;
    const views = this.#views;
    const whole = keptSide(pictureForm(this.header));
    const [h, w] = views === null ? [height, width] : [whole, whole];
    const x = tensor(this.#device, inputs, { shape: [-1, channels, h, w] });
    const p = this.#infer(x).read(); // of the numbers as they are now: the next call may come before they are here
    x.release();
    return (await p) as Float32Array;
  }

  /** All classes of a normalised input (C, H, W), the likeliest first. */
  async rank(input: Float32Array): Promise<ClassProbability[]> {
    return this.#ranked(await this.probabilities(input));
  }

  /** The same of each of several inputs, in one pass. */
  async rankAll(inputs: readonly Float32Array[]): Promise<ClassProbability[][]> {
    const all = new Float32Array(inputs.reduce((n, input) => n + input.length, 0));
    let at = 0;
    for (const input of inputs) {
      all.set(input, at);
      at += input.length;
    }
    const p = await this.probabilities(all);
    const classes = this.header.classes.length;
    return inputs.map((_, i) => this.#ranked(p.subarray(i * classes, (i + 1) * classes)));
  }

  /**
   * All classes of several pictures (C, H, W) of one thing, the likeliest first, by the mean of their probabilities.
   * Not of their logarithms: a picture that shows something else, a label or the sole of a shoe, would then have a
   * veto.
   */
  async rankTogether(inputs: readonly Float32Array[]): Promise<ClassProbability[]> {
    const mean = new Array<number>(this.header.classes.length).fill(0);
    for (const input of inputs)
      for (const [c, p] of (await this.probabilities(input)).entries()) mean[c] += p / inputs.length;
    return this.#ranked(mean);
  }

  #ranked(probabilities: ArrayLike<number>): ClassProbability[] {
    return this.header.classes
      .map((name, c) => ({ class: name, probability: probabilities[c] }))
      .sort((a, b) => b.probability - a.probability);
  }

  /** Gives the model's memory back: it cannot be used any more. */
  release(): void {
    this.#infer.release();
    this.#model.release();
  }
}
