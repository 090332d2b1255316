/**
 * Variance, standard deviation, log of a sum of exponentials, norms over any dimensions, with their gradients; vectors
 * of length 1.
 */
import { requireOptions } from '../../../kernels/launch/checks.js';
import { ShapeError } from '../../../device/errors.js';
import { binary } from '../../../kernels/elementwise/binary.js';
import { reduce } from '../../../kernels/reduce/reduce.js';
import { unary } from '../../../kernels/elementwise/unary.js';
import { where } from '../../../kernels/elementwise/where.js';
import { normalizeDims, withoutDims } from '../../../tensor/shape.js';
import { constant } from '../../../tensor/creation.js';
import { full, type Tensor } from '../../../tensor/tensor.js';
import { apply, defineOp, type Op } from '../../graph.js';
import { div, maximum } from '../elementwise/elementwise.js';
import { reshape } from '../movement/movement.js';
import type { ReduceOptions } from './reduce.js';

type Dims = readonly number[];
const NO_ARGS = [0, 0] as const;
const MAX_F32 = 3.4028234663852886e38;

/** Runs an op that keeps its dimensions as 1, and drops them unless they are wanted. */
function over<Args extends { readonly dims: Dims }, Saved>(
  op: Op<Args, Saved>,
  x: Tensor,
  args: Args,
  keepdim = false,
): Tensor {
  const y = apply(op, [x], args);
  return keepdim ? y : reshape(y, withoutDims(y.shape, args.dims));
}

// ---- variance and standard deviation ------------------------------------------------------------

interface VarianceArgs {
  readonly dims: Dims;
  /** 1 / (n - 1) or 1 / n. */
  readonly scale: number;
}

/** The sum of squared deviations from the mean, in two passes: one pass (mean of squares less squared mean) cancels. */
function deviations(x: Tensor, { dims, scale }: VarianceArgs): { deviation: Tensor; y: Tensor } {
  const deviation = binary('sub', x, reduce('mean', x, dims));
  return { deviation, y: reduce('sum', deviation, dims, { term: 'square', scale }) };
}

// d var / dx = 2 scale (x - mean): the mean's own dependence on x adds the sum of deviations, which is 0.
const varianceOp = defineOp<VarianceArgs, { deviation: Tensor }>({
  name: 'var',
  forward: ([x], args) => {
    const { deviation, y } = deviations(x, args);
    return { output: y, saved: { deviation } };
  },
  backward: (dy, { deviation }, { scale }) => [
    binary('mul', deviation, binary('mul', dy, constant(dy.device, 2 * scale))),
  ],
});

// d std / dx = scale (x - mean) / std; where all are equal it is 0, as in PyTorch.
const stdOp = defineOp<VarianceArgs, { deviation: Tensor; y: Tensor }>({
  name: 'std',
  forward: ([x], args) => {
    const { deviation, y: variance } = deviations(x, args);
    const y = unary('sqrt', variance, NO_ARGS);
    return { output: y, saved: { deviation, y } };
  },
  backward: (dy, { deviation, y }, { scale }) => {
    const share = binary('div', binary('mul', dy, constant(dy.device, scale)), y);
    return [binary('mul', deviation, where(y, share, constant(dy.device, 0)))];
  },
});

/** Options of `var` and `std`. */
export interface VarianceOptions extends ReduceOptions {
  /** Divides by n - 1 (Bessel's correction) instead of n. Default true. */
  readonly unbiased?: boolean;
}

function varianceArgs(name: string, x: Tensor, options: VarianceOptions): VarianceArgs {
  requireOptions(name, options, '{ dim: 0 }');
  const { dim, unbiased = true } = options;
  const dims = normalizeDims(name, dim, x.rank);
  const n = dims.reduce((count, d) => count * x.shape[d], 1);
  return { dims, scale: 1 / Math.max(0, unbiased ? n - 1 : n) };
}

/**
 * Variance over the dimensions (torch.var; also exported as `var`). NaN for one element when unbiased.
 * x (…) -> x's shape without the dimensions, or with 1 in their place (`keepdim`).
 */
export function variance(x: Tensor, options: VarianceOptions = {}): Tensor {
  return over(varianceOp, x, varianceArgs('var', x, options), options.keepdim);
}
export { variance as var };

