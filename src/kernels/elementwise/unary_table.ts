/**
 * The elementwise ops of one operand, one row each. Kernel, CPU reference, differentiable function, method of Tensor,
 * autocast's class, layer, gradient check, PyTorch's vectors, benchmark and a line of docs/api.md all derive from the
 * row. WGSL expressions are written in terms of V, which is f32 or vec4f, so that one row serves both. How to add one:
 * docs/add_an_op.md.
 */
import { ACTIVATIONS } from './activation_table.js';
import { erf } from './erf.js';
import type { UnaryRow } from './row.js';

/** Where floor, ceil and trunc jump. */
const WHOLE = [-3, -2, -1, 0, 1, 2, 3];

function roundToEven(x: number): number {
  const below = Math.floor(x);
  const isHalf = x - below === 0.5;
  return isHalf ? 2 * Math.round(below / 2) : Math.round(x);
}

export const UNARY = {
  neg: {
    doc: '-x.',
    torch: '-x',
    layer: null,
    precision: 'keep',
    y: '-x',
    dx: '-dy',
    saves: 'none',
    cpu: (x) => -x,
    domain: [-3, 3],
  },
  abs: {
    doc: 'The magnitude of x.',
    torch: 'torch.abs(x)',
    layer: null,
    precision: 'keep',
    y: 'abs(x)',
    dx: 'dy * sign(x)',
    saves: 'x',
    cpu: Math.abs,
    domain: [-3, 3],
    kinks: [0],
  },
  // PyTorch's sign of NaN is 0.
  sign: {
    doc: '-1, 0 or 1: the sign of x; 0 for NaN, as in PyTorch.',
    torch: 'torch.sign(x)',
    layer: null,
    y: 'if_ordered(x, x, sign(x), V(0))',
    takesNan: true,
    dx: 'V(0)',
    saves: 'none',
    cpu: (x) => Math.sign(x) || 0,
    domain: [-3, 3],
    kinks: [0],
  },
  exp: {
    doc: 'e to the power of x.',
    torch: 'torch.exp(x)',
    layer: null,
    y: 'exp(x)',
    dx: 'dy * y',
    saves: 'y',
    cpu: Math.exp,
    domain: [-5, 5],
  },
  log: {
    doc: 'The natural logarithm of x.',
    torch: 'torch.log(x)',
    layer: null,
    points: [1],
    y: 'log_accurate(x)',
    dx: 'dy / x',
    saves: 'x',
    cpu: Math.log,
    domain: [0.05, 9],
  },
  log1p: {
    doc: 'log(1 + x), accurate near 0.',
    torch: 'torch.log1p(x)',
    layer: null,
    y: 'log1p_accurate(x)',
    dx: 'dy / (V(1) + x)',
    saves: 'x',
    cpu: Math.log1p,
    domain: [-0.9, 9],
  },
  sqrt: {
    doc: 'The square root of x.',
    torch: 'torch.sqrt(x)',
    layer: null,
    points: [1],
    y: 'sqrt(x)',
    dx: 'dy * V(0.5) / y',
    saves: 'y',
    cpu: Math.sqrt,
    domain: [0.05, 9],
  },
  rsqrt: {
    doc: '1 / sqrt(x).',
    torch: 'torch.rsqrt(x)',
    layer: null,
    points: [1],
    y: 'inverseSqrt(x)',
    dx: 'dy * V(-0.5) * y * y * y',
    saves: 'y',
    cpu: (x) => 1 / Math.sqrt(x),
    domain: [0.05, 9],
  },
  square: {
    doc: 'x * x.',
    torch: 'torch.square(x)',
    layer: null,
    y: 'x * x',
    dx: 'dy * V(2) * x',
    saves: 'x',
    cpu: (x) => x * x,
    domain: [-3, 3],
  },
  reciprocal: {
    doc: '1 / x.',
    torch: 'torch.reciprocal(x)',
    layer: null,
    points: [1],
    y: 'V(1) / x',
    dx: '-dy * y * y',
    saves: 'y',
    cpu: (x) => 1 / x,
    domain: [0.2, 5],
  },
  sin: {
    doc: 'The sine of x, in radians, for x of any size.',
    torch: 'torch.sin(x)',
    layer: null,
    y: 'sine(x, U(0u))',
    dx: 'dy * sine(x, U(1u))',
    saves: 'x',
    cpu: Math.sin,
    domain: [-3, 3],
  },
  cos: {
    doc: 'The cosine of x, in radians, for x of any size.',
    torch: 'torch.cos(x)',
    layer: null,
    y: 'sine(x, U(1u))',
    dx: '-dy * sine(x, U(0u))',
    saves: 'x',
    cpu: Math.cos,
    domain: [-3, 3],
  },
  // On the bounds themselves the gradient passes, unlike hardtanh's, as in PyTorch.
  clamp: {
    doc: 'x not below min and not above max; on the bounds themselves the gradient passes.',
    torch: 'torch.clamp(x, min, max)',
    layer: null,
    points: [-1, 1, 0, 3],
    tested: [{ min: -1, max: 1 }, { min: -0.5 }, { max: 1 }, { min: 1, max: -1 }],
    precision: 'keep',
    handWritten: true,
    y: 'between(x, V(p0), V(p1))',
    takesNan: true,
    dx: 'select(V(0), dy, (x >= V(p0)) & (x <= V(p1)))',
    saves: 'x',
    cpu: (x, low, high) => Math.min(Math.max(x, low), high),
    domain: [-3, 3],
    args: { min: -Infinity, max: Infinity },
  },
  erf: {
    doc: 'The error function of x.',
    torch: 'torch.erf(x)',
    layer: null,
    points: [0, -9, 9, 1e-4],
    y: 'erf_accurate(x)',
    dx: 'dy * V(1.1283791671) * exp_kept(-x * x)',
    saves: 'x',
    cpu: erf,
    domain: [-4, 4],
  },
  // 1 for true, 0 for false, as comparisons.
  isnan: {
    doc: '1 where x is NaN, else 0; no gradient, as of all comparisons.',
    torch: 'torch.isnan(x)',
    layer: null,
    points: [0, NaN, Infinity],
    y: 'if_ordered(x, x, V(0), V(1))',
    takesNan: true,
    dx: null,
    saves: 'none',
    cpu: (x) => Number(Number.isNaN(x)),
    domain: [-3, 3],
  },
  isinf: {
    doc: '1 where x is infinite, of either sign, else 0.',
    torch: 'torch.isinf(x)',
    layer: null,
    points: [0, NaN, Infinity, -Infinity],
    y: 'select(V(0), V(1), magnitude(x) == U(0x7f800000u))',
    takesNan: true,
    dx: null,
    saves: 'none',
    cpu: (x) => Number(Math.abs(x) === Infinity),
    domain: [-3, 3],
  },
  isfinite: {
    doc: '1 where x is neither infinite nor NaN, else 0.',
    torch: 'torch.isfinite(x)',
    layer: null,
    points: [0, NaN, Infinity, -Infinity],
    y: 'select(V(0), V(1), magnitude(x) < U(0x7f800000u))',
    takesNan: true,
    dx: null,
    saves: 'none',
    cpu: (x) => Number(Number.isFinite(x)),
    domain: [-3, 3],
  },
  floor: {
    doc: 'The largest whole number that is not above x.',
    torch: 'torch.floor(x)',
    layer: null,
    points: [0, -1, 2, -0.5],
    y: 'floor(x)',
    dx: 'V(0)',
    saves: 'none',
    cpu: Math.floor,
    domain: [-3, 3],
    kinks: WHOLE,
  },
  ceil: {
    doc: 'The smallest whole number that is not below x.',
    torch: 'torch.ceil(x)',
    layer: null,
    points: [0, -1, 2, -0.5],
    y: 'ceil(x)',
    dx: 'V(0)',
    saves: 'none',
    cpu: Math.ceil,
    domain: [-3, 3],
    kinks: WHOLE,
  },
  round: {
    doc: 'The whole number nearest to x; of two that are as near, the even one.',
    torch: 'torch.round(x)',
    layer: null,
    points: [0, -0.5, 0.5, 1.5, -2.5],
    y: 'round(x)',
    dx: 'V(0)',
    saves: 'none',
    cpu: roundToEven,
    domain: [-3, 3],
    kinks: WHOLE.map((n) => n + 0.5),
  },
  trunc: {
    doc: 'x without what is behind its decimal point.',
    torch: 'torch.trunc(x)',
    layer: null,
    points: [0, -1, 2, -0.5],
    y: 'trunc(x)',
    dx: 'V(0)',
    saves: 'none',
    cpu: Math.trunc,
    domain: [-3, 3],
    kinks: WHOLE,
  },
  ...ACTIVATIONS,
} as const satisfies Record<string, UnaryRow>;

/** What shaders include that take a row's y for their `fn activate`. */
export const ACTIVATION_FILES = ['common/nan_lanes.wgsl', 'common/tanh.wgsl'] as const;

/** A row's y as shaders compute it: NaN for NaN, whatever the driver makes of it on the way. */
export function forwardOf(name: UnaryName): string {
  const row: UnaryRow = UNARY[name];
  return row.takesNan ? row.y : `keep_nan(x, ${row.y})`;
}

/** The name of a row of one operand. */
export type UnaryName = keyof typeof UNARY;
