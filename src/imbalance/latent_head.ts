/**
 * The third stage: one linear layer on the features x and, beside them, a z of the VAE. Backbone and encoder are
 * frozen, so q(z|x) is known for every image before the stage begins: a row is (x, mean, log-variance), and drawing z
 * is all that is left to do in a step.
 */
import * as F from '../autograd/ops/index.js';
import { backward, noGrad } from '../autograd/graph.js';
import { DeviceFeatures, type FeatureSet } from '../data/feature_set.js';
import { epochOrder } from '../data/sampler.js';
import type { Device } from '../device/device.js';
import { DivergedError } from '../device/errors.js';
import { addClassificationMetrics_ } from '../kernels/loss/classification_metrics.js';
import { manualSeed } from '../kernels/random/random.js';
import { Linear } from '../nn/layers.js';
import { Module } from '../nn/module.js';
import { reparameterize } from '../nn/vae/vae.js';
import { zeros, type Tensor } from '../tensor/tensor.js';
import { SGD } from '../optim/optim.js';
import type { HeadMethod } from './methods.js';
import { stepSizes } from '../train/batch_sizes.js';
import { requireFiniteNumbers } from '../train/checkpoint/weight_watch.js';
import { worded } from '../text/wording.js';

export interface LatentRows extends FeatureSet {
  /** Z: the last 2 Z columns are mean and log-variance of q(z|x); 0 for none. */
  readonly latent: number;
}

export interface HeadConfig {
  readonly epochs: number;
  readonly batch: number;
  readonly lr: number;
  readonly momentum: number;
  readonly weightDecay: number;
}

export interface HeadEpoch {
  readonly epoch: number;
  /** Over the images as they were sampled. */
  readonly trainLoss: number;
  readonly trainAccuracy: number;
  readonly valLoss: number;
  readonly valAccuracy: number;
}

export interface HeadResult {
  readonly history: readonly HeadEpoch[];
  /** The first epoch with the best validation accuracy; its weights made the predictions. */
  readonly bestEpoch: number;
  /** Class of each test image. */
  readonly predictions: Uint32Array;
}

/** Images of an evaluated batch. */
const EVALUATED = 1024;

class LatentHead extends Module {
  readonly fc: Linear;
  readonly #width: number;
  readonly #latent: number;
  readonly #draws: HeadMethod['draws'];

