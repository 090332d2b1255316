/**
 * A convolutional variational auto-encoder of images. 4x4 convolutions of stride 2 halve the image twice, and again
 * while a side is even and more than 8: 28 -> 14 -> 7, 32 -> 16 -> 8, 64 -> … -> 8. A linear layer leads to the latent
 * space and one back; transposed convolutions of the same kind double the image again. (4 is a multiple of the stride,
 * so every pixel is made of as many products.)
 */
import * as F from '../../autograd/ops/index.js';
import { UsageError } from '../../device/errors.js';
import type { Tensor } from '../../tensor/tensor.js';
import { Conv2d, ConvTranspose2d, Linear } from '../layers.js';
import { BatchNorm2d } from '../norm.js';
import { requireInput, Vae, type Posterior, type VaeSizes } from './vae.js';
import { worded } from '../../text/wording.js';

const RELU = { activation: 'relu' } as const;
const HALVING = { stride: 2, padding: 1 } as const;
/** Channels of the first convolution; the next ones have twice as many, up to the limit. */
const FIRST = 32;
const LIMIT = 128;

/** Channels, height and width of images. */
export interface ImageSize {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** Options of `ConvVae`. */
export interface ConvVaeOptions extends Partial<VaeSizes> {
  /** Batch norm behind all convolutions but the last. Default false. */
  readonly batchNorm?: boolean;
}

/** Channels after each halving. @throws UsageError unless both sides are multiples of 4. */
function halvings({ height, width }: ImageSize): number[] {
  if (height % 4 !== 0 || width % 4 !== 0 || height === 0 || width === 0) {
    throw new UsageError(`a convolutional VAE halves images twice: ${height}x${width} is no multiple of 4`, {
      fix: worded`use images of 28x28, 32x32, … (folders of pictures: {imageSize} 64)`,
    });
  }
  const channels = [FIRST, 2 * FIRST];
  for (let [h, w] = [height / 4, width / 4]; h % 2 === 0 && w % 2 === 0 && Math.max(h, w) > 8; h /= 2, w /= 2)
    channels.push(Math.min(LIMIT, 2 * channels[channels.length - 1]));
  return channels;
}

/** A variational auto-encoder of convolutions, for images (N, C, H, W). */
export class ConvVae extends Vae {
  readonly size: ImageSize;
  readonly down: readonly Conv2d[];
  readonly down_bn: readonly BatchNorm2d[];
  readonly encoder: Linear;
  readonly mean: Linear;
  readonly logvar: Linear;
  readonly decoder: Linear;
  readonly grid: Linear;
  readonly up: readonly ConvTranspose2d[];
  readonly up_bn: readonly BatchNorm2d[];
  /** (C, H, W) of the smallest map. */
  readonly #smallest: readonly [number, number, number];

  constructor(size: ImageSize, { latent = 128, hidden = 256, classes = null, batchNorm = false }: ConvVaeOptions = {}) {
    super({ latent, hidden, classes });
    const widths = halvings(size);
    const from = (i: number): number => widths[i - 1];
    const bias = !batchNorm; // a batch norm has its own
    this.size = size;
    this.#smallest = [widths[widths.length - 1], size.height / 2 ** widths.length, size.width / 2 ** widths.length];
    const flat = this.#smallest.reduce((n, d) => n * d, 1);
    this.down = widths.map(
      (to, i) => new Conv2d(i === 0 ? size.channels + (classes ?? 0) : from(i), to, 4, { ...HALVING, bias }),
    );
    this.down_bn = batchNorm ? widths.map((to) => new BatchNorm2d(to)) : [];
    this.encoder = new Linear(flat, hidden);
    this.mean = new Linear(hidden, latent);
    this.logvar = new Linear(hidden, latent);
    this.decoder = new Linear(latent + (classes ?? 0), hidden);
    this.grid = new Linear(hidden, flat);
    this.up = widths
      .map(
        (to, i) => new ConvTranspose2d(to, i === 0 ? size.channels : from(i), 4, { ...HALVING, bias: bias || i === 0 }),
      )
      .reverse();
    this.up_bn = batchNorm
      ? widths
          .slice(0, -1)
          .map((to) => new BatchNorm2d(to))
          .reverse()
      : [];
  }

  /** The class comes as maps of ones and zeros beside the image's channels. */
  protected posterior(target: Tensor, hot: Tensor | null): Posterior {
    const { channels, height, width } = this.size;
    requireInput('ConvVae', target, [channels, height, width]);
    const [N, K] = [target.shape[0], this.classes ?? 0];
    let h = hot === null ? target : F.cat([target, F.expand(F.reshape(hot, [N, K, 1, 1]), [N, K, height, width])], 1);
    for (const [i, conv] of this.down.entries())
      h = this.down_bn.length === 0 ? conv.forward(h, RELU) : this.down_bn[i].forward(conv.forward(h), RELU);
    const e = this.encoder.forward(F.flatten(h), RELU);
    return { mean: this.mean.forward(e), logVar: this.logvar.forward(e) };
  }

  protected reconstruction(z: Tensor): Tensor {
    const h = this.grid.forward(this.decoder.forward(z, RELU), RELU);
    let y = F.reshape(h, [z.shape[0], ...this.#smallest]);
    for (const [i, conv] of this.up.entries()) {
      y = conv.forward(y);
      if (i < this.up.length - 1) y = this.up_bn.length === 0 ? F.relu(y) : this.up_bn[i].forward(y, RELU);
    }
    return y;
  }
}
