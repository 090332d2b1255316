/** The differentiable functions of the elementwise tables, but for activations: `exp(x)`, `add(a, b)`, … */
import { ShapeError } from '../../../device/errors.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { binaryFunctions, elementwise, unaryFunctions } from './row_functions.js';

export { elementwise, elementwise2 } from './row_functions.js';

export const { neg, abs, sign, exp, log, log1p, sqrt, rsqrt, square, reciprocal, sin, cos, erf } = unaryFunctions;
export const { floor, ceil, round, trunc, isnan, isinf, isfinite } = unaryFunctions;
export const { add, sub, mul, div, fmod, pow, maximum, minimum } = binaryFunctions;
export const { equal, less, greater, notEqual, lessEqual, greaterEqual } = binaryFunctions;

/**
 * x not below min and not above max; one of the two may be left out. x (…), y (…).
 * @throws ShapeError when both are.
 */
export function clamp(x: Tensor, bounds: { readonly min?: number; readonly max?: number }): Tensor {
  if (bounds.min === undefined && bounds.max === undefined)
    throw new ShapeError('[clamp] has neither min nor max', { fix: 'give at least one of them' });
  return elementwise('clamp', x, { min: bounds.min ?? -Infinity, max: bounds.max ?? Infinity });
}