  constructor({ width, latent, classes }: LatentRows, draws: HeadMethod['draws']) {
    super();
    this.#width = width - 2 * latent;
    this.#latent = latent;
    this.#draws = draws;
    this.fc = new Linear(this.#width + latent, classes.length);
  }

  /**
   * row (N, D + 2 Z) -> logits (N, classes). Where z is always drawn, it is in evaluation too: the published method
   * tests on the path that it trains on.
   */
  forward(row: Tensor): Tensor {
    const [D, Z] = [this.#width, this.#latent];
    if (Z === 0) return this.fc.forward(row);
    const mean = F.slice(row, 1, D, D + Z);
    const isDrawn = this.#draws === 'always' || (this.#draws === 'training' && this.training);
    const z = isDrawn ? reparameterize(mean, F.slice(row, 1, D + Z, D + 2 * Z)) : mean;
    return this.fc.forward(D === 0 ? z : F.cat([F.slice(row, 1, 0, D), z], 1));
  }
}

/**
 * Trains the layer by SGD, chooses the epoch by validation accuracy, and predicts the test images.
 * @param sampled the rows of an epoch, each as often as it comes.
 * @param draws when z is drawn, instead of being its mean.
 * @throws DivergedError
 */
export async function trainLatentHead(
  device: Device,
  config: HeadConfig,
  parts: { readonly train: LatentRows; readonly validation: LatentRows; readonly test: LatentRows },
  options: { readonly sampled: Uint32Array; readonly draws: HeadMethod['draws']; readonly seed: number },
): Promise<HeadResult> {
  const { train, validation, test } = parts;
  const { sampled } = options;
  const head = new LatentHead(train, options.draws).to(device, { seed: options.seed });
  manualSeed(device, options.seed + 1);
  const optimizer = new SGD(head, { lr: config.lr, momentum: config.momentum, weightDecay: config.weightDecay });
  const rows = new DeviceFeatures(device, train);
  const totals = zeros(device, [3]);
  const step = device.capture((batch: number) => {
    const { x, label } = rows.next(batch);
    optimizer.zeroGrad();
    const logits = head.forward(x);
    const losses = F.crossEntropy(logits, label, { reduction: 'none' });
    backward(F.mean(losses));
    optimizer.step();
    addClassificationMetrics_(totals, logits, label, losses);
  });
  const history: HeadEpoch[] = [];
  let best: {
    readonly epoch: number;
    readonly accuracy: number;
    readonly state: Awaited<ReturnType<Module['stateDict']>>;
  } | null = null;
  try {
    for (const size of stepSizes(sampled.length, config.batch)) {
      rows.load(sampled.subarray(0, size));
      await step.compile([size]);
    }
    for (let epoch = 0; epoch < config.epochs; epoch++) {
      device.write(totals.storage, new Float32Array(3));
      const order = epochOrder(sampled.length, epoch, options.seed).map((i) => sampled[i]);
      for (let start = 0; start < order.length; start += config.batch) {
        const batch = order.subarray(start, start + config.batch);
        rows.load(batch);
        step(batch.length);
      }
      const [loss, right, count] = await totals.read();
      await requireFiniteNumbers(head, optimizer.state(), {
        when: `by the end of epoch ${epoch + 1} of the classifier on features (learning rate ${config.lr})`,
        fix: worded`use a smaller {classifierLr}`,
      });
      const held = await evaluateHead(device, head, validation);
      if (!Number.isFinite(loss) || !Number.isFinite(held.loss))
        throw new DivergedError(
          `the loss of the classifier on features became ${loss / count} in epoch ${epoch + 1} (learning rate ` +
            `${config.lr})`,
          { fix: worded`use a smaller {classifierLr}` },
        );
      history.push({
        epoch: epoch + 1,
        trainLoss: loss / count,
        trainAccuracy: right / count,
        valLoss: held.loss,
        valAccuracy: held.accuracy,
      });
      if (best === null || held.accuracy > best.accuracy)
        best = { epoch: epoch + 1, accuracy: held.accuracy, state: await head.stateDict() };
    }
    if (best !== null) head.loadStateDict(best.state, 'the best epoch');
    return { history, bestEpoch: best?.epoch ?? 0, predictions: (await evaluateHead(device, head, test)).predictions };
  } finally {
    step.release();
    for (const part of [rows, head, totals.storage]) part.release();
  }
}

async function evaluateHead(
  device: Device,
  head: LatentHead,
  set: LatentRows,
): Promise<{ loss: number; accuracy: number; predictions: Uint32Array }> {
  const rows = new DeviceFeatures(device, set);
  const totals = zeros(device, [3]);
  const predictions = new Uint32Array(set.count);
  head.eval();
  try {
    for (let start = 0; start < set.count; start += EVALUATED) {
      const size = Math.min(EVALUATED, set.count - start);
      rows.load(Uint32Array.from({ length: size }, (_, i) => start + i));
      const chosen = device.step(() =>
        noGrad(() => {
          const { x, label } = rows.next(size);
          const logits = head.forward(x);
          addClassificationMetrics_(totals, logits, label, F.crossEntropy(logits, label, { reduction: 'none' }));
          return F.argmax(logits, { dim: -1 });
        }),
      );
      predictions.set((await chosen.read()) as Uint32Array, start);
      chosen.release();
    }
    const [loss, right, count] = await totals.read();
    return { loss: loss / count, accuracy: right / count, predictions };
  } finally {
    head.train();
    for (const part of [rows, totals.storage]) part.release();
  }
}
