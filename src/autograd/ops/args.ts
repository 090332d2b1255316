/** What ops take besides tensors, where others than they ask: see folding.ts. */
import type { Conv2dOptions } from '../../kernels/conv2d/conv2d.js';
import type { RunningStatistics } from '../../kernels/norm/batch_norm.js';

/** Of conv2d, whose inputs are x, w, and bias and residual where it has them. */
export interface Conv2dArgs {
  readonly options: Conv2dOptions;
  /** Which of the inputs after x and w there are. */
  readonly hasBias: boolean;
  readonly hasResidual: boolean;
}

/** Of batch_norm, whose inputs are x, weight, bias, and the residual where there is one. */
export interface BatchNormArgs {
  readonly running: RunningStatistics | null;
  readonly training: boolean;
  readonly momentum: number | null;
  readonly eps: number;
  readonly activation: 'relu' | null;
}
