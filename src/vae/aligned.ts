/** Training two auto-encoders whose latent spaces are one: of features, and of their classes' vectors. */
import * as F from '../autograd/ops/index.js';
import { backward } from '../autograd/graph.js';
import type { FeatureSet } from '../data/feature_set.js';
import { hostRandom } from '../data/host_random.js';
import type { Device } from '../device/device.js';
import { UsageError } from '../device/errors.js';
import { add_ } from '../kernels/elementwise/accumulate.js';
import { manualSeed } from '../kernels/random/random.js';
import { AlignedVaes, type AlignedLossParts } from '../nn/vae/aligned_vaes.js';
import { Adam } from '../optim/optim.js';
import { tensor, zeros, type Tensor } from '../tensor/tensor.js';
import { stepSizes } from '../train/batch_sizes.js';
import { Pacer } from '../train/pacer.js';
import { worded } from '../text/wording.js';
import { featureBatches } from './batches.js';
import { walkEpoch } from './epoch_walk.js';

/** A weight that grows by `perEpoch` from the epoch `from` up to the epoch `until`, counted from 1; 0 before. */
export interface Ramp {
  readonly from: number;
  readonly until: number;
  readonly perEpoch: number;
}

/** What the training of aligned auto-encoders is: everything that decides its result. */
export interface AlignedConfig {
  /** Dimensions of the latent space. */
  readonly latent: number;
  /** Width of the hidden layers. */
  readonly hidden: number;
  /** Weight of the KL divergence. */
  readonly beta: Ramp;
  /** Weight of the cross-reconstruction. */
  readonly gamma: Ramp;
  /** Weight of the distance of the distributions. */
  readonly delta: Ramp;
  readonly epochs: number;
  readonly batch: number;
  /** Adam's. */
  readonly lr: number;
  /** Decides weights, order and noise. */
  readonly seed: number;
}

/** Sizes of the feature auto-encoder, weights as published (CADA-VAE, section 4). */
export const ALIGNED_VAES: AlignedConfig = {
  latent: 128,
  hidden: 512,
  beta: { from: 1, until: 90, perEpoch: 0.0026 },
  gamma: { from: 21, until: 75, perEpoch: 0.044 },
  delta: { from: 6, until: 22, perEpoch: 0.54 },
  epochs: 100,
  batch: 64,
  lr: 1e-3,
  seed: 0,
};

/** @param epoch counted from 1. */
export function rampAt({ from, until, perEpoch }: Ramp, epoch: number): number {
  return epoch < from ? 0 : (Math.min(epoch, until) - from + 1) * perEpoch;
}

const PARTS = ['reconstruction', 'kl', 'cross', 'distance'] as const;

/** One epoch: means per vector of the loss's parts (AlignedLossParts). */
export interface AlignedEpoch {
  /** Counted from 1. */
  readonly epoch: number;
  readonly reconstruction: number;
  readonly kl: number;
  readonly cross: number;
  readonly distance: number;
  readonly seconds: number;
}

// Key of the use of a seed: each epoch's noise depends on the seed and its number alone.
const NOISE = 31;

/**
 * Trains on features that are standardised already, and the vector of each one's class.
 * @param vectors (classes, A) row-major.
 * @returns the model as it is after the last epoch: the weights of the loss grow all the time, so there is no epoch to
 * choose. `encodeAll` encodes with either half. The caller gives its memory back.
 * @throws UsageError for vectors of other classes; DivergedError; InterruptedError when `interrupted` says so.
 */
export async function trainAlignedVaes(
  device: Device,
  config: AlignedConfig,
  train: FeatureSet,
  vectors: Float32Array<ArrayBuffer>,
  { interrupted }: { readonly interrupted?: () => 130 | 143 | null } = {},
): Promise<{ model: AlignedVaes; history: readonly AlignedEpoch[] }> {
  const classes = train.classes.length;
  if (vectors.length === 0 || vectors.length % classes !== 0)
    throw new UsageError(`${vectors.length} numbers are no vectors of ${classes} classes`, {
      fix: 'give as many numbers for each class',
    });
  const sizes = { width: train.width, vector: vectors.length / classes, latent: config.latent, hidden: config.hidden };
  const model = new AlignedVaes(sizes).to(device, { seed: config.seed });
  const optimizer = new Adam(model, { lr: config.lr });
  const table = tensor(device, vectors, { shape: [classes, sizes.vector] });
  const batches = featureBatches(device, train);
  const sums = PARTS.map(() => zeros(device, []));
  const weights = { kl: zeros(device, []), cross: zeros(device, []), distance: zeros(device, []) };
  const step = device.capture((batch: number) => {
    const { x, label } = batches.next(batch);
    optimizer.zeroGrad();
    const parts = model.forward(x, vectorsOf(label, table));
    backward(F.div(weighted(parts, weights), batch));
    optimizer.step();
    for (const [i, part] of PARTS.entries()) add_(sums[i], parts[part]);
  });
  const history: AlignedEpoch[] = [];
  let isDone = false;
  try {
    for (const size of stepSizes(train.count, config.batch)) await step.compile([size]);
    const { epochs, batch, lr, seed } = config;
    const learning = [[model, optimizer]] as const;
    const pacer = new Pacer();
    const fix = worded`use a smaller {lr}`;
    const walk = { device, train: batches, epochs, batch, lr, seed, sums, learning, pacer, fix, interrupted };
    for (let epoch = 1; epoch <= epochs; epoch++) {
      const began = performance.now();
      const [beta, gamma, delta] = [config.beta, config.gamma, config.delta].map((ramp) => rampAt(ramp, epoch));
      for (const [t, weight] of [
        [weights.kl, beta],
        [weights.cross, gamma],
        [weights.distance, delta],
      ] as const)
        device.write(t.storage, Float32Array.of(weight));
      manualSeed(device, hostRandom(seed, NOISE, epoch).uint32());
      const [reconstruction, kl, cross, distance] = await walkEpoch(
        walk,
        epoch,
        step,
        (means) => means[0] + beta * means[1] + gamma * means[2] + delta * means[3],
      );
      history.push({ epoch, reconstruction, kl, cross, distance, seconds: (performance.now() - began) / 1000 });
    }
    isDone = true;
    return { model: model.eval(), history };
  } finally {
    step.release();
    for (const part of [batches, table, ...sums, ...Object.values(weights), ...(isDone ? [] : [model])]) part.release();
  }
}

/** The row of each label (N) in a table (classes, A): (N, A). */
function vectorsOf(label: Tensor, table: Tensor): Tensor {
  return F.matmul(F.oneHot(label, table.shape[0]), table);
}

function weighted(parts: AlignedLossParts, weights: Readonly<Record<'kl' | 'cross' | 'distance', Tensor>>): Tensor {
  return (['kl', 'cross', 'distance'] as const).reduce(
    (sum, part) => F.add(sum, F.mul(parts[part], weights[part])),
    parts.reconstruction,
  );
}
