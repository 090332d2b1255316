/** Index of the largest or smallest entry along one dimension. */
import type { ArgExtremeName } from './argmax.js';
import type { HostTensor } from '../launch/host_tensor.js';
import { reduceBy } from './reference.js';

/** The dimension is kept as 1; the first of equals. NaN is the largest and the smallest, as in PyTorch. */
export function argExtreme(name: ArgExtremeName, x: HostTensor, dim: number): HostTensor {
  return reduceBy(x, [dim], (values) => {
    const nan = values.findIndex(Number.isNaN);
    if (nan >= 0) return nan;
    let best = 0;
    for (let c = 1; c < values.length; c++)
      if (name === 'argmax' ? values[c] > values[best] : values[c] < values[best]) best = c;
    return best;
  });
}
