/** Tables of vectors looked up by number, as torch.nn.Embedding. */
import { embedding } from '../autograd/ops/index.js';
import { normalizeDim } from '../tensor/shape.js';
import type { Tensor } from '../tensor/tensor.js';
import { normal } from './init.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';

/** Options of `Embedding`. */
export interface EmbeddingLayerOptions {
  /** This row starts at zero and gets no gradient; negative counts from the back. */
  readonly paddingIdx?: number | null;
}

/** index (…) u32 -> (…, dim). Rows start normal with mean 0 and standard deviation 1. */
export class Embedding extends Module {
  readonly weight: Parameter;
  readonly #paddingIdx: number | null;

  constructor(count: number, dim: number, { paddingIdx = null }: EmbeddingLayerOptions = {}) {
    super();
    const padding = (this.#paddingIdx = paddingIdx === null ? null : normalizeDim('Embedding', paddingIdx, count));
    const fill = normal();
    this.weight = new Parameter([count, dim], (x) => {
      fill(x);
      if (padding !== null) x.device.clear(x.storage, x.byteOffset + padding * dim * 4, dim * 4);
    });
  }

  forward(index: Tensor): Tensor {
    return embedding(index, this.weight.value, { paddingIdx: this.#paddingIdx });
  }

  override extraRepr(): string {
    return `${this.weight.shape.join(', ')}${this.#paddingIdx === null ? '' : `, paddingIdx=${this.#paddingIdx}`}`;
  }
}
