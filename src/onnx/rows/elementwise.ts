/** Element by element. */
import { SAME_BINARY, SAME_UNARY, COMPARISONS } from '../same_names.js';
import type { GraphBuilder } from '../graph_builder.js';
import type { Row, Rows } from './row.js';

/** args of a row of one operand: its two numbers. */
const numbers = (args: unknown): readonly [number, number] => args as readonly [number, number];

const unary =
  (write: (b: GraphBuilder, x: string, args: readonly [number, number]) => string): Row =>
  (b, { inputs: [x], args }) =>
    write(b, x, numbers(args));

/** A bound that is infinite is left out. */
const bound = (b: GraphBuilder, v: number): string => (Number.isFinite(v) ? b.float(v) : '');

const clip = unary((b, x, [low, high]) => b.node('Clip', [x, bound(b, low), bound(b, high)]));

const same = (pairs: Readonly<Record<string, string>>): Rows =>
  Object.fromEntries(
    Object.entries(pairs).map(([op, type]): [string, Row] => [op, (b, { inputs }) => b.node(type, inputs)]),
  );

/** 0.5 x (1 + gate). */
const gated = (b: GraphBuilder, x: string, gate: string): string =>
  b.node('Mul', [b.node('Mul', [x, b.float(0.5)]), b.node('Add', [gate, b.float(1)])]);

export const ELEMENTWISE: Rows = {
  ...same(SAME_UNARY),
  ...same(SAME_BINARY),
  ...Object.fromEntries(
    Object.entries(COMPARISONS).map(([op, type]): [string, Row] => [
      op,
      (b, { inputs }) => b.asNumbers(b.node(type, inputs)),
    ]),
  ),
  not_equal: (b, { inputs }) => b.asNumbers(b.node('Not', [b.node('Equal', inputs)])),
  fmod: (b, { inputs }) => b.node('Mod', inputs, { fmod: 1 }),
  square: unary((b, x) => b.node('Mul', [x, x])),
  rsqrt: unary((b, x) => b.node('Reciprocal', [b.node('Sqrt', [x])])),
  log1p: unary((b, x) => b.node('Log', [b.node('Add', [x, b.float(1)])])),
  trunc: unary((b, x) => b.node('Mul', [b.node('Sign', [x]), b.node('Floor', [b.node('Abs', [x])])])),
  isnan: unary((b, x) => b.asNumbers(b.node('IsNaN', [x]))),
  isinf: unary((b, x) => b.asNumbers(b.node('IsInf', [x]))),
  isfinite: unary((b, x) => b.asNumbers(b.node('Not', [b.node('Or', [b.node('IsNaN', [x]), b.node('IsInf', [x])])]))),
  clamp: clip,
  hardtanh: clip,
  leaky_relu: unary((b, x, [slope]) => b.node('LeakyRelu', [x], { alpha: { float: slope } })),
  elu: unary((b, x, [alpha]) => b.node('Elu', [x], { alpha: { float: alpha } })),
  hardsigmoid: unary((b, x) => b.node('HardSigmoid', [x], { alpha: { float: 1 / 6 }, beta: { float: 0.5 } })),
  silu: unary((b, x) => b.node('Mul', [x, b.node('Sigmoid', [x])])),
  // x times the normal distribution function, by the error function
  gelu: unary((b, x) => gated(b, x, b.node('Erf', [b.node('Mul', [x, b.float(Math.SQRT1_2)])]))),
  gelu_tanh: unary((b, x) => {
    const cube = b.node('Mul', [b.node('Mul', [x, x]), x]);
    const inner = b.node('Add', [x, b.node('Mul', [cube, b.float(0.044715)])]);
    return gated(b, x, b.node('Tanh', [b.node('Mul', [inner, b.float(Math.sqrt(2 / Math.PI))])]));
  }),
  where: (b, { inputs: [condition, x, y] }) => b.node('Where', [b.node('Cast', [condition], { to: 9 }), x, y]),
  // files compute in f32 whatever the network stores
  cast: (_, { inputs: [x] }) => x,
};
