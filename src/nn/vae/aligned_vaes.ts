/**
 * Two auto-encoders with one latent space, of features and of what is known of their classes (Schönfeld et al.:
 * "Generalized zero- and few-shot learning via aligned variational autoencoders", 2019). Each must make the other's x
 * from its z too (cross-reconstruction), and their distributions of one x must lie together (distribution alignment);
 * so z of a class that has hardly any features can be drawn from its description.
 */
import * as F from '../../autograd/ops/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import { Module } from '../module.js';
import { MlpVae } from './mlp_vae.js';
import { reparameterize, type Posterior } from './vae.js';

/** The parts of the loss, sums over the batch, each of shape (). */
export interface AlignedLossParts {
  /** sum of (x - y)^2 / 2 of both auto-encoders. */
  readonly reconstruction: Tensor;
  /** Of both posteriors from the standard normal. */
  readonly kl: Tensor;
  /** sum of (x - y)^2 / 2, each made from the other's z. */
  readonly cross: Tensor;
  /** sqrt(|m - m'|^2 + |s - s'|^2): the 2-Wasserstein distance of the two normals, m their means, s deviations. */
  readonly distance: Tensor;
}

const SUM = { reduction: 'sum' } as const;
/** Keeps the root's gradient finite where two distributions are the same. */
const ROOT = 1e-12;

/** Auto-encoders of features (N, D) and of class vectors (N, A) that share a latent space. */
export class AlignedVaes extends Module<readonly [x: Tensor, vector: Tensor], AlignedLossParts> {
  readonly features: MlpVae;
  readonly vectors: MlpVae;

  /** @param sizes D, A, Z, and the width of the hidden layers of both. */
  constructor(sizes: {
    readonly width: number;
    readonly vector: number;
    readonly latent: number;
    readonly hidden: number;
  }) {
    super();
    const { latent, hidden } = sizes;
    this.features = new MlpVae(sizes.width, { latent, hidden });
    this.vectors = new MlpVae(sizes.vector, { latent, hidden });
  }

  /** x (N, D) with the vector (N, A) of each one's class -> the parts of the loss. Draws one z of each. */
  forward(x: Tensor, vector: Tensor): AlignedLossParts {
    const [ofX, ofVector] = [this.features.encode(x), this.vectors.encode(vector)];
    const [z, zVector] = [draw(ofX), draw(ofVector)];
    const error = (vae: MlpVae, from: Tensor, target: Tensor): Tensor => F.mseLoss(vae.decode(from), target, SUM);
    const half = (a: Tensor, b: Tensor): Tensor => F.mul(F.add(a, b), 0.5);
    return {
      reconstruction: half(error(this.features, z, x), error(this.vectors, zVector, vector)),
      kl: F.add(F.gaussianKl(ofX.mean, ofX.logVar, SUM), F.gaussianKl(ofVector.mean, ofVector.logVar, SUM)),
      cross: half(error(this.features, zVector, x), error(this.vectors, z, vector)),
      distance: distance(ofX, ofVector),
    };
  }
}

function draw({ mean, logVar }: Posterior): Tensor {
  return reparameterize(mean, logVar);
}

/** Summed over the batch: (). */
function distance(a: Posterior, b: Posterior): Tensor {
  const deviation = ({ logVar }: Posterior): Tensor => F.exp(F.mul(logVar, 0.5));
  const squares = (d: Tensor): Tensor => F.sum(F.mul(d, d), { dim: 1 });
  const apart = F.add(squares(F.sub(a.mean, b.mean)), squares(F.sub(deviation(a), deviation(b))));
  return F.sum(F.sqrt(F.add(apart, ROOT)));
}
