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

type Unary = (x: Tensor) => Tensor;
const unaryFunction =
  (name: UnaryName): Unary =>
  (x) =>
    elementwise(name, x);

export const neg = unaryFunction('neg');
export const abs = unaryFunction('abs');
export const sign = unaryFunction('sign');
export const exp = unaryFunction('exp');
export const log = unaryFunction('log');
export const log1p = unaryFunction('log1p');
export const sqrt = unaryFunction('sqrt');
export const rsqrt = unaryFunction('rsqrt');
export const square = unaryFunction('square');
export const reciprocal = unaryFunction('reciprocal');
export const sin = unaryFunction('sin');
export const cos = unaryFunction('cos');
export const tanh = unaryFunction('tanh');
export const sigmoid = unaryFunction('sigmoid');
export const relu = unaryFunction('relu');
export const selu = unaryFunction('selu');
export const erf = unaryFunction('erf');
export const silu = unaryFunction('silu');
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

type Binary = (a: Tensor | number, b: Tensor | number) => Tensor;
const binaryFunction =
  (name: BinaryName): Binary =>
  (a, b) =>
    elementwise2(name, a, b);

export const add = binaryFunction('add');
export const sub = binaryFunction('sub');
export const mul = binaryFunction('mul');
export const div = binaryFunction('div');
export const pow = binaryFunction('pow');
export const maximum = binaryFunction('maximum');
export const minimum = binaryFunction('minimum');
export const equal = binaryFunction('equal');
export const less = binaryFunction('less');
export const greater = binaryFunction('greater');
export const notEqual = binaryFunction('not_equal');
export const lessEqual = binaryFunction('less_equal');
export const greaterEqual = binaryFunction('greater_equal');
