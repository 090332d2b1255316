/** Losses as modules, under torch.nn's names; their arguments are options by name, as in the functions. */
import * as F from '../autograd/ops/index.js';
import { Tensor } from '../tensor/tensor.js';
import { formatShape } from '../tensor/shape.js';
import { Module } from './module.js';
import { settings } from './print.js';

/** A loss of what a model gives and what it should have given: a single number, unless the reduction is 'none'. */
export abstract class LossModule<Options extends object = F.LossOptions> extends Module<
  readonly [x: Tensor, target: Tensor]
> {
  protected readonly options: Options;

  constructor(options?: Options) {
    super();
    this.options = options ?? ({} as Options);
  }

  override extraRepr(): string {
    return settings(
      Object.fromEntries(
        Object.entries(this.options).map(([name, value]) => [
          name,
          value instanceof Tensor ? formatShape(value.shape) : (value as unknown),
        ]),
      ),
    );
  }
}

/** Cross-entropy of logits (N, C, …) with labels (N, …) u32: `weight`, `ignoreIndex`, `labelSmoothing`, `reduction`. */
export class CrossEntropyLoss extends LossModule<F.CrossEntropyOptions> {
  forward(x: Tensor, target: Tensor): Tensor {
    return F.crossEntropy(x, target, this.options);
  }
}

/**
 * Negative log-likelihood of log-probabilities (N, C, …) with labels (N, …) u32: `weight`, `ignoreIndex`, `reduction`.
 */
export class NLLLoss extends LossModule<Omit<F.CrossEntropyOptions, 'labelSmoothing'>> {
  forward(x: Tensor, target: Tensor): Tensor {
    return F.nllLoss(x, target, this.options);
  }
}

/** (x - target)^2 of shapes that broadcast: `reduction`. */
export class MSELoss extends LossModule<F.LossOptions> {
  forward(x: Tensor, target: Tensor): Tensor {
    return F.mseLoss(x, target, this.options);
  }
}

/** |x - target| of shapes that broadcast: `reduction`. */
export class L1Loss extends LossModule<F.LossOptions> {
  forward(x: Tensor, target: Tensor): Tensor {
    return F.l1Loss(x, target, this.options);
  }
}

/** Squares up to a difference of `beta` (1), straight lines beyond: `reduction`. */
export class SmoothL1Loss extends LossModule<F.SmoothL1Options> {
  forward(x: Tensor, target: Tensor): Tensor {
    return F.smoothL1Loss(x, target, this.options);
  }
}

/** Binary cross-entropy of logits with targets in [0, 1] of their shape: `weight`, `posWeight`, `reduction`. */
export class BCEWithLogitsLoss extends LossModule<F.BinaryCrossEntropyOptions> {
  forward(x: Tensor, target: Tensor): Tensor {
    return F.binaryCrossEntropyWithLogits(x, target, this.options);
  }
}
