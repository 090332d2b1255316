/** The differentiable functions of the rows that networks use as activations; `nn.functional` offers all of them. */
import type { ACTIVATIONS } from '../../kernels/elementwise/activation_table.js';
import type { Tensor } from '../../tensor/tensor.js';
import type * as elementwiseNames from './elementwise.js';
import {
  elementwise,
  unaryFunctions,
  type binaryFunctions,
  type FunctionsOf,
  type NoneMissing,
} from './row_functions.js';

export const { tanh, sigmoid, relu, leakyRelu, elu, selu, silu, softplus, hardtanh } = unaryFunctions;

/** x times the normal distribution function of x; 'tanh' is the approximation that GPT-2 uses. */
export function gelu(x: Tensor, approximate: 'none' | 'tanh' = 'none'): Tensor {
  return elementwise(approximate === 'tanh' ? 'gelu_tanh' : 'gelu', x);
}

type Activations = keyof FunctionsOf<typeof ACTIVATIONS, 'unary'>;
type Others = Exclude<keyof typeof unaryFunctions | keyof typeof binaryFunctions, Activations>;

/** A row of the tables whose name is not in the lists above, or in those of elementwise.ts, does not compile here. */
export type RowsWithoutName =
  | NoneMissing<Exclude<Activations, keyof typeof import('./activations.js')>>
  | NoneMissing<Exclude<Others, keyof typeof elementwiseNames>>;
