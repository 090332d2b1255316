/**
 * The elementwise ops, one row each. Kernel, differentiable function, CPU reference, gradient check and benchmark all
 * derive from the row. WGSL expressions are written in terms of V, which is f32 or vec4f, so that one row serves both.
 */
import { erf } from './erf.js';
import { LOSSES } from '../loss/loss_table.js';

export interface UnaryRow {
  /** y, in terms of x and the arguments p0, p1. */
  readonly y: string;
  /** d loss / dx, in terms of dy, of the saved x or y, and of p0, p1; null where the op has no gradient. */
  readonly dx: string | null;
  /** y is right for NaN as it stands. All other rows give NaN there: `forwardOf` sees to it. */
  readonly takesNan?: true;
  /** Which of x and y the derivative needs. */
  readonly saves: 'x' | 'y' | 'none';
  readonly cpu: (x: number, p0: number, p1: number) => number;
  /** Where tests draw x from; away from poles and kinks by `gap`. */
  readonly domain: readonly [number, number];
  /** Kinks: tests keep x this far from the listed points when they check gradients. */
  readonly kinks?: readonly number[];
  /** Names and defaults of up to two arguments. */
  readonly args?: Readonly<Record<string, number>>;
}

export interface BinaryRow {
  /** In terms of a, b and the argument p0. */
  readonly y: string;
  /** In terms of a, b, y, dy and p0; null where the op has no gradient. */
  readonly da: string | null;
  readonly db: string | null;
  readonly cpu: (a: number, b: number, p0: number) => number;
  readonly domainA: readonly [number, number];
  readonly domainB: readonly [number, number];
  /** Tests draw whole numbers, so that ties occur. */
  readonly integers?: true;
  /** Name and default of at most one argument. */
  readonly args?: Readonly<Record<string, number>>;
}

const SELU_ALPHA = 1.6732632423543772; // Klambauer et al. 2017, fixed point of mean 0 and variance 1
const SELU_SCALE = 1.0507009873554805;

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

