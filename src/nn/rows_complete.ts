/**
 * No row of the elementwise tables without its names: a row whose function is missing in
 * autograd/ops/elementwise/activations.ts (a row with a layer) or elementwise.ts (any other), or whose layer is missing
 * in nn/activations.ts, does not compile here.
 */
import type * as activations from '../autograd/ops/elementwise/activations.js';
import type * as elementwise from '../autograd/ops/elementwise/elementwise.js';
import type {
  binaryFunctions,
  FunctionsOf,
  NoneMissing,
  unaryFunctions,
} from '../autograd/ops/elementwise/row_functions.js';
import type { ACTIVATIONS } from '../kernels/elementwise/activation_table.js';
import type { UNARY } from '../kernels/elementwise/unary_table.js';
import type * as layers from './activations.js';

type Activations = keyof FunctionsOf<typeof ACTIVATIONS, 'unary'>;
type Others = Exclude<keyof typeof unaryFunctions | keyof typeof binaryFunctions, Activations>;

export type NoActivationMissing = NoneMissing<Exclude<Activations, keyof typeof activations>>;
export type NoFunctionMissing = NoneMissing<Exclude<Others, keyof typeof elementwise>>;
export type NoLayerMissing = NoneMissing<Exclude<keyof layers.LayersOf<typeof UNARY>, keyof typeof layers>>;
