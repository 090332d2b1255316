import * as assert from 'uvu/assert';
import { ShapeError } from '../../src/device/errors.js';
import * as shape from '../../src/tensor/shape.js';
import { suite } from '../support/harness.js';

const test = suite('shape');

function throwsShape(body: () => unknown, message: RegExp): void {
  assert.throws(body, (error: unknown) => {
    assert.instance(error, ShapeError);
    assert.match((error as Error).message, message);
    return true;
  });
}

test('size: a product, 1 for a scalar, 0 with an empty dimension', () => {
  assert.equal([[], [5], [2, 3, 4], [2, 0, 4]].map(shape.sizeOf), [1, 5, 24, 0]);
  assert.is(shape.sizeOf([65536, 65536]), 2 ** 32); // no 32-bit overflow
});

test('shapes print as Python prints tuples', () => {
  assert.equal([[], [5], [2, 3], [2, 0, 4]].map(shape.formatShape), ['()', '(5,)', '(2, 3)', '(2, 0, 4)']);
});

test('same shape', () => {
  assert.ok(shape.sameShape([], []));
  assert.ok(shape.sameShape([2, 3], [2, 3]));
  assert.not(shape.sameShape([2, 3], [3, 2]));
  assert.not(shape.sameShape([2], [2, 1]));
});

test('strides are row-major', () => {
  assert.equal(shape.contiguousStrides([2, 3, 4]), [12, 4, 1]);
  assert.equal(shape.contiguousStrides([]), []);
  assert.equal(shape.contiguousStrides([7]), [1]);
});

test('dims count from both ends', () => {
  assert.equal(
    [0, 2, -1, -3].map((d) => shape.normalizeDim('op', d, 3)),
    [0, 2, 2, 0],
  );
  assert.equal(
    [0, -1].map((d) => shape.normalizeDim('op', d, 0)),
    [0, 0],
  ); // a scalar, as in PyTorch
  for (const d of [3, -4, 0.5, NaN, Infinity])
    throwsShape(() => shape.normalizeDim('op', d, 3), /^\[op\] dim \S+ is out of range for 3 dimensions$/);
  for (const d of [1, -2]) throwsShape(() => shape.normalizeDim('op', d, 0), /out of range for 0 dimensions/);
});

test('lists of dims: all when none is given, sorted, none twice', () => {
  assert.equal(shape.normalizeDims('op', undefined, 3), [0, 1, 2]);
  assert.equal(shape.normalizeDims('op', undefined, 0), []);
  assert.equal(shape.normalizeDims('op', 1, 3), [1]);
  assert.equal(shape.normalizeDims('op', [-1, 0], 3), [0, 2]);
  assert.equal(shape.normalizeDims('op', [], 3), []);
  throwsShape(() => shape.normalizeDims('op', [1, -2], 3), /name a dimension twice/);
  throwsShape(() => shape.normalizeDims('op', [0, 3], 3), /dim 3 is out of range/);
});

const broadcasts: [a: number[], b: number[], result: number[]][] = [
  [
    [2, 3],
    [2, 3],
    [2, 3],
  ],
  [[2, 3], [3], [2, 3]],
  [[3], [2, 1], [2, 3]],
  [[], [4, 5], [4, 5]],
  [[], [], []],
  [
    [8, 1, 6, 1],
    [7, 1, 5],
    [8, 7, 6, 5],
  ],
  [[1], [0], [0]],
  [
    [0, 1],
    [1, 3],
    [0, 3],
  ],
];
for (const [a, b, result] of broadcasts) {
  test(`broadcast ${shape.formatShape(a)} and ${shape.formatShape(b)}`, () => {
    assert.equal(shape.broadcastShapes('op', a, b), result);
    assert.equal(shape.broadcastShapes('op', b, a), result);
  });
}

test('what does not broadcast names both shapes, the sizes and the dimension', () => {
  throwsShape(
    () => shape.broadcastShapes('add', [2, 3], [2, 4]),
    /^\[add\] shapes \(2, 3\) and \(2, 4\) do not broadcast: 3 and 4 in dimension -1$/,
  );
  throwsShape(() => shape.broadcastShapes('add', [2, 3], [4, 1, 3, 3]), /2 and 3 in dimension -2/);
  throwsShape(() => shape.broadcastShapes('add', [2], [0]), /2 and 0 in dimension -1/);
});