export const UNARY = {
  neg: { y: '-x', dx: '-dy', saves: 'none', cpu: (x) => -x, domain: [-3, 3] },
  abs: { y: 'abs(x)', dx: 'dy * sign(x)', saves: 'x', cpu: Math.abs, domain: [-3, 3], kinks: [0] },
  // PyTorch's sign of NaN is 0.
  sign: {
    y: 'if_ordered(x, x, sign(x), V(0))',
    takesNan: true,
    dx: 'V(0)',
    saves: 'none',
    cpu: (x) => Math.sign(x) || 0,
    domain: [-3, 3],
    kinks: [0],
  },
  exp: { y: 'exp(x)', dx: 'dy * y', saves: 'y', cpu: Math.exp, domain: [-5, 5] },
  log: { y: 'log_accurate(x)', dx: 'dy / x', saves: 'x', cpu: Math.log, domain: [0.05, 9] },
  log1p: { y: 'log1p_accurate(x)', dx: 'dy / (V(1) + x)', saves: 'x', cpu: Math.log1p, domain: [-0.9, 9] },
  sqrt: { y: 'sqrt(x)', dx: 'dy * V(0.5) / y', saves: 'y', cpu: Math.sqrt, domain: [0.05, 9] },
  rsqrt: {
    y: 'inverseSqrt(x)',
    dx: 'dy * V(-0.5) * y * y * y',
    saves: 'y',
    cpu: (x) => 1 / Math.sqrt(x),
    domain: [0.05, 9],
  },
  square: { y: 'x * x', dx: 'dy * V(2) * x', saves: 'x', cpu: (x) => x * x, domain: [-3, 3] },
  reciprocal: { y: 'V(1) / x', dx: '-dy * y * y', saves: 'y', cpu: (x) => 1 / x, domain: [0.2, 5] },
  sin: { y: 'sine(x, U(0u))', dx: 'dy * sine(x, U(1u))', saves: 'x', cpu: Math.sin, domain: [-3, 3] },
  cos: { y: 'sine(x, U(1u))', dx: '-dy * sine(x, U(0u))', saves: 'x', cpu: Math.cos, domain: [-3, 3] },
  tanh: { y: 'tanh_accurate(x)', dx: 'dy * (V(1) - y * y)', saves: 'y', cpu: Math.tanh, domain: [-4, 4] },
  sigmoid: { y: 'V(1) / (V(1) + exp_kept(-x))', dx: 'dy * y * (V(1) - y)', saves: 'y', cpu: sigmoid, domain: [-6, 6] },
  relu: {
    y: 'rectified(x)',
    takesNan: true,
    dx: 'where_passed(y, dy)',
    saves: 'y',
    cpu: (x) => Math.max(x, 0),
    domain: [-3, 3],
    kinks: [0],
  },
  leaky_relu: {
    y: 'select(V(p0) * x, x, x > V(0))',
    dx: 'select(V(p0) * dy, dy, x > V(0))',
    saves: 'x',
    cpu: (x, slope) => (x > 0 ? x : slope * x),
    domain: [-3, 3],
    kinks: [0],
    args: { negativeSlope: 0.01 },
  },
  elu: {
    y: 'select(V(p0) * expm1_accurate(x), x, x > V(0))',
    dx: 'select(dy * V(p0) * exp_kept(x), dy, x > V(0))',
    saves: 'x',
    cpu: (x, alpha) => (x > 0 ? x : alpha * Math.expm1(x)),
    domain: [-3, 3],
    kinks: [0],
    args: { alpha: 1 },
  },
  selu: {
    y: `V(${SELU_SCALE}) * select(V(${SELU_ALPHA}) * expm1_accurate(x), x, x > V(0))`,
    dx: `dy * V(${SELU_SCALE}) * select(V(${SELU_ALPHA}) * exp_kept(x), V(1), x > V(0))`,
    saves: 'x',
    cpu: (x) => SELU_SCALE * (x > 0 ? x : SELU_ALPHA * Math.expm1(x)),
    domain: [-3, 3],
    kinks: [0],
  },
  silu: {
    y: 'x / (V(1) + exp_kept(-x))',
    dx: 'dy * (V(1) + x * (V(1) - V(1) / (V(1) + exp_kept(-x)))) / (V(1) + exp_kept(-x))',
    saves: 'x',
    cpu: (x) => x * sigmoid(x),
    domain: [-6, 6],
  },
  softplus: {
    y: 'rectified(x) + log1p_accurate(exp_kept(-abs(x)))',
    dx: 'dy / (V(1) + exp_kept(-x))',
    saves: 'x',
    cpu: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    domain: [-6, 6],
  },
  hardtanh: {
    y: 'between(x, V(p0), V(p1))',
    takesNan: true,
    dx: 'select(V(0), dy, (x > V(p0)) & (x < V(p1)))',
    saves: 'x',
    cpu: (x, low, high) => Math.min(Math.max(x, low), high),
    domain: [-3, 3],
    kinks: [-1, 1],
    args: { min: -1, max: 1 },
  },
  // On the bounds themselves the gradient passes, unlike hardtanh's, as in PyTorch.
  clamp: {
    y: 'between(x, V(p0), V(p1))',
    takesNan: true,
    dx: 'select(V(0), dy, (x >= V(p0)) & (x <= V(p1)))',
    saves: 'x',
    cpu: (x, low, high) => Math.min(Math.max(x, low), high),
    domain: [-3, 3],
    args: { min: -Infinity, max: Infinity },
  },
  erf: { y: 'erf_accurate(x)', dx: 'dy * V(1.1283791671) * exp_kept(-x * x)', saves: 'x', cpu: erf, domain: [-4, 4] },
  // x times the normal distribution function (Hendrycks & Gimpel 2016).
  gelu: {
    y: 'V(0.5) * x * (V(1) + erf_accurate(x * V(0.7071067812)))',
    dx: 'dy * (V(0.5) + V(0.5) * erf_accurate(x * V(0.7071067812)) + x * V(0.3989422804) * exp_kept(V(-0.5) * x * x))',
    saves: 'x',
    cpu: (x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2)),
    domain: [-5, 5],
  },
  gelu_tanh: {
    y: 'x * gelu_tanh_gate(x)',
    // The gate's derivative is 2 u' * gate * (1 - gate).
    dx:
      'dy * gelu_tanh_gate(x) * (V(1) + x * (V(1) - gelu_tanh_gate(x)) * V(1.5957691216) * (V(1) + V(0.134145) * x ' +
      '* x))',
    saves: 'x',
    cpu: (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
    domain: [-5, 5],
  },
  // 1 for true, 0 for false, as comparisons.
  isnan: {
    y: 'if_ordered(x, x, V(0), V(1))',
    takesNan: true,
    dx: null,
    saves: 'none',
    cpu: (x) => Number(Number.isNaN(x)),
    domain: [-3, 3],
  },
  isinf: {
    y: 'select(V(0), V(1), magnitude(x) == U(0x7f800000u))',
    takesNan: true,
    dx: null,
    saves: 'none',
    cpu: (x) => Number(Math.abs(x) === Infinity),
    domain: [-3, 3],
  },
  isfinite: {
    y: 'select(V(0), V(1), magnitude(x) < U(0x7f800000u))',
    takesNan: true,
    dx: null,
    saves: 'none',
    cpu: (x) => Number(Number.isFinite(x)),
    domain: [-3, 3],
  },
} as const satisfies Record<string, UnaryRow>;

