/** Instance normalisation layers of torch.nn, with its defaults, initial values and state-dict keys. */
import * as F from '../autograd/ops/index.js';
import { ShapeError } from '../device/errors.js';
import { formatShape } from '../tensor/shape.js';
import type { Tensor } from '../tensor/tensor.js';
import { StateBuffer } from './buffer.js';
import { constantValue } from './init.js';
import { Module } from './module.js';
import { Parameter } from './parameter.js';
import { settings } from './print.js';

/** Options of `InstanceNorm1d` and `InstanceNorm2d`, with PyTorch's defaults. */
export interface InstanceNormLayerOptions {
  /** Default 1e-5. */
  readonly eps?: number;
  /** How far running statistics move. Default 0.1. */
  readonly momentum?: number;
  /** With weight and bias. Default false. */
  readonly affine?: boolean;
  /** Evaluation uses running statistics, which training moves. Default false. */
  readonly trackRunningStats?: boolean;
}

/** num_batches_tracked is kept for state dicts of torch.nn: there it never moves either. */
export abstract class InstanceNorm extends Module {
  readonly weight: Parameter | null;
  readonly bias: Parameter | null;
  readonly running_mean: StateBuffer | null;
  readonly running_var: StateBuffer | null;
  readonly num_batches_tracked: StateBuffer | null;
  readonly #options: { readonly eps: number; readonly momentum: number };
  readonly #rank: number;
  readonly #features: number;

  constructor(
    numFeatures: number,
    { eps = 1e-5, momentum = 0.1, affine = false, trackRunningStats = false }: InstanceNormLayerOptions,
    rank: number,
  ) {
    super();
    this.weight = affine ? new Parameter([numFeatures], constantValue(1)) : null;
    this.bias = affine ? new Parameter([numFeatures], constantValue(0)) : null;
    this.running_mean = trackRunningStats ? new StateBuffer([numFeatures]) : null;
    this.running_var = trackRunningStats ? new StateBuffer([numFeatures], { initial: 1 }) : null;
    this.num_batches_tracked = trackRunningStats ? new StateBuffer([], { dtype: 'u32' }) : null;
    this.#options = { eps, momentum };
    this.#rank = rank;
    this.#features = numFeatures;
  }

  forward(x: Tensor): Tensor {
    if (x.rank !== this.#rank || x.shape[1] !== this.#features) {
      throw new ShapeError(
        `[${this.constructor.name}] x ${formatShape(x.shape)}: expected ${this.#rank} dimensions, the second of ` +
          `${this.#features} channels`,
      );
    }
    const [mean, variance] = [this.running_mean?.value ?? null, this.running_var?.value ?? null];
    return F.instanceNorm(x, mean, variance, this.weight?.value, this.bias?.value, {
      ...this.#options,
      useInputStats: this.training || mean === null,
    });
  }

  override extraRepr(): string {
    return `${this.#features}, ${settings(this.#options)}`;
  }
}

/** x (N, C, L). */
export class InstanceNorm1d extends InstanceNorm {
  constructor(numFeatures: number, options: InstanceNormLayerOptions = {}) {
    super(numFeatures, options, 3);
  }
}

/** x (N, C, H, W). */
export class InstanceNorm2d extends InstanceNorm {
  constructor(numFeatures: number, options: InstanceNormLayerOptions = {}) {
    super(numFeatures, options, 4);
  }
}
