/** A checkpoint's model put to use: from a decoded picture to the probabilities of its classes. */
import { noGrad } from '../autograd/graph.js';
import { softmax } from '../autograd/ops/softmax.js';
import type { RgbaImage } from '../data/rgba_image.js';
import { keptSide, toSquare } from '../data/picture_form.js';
import { middleOf } from '../data/square.js';
import type { Device } from '../device/device.js';
import { ModelError } from '../device/errors.js';
import type { Module } from '../nn/module.js';
import { tensor } from '../tensor/tensor.js';
import { modelOf, restore, type Checkpoint } from './checkpoint.js';
import type { CheckpointHeader } from './checkpoint_header.js';

export interface ClassProbability {
  readonly class: string;
  readonly probability: number;
}

/**
 * A picture as the model's normalised input (C, H, W), as its training images were made.
 * @throws ModelError for a model on other than grey or RGB squares.
 */
export function modelInput(image: RgbaImage, { input, normalization, model, config }: CheckpointHeader): Float32Array {
  const side = input.width;
  if (![1, 3].includes(input.channels) || input.height !== side) {
    throw new ModelError(`${model} of this run takes ${input.channels}x${input.height}x${side} images; predict knows grey and RGB square ones only`, { fix: 'use a run on square images' });
  }
  const form = { channels: input.channels, imageSize: config.imageSize ?? side, side };
  const pixels = middleOf(toSquare(image, form), keptSide(form), side);
  const area = side * side;
  return Float32Array.from(pixels, (v, i) => (v / 255 - normalization.mean[Math.floor(i / area)]) / normalization.std[Math.floor(i / area)]);
}

export class Classifier {
  readonly header: CheckpointHeader;
  readonly #device: Device;
  readonly #model: Module;

  /** @throws ModelError when the checkpoint's tensors are not its model's. */
  constructor(device: Device, checkpoint: Checkpoint) {
    this.header = checkpoint.header;
    this.#device = device;
    this.#model = modelOf(checkpoint).to(device).eval();
    restore(checkpoint, this.#model, null);
  }

  /** Probabilities (N, classes) of N normalised inputs (N, C, H, W). */
  async probabilities(inputs: Float32Array): Promise<Float32Array> {
    const { channels, height, width } = this.header.input;
    const p = this.#device.step(() => noGrad(() => softmax(this.#model.forward(tensor(this.#device, inputs, { shape: [-1, channels, height, width] })))));
    try {
      return (await p.read()) as Float32Array;
    } finally {
      p.storage.release();
    }
  }

  /** All classes of a normalised input (C, H, W), the likeliest first. */
  async rank(input: Float32Array): Promise<ClassProbability[]> {
    const values = await this.probabilities(input);
    return this.header.classes.map((name, c) => ({ class: name, probability: values[c] })).sort((a, b) => b.probability - a.probability);
  }

  release(): void {
    this.#model.memory.release();
  }
}