/**
 * Standard deviation over the dimensions. NaN for one element when unbiased.
 * x (…) -> x's shape without the dimensions, or with 1 in their place (`keepdim`).
 */
export function std(x: Tensor, options: VarianceOptions = {}): Tensor {
  return over(stdOp, x, varianceArgs('std', x, options), options.keepdim);
}

// ---- logsumexp ----------------------------------------------------------------------------------

const logsumexpOp = defineOp<{ dims: Dims }, { x: Tensor; y: Tensor }>({
  name: 'logsumexp',
  forward: ([x], { dims }) => {
    // The maximum is taken off first, so that exp cannot overflow; infinite ones count as the largest number, or inf -
    // inf is NaN.
    const top = reduce('max', x, dims);
    const finite = unary('clamp', top, [-MAX_F32, MAX_F32]);
    const sum = reduce('sum', binary('sub', x, finite), dims, { term: 'exp' });
    const y = binary('add', unary('log', sum, NO_ARGS), finite);
    return { output: y, saved: { x, y } };
  },
  backward: (dy, { x, y }) => [binary('mul', unary('exp', binary('sub', x, y), NO_ARGS), dy)],
});

/**
 * log(sum of exp(x)) over the dimensions, without overflow. Where all are -Infinity it is that or, on some drivers, the
 * lowest number. x (…) -> x's shape without the dimensions, or with 1 in their place (`keepdim`).
 */
export function logsumexp(x: Tensor, options: ReduceOptions = {}): Tensor {
  requireOptions('logsumexp', options, '{ dim: 0 }');
  const dims = normalizeDims('logsumexp', options.dim, x.rank);
  if (x.size === 0) {
    const shape = options.keepdim ? x.shape.map((n, d) => (dims.includes(d) ? 1 : n)) : withoutDims(x.shape, dims);
    return full(x.device, shape, -Infinity); // the log of a sum of nothing
  }
  return over(logsumexpOp, x, { dims }, options.keepdim);
}

// ---- norm ---------------------------------------------------------------------------------------

interface NormArgs {
  readonly dims: Dims;
  readonly p: number;
}

const normOp = defineOp<NormArgs, { x: Tensor; y: Tensor }>({
  name: 'norm',
  forward: ([x], { dims, p }) => {
    const y =
      p === Infinity
        ? reduce('max', x, dims, { term: 'abs' })
        : p === 1
          ? reduce('sum', x, dims, { term: 'abs' })
          : unary('sqrt', reduce('sum', x, dims, { term: 'square' }), NO_ARGS);
    return { output: y, saved: { x, y } };
  },
  backward: (dy, { x, y }, { dims, p }) => {
    if (p === 2) return [binary('mul', x, where(y, binary('div', dy, y), constant(dy.device, 0)))]; // 0 at the origin
    const sign = unary('sign', x, NO_ARGS);
    if (p === 1) return [binary('mul', sign, dy)];
    const found = binary('equal', unary('abs', x, NO_ARGS), y); // equals share the gradient
    return [binary('mul', binary('mul', sign, found), binary('div', dy, reduce('sum', found, dims)))];
  },
});

/**
 * The p-norm over the dimensions, p = 1, 2 or Infinity (torch.linalg.vector_norm).
 * x (…) -> x's shape without the dimensions, or with 1 in their place (`keepdim`).
 * @throws ShapeError for another p.
 */
export function norm(x: Tensor, p = 2, options: ReduceOptions = {}): Tensor {
  if (p !== 1 && p !== 2 && p !== Infinity)
    throw new ShapeError(`[norm] p = ${p} is not offered`, { fix: 'use 1, 2 or Infinity' });
  return over(normOp, x, { dims: normalizeDims('norm', options.dim, x.rank), p }, options.keepdim);
}

/** Shorter vectors are divided by this, as torch.nn.functional.normalize does. */
const LEAST_LENGTH = 1e-12;

/**
 * x divided by its 2-norm over a dimension, the last by default: vectors of length 1. Zeros stay zeros.
 * x (…), y (…).
 */
export function normalize(x: Tensor, dim = -1): Tensor {
  return div(x, maximum(norm(x, 2, { dim, keepdim: true }), LEAST_LENGTH));
}
