/** The differentiable functions of the elementwise table, one per row: `relu(x)`, `add(a, b)`, … */
import { ShapeError } from '../../device/errors.js';
import type { Tensor } from '../../tensor/tensor.js';
import { constant } from '../../tensor/tensor.js';
import { binary, binaryArg, binaryBackward } from '../../kernels/elementwise/binary.js';
import {
  BINARY,
  UNARY,
  type BinaryName,
  type BinaryRow,
  type UnaryName,
  type UnaryRow,
} from '../../kernels/elementwise/table.js';
import { sumTo } from '../../kernels/reduce/reduce.js';
import { unary, unaryArgs, unaryBackward } from '../../kernels/elementwise/unary.js';
import { apply, defineOp, noGradient, type Op } from '../graph.js';

type UnaryOp = Op<readonly [number, number], { saved: Tensor | null }>;

function unaryOp(name: UnaryName): UnaryOp {
  const row: UnaryRow = UNARY[name];
  return defineOp({
    name,
    forward: ([x], args) => {
      const y = unary(name, x, args);
      return { output: y, saved: { saved: row.saves === 'x' ? x : row.saves === 'y' ? y : null } };
    },
    backward: row.dx === null ? noGradient : (dy, { saved }, args) => [unaryBackward(name, saved ?? dy, dy, args)],
  });
}

interface BinarySaved {
  readonly a: Tensor;
  readonly b: Tensor;
  readonly y: Tensor;
}

function binaryOp(name: BinaryName): Op<number, BinarySaved> {
  const row: BinaryRow = BINARY[name];
  return defineOp<number, BinarySaved>({
    name,
    forward: ([a, b], p0) => {
      const y = binary(name, a, b, p0);
      return { output: y, saved: { a, b, y } };
    },
    backward:
      row.da === null
        ? noGradient
        : (dy, { a, b, y }, p0, needs) => {
            const gradient = (which: 'da' | 'db', operand: Tensor): Tensor =>
              sumTo(row[which] === 'dy' ? dy : binaryBackward(name, which, a, b, y, dy, p0), operand.shape);
            return [needs[0] ? gradient('da', a) : null, needs[1] ? gradient('db', b) : null];
          },
  });
}

const unaryOps = Object.fromEntries(Object.keys(UNARY).map((name) => [name, unaryOp(name as UnaryName)])) as Record<
  UnaryName,
  UnaryOp
>;
const binaryOps = Object.fromEntries(Object.keys(BINARY).map((name) => [name, binaryOp(name as BinaryName)])) as Record<
  BinaryName,
  Op<number, BinarySaved>
>;

/** A row of the table by name; arguments by name, e.g. `elementwise('leaky_relu', x, { negativeSlope: 0.2 })`. */
export function elementwise(name: UnaryName, x: Tensor, args?: Readonly<Record<string, number>>): Tensor {
  return apply(unaryOps[name], [x], unaryArgs(name, args));
}

/** A binary row by name; a number stands for a tensor of that number. Shapes broadcast. */
export function elementwise2(
  name: BinaryName,
  a: Tensor | number,
  b: Tensor | number,
  args?: Readonly<Record<string, number>>,
): Tensor {
  const device = typeof a === 'number' ? (b as Tensor).device : a.device;
  const operands = [a, b].map((v) => (typeof v === 'number' ? constant(device, v) : v));
  return apply(binaryOps[name], operands, binaryArg(name, args));
}

/** A function of every element of a tensor (…), which gives (…). */
export type Unary = (x: Tensor) => Tensor;
const unaryFunction =
  (name: UnaryName): Unary =>
  (x) =>
    elementwise(name, x);

