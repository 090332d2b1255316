/**
 * Variational auto-encoders (Kingma & Welling 2014). An encoder gives each x a normal distribution q(z | x) over a
 * small latent space, by its mean and log-variance (N, Z); a decoder makes x again of a z drawn from it. A conditional
 * one (Sohn et al. 2015) is told the class of x on both sides, so that z need not hold it.
 */
import * as F from '../../autograd/ops/index.js';
import { ShapeError, UsageError } from '../../device/errors.js';
import { randn } from '../../kernels/random/random.js';
import { formatShape } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { Module } from '../module.js';

/** Sizes of a VAE. */
export interface VaeSizes {
  /** Z. */
  readonly latent: number;
  /** Width of the layer on either side of the latent space. */
  readonly hidden: number;
  /** Conditional: the number of classes that labels come from. Default: not conditional. */
  readonly classes?: number | null;
}

/** q(z | x). */
export interface Posterior {
  /** (N, Z). */
  readonly mean: Tensor;
  /** (N, Z): log of the variance. */
  readonly logVar: Tensor;
}

/** What a VAE's forward gives. */
export interface VaeOutput extends Posterior {
  /** What the reconstruction is compared with: x, or x standardised where the model does that. */
  readonly target: Tensor;
  /** Of the target's shape; for the bernoulli loss the logits of its values. */
  readonly reconstruction: Tensor;
}

/**
 * z = mean + exp(logVar / 2) * noise, (N, Z): a draw that gradients flow through.
 * @param noise (N, Z), standard normal. Default: drawn from the device's generator, in a replayed step anew each time.
 */
export function reparameterize(mean: Tensor, logVar: Tensor, noise: Tensor = randn(mean.device, mean.shape)): Tensor {
  return F.add(mean, F.mul(F.exp(F.mul(logVar, 0.5)), noise));
}

/** Labels are (N) u32, given exactly when the model is conditional. */
export abstract class Vae extends Module<
  readonly [x: Tensor, label?: Tensor | null, noise?: Tensor | null],
  VaeOutput
> {
  readonly latent: number;
  /** Null: not conditional. */
  readonly classes: number | null;

  constructor({ latent, classes = null }: VaeSizes) {
    super();
    this.latent = latent;
    this.classes = classes;
  }

  /** Of standardised x; `hot` (N, classes) where the model is conditional. */
  protected abstract posterior(target: Tensor, hot: Tensor | null): Posterior;

  /** Of z (N, Z), with the classes (N, Z + classes) where the model is conditional. */
  protected abstract reconstruction(z: Tensor): Tensor;

  /** x in the units that the layers see. */
  protected standardized(x: Tensor): Tensor {
    return x;
  }

  /** The way back. */
  protected restored(y: Tensor): Tensor {
    return y;
  }

  /** Mean and log-variance of the latent normal for each x, (N, latent) each. */
  encode(x: Tensor, label: Tensor | null = null): Posterior {
    return this.posterior(this.standardized(x), this.#hot(label));
  }

  /** z (N, Z) -> x in its own units; logits where the loss is bernoulli. */
  decode(z: Tensor, label: Tensor | null = null): Tensor {
    return this.restored(this.reconstruction(conditioned(z, this.#hot(label))));
  }

  /** What a loss needs (loss.ts). @param noise see `reparameterize`. */
  forward(x: Tensor, label: Tensor | null = null, noise: Tensor | null = null): VaeOutput {
    return this.#output(x, label, ({ mean, logVar }) => reparameterize(mean, logVar, noise ?? undefined));
  }

  /** As `forward`, with the latent mean for z. */
  forwardMean(x: Tensor, label: Tensor | null = null): VaeOutput {
    return this.#output(x, label, ({ mean }) => mean);
  }

  #output(x: Tensor, label: Tensor | null, zOf: (posterior: Posterior) => Tensor): VaeOutput {
    const hot = this.#hot(label);
    const target = this.standardized(x);
    const posterior = this.posterior(target, hot);
    return { target, reconstruction: this.reconstruction(conditioned(zOf(posterior), hot)), ...posterior };
  }

  #hot(label: Tensor | null): Tensor | null {
    if ((label === null) === (this.classes === null))
      return label === null ? null : F.oneHot(label, this.classes as number);
    throw new UsageError(
      `[${this.constructor.name}] ` +
        `${label === null ? 'a conditional model needs labels' : 'labels are for a conditional model'}`,
      { fix: label === null ? 'give the labels (N) u32 of x' : 'leave them out, or build the model with classes' },
    );
  }
}

/** x (N, D) with the class beside it. */
export function conditioned(x: Tensor, hot: Tensor | null): Tensor {
  return hot === null ? x : F.cat([x, hot], 1);
}

/** @throws ShapeError unless x has the shape that the model is built for, behind its N. */
export function requireInput(model: string, x: Tensor, expected: readonly number[]): void {
  if (x.rank === expected.length + 1 && expected.every((n, i) => n === x.shape[i + 1])) return;
  throw new ShapeError(`[${model}] x ${formatShape(x.shape)}, but the model is built for (N, ${expected.join(', ')})`);
}