test('a broadcast operand is read with stride 0 where it repeats; its gradient is summed there', () => {
  assert.equal(shape.broadcastStrides([3], [2, 3]), [0, 1]);
  assert.equal(shape.broadcastStrides([2, 1, 4], [5, 2, 3, 4]), [0, 4, 0, 1]);
  assert.equal(shape.broadcastStrides([], [2, 3]), [0, 0]);
  assert.equal(shape.broadcastDims([3], [2, 3]), [0]);
  assert.equal(shape.broadcastDims([2, 1, 4], [5, 2, 3, 4]), [0, 2]);
  assert.equal(shape.broadcastDims([1, 3], [1, 3]), []);
  assert.equal(shape.broadcastDims([], [2, 3]), [0, 1]);
});

test('one size can be left open', () => {
  assert.equal(shape.inferShape('op', 12, [3, -1]), [3, 4]);
  assert.equal(shape.inferShape('op', 12, [-1]), [12]);
  assert.equal(shape.inferShape('op', 12, [2, 2, 3]), [2, 2, 3]);
  assert.equal(shape.inferShape('op', 1, []), []);
  assert.equal(shape.inferShape('op', 0, [-1, 4]), [0, 4]);
  assert.equal(shape.inferShape('op', 0, [0, 4]), [0, 4]);
});

test('a shape that the elements do not make', () => {
  const wrong: [number, number[]][] = [
    [12, [5, -1]],
    [12, [-1, -1]],
    [1, [-1, -1]],
    [12, [3, 3]],
    [12, []],
    [12, [-3, -4]],
    [12, [1.5, 8]],
    [12, [0, -1]],
    [0, [0, -1]],
    [12, [NaN, 2]],
  ];
  for (const [size, to] of wrong)
    throwsShape(() => shape.inferShape('reshape', size, to), /^\[reshape\] \d+ elements do not make shape \(/);
});

test('a walk drops sizes of 1 and merges neighbours', () => {
  const walk = (size: number[], ...operands: number[][]): [number, readonly number[]][] =>
    shape.collapseDims(size, operands).map((d) => [d.size, d.strides]);
  assert.equal(walk([2, 3, 4], [12, 4, 1]), [[24, [1]]]);
  assert.equal(walk([2, 3, 4], [12, 4, 1], [12, 4, 1]), [[24, [1, 1]]]);
  assert.equal(walk([2, 3, 4], [12, 4, 1], [0, 4, 1]), [
    [2, [12, 0]],
    [12, [1, 1]],
  ]);
  assert.equal(walk([2, 3, 4], [12, 4, 1], [0, 0, 1]), [
    [6, [4, 0]],
    [4, [1, 1]],
  ]);
  assert.equal(walk([2, 3], [1, 2]), [
    [2, [1]],
    [3, [2]],
  ]); // transposed: nothing merges
  assert.equal(walk([5, 1, 3], [3, 99, 1]), [[15, [1]]]);
  assert.equal(walk([1, 1], [7, 7]), [[1, [0]]]);
  assert.equal(walk([], [], []), [[1, [0, 0]]]);
});

/** The offsets that a walk visits, in order. */
function offsets(walk: readonly shape.WalkDim[], operand: number): number[] {
  return walk.reduce<number[]>(
    (from, d) => from.flatMap((o) => Array.from({ length: d.size }, (_, i) => o + i * d.strides[operand])),
    [0],
  );
}

test('a collapsed walk visits the same offsets in the same order', () => {
  const cases: [number[], number[][]][] = [
    [
      [2, 3, 4],
      [
        [12, 4, 1],
        [1, 2, 6],
      ],
    ],
    [
      [2, 1, 3, 4],
      [
        [12, 12, 4, 1],
        [0, 5, 4, 1],
      ],
    ],
    [
      [3, 2, 2],
      [
        [0, 2, 1],
        [4, 0, 0],
      ],
    ],
    [
      [2, 2, 2, 2],
      [
        [8, 4, 2, 1],
        [8, 4, 1, 2],
      ],
    ],
  ];
  for (const [size, operands] of cases) {
    const plain = size.map((n, d) => ({ size: n, strides: operands.map((s) => s[d]) }));
    const collapsed = shape.collapseDims(size, operands);
    for (const i of operands.keys()) assert.equal(offsets(collapsed, i), offsets(plain, i));
  }
});

test.run();