/** -x. */
export const neg = unaryFunction('neg');
/** |x|; its gradient at 0 is 0. */
export const abs = unaryFunction('abs');
/** -1, 0 or 1 by the sign of x; its gradient is 0. */
export const sign = unaryFunction('sign');
/** e to the power of x. */
export const exp = unaryFunction('exp');
/** The natural logarithm of x. */
export const log = unaryFunction('log');
/** log(1 + x), accurate near 0. */
export const log1p = unaryFunction('log1p');
/** The square root of x. */
export const sqrt = unaryFunction('sqrt');
/** 1 / sqrt(x). */
export const rsqrt = unaryFunction('rsqrt');
/** x * x. */
export const square = unaryFunction('square');
/** 1 / x. */
export const reciprocal = unaryFunction('reciprocal');
/** The sine of x, in radians; accurate for any x. */
export const sin = unaryFunction('sin');
/** The cosine of x, in radians; accurate for any x. */
export const cos = unaryFunction('cos');
/** The hyperbolic tangent of x. */
export const tanh = unaryFunction('tanh');
/** 1 / (1 + exp(-x)). */
export const sigmoid = unaryFunction('sigmoid');
/** max(x, 0); NaN stays NaN. */
export const relu = unaryFunction('relu');
/** 1.0507 * (x where positive, else 1.6733 * (exp(x) - 1)) (Klambauer et al. 2017). */
export const selu = unaryFunction('selu');
/** The error function of x. */
export const erf = unaryFunction('erf');
/** x * sigmoid(x). */
export const silu = unaryFunction('silu');
/** log(1 + exp(x)), without an exponential that can overflow. */
export const softplus = unaryFunction('softplus');
/** 1 where x is NaN, else 0. No gradient, as of all comparisons. */
export const isnan = unaryFunction('isnan');
/** 1 where x is infinite, of either sign, else 0. */
export const isinf = unaryFunction('isinf');
/** 1 where x is neither infinite nor NaN, else 0. */
export const isfinite = unaryFunction('isfinite');

/** x where positive, else negativeSlope * x. */
export function leakyRelu(x: Tensor, negativeSlope = 0.01): Tensor {
  return elementwise('leaky_relu', x, { negativeSlope });
}

/** x where positive, else alpha * (exp(x) - 1). */
export function elu(x: Tensor, alpha = 1): Tensor {
  return elementwise('elu', x, { alpha });
}

/** x kept between min and max. */
export function hardtanh(x: Tensor, min = -1, max = 1): Tensor {
  return elementwise('hardtanh', x, { min, max });
}

/**
 * x not below min and not above max; one of the two may be left out.
 * @throws ShapeError when both are.
 */
export function clamp(x: Tensor, bounds: { readonly min?: number; readonly max?: number }): Tensor {
  if (bounds.min === undefined && bounds.max === undefined)
    throw new ShapeError('[clamp] has neither min nor max', { fix: 'give at least one of them' });
  return elementwise('clamp', x, { min: bounds.min ?? -Infinity, max: bounds.max ?? Infinity });
}

/** x times the normal distribution function of x; 'tanh' is the approximation that GPT-2 uses. */
export function gelu(x: Tensor, approximate: 'none' | 'tanh' = 'none'): Tensor {
  return elementwise(approximate === 'tanh' ? 'gelu_tanh' : 'gelu', x);
}

/** A function of two operands whose shapes broadcast; a number stands for a tensor of it. */
export type Binary = (a: Tensor | number, b: Tensor | number) => Tensor;
const binaryFunction =
  (name: BinaryName): Binary =>
  (a, b) =>
    elementwise2(name, a, b);

/** a + b. */
export const add = binaryFunction('add');
/** a - b. */
export const sub = binaryFunction('sub');
/** a * b, element by element. */
export const mul = binaryFunction('mul');
/** a / b. */
export const div = binaryFunction('div');
/** a to the power of b. */
export const pow = binaryFunction('pow');
/** The larger of a and b; equals share the gradient. */
export const maximum = binaryFunction('maximum');
/** The smaller of a and b; equals share the gradient. */
export const minimum = binaryFunction('minimum');
/** 1 where a = b, else 0. No gradient, as of all comparisons. */
export const equal = binaryFunction('equal');
/** 1 where a < b, else 0. */
export const less = binaryFunction('less');
/** 1 where a > b, else 0. */
export const greater = binaryFunction('greater');
/** 1 where a and b differ, else 0. */
export const notEqual = binaryFunction('not_equal');
/** 1 where a <= b, else 0. */
export const lessEqual = binaryFunction('less_equal');
/** 1 where a >= b, else 0. */
export const greaterEqual = binaryFunction('greater_equal');
