/** softmax and log_softmax over any dimension. */
import { softmax as softmaxKernel, softmaxBackward, type SoftmaxName } from '../../../kernels/loss/softmax.js';
import { normalizeDim } from '../../../tensor/shape.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { apply, defineOp, type Op } from '../../graph.js';
import { transpose } from '../movement/movement.js';

function softmaxOp(name: SoftmaxName): Op<null, { y: Tensor }> {
  return defineOp<null, { y: Tensor }>({
    name,
    forward: ([x]) => {
      const y = softmaxKernel(name, x);
      return { output: y, saved: { y } };
    },
    backward: (dy, { y }) => [softmaxBackward(name, y, dy)],
  });
}

const softmaxOps = { softmax: softmaxOp('softmax'), log_softmax: softmaxOp('log_softmax') };

function along(name: SoftmaxName, x: Tensor, dim: number): Tensor {
  const d = normalizeDim(name, dim, x.rank);
  if (d === x.rank - 1) return apply(softmaxOps[name], [x], null);
  return transpose(apply(softmaxOps[name], [transpose(x, d, -1)], null), d, -1);
}

/** exp(x) / sum of exp(x) along `dim`. x (…), y (…). */
export function softmax(x: Tensor, dim = -1): Tensor {
  return along('softmax', x, dim);
}

/** log of softmax, without the loss of accuracy of taking the two in turn. x (…), y (…). */
export function logSoftmax(x: Tensor, dim = -1): Tensor {
  return along('log_softmax', x, dim);
}
