/**
 * The elementwise ops, one row each. Kernel, differentiable function, CPU reference, gradient check and benchmark all derive from
 * the row. WGSL expressions are written in terms of V, which is f32 or vec4f, so that one row serves both.
 */
import { erf } from './cpu/erf.js';
import { LOSSES } from './loss_table.js';

export interface UnaryRow {
  /** y, in terms of x and the arguments p0, p1. */
  readonly y: string;
  /** d loss / dx, in terms of dy, of the saved x or y, and of p0, p1. */
  readonly dx: string;
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
  sign: { y: 'sign(x)', dx: 'V(0)', saves: 'none', cpu: Math.sign, domain: [-3, 3], kinks: [0] },
  exp: { y: 'exp(x)', dx: 'dy * y', saves: 'y', cpu: Math.exp, domain: [-5, 5] },
  log: { y: 'log(x)', dx: 'dy / x', saves: 'x', cpu: Math.log, domain: [0.05, 9] },
  log1p: { y: 'log1p_accurate(x)', dx: 'dy / (V(1) + x)', saves: 'x', cpu: Math.log1p, domain: [-0.9, 9] },
  sqrt: { y: 'sqrt(x)', dx: 'dy * V(0.5) / y', saves: 'y', cpu: Math.sqrt, domain: [0.05, 9] },
  rsqrt: { y: 'inverseSqrt(x)', dx: 'dy * V(-0.5) * y * y * y', saves: 'y', cpu: (x) => 1 / Math.sqrt(x), domain: [0.05, 9] },
  square: { y: 'x * x', dx: 'dy * V(2) * x', saves: 'x', cpu: (x) => x * x, domain: [-3, 3] },
  reciprocal: { y: 'V(1) / x', dx: '-dy * y * y', saves: 'y', cpu: (x) => 1 / x, domain: [0.2, 5] },
  sin: { y: 'sin(x)', dx: 'dy * cos(x)', saves: 'x', cpu: Math.sin, domain: [-3, 3] },
  cos: { y: 'cos(x)', dx: '-dy * sin(x)', saves: 'x', cpu: Math.cos, domain: [-3, 3] },
  // Clamped: beyond 15 tanh is 1 in f32, and drivers that go through exp overflow.
  tanh: { y: 'tanh(clamp(x, V(-15), V(15)))', dx: 'dy * (V(1) - y * y)', saves: 'y', cpu: Math.tanh, domain: [-4, 4] },
  sigmoid: { y: 'V(1) / (V(1) + exp(-x))', dx: 'dy * y * (V(1) - y)', saves: 'y', cpu: sigmoid, domain: [-6, 6] },
  relu: { y: 'max(x, V(0))', dx: 'select(V(0), dy, y > V(0))', saves: 'y', cpu: (x) => Math.max(x, 0), domain: [-3, 3], kinks: [0] },
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
    y: 'select(V(p0) * (exp(min(x, V(0))) - V(1)), x, x > V(0))',
    dx: 'select(dy * V(p0) * exp(min(x, V(0))), dy, x > V(0))',
    saves: 'x',
    cpu: (x, alpha) => (x > 0 ? x : alpha * Math.expm1(x)),
    domain: [-3, 3],
    kinks: [0],
    args: { alpha: 1 },
  },
  selu: {
    y: `V(${SELU_SCALE}) * select(V(${SELU_ALPHA}) * (exp(min(x, V(0))) - V(1)), x, x > V(0))`,
    dx: `dy * V(${SELU_SCALE}) * select(V(${SELU_ALPHA}) * exp(min(x, V(0))), V(1), x > V(0))`,
    saves: 'x',
    cpu: (x) => SELU_SCALE * (x > 0 ? x : SELU_ALPHA * Math.expm1(x)),
    domain: [-3, 3],
    kinks: [0],
  },
  silu: {
    y: 'x / (V(1) + exp(-x))',
    dx: 'dy * (V(1) + x * (V(1) - V(1) / (V(1) + exp(-x)))) / (V(1) + exp(-x))',
    saves: 'x',
    cpu: (x) => x * sigmoid(x),
    domain: [-6, 6],
  },
  softplus: {
    y: 'max(x, V(0)) + log1p_accurate(exp(-abs(x)))',
    dx: 'dy / (V(1) + exp(-x))',
    saves: 'x',
    cpu: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
    domain: [-6, 6],
  },
  hardtanh: {
    y: 'clamp(x, V(p0), V(p1))',
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
    dx: 'select(V(0), dy, (x >= V(p0)) & (x <= V(p1)))',
    saves: 'x',
    cpu: (x, low, high) => Math.min(Math.max(x, low), high),
    domain: [-3, 3],
    args: { min: -Infinity, max: Infinity },
  },
  erf: { y: 'erf_accurate(x)', dx: 'dy * V(1.1283791671) * exp(-x * x)', saves: 'x', cpu: erf, domain: [-4, 4] },
  // x times the normal distribution function (Hendrycks & Gimpel 2016).
  gelu: {
    y: 'V(0.5) * x * (V(1) + erf_accurate(x * V(0.7071067812)))',
    dx: 'dy * (V(0.5) + V(0.5) * erf_accurate(x * V(0.7071067812)) + x * V(0.3989422804) * exp(V(-0.5) * x * x))',
    saves: 'x',
    cpu: (x) => 0.5 * x * (1 + erf(x * Math.SQRT1_2)),
    domain: [-5, 5],
  },
  gelu_tanh: {
    y: 'V(0.5) * x * (V(1) + gelu_tanh_inner(x))',
    dx: 'dy * V(0.5) * (V(1) + gelu_tanh_inner(x)) * (V(1) + x * (V(1) - gelu_tanh_inner(x)) * V(0.7978845608) * (V(1) + V(0.134145) * x * x))',
    saves: 'x',
    cpu: (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
    domain: [-5, 5],
  },
} as const satisfies Record<string, UnaryRow>;

