/**
 * What group, layer and instance normalisation share: rows of neighbouring numbers are normalised, then scaled and
 * shifted by a weight and a bias each of their numbers or channels.
 */
import { affineGradient } from '../../../kernels/norm/affine_gradient.js';
import {
  groupNorm as groupNormKernel,
  groupNormBackwardInput,
  type GroupStatistics,
} from '../../../kernels/norm/group_norm.js';
import type { Shape } from '../../../tensor/shape.js';
import { constant } from '../../../tensor/creation.js';
import { empty, view, zeros, type Tensor } from '../../../tensor/tensor.js';
import { defineOp, type Op } from '../../graph.js';

/** What every normalisation of rows needs. */
export interface RowNormArgs {
  /** (N, C, P): x is seen so. */
  readonly shape: Shape;
  readonly groups: number;
  readonly eps: number;
}

interface Saved {
  readonly x: Tensor;
  readonly weight: Tensor;
  readonly shapeBias: Shape;
  readonly statistics: GroupStatistics | null;
}

/** A parameter's gradient as the kernels see it. */
const place = (t: Tensor | null): Tensor | null => (t === null ? null : view(t, [t.size]));

/** A single number stands for a missing weight or bias. */
const flat = (t: Tensor): Tensor => (t.rank === 0 ? t : view(t, [t.size]));

/**
 * An op of x, weight and bias that normalises each group of each image.
 * @param track is told of the statistics, where there are any.
 */
export function rowNormOp<A extends RowNormArgs>(
  name: string,
  track?: (statistics: GroupStatistics, args: A) => void,
): Op<A, Saved> {
  return defineOp<A, Saved>({
    name,
    forward: ([x, weight, bias], args) => {
      const { shape, groups, eps } = args;
      if (x.size === 0)
        return { output: empty(x.device, x.shape), saved: { x, weight, shapeBias: bias.shape, statistics: null } };
      const { y, ...statistics } = groupNormKernel(name, view(x, shape), groups, flat(weight), flat(bias), eps);
      track?.(statistics, args);
      return { output: view(y, x.shape), saved: { x, weight, shapeBias: bias.shape, statistics } };
    },
    backward: (dy, { x, weight, shapeBias, statistics }, { shape, groups }, needs, into) => {
      if (statistics === null)
        return [x.shape, weight.shape, shapeBias].map((s, i) => (needs[i] ? zeros(x.device, s) : null));
      const [fx, fdy] = [view(x, shape), view(dy, shape)];
      const sums =
        needs[1] || needs[2]
          ? affineGradient(
              name,
              fdy,
              fx,
              { of: 'group', ...statistics, groups },
              { into: [place(into[1]), place(into[2])] },
            )
          : null;
      return [
        needs[0] ? view(groupNormBackwardInput(name, fdy, fx, groups, flat(weight), statistics), x.shape) : null,
        needs[1] && sums ? view(sums.dw, weight.shape) : null,
        needs[2] && sums ? view(sums.db, shapeBias) : null,
      ];
    },
  });
}

/** weight and bias as inputs of an op: a constant number stands for a missing one. */
export function affineInputs(x: Tensor, weight: Tensor | null, bias: Tensor | null): Tensor[] {
  return [x, weight ?? constant(x.device, 1), bias ?? constant(x.device, 0)];
}
