/** The same numbers stored as f32 or f16. */
import { cast as castKernel, type FloatType } from '../../../kernels/elementwise/cast.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { apply, defineOp } from '../../graph.js';

/** The gradient is stored as x is: casting is the identity in all else. */
const castOp = defineOp<FloatType, FloatType>({
  name: 'cast',
  precision: 'keep',
  forward: ([x], dtype) => ({ output: castKernel(x, dtype), saved: x.dtype as FloatType }),
  backward: (dy, dtypeX) => [castKernel(dy, dtypeX)],
});

/**
 * x stored as f32 or f16; x itself where it is so already. Numbers that f16 cannot hold become infinite
 * (docs/performance/f16.md). x (…), y (…).
 */
export function cast(x: Tensor, dtype: FloatType): Tensor {
  return x.dtype === dtype ? x : apply(castOp, [x], dtype);
}