export const BINARY = {
  add: { y: 'a + b', da: 'dy', db: 'dy', cpu: (a, b) => a + b, domainA: [-3, 3], domainB: [-3, 3] },
  sub: { y: 'a - b', da: 'dy', db: '-dy', cpu: (a, b) => a - b, domainA: [-3, 3], domainB: [-3, 3] },
  mul: { y: 'a * b', da: 'dy * b', db: 'dy * a', cpu: (a, b) => a * b, domainA: [-3, 3], domainB: [-3, 3] },
  div: { y: 'a / b', da: 'dy / b', db: '-dy * y / b', cpu: (a, b) => a / b, domainA: [-3, 3], domainB: [0.3, 3] },
  // A negative base to a whole power is a number. At a = 0 the formulas' 0 / 0 and 0 * log(0) are 0, as in PyTorch.
  pow: {
    y: 'power(a, b)',
    da: 'select(dy * b * power(a, b - V(1)), V(0), b == V(0))',
    db: 'select(dy * y * log(a), V(0), (a == V(0)) & (b >= V(0)))',
    cpu: Math.pow,
    domainA: [0.3, 3],
    domainB: [-2, 2],
  },
  // Ties share the gradient, as in PyTorch.
  maximum: {
    y: 'max(a, b)',
    da: 'dy * select(select(V(0), V(0.5), a == b), V(1), a > b)',
    db: 'dy * select(select(V(0), V(0.5), a == b), V(1), b > a)',
    cpu: (a, b) => Math.max(a, b),
    domainA: [-3, 3],
    domainB: [-3, 3],
  },
  minimum: {
    y: 'min(a, b)',
    da: 'dy * select(select(V(0), V(0.5), a == b), V(1), a < b)',
    db: 'dy * select(select(V(0), V(0.5), a == b), V(1), b < a)',
    cpu: (a, b) => Math.min(a, b),
    domainA: [-3, 3],
    domainB: [-3, 3],
  },
  equal: { y: 'select(V(0), V(1), a == b)', da: null, db: null, cpu: (a, b) => Number(a === b), domainA: [0, 2], domainB: [0, 2], integers: true },
  less: { y: 'select(V(0), V(1), a < b)', da: null, db: null, cpu: (a, b) => Number(a < b), domainA: [0, 2], domainB: [0, 2], integers: true },
  greater: { y: 'select(V(0), V(1), a > b)', da: null, db: null, cpu: (a, b) => Number(a > b), domainA: [0, 2], domainB: [0, 2], integers: true },
  not_equal: { y: 'select(V(0), V(1), a != b)', da: null, db: null, cpu: (a, b) => Number(a !== b), domainA: [0, 2], domainB: [0, 2], integers: true },
  less_equal: { y: 'select(V(0), V(1), a <= b)', da: null, db: null, cpu: (a, b) => Number(a <= b), domainA: [0, 2], domainB: [0, 2], integers: true },
  greater_equal: { y: 'select(V(0), V(1), a >= b)', da: null, db: null, cpu: (a, b) => Number(a >= b), domainA: [0, 2], domainB: [0, 2], integers: true },
  ...LOSSES,
} as const satisfies Record<string, BinaryRow>;

export type UnaryName = keyof typeof UNARY;
export type BinaryName = keyof typeof BINARY;
