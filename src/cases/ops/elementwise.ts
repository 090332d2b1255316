/** Cases of the rows of the elementwise tables. */
import { elementwise, elementwise2, where } from '../../autograd/ops/index.js';
import { binary, unary } from '../../kernels/elementwise/reference.js';
import { UNARY, type UnaryName } from '../../kernels/elementwise/unary_table.js';
import { BINARY, type BinaryName } from '../../kernels/elementwise/binary_table.js';
import type { BinaryRow, UnaryRow } from '../../kernels/elementwise/row.js';
import { where as whereReference } from '../../kernels/elementwise/where_reference.js';
import { LOSSES } from '../../kernels/loss/loss_table.js';
import { unaryArgs } from '../../kernels/elementwise/unary.js';
import { UNIT, type Domain } from '../draw.js';
import { defineSpec, inFours, type OpCase, type OpSpec } from '../spec.js';

type Args = Readonly<Record<string, number>> | null;

/** One element, less than a vec4, a workgroup of 64 vec4s and one more, a prime. */
const SIZES = [1, 3, 257, 1021];

/** Other values for the rows that take arguments. */
const ARGUMENTS: Partial<Record<UnaryName, Readonly<Record<string, number>>>> = {
  leaky_relu: { negativeSlope: 0.2 },
  elu: { alpha: 0.5 },
  hardtanh: { min: 0, max: 2 },
  clamp: { min: -0.5 },
};

/** WGSL asks of sin and cos an absolute error of 2^-11 at most, and SwiftShader makes use of it. */
const TRIGONOMETRIC = 2 ** -11;

/** What the benchmark times. */
const LONG = [1 << 20];

function unarySpec(name: UnaryName): OpSpec {
  const row: UnaryRow = UNARY[name];
  const given = ARGUMENTS[name];
  const domain: Domain = {
    low: row.domain[0],
    high: row.domain[1],
    kinks: [...(row.kinks ?? []), ...Object.values(given ?? {})],
  };
  const cases: OpCase<Args>[] = SIZES.map((n) => ({
    shapes: [[n]],
    args: null,
    ...(name === 'tanh' && n === 257 ? { selfCheck: true as const } : {}),
  }));
  if (given !== undefined) cases.push({ shapes: [[255]], args: given });
  if (name === 'relu') cases.push({ shapes: [[0]], args: null }, { shapes: [[]], args: null });
  return defineSpec<Args>({
    op: name,
    inputs: [{ name: 'x', domain }],
    gpu: ([x], args) => elementwise(name, x, args ?? {}),
    cpu: ([x], args) => unary(name, x, unaryArgs(name, args ?? {})),
    bench: [{ shapes: [LONG], args: null }],
    cases,
    ...(name === 'sin' || name === 'cos' ? { tolerance: TRIGONOMETRIC } : {}),
  });
}

/** One shape; a row for all; both repeating; a scalar on either side. */
const SHAPES = [
  [[1], [1]],
  [[257], [257]],
  [[31, 33], [33]],
  [
    [7, 1, 5],
    [3, 1],
  ],
  [[], [17]],
  [[3, 5], []],
];

/**
 * For `add`: sizes of 0, many dimensions, nothing to merge, an operand that repeats in the middle, over 64 workgroups.
 */
const MORE_SHAPES = [
  [[0], [0]],
  [
    [3, 0],
    [3, 1],
  ],
  [
    [2, 1, 3, 1, 2, 1],
    [1, 2, 1, 3, 1, 2],
  ],
  [
    [5, 1, 7],
    [5, 3, 7],
  ],
  [
    [67, 64],
    [67, 1],
  ],
  [
    [1, 1],
    [5, 3],
  ],
];

/** Beside fours of channels: a number for each image and channel, for each image, for each channel, for all. */
const BESIDE_FOURS = [[2, 8, 1, 1], [2, 1, 1, 1], [8, 1, 1], [1]].flatMap((other) => [
  [[2, 8, 3, 5], other],
  [other, [2, 8, 3, 5]],
]);

function binarySpec(name: BinaryName): OpSpec {
  const row: BinaryRow = BINARY[name];
  const isExtreme = name === 'maximum' || name === 'minimum';
  const domain = ([low, high]: readonly [number, number]): Domain =>
    row.integers ? { low, high, integers: true } : { low, high };
  return defineSpec<null>({
    op: name,
    // a and b of an extreme are both spread out, so that hardly any two are close enough to spoil central differences
    inputs: [
      { name: 'a', domain: isExtreme ? { low: -3, high: 3, distinct: true } : domain(row.domainA) },
      { name: 'b', domain: isExtreme ? { low: -3.001, high: 3.002, distinct: true } : domain(row.domainB) },
    ],
    gpu: ([a, b]) => elementwise2(name, a, b),
    cpu: ([a, b]) => binary(name, a, b),
    bench: [
      { shapes: [LONG, LONG], args: null },
      ...(name === 'add' ? [{ shapes: [[1024, 1024], [1024]], args: null }] : []),
    ],
    cases: [
      ...[...SHAPES, ...(name === 'add' ? MORE_SHAPES : [])].map((shapes, i) => ({
        shapes,
        args: null,
        ...(name === 'mul' && i === 2 ? { selfCheck: true as const } : {}),
      })),
      ...inFours(BESIDE_FOURS.map((shapes) => ({ shapes, args: null }))),
    ],
  });
}

const whereSpec = defineSpec<null>({
  op: 'where',
  inputs: [
    { name: 'condition', domain: { low: 0, high: 2, integers: true }, constant: true },
    { name: 'a', domain: UNIT },
    { name: 'b', domain: UNIT },
  ],
  gpu: ([condition, a, b]) => where(condition, a, b),
  cpu: ([condition, a, b]) => whereReference(condition, a, b),
  bench: [{ shapes: [LONG, LONG, LONG], args: null }],
  cases: [
    [[1], [1], [1]],
    [[], [], []],
    [[257], [257], [257]],
    [[31, 33], [33], [31, 1]],
    [[5, 1], [1, 7], []],
    [[3], [2, 1, 1], [5, 1]],
    [[67, 64], [67, 64], [1]],
    [[0], [0], []],
    [[2, 0], [2, 1], [1]],
  ].map((shapes) => ({ shapes, args: null })),
});

export const elementwiseSpecs: readonly OpSpec[] = [
  ...Object.keys(UNARY).map((name) => unarySpec(name as UnaryName)),
  ...Object.keys(BINARY)
    .filter((name) => !(name in LOSSES))
    .map((name) => binarySpec(name as BinaryName)),
  whereSpec,
];
