/** What one step of training an auto-encoder is, and what it measures on the way. */
import * as F from '../autograd/ops/index.js';
import { backward, noGrad } from '../autograd/graph.js';
import type { Device } from '../device/device.js';
import { add_ } from '../kernels/elementwise/accumulate.js';
import { randn } from '../kernels/random/random.js';
import type { AnyModule } from '../nn/module.js';
import { Discriminator } from '../nn/vae/discriminator.js';
import { vaeLoss, vaeLossParts, type VaeLossParts } from '../nn/vae/loss.js';
import type { Vae } from '../nn/vae/vae.js';
import { Adam, type Optimizer } from '../optim/optim.js';
import { zeros, type Tensor } from '../tensor/tensor.js';
import type { Batches } from './batches.js';
import type { VaeConfig } from './config.js';
import { forEachBatch, labelFor, lossParts } from './measure.js';

/** One way of training. */
export interface Objective {
  /** Forward, backward and update on x (N, …) with its labels (N); adds to the sums. */
  readonly step: (x: Tensor, label: Tensor) => void;
  /** Sums over the epoch so far, each (): reconstruction, KL. */
  readonly sums: VaeLossParts;
  /** () in GPU memory: replayed steps see it change. */
  readonly beta: Tensor;
  /** Models that learn, with their optimizers. */
  readonly learning: readonly (readonly [AnyModule, Optimizer])[];
  /** The discriminator of an adversarial one. */
  readonly critic: Discriminator | null;
  /** @param epoch counted from 1. */
  readonly beforeEpoch: (epoch: number, train: Batches) => Promise<void>;
  /** All but the model and the critic. */
  readonly release: () => void;
}

export function objectiveOf(device: Device, model: Vae, config: VaeConfig, classes: number): Objective {
  const sums = { reconstruction: zeros(device, []), kl: zeros(device, []) };
  const beta = zeros(device, []);
  const add = ({ reconstruction, kl }: VaeLossParts): void => {
    add_(sums.reconstruction, reconstruction);
    add_(sums.kl, kl);
  };
  const isGame = config.prior === 'adversarial';
  const centres = isGame || (config.pull ?? 0) === 0 ? null : new ClassCentres(device, model, classes);
  const own = isGame ? game(device, model, config, add) : descent(model, config, beta, centres, add);
  return {
    sums,
    beta,
    ...own,
    beforeEpoch: async (epoch, train) => {
      if (epoch > 1) await centres?.renew(train, config.pull ?? 0); // there are none before
    },
    release: () => {
      centres?.release();
      for (const t of [sums.reconstruction, sums.kl, beta]) t.release();
    },
  };
}

type Own = Pick<Objective, 'step' | 'learning' | 'critic'>;

/** Reconstruction + beta KL, and where latents are pulled together the k-means term. */
function descent(
  model: Vae,
  { loss, lr }: VaeConfig,
  beta: Tensor,
  centres: ClassCentres | null,
  add: (parts: VaeLossParts) => void,
): Own {
  const optimizer = new Adam(model, { lr });
  return {
    step: (x, label) => {
      const batch = x.shape[0];
      optimizer.zeroGrad();
      const output = model.forward(x, labelFor(model, label));
      const parts = vaeLossParts(output, loss);
      const bound = vaeLoss(parts, beta, batch);
      backward(centres === null ? bound : F.add(bound, F.div(centres.pull(output.mean, label), batch)));
      optimizer.step();
      add(parts);
    },
    learning: [[model, optimizer]],
    critic: null,
  };
}

/** The means of each class's latents, as they were before the epoch. */
class ClassCentres {
  readonly #device: Device;
  readonly #model: Vae;
  readonly #sums: Tensor;
  readonly #counts: Tensor;
  readonly #centres: Tensor;
  readonly #weight: Tensor;

  constructor(device: Device, model: Vae, classes: number) {
    this.#device = device;
    this.#model = model;
    this.#sums = zeros(device, [classes, model.latent]);
    this.#counts = zeros(device, [classes, 1]);
    this.#centres = zeros(device, [classes, model.latent]);
    this.#weight = zeros(device, []);
  }

  /** weight / 2 times the squared distances of means (N, Z) to their class's centre, summed: (). */
  pull(mean: Tensor, label: Tensor): Tensor {
    const own = F.matmul(F.oneHot(label, this.#counts.shape[0]), this.#centres); // (N, Z)
    return F.mul(F.mseLoss(mean, own, { reduction: 'sum' }), F.mul(this.#weight, 0.5));
  }

  async renew(train: Batches, weight: number): Promise<void> {
    const [device, model] = [this.#device, this.#model];
    for (const t of [this.#sums, this.#counts, this.#centres]) device.clear(t.storage);
    await forEachBatch(device, model, train, (x, label) => {
      const hot = F.oneHot(label, this.#counts.shape[0]); // (N, classes)
      const { mean } = model.encode(x, labelFor(model, label));
      add_(this.#sums, F.matmul(hot, mean, { transposeA: true }));
      add_(this.#counts, F.transpose(F.sum(hot, { dim: 0, keepdim: true })));
    });
    device.step(() => noGrad(() => add_(this.#centres, F.div(this.#sums, F.maximum(this.#counts, 1)))));
    device.write(this.#weight.storage, Float32Array.of(weight));
  }

  release(): void {
    for (const t of [this.#sums, this.#counts, this.#centres, this.#weight]) t.release();
  }
}

/**
 * The encoder's rate against the discriminator, as a share of its rate against the error: Adam makes steps of one size
 * of gradients of any, and with equal rates the game undoes what the error teaches.
 */
const GAME_RATE = 0.1;

/** Less momentum than usual, as opponents move; with 0.9 and equal rates latents ran off to -30 in 100 epochs. */
const GAME_BETAS = [0.5, 0.999] as const;

/**
 * The three moves of the game (Makhzani et al. 2016), each with an optimizer of its own: the auto-encoder against the
 * error of reconstruction, the discriminator, the encoder against the discriminator. z is the latent mean.
 */
function game(
  device: Device,
  model: Vae,
  { loss, lr, hidden, latent, seed }: VaeConfig,
  add: (parts: VaeLossParts) => void,
): Own {
  const critic = new Discriminator(latent, hidden).to(device, { seed: seed + 1 });
  const byError = new Adam(model, { lr });
  const byCritic = new Adam(model, { lr: GAME_RATE * lr, betas: GAME_BETAS });
  const ofCritic = new Adam(critic, { lr, betas: GAME_BETAS });
  /** -log of the probability that the discriminator gives to draws of the prior, and to the encoder's. */
  const asPrior = (z: Tensor): Tensor => F.mean(F.softplus(F.neg(critic.forward(z))));
  const asMade = (z: Tensor): Tensor => F.mean(F.softplus(critic.forward(z)));
  return {
    step: (x, label) => {
      const encoded = (): Tensor => model.encode(x, labelFor(model, label)).mean;
      byError.zeroGrad();
      const parts = lossParts(model, x, label, loss, critic);
      backward(F.div(parts.reconstruction, x.shape[0]));
      byError.step();

      ofCritic.zeroGrad();
      const made = noGrad(encoded);
      backward(F.add(asPrior(randn(device, made.shape)), asMade(made)));
      ofCritic.step();

      byCritic.zeroGrad();
      backward(asPrior(encoded()));
      byCritic.step();
      add(parts);
    },
    learning: [
      [model, byError],
      [model, byCritic],
      [critic, ofCritic],
    ],
    critic,
  };
}
