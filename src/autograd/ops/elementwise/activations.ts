/** The differentiable functions of the rows that networks use as activations; `nn.functional` offers all of them. */
import type { Tensor } from '../../../tensor/tensor.js';
import { elementwise, unaryFunctions } from './row_functions.js';

export const { tanh, sigmoid, relu, leakyRelu, elu, selu, silu, softplus, softsign, hardtanh, hardsigmoid, hardswish } =
  unaryFunctions;

/** x times the normal distribution function of x; 'tanh' is the approximation that GPT-2 uses. x (…), y (…). */
export function gelu(x: Tensor, approximate: 'none' | 'tanh' = 'none'): Tensor {
  return elementwise(approximate === 'tanh' ? 'gelu_tanh' : 'gelu', x);
}
