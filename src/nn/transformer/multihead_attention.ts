/** Attention with several heads (Vaswani et al.: "Attention is all you need", 2017), with torch.nn's keys. */
import * as F from '../../autograd/ops/index.js';
import { ShapeError } from '../../device/errors.js';
import { formatShape } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { constantValue, xavierUniform } from '../init.js';
import { Linear } from '../layers.js';
import { Module } from '../module.js';
import { Parameter } from '../parameter.js';
import { settings } from '../print.js';

/** Options of `MultiheadAttention`, with PyTorch's defaults. */
export interface MultiheadAttentionOptions {
  /** Probability with which a weight is dropped while training. Default 0. */
  readonly dropout?: number;
  /** Default true. */
  readonly bias?: boolean;
  /** Tensors are (N, L, E) and not (L, N, E). Default false. */
  readonly batchFirst?: boolean;
}

/** Which keys a query may look at: see `scaledDotProductAttention`. */
export type AttentionMask = Pick<F.AttentionOptions, 'mask' | 'causal'>;

/**
 * query (N, L, E), key and value (N, S, E) -> (N, L, E) with `batchFirst`, else with the first two sizes swapped. Each
 * of `numHeads` heads sees E / numHeads features of its own. The output alone is returned, as with PyTorch's
 * need_weights=False; keys and values are as wide as queries.
 */
export class MultiheadAttention extends Module<readonly [q: Tensor, k: Tensor, v: Tensor, mask?: AttentionMask]> {
  readonly in_proj_weight: Parameter;
  readonly in_proj_bias: Parameter | null;
  readonly out_proj: Linear;
  readonly #width: number;
  readonly #heads: number;
  readonly #dropout: number;
  readonly #isBatchFirst: boolean;

  /** @throws ShapeError when the heads do not divide the features. */
  constructor(embedDim: number, numHeads: number, options: MultiheadAttentionOptions = {}) {
    super();
    if (!Number.isInteger(embedDim / numHeads) || embedDim < 1)
      throw new ShapeError(`[MultiheadAttention] embedDim = ${embedDim} is not a multiple of numHeads = ${numHeads}`, {
        fix: 'use a number of heads that divides embedDim',
      });
    const { dropout = 0, bias = true, batchFirst = false } = options;
    this.in_proj_weight = new Parameter([3 * embedDim, embedDim], xavierUniform());
    this.in_proj_bias = bias ? new Parameter([3 * embedDim], constantValue(0)) : null;
    this.out_proj = new Linear(embedDim, embedDim, { bias });
    if (this.out_proj.bias !== null) this.out_proj.bias.init = constantValue(0);
    this.#width = embedDim;
    this.#heads = numHeads;
    this.#dropout = dropout;
    this.#isBatchFirst = batchFirst;
  }

  /** @throws ShapeError when q, k and v are not of three dimensions that fit. */
  forward(query: Tensor, key: Tensor, value: Tensor, mask: AttentionMask = {}): Tensor {
    for (const [name, x] of Object.entries({ query, key, value }))
      if (x.rank !== 3 || x.shape[2] !== this.#width)
        throw new ShapeError(
          `[MultiheadAttention] ${name} ${formatShape(x.shape)}: expected three dimensions, the last of ` +
            `${this.#width} features`,
        );
    const given = [query, key, value];
    const dropout = this.training ? this.#dropout : 0;
    const isSelf = query === key && key === value;
    if (isSelf && this.#isBatchFirst && dropout === 0)
      return this.out_proj.forward(F.selfAttention(this.#projectAll(query), { heads: this.#heads, ...mask }));
    const [q, k, v] = isSelf
      ? F.split(this.#projectAll(query), this.#width, 2).map((part) => this.#heads4(part))
      : given.map((x, i) => this.#heads4(this.#project(x, i)));
    const attended = F.scaledDotProductAttention(q, k, v, { ...mask, dropout });
    const [N, , L] = attended.shape;
    const joined = F.reshape(
      F.permute(attended, this.#isBatchFirst ? [0, 2, 1, 3] : [2, 0, 1, 3]),
      this.#isBatchFirst ? [N, L, this.#width] : [L, N, this.#width],
    );
    return this.out_proj.forward(joined);
  }

  /** One product for q, k and v of the same tensor, which are its thirds: (N, L, 3 E). */
  #projectAll(x: Tensor): Tensor {
    return F.linear(x, this.in_proj_weight.value, this.in_proj_bias?.value);
  }

  /** x by the i-th third of the weights: 0 of queries, 1 of keys, 2 of values. */
  #project(x: Tensor, i: number): Tensor {
    const third = (p: Parameter): Tensor => F.narrow(p.value, 0, i * this.#width, this.#width);
    return F.linear(x, third(this.in_proj_weight), this.in_proj_bias === null ? null : third(this.in_proj_bias));
  }

  /** (N, L, E), or (L, N, E) -> (N, heads, L, E / heads). */
  #heads4(x: Tensor): Tensor {
    const apart = F.reshape(x, [x.shape[0], x.shape[1], this.#heads, this.#width / this.#heads]);
    return F.permute(apart, this.#isBatchFirst ? [0, 2, 1, 3] : [1, 2, 0, 3]);
  }

  override extraRepr(): string {
    return settings({
      embedDim: this.#width,
      numHeads: this.#heads,
      dropout: this.#dropout,
      batchFirst: this.#isBatchFirst,
    });
  }
}
