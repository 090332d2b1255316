/** Running an auto-encoder without training it: its loss over data, and the latent distributions. */
import { noGrad } from '../autograd/graph.js';
import * as F from '../autograd/ops/index.js';
import type { FeatureSet } from '../data/feature_set.js';
import type { Device } from '../device/device.js';
import { add_ } from '../kernels/elementwise/accumulate.js';
import { manualSeed } from '../kernels/random/random.js';
import type { AnyModule } from '../nn/module.js';
import type { Discriminator } from '../nn/vae/discriminator.js';
import { vaeLossParts, type VaeLossParts } from '../nn/vae/loss.js';
import type { VaeLoss } from '../nn/vae/loss_names.js';
import type { Posterior, Vae } from '../nn/vae/vae.js';
import { zeros, type Tensor } from '../tensor/tensor.js';
import { featureBatches, inOrder, type Batches } from './batches.js';

/** Batches recorded before the host waits: bounds what is queued. */
const BATCHES_IN_FLIGHT = 8;

/**
 * Runs `body` once for each batch of a walk from its start, without gradients and in evaluation mode, and hands `take`
 * what it returned.
 */
export async function forEachBatch<T>(
  device: Device,
  model: AnyModule,
  batches: Batches,
  body: (x: Tensor, label: Tensor) => T,
  take: (result: T, start: number) => Promise<void> = async () => {},
): Promise<void> {
  const before = model.training;
  model.eval();
  batches.restart(inOrder(batches.count));
  try {
    for (let start = 0, n = 1; start < batches.count; start += batches.measured, n++) {
      const size = Math.min(batches.measured, batches.count - start);
      await batches.load(size);
      const result = device.step(() =>
        noGrad(() => {
          const { x, label } = batches.next(size);
          return body(x, label);
        }),
      );
      await take(result, start);
      if (n % BATCHES_IN_FLIGHT === 0) await device.sync();
    }
  } finally {
    model.train(before);
  }
}

/** The labels of x where the model is told them. */
export function labelFor({ classes }: Vae, label: Tensor): Tensor | null {
  return classes === null ? null : label;
}

/** Means per image (or vector), in nats. */
export interface VaeMeasures {
  readonly reconstruction: number;
  /**
   * Of q(z | x) from the prior. Of an adversarial auto-encoder: of all z together, estimated by the discriminator's
   * log-odds; an estimate, it may be below 0.
   */
  readonly kl: number;
}

/**
 * Sums over a batch. @param critic of an adversarial auto-encoder, whose z is the latent mean; else one z is drawn for
 * each x.
 */
export function lossParts(
  model: Vae,
  x: Tensor,
  label: Tensor,
  loss: VaeLoss,
  critic: Discriminator | null,
): VaeLossParts {
  const told = labelFor(model, label);
  if (critic === null) return vaeLossParts(model.forward(x, told), loss);
  const output = model.forwardMean(x, told);
  const { reconstruction } = vaeLossParts(output, loss);
  return { reconstruction, kl: F.neg(F.sum(critic.forward(output.mean))) };
}

/**
 * The loss with one z drawn for each image. @param seed of the noise: it starts the device's generator over. @param
 * critic see `lossParts`.
 */
export async function measureVae(
  device: Device,
  model: Vae,
  batches: Batches,
  loss: VaeLoss,
  seed: number,
  critic: Discriminator | null = null,
): Promise<VaeMeasures> {
  const totals = { reconstruction: zeros(device, []), kl: zeros(device, []) };
  try {
    manualSeed(device, seed);
    await forEachBatch(device, model, batches, (x, label) => {
      const parts = lossParts(model, x, label, loss, critic);
      add_(totals.reconstruction, parts.reconstruction);
      add_(totals.kl, parts.kl);
    });
    const [reconstruction, kl] = await Promise.all([totals.reconstruction.item(), totals.kl.item()]);
    return { reconstruction: reconstruction / batches.count, kl: kl / batches.count };
  } finally {
    for (const t of [totals.reconstruction, totals.kl]) t.release();
  }
}

/** The latent distributions of a whole set, (N, Z) row-major each. */
export interface EncodedSet {
  readonly mean: Float32Array;
  readonly logVar: Float32Array;
}

export async function encodeBatches(device: Device, model: Vae, batches: Batches): Promise<EncodedSet> {
  const size = batches.count * model.latent;
  const [mean, logVar] = [new Float32Array(size), new Float32Array(size)];
  const take = async (encoded: Posterior, start: number): Promise<void> => {
    for (const [into, part] of [
      [mean, encoded.mean],
      [logVar, encoded.logVar],
    ] as const) {
      into.set((await part.read()) as Float32Array, start * model.latent);
      part.release();
    }
  };
  await forEachBatch(device, model, batches, (x, label) => model.encode(x, labelFor(model, label)), take);
  return { mean, logVar };
}

/** The latent distributions of feature vectors; a conditional model is told their labels. */
export async function encodeAll(device: Device, model: Vae, set: FeatureSet): Promise<EncodedSet> {
  const batches = featureBatches(device, set);
  try {
    return await encodeBatches(device, model, batches);
  } finally {
    batches.release();
  }
}
