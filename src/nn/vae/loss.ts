/**
 * The loss of a variational auto-encoder: reconstruction + beta * KL, each summed over an image (or vector) and
 * averaged over the batch.
 *
 *   gaussian   sum of (x - y)^2 / 2: -log of a normal density with mean y, variance 1, without D/2 log(2 pi)
 *   bernoulli  sum of -x log sigmoid(y) - (1 - x) log(1 - sigmoid(y)); x in [0, 1], y logits
 *   KL         sum of -(1 + logVar - mean^2 - exp(logVar)) / 2, from q(z | x) to the standard normal
 *
 * With beta = 1 the negative of it is a lower bound of log p(x), the ELBO, in nats (Kingma & Welling 2014, appendix B);
 * beta as in the beta-VAE of Higgins et al. (2017).
 */
import * as F from '../../autograd/ops/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { VaeLoss } from './loss_names.js';
import type { VaeOutput } from './vae.js';

/** Sums over a batch, each of shape (). */
export interface VaeLossParts {
  readonly reconstruction: Tensor;
  readonly kl: Tensor;
}

/** Reconstruction error and KL divergence apart, summed over the batch. */
export function vaeLossParts({ target, reconstruction, mean, logVar }: VaeOutput, loss: VaeLoss): VaeLossParts {
  const sum = { reduction: 'sum' } as const;
  return {
    reconstruction:
      loss === 'bernoulli'
        ? F.binaryCrossEntropyWithLogits(reconstruction, target, sum)
        : F.mul(F.mseLoss(reconstruction, target, sum), 0.5),
    kl: F.gaussianKl(mean, logVar, sum),
  };
}

/**
 * What training minimises, of shape (). @param beta a number, or a tensor () that may change between replayed steps.
 */
export function vaeLoss({ reconstruction, kl }: VaeLossParts, beta: Tensor | number, batch: number): Tensor {
  return F.div(F.add(reconstruction, F.mul(kl, beta)), batch);
}