/** What shaders include that take a row's y for their `fn activate`. */
export const ACTIVATION_FILES = ['common/nan_lanes.wgsl', 'common/tanh.wgsl'] as const;

/** A row's y as shaders compute it: NaN for NaN, whatever the driver makes of it on the way. */
export function forwardOf(name: UnaryName): string {
  const row: UnaryRow = UNARY[name];
  return row.takesNan ? row.y : `keep_nan(x, ${row.y})`;
}

export const BINARY = {
  add: { y: 'a + b', da: 'dy', db: 'dy', cpu: (a, b) => a + b, domainA: [-3, 3], domainB: [-3, 3] },
  sub: { y: 'a - b', da: 'dy', db: '-dy', cpu: (a, b) => a - b, domainA: [-3, 3], domainB: [-3, 3] },
  mul: { y: 'a * b', da: 'dy * b', db: 'dy * a', cpu: (a, b) => a * b, domainA: [-3, 3], domainB: [-3, 3] },
  div: { y: 'a / b', da: 'dy / b', db: '-dy * y / b', cpu: (a, b) => a / b, domainA: [-3, 3], domainB: [0.3, 3] },
  // At a = 0 the formulas' 0 / 0 and 0 * log(0) are 0, as in PyTorch.
  pow: {
    y: 'power(a, b)',
    da: 'select(dy * (b * power(a, b - V(1))), V(0), b == V(0))',
    db: 'select(dy * (y * log_accurate(a)), V(0), (a == V(0)) & (b >= V(0)))',
    cpu: (a, b) => (a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b), // JavaScript's is NaN there
    domainA: [0.3, 3],
    domainB: [-2, 2],
  },
  // Ties share the gradient, and both get it where one is NaN, as in PyTorch.
  maximum: {
    y: 'larger(a, b)',
    da: 'dy * if_ordered(a, b, select(select(V(1), V(0.5), a == b), V(0), a < b), V(1))',
    db: 'dy * if_ordered(a, b, select(select(V(1), V(0.5), a == b), V(0), b < a), V(1))',
    cpu: (a, b) => Math.max(a, b),
    domainA: [-3, 3],
    domainB: [-3, 3],
  },
  minimum: {
    y: 'smaller(a, b)',
    da: 'dy * if_ordered(a, b, select(select(V(1), V(0.5), a == b), V(0), a > b), V(1))',
    db: 'dy * if_ordered(a, b, select(select(V(1), V(0.5), a == b), V(0), b > a), V(1))',
    cpu: (a, b) => Math.min(a, b),
    domainA: [-3, 3],
    domainB: [-3, 3],
  },
  equal: {
    y: 'if_ordered(a, b, select(V(0), V(1), a == b), V(0))',
    da: null,
    db: null,
    cpu: (a, b) => Number(a === b),
    domainA: [0, 2],
    domainB: [0, 2],
    integers: true,
  },
  less: {
    y: 'if_ordered(a, b, select(V(0), V(1), a < b), V(0))',
    da: null,
    db: null,
    cpu: (a, b) => Number(a < b),
    domainA: [0, 2],
    domainB: [0, 2],
    integers: true,
  },
  greater: {
    y: 'if_ordered(a, b, select(V(0), V(1), a > b), V(0))',
    da: null,
    db: null,
    cpu: (a, b) => Number(a > b),
    domainA: [0, 2],
    domainB: [0, 2],
    integers: true,
  },
  not_equal: {
    y: 'if_ordered(a, b, select(V(1), V(0), a == b), V(1))',
    da: null,
    db: null,
    cpu: (a, b) => Number(a !== b),
    domainA: [0, 2],
    domainB: [0, 2],
    integers: true,
  },
  less_equal: {
    y: 'if_ordered(a, b, select(V(0), V(1), a <= b), V(0))',
    da: null,
    db: null,
    cpu: (a, b) => Number(a <= b),
    domainA: [0, 2],
    domainB: [0, 2],
    integers: true,
  },
  greater_equal: {
    y: 'if_ordered(a, b, select(V(0), V(1), a >= b), V(0))',
    da: null,
    db: null,
    cpu: (a, b) => Number(a >= b),
    domainA: [0, 2],
    domainB: [0, 2],
    integers: true,
  },
  ...LOSSES,
} as const satisfies Record<string, BinaryRow>;

/** The name of a row of one operand. */
export type UnaryName = keyof typeof UNARY;
/** The name of a row of two operands. */
export type BinaryName = keyof typeof BINARY;
