/** The model that a configuration means for images or vectors of some size. */
import { inputSize } from '../data/dataset.js';
import { ConvVae, type ImageSize } from '../nn/vae/conv_vae.js';
import { MlpVae } from '../nn/vae/mlp_vae.js';
import type { Vae } from '../nn/vae/vae.js';
import { isImages, type VaeSource } from './batches.js';
import type { VaeConfig } from './config.js';

/** Images of a size, or vectors of so many numbers. */
export type VaeInput = ImageSize | { readonly features: number };

export function vaeInputOf(source: VaeSource): VaeInput {
  if (!isImages(source)) return { features: source.train.width };
  const [height, width] = inputSize(source.data);
  return { channels: source.data.channels, height, width };
}

/** Not yet on a device. @throws UsageError for images whose sides are no multiples of 4. */
export function buildVae({ latent, hidden, conditional, batchNorm }: VaeConfig, input: VaeInput, classes: number): Vae {
  const sizes = { latent, hidden, classes: conditional ? classes : null };
  return 'features' in input
    ? new MlpVae(input.features, { ...sizes, standardize: true })
    : new ConvVae(input, { ...sizes, batchNorm });
}
