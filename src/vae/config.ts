/** What the training of a variational auto-encoder is: everything that decides its result, and how beta moves. */
import { UsageError } from '../device/errors.js';
import { VAE_LOSSES, type VaeLoss } from '../nn/vae/loss_names.js';

/** The weight of the KL divergence. */
export type BetaSchedule =
  | { readonly kind: 'constant'; readonly beta: number }
  /** min(epoch, until) * perEpoch, epochs counted from 1. */
  | { readonly kind: 'linear'; readonly perEpoch: number; readonly until: number };

/** What may hold the latent space to the standard normal. */
export const PRIORS = ['divergence', 'adversarial'] as const;
/** How the latent space is held to the standard normal. */
export type Prior = (typeof PRIORS)[number];

/** What the training of an auto-encoder is: everything that decides its result. */
export interface VaeConfig {
  /** Dimensions of the latent space. */
  readonly latent: number;
  /** Width of the layers around it. */
  readonly hidden: number;
  readonly loss: VaeLoss;
  /** The model is told the class of each image. */
  readonly conditional: boolean;
  /** Images only. */
  readonly batchNorm: boolean;
  readonly beta: BetaSchedule;
  /**
   * What holds z to the standard normal: the KL divergence of each q(z | x), weighted by beta; or a discriminator that
   * tells z from draws of it (adversarial auto-encoder). Default: the divergence.
   */
  readonly prior?: Prior;
  /**
   * Weight of the k-means term: of half the squared distance of each latent mean to that of its class, which is made
   * anew after every epoch. Default: 0.
   */
  readonly pull?: number;
  readonly epochs: number;
  readonly batch: number;
  /** Adam's. */
  readonly lr: number;
  /** Decides weights, order and noise. */
  readonly seed: number;
}

/** As published for features: up to epoch 90 of 100. */
export const GROWING_BETA = { kind: 'linear', perEpoch: 5.6e-6, until: 90 } as const satisfies BetaSchedule;

/** For features, with the sizes and the schedule of the published method. */
export const FEATURE_VAE: VaeConfig = {
  latent: 128,
  hidden: 512,
  loss: 'gaussian',
  conditional: false,
  batchNorm: false,
  beta: GROWING_BETA,
  epochs: 100,
  batch: 64,
  lr: 1e-3,
  seed: 0,
};

/** For images: the bound itself (beta = 1) on pixel intensities. */
export const IMAGE_VAE: VaeConfig = {
  ...FEATURE_VAE,
  hidden: 256,
  loss: 'bernoulli',
  beta: { kind: 'constant', beta: 1 },
  epochs: 20,
};

/** @param epoch counted from 1. */
export function betaAt(schedule: BetaSchedule, epoch: number): number {
  return schedule.kind === 'constant' ? schedule.beta : Math.min(epoch, schedule.until) * schedule.perEpoch;
}

/** @throws UsageError naming what cannot work. */
export function checkVaeConfig(config: VaeConfig): void {
  const { latent, hidden, loss, beta, prior = 'divergence', pull = 0, epochs, batch, lr, seed } = config;
  const whole = { latent, hidden, epochs, batch, ...(beta.kind === 'linear' ? { until: beta.until } : {}) };
  for (const [name, n] of Object.entries(whole))
    if (!Number.isSafeInteger(n) || n < 1) throw new UsageError(`${name} ${n} is not a whole number of at least 1`);
  const notNegative = { lr, pull, beta: beta.kind === 'constant' ? beta.beta : beta.perEpoch };
  for (const [name, n] of Object.entries(notNegative))
    if (!Number.isFinite(n) || n < 0) throw new UsageError(`${name} ${n} is not a number of at least 0`);
  if (!Number.isSafeInteger(seed) || seed < 0) throw new UsageError(`seed ${seed} is not a whole number of at least 0`);
  if (!PRIORS.includes(prior))
    throw new UsageError(`there is no prior "${String(prior)}"`, { fix: `use one of ${PRIORS.join(', ')}` });
  if (prior === 'adversarial' && pull > 0)
    throw new UsageError('the k-means term is for the KL divergence, not for an adversarial auto-encoder', {
      fix: 'leave one of them out',
    });
  if (!VAE_LOSSES.includes(loss))
    throw new UsageError(`there is no loss "${String(loss)}"`, { fix: `use one of ${VAE_LOSSES.join(', ')}` });
}
