/**
 * A variational auto-encoder of feature vectors: D - hidden - latent - hidden - D with ReLU, e.g.
 * 2048-512-128-512-2048.
 */
import * as F from '../../autograd/ops/index.js';
import { UsageError } from '../../device/errors.js';
import type { Tensor } from '../../tensor/tensor.js';
import { StateBuffer } from '../buffer.js';
import { Linear } from '../layers.js';
import { conditioned, requireInput, Vae, type Posterior, type VaeSizes } from './vae.js';

const RELU = { activation: 'relu' } as const;

/** Options of `MlpVae`. */
export interface MlpVaeOptions extends Partial<VaeSizes> {
  /**
   * The model keeps statistics of the features, by which it standardises them and restores what it decodes. Default
   * false.
   */
  readonly standardize?: boolean;
}

/** A variational auto-encoder of linear layers, for features (N, D). */
export class MlpVae extends Vae {
  readonly width: number;
  readonly feature_mean: StateBuffer | null;
  readonly feature_std: StateBuffer | null;
  readonly encoder: Linear;
  readonly mean: Linear;
  readonly logvar: Linear;
  readonly decoder: Linear;
  readonly output: Linear;

  constructor(width: number, { latent = 128, hidden = 512, classes = null, standardize = false }: MlpVaeOptions = {}) {
    super({ latent, hidden, classes });
    const more = classes ?? 0;
    this.width = width;
    this.feature_mean = standardize ? new StateBuffer([width]) : null;
    this.feature_std = standardize ? new StateBuffer([], { initial: 1 }) : null;
    this.encoder = new Linear(width + more, hidden);
    this.mean = new Linear(hidden, latent);
    this.logvar = new Linear(hidden, latent);
    this.decoder = new Linear(latent + more, hidden);
    this.output = new Linear(hidden, width);
  }

  /**
   * Sets what features are standardised with: (x - mean) / std.
   * @param mean (D). @param std one number for all dimensions.
   */
  setStatistics(mean: Float32Array<ArrayBuffer>, std: number): void {
    if (this.feature_mean === null || this.feature_std === null)
      throw new UsageError('[MlpVae] this model does not standardise', { fix: 'build it with { standardize: true }' });
    for (const [buffer, numbers] of [
      [this.feature_mean, mean],
      [this.feature_std, Float32Array.of(std)],
    ] as const) {
      buffer.value.device.write(buffer.value.storage, numbers, buffer.value.byteOffset);
    }
  }

  protected override standardized(x: Tensor): Tensor {
    requireInput('MlpVae', x, [this.width]);
    return this.feature_mean === null || this.feature_std === null
      ? x
      : F.div(F.sub(x, this.feature_mean.value), this.feature_std.value);
  }

  protected override restored(y: Tensor): Tensor {
    return this.feature_mean === null || this.feature_std === null
      ? y
      : F.add(F.mul(y, this.feature_std.value), this.feature_mean.value);
  }

  protected posterior(target: Tensor, hot: Tensor | null): Posterior {
    const h = this.encoder.forward(conditioned(target, hot), RELU);
    return { mean: this.mean.forward(h), logVar: this.logvar.forward(h) };
  }

  protected reconstruction(z: Tensor): Tensor {
    return this.output.forward(this.decoder.forward(z, RELU));
  }
}
