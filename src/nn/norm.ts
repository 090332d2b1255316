/**
 * The normalisation layers of torch.nn, with its defaults, initial values and state-dict keys (hence the underscores).
 */
import { ShapeError } from '../device/errors.js';
import * as F from '../autograd/ops/index.js';
import { formatShape, type Shape } from '../tensor/shape.js';
import type { Tensor } from '../tensor/tensor.js';
import { StateBuffer } from './buffer.js';
import { constantValue } from './init.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';
import { settings } from './print.js';

/** Options of `BatchNorm1d` and `BatchNorm2d`, with PyTorch's defaults. */
export interface BatchNormLayerOptions {
  /** Default 1e-5. */
  readonly eps?: number;
  /** Null: running statistics are plain averages of all batches. Default 0.1. */
  readonly momentum?: number | null;
  /** With weight and bias. Default true. */
  readonly affine?: boolean;
  /** Without, evaluation uses the batch's statistics too. Default true. */
  readonly trackRunningStats?: boolean;
}

/** What follows the normalisation, in the same pass: y = activation(… + residual). */
export type BatchNormEpilogue = Pick<F.BatchNormOptions, 'activation' | 'residual'>;

/**
 * In training the running statistics and the count of batches move on the GPU, so a recorded step moves them each time
 * it is run.
 */
export abstract class BatchNorm extends Module<readonly [x: Tensor, epilogue?: BatchNormEpilogue]> {
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;
  readonly running_mean: StateBuffer | null;
  readonly running_var: StateBuffer | null;
  readonly num_batches_tracked: StateBuffer | null;
  /** While set, running statistics are plain averages of all batches, whatever the momentum is. */
  isCumulative = false;
  readonly #eps: number;
  readonly #momentum: number | null;
  readonly #ranks: readonly number[];
  readonly #features: number;

  constructor(
    numFeatures: number,
    { eps = 1e-5, momentum = 0.1, affine = true, trackRunningStats = true }: BatchNormLayerOptions,
    ranks: readonly number[],
  ) {
    super();
    this.weight = affine ? new Parameter([numFeatures], constantValue(1)) : null;
    this.bias = affine ? new Parameter([numFeatures], constantValue(0)) : null;
    this.running_mean = trackRunningStats ? new StateBuffer([numFeatures]) : null;
    this.running_var = trackRunningStats ? new StateBuffer([numFeatures], { initial: 1 }) : null;
    this.num_batches_tracked = trackRunningStats ? new StateBuffer([], { dtype: 'u32' }) : null;
    this.#eps = eps;
    this.#momentum = momentum;
    this.#ranks = ranks;
    this.#features = numFeatures;
  }

  forward(x: Tensor, epilogue: BatchNormEpilogue = {}): Tensor {
    if (!this.#ranks.includes(x.rank) || x.shape[1] !== this.#features) {
      throw new ShapeError(
        `[${this.constructor.name}] x ${formatShape(x.shape)}: expected ${this.#ranks.join(' or ')} dimensions, ` +
          `the second of ${this.#features} channels`,
      );
    }
    return F.batchNorm(
      x,
      this.running_mean?.value ?? null,
      this.running_var?.value ?? null,
      this.weight?.value,
      this.bias?.value,
      {
        training: this.training || this.running_mean === null,
        momentum: this.isCumulative ? null : this.#momentum,
        eps: this.#eps,
        numBatchesTracked: this.num_batches_tracked?.value ?? null,
        ...epilogue,
      },
    );
  }

  override extraRepr(): string {
    return `${this.#features}, ${settings({ eps: this.#eps, momentum: this.#momentum })}`;
  }
}

/** x (N, C) or (N, C, L). */
export class BatchNorm1d extends BatchNorm {
  constructor(numFeatures: number, options: BatchNormLayerOptions = {}) {
    super(numFeatures, options, [2, 3]);
  }
}

/** x (N, C, H, W). */
export class BatchNorm2d extends BatchNorm {
  constructor(numFeatures: number, options: BatchNormLayerOptions = {}) {
    super(numFeatures, options, [4]);
  }
}

/** x (…, normalizedShape). */
export class LayerNorm extends Module {
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;
  readonly #shape: Shape;
  readonly #eps: number;

  constructor(
    normalizedShape: number | Shape,
    options: { readonly eps?: number; readonly elementwiseAffine?: boolean } = {},
  ) {
    super();
    this.#shape = typeof normalizedShape === 'number' ? [normalizedShape] : normalizedShape;
    this.#eps = options.eps ?? 1e-5;
    const affine = options.elementwiseAffine ?? true;
    this.weight = affine ? new Parameter(this.#shape, constantValue(1)) : null;
    this.bias = affine ? new Parameter(this.#shape, constantValue(0)) : null;
  }

  forward(x: Tensor): Tensor {
    return F.layerNorm(x, this.#shape, this.weight?.value, this.bias?.value, { eps: this.#eps });
  }

  override extraRepr(): string {
    return `${formatShape(this.#shape)}, ${settings({ eps: this.#eps })}`;
  }
}

/** x (N, numChannels, …). */
export class GroupNorm extends Module {
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;
  readonly #groups: number;
  readonly #eps: number;

  /** @throws ShapeError when the channels do not divide into groups. */
  constructor(
    numGroups: number,
    numChannels: number,
    options: { readonly eps?: number; readonly affine?: boolean } = {},
  ) {
    super();
    if (numChannels % numGroups !== 0)
      throw new ShapeError(`[GroupNorm] ${numChannels} channels do not make ${numGroups} groups`);
    this.#groups = numGroups;
    this.#eps = options.eps ?? 1e-5;
    const affine = options.affine ?? true;
    this.weight = affine ? new Parameter([numChannels], constantValue(1)) : null;
    this.bias = affine ? new Parameter([numChannels], constantValue(0)) : null;
  }

  forward(x: Tensor): Tensor {
    return F.groupNorm(x, this.#groups, this.weight?.value, this.bias?.value, { eps: this.#eps });
  }

  override extraRepr(): string {
    return settings({ groups: this.#groups, eps: this.#eps });
  }
}

/**
 * x (N, C, …), divided by a power of the mean square of `size` channels around. Defaults: alpha 1e-4, beta 0.75, k 1.
 */
export class LocalResponseNorm extends Module {
  readonly #size: number;
  readonly #options: F.LocalResponseNormOptions;

  constructor(size: number, options: F.LocalResponseNormOptions = {}) {
    super();
    this.#size = size;
    this.#options = options;
  }

  forward(x: Tensor): Tensor {
    return F.localResponseNorm(x, this.#size, this.#options);
  }

  override extraRepr(): string {
    return settings({ size: this.#size, ...this.#options });
  }
}
