/**
 * Grad-CAM (Selvaraju et al. 2017, https://arxiv.org/abs/1610.02391): where the last maps of a convolutional network
 * speak for a class. With A_k the maps and y the class's logit,
 *
 *     alpha_k = mean over the places of dy / dA_k        L = relu(sum_k alpha_k A_k)
 *
 * The maps are those that the network's end reduces to a vector: what a global pooling or flattening is given last. A
 * head that is a convolution (SqueezeNet's) is given them itself.
 */
import { backward, observeOps } from '../autograd/graph.js';
import type { Device } from '../device/device.js';
import { ModelError, UsageError } from '../device/errors.js';
import { modelSpec } from '../nn/models/registry.js';
import type { Module } from '../nn/module.js';
import { tensor, type Tensor } from '../tensor/tensor.js';
import { modelOf, restore, type Checkpoint } from '../train/checkpoint/checkpoint.js';

/** How much each place speaks for a class: (height, width), 0 where nothing does; the scale is the logit's. */
export interface ClassActivation {
  readonly map: Float32Array;
  readonly height: number;
  readonly width: number;
}

/** A network whose maps are asked for; it is on the device until it is released. */
export class GradCam {
  readonly #device: Device;
  readonly #checkpoint: Checkpoint;
  readonly #model: Module;

  /** @throws ModelError when the checkpoint's tensors are not its model's. */
  constructor(device: Device, checkpoint: Checkpoint) {
    this.#device = device;
    this.#checkpoint = checkpoint;
    this.#model = modelOf(checkpoint).to(device).eval();
    restore(checkpoint, this.#model, null);
  }

  /**
   * @param input a normalised picture (C, H, W). @param target number of the class.
   * @throws ModelError when the network has no maps (mlp, lstm, vit); UsageError when there is no such class.
   */
  async map(input: Float32Array, target: number): Promise<ClassActivation> {
    const { model: name, input: size } = this.#checkpoint.header;
    if (!Number.isInteger(target) || target < 0 || target >= size.classes)
      throw new UsageError(`[gradCam] class ${target} of ${size.classes}`);
    const { maps, gradient } = this.#device.step(() => {
      const x = tensor(this.#device, input, { shape: [1, size.channels, size.height, size.width] });
      const { logits, maps: found } = lastMaps(this.#model, modelSpec(name).head, x);
      if (found === null)
        throw new ModelError(`[gradCam] ${name} has no maps of places that its end is made of`, {
          fix: 'use a convolutional network; occlusion works with any',
        });
      found.retainsGrad = true;
      const seed = Float32Array.from({ length: size.classes }, (_, c) => Number(c === target));
      backward(logits, tensor(this.#device, seed, { shape: [1, size.classes] }));
      return { maps: found, gradient: found.grad as Tensor };
    });
    const [, channels, height, width] = maps.shape;
    const [a, d] = (await Promise.all([maps.read(), gradient.read()])) as Float32Array[];
    for (const t of [maps, gradient]) t.release();
    this.#model.memory.zeroGrads();
    return { map: weighted(a, d, channels), height, width };
  }

  /** Gives the model's memory back: it cannot be used any more. */
  release(): void {
    this.#model.release();
  }
}

/** relu(sum_k alpha_k A_k) of maps A and their gradients, both (channels, places). */
export function weighted(a: Float32Array, d: Float32Array, channels: number): Float32Array {
  const places = a.length / channels;
  const sum = new Float64Array(places);
  for (let k = 0; k < channels; k++) {
    let alpha = 0;
    for (let i = 0; i < places; i++) alpha += d[k * places + i] / places;
    for (let i = 0; i < places; i++) sum[i] += alpha * a[k * places + i];
  }
  return Float32Array.from(sum, (v) => Math.max(0, v));
}

/** What a model says of x (N, C, H, W), and the maps (N, K, h, w) that its end is made of; null: it has none. */
export function lastMaps(model: Module, head: string, x: Tensor): { logits: Tensor; maps: Tensor | null } {
  const headWeight = [...model.namedParameters()].find(([key]) => key === `${head}.weight`)?.[1].value;
  let isConvolved = false;
  let maps: Tensor | null = null;
  let isHeadConvolved = false;
  const logits = observeOps(
    (op, [first, second], output) => {
      isConvolved ||= op === 'conv2d';
      if (!isConvolved || isHeadConvolved || first?.rank !== 4) return;
      if (op === 'conv2d' && second === headWeight) {
        isHeadConvolved = true;
        maps = first;
        return;
      }
      const [, , height, width] = first.shape;
      const isVector = output.rank === 2 || (output.rank === 4 && output.shape[2] * output.shape[3] === 1);
      if (height * width > 1 && isVector && first.requiresGrad) maps = first;
      // tokens of a transformer: what follows is no map of places any more
      else if (output.rank === 3 && !isVector) maps = null;
    },
    () => model.forward(x),
  );
  return { logits, maps };
}
