import { hostTensor, kernelExercise, UNTOUCHED } from 'weftgrad/learn';

/** Less than a workgroup, exactly one, one more, a single element, many. */
const COUNTS = [5, 64, 65, 1, 1000];
const elements = (n) => (n === 1 ? '1 element' : `${n} elements`);
const groups = (n) => Math.ceil(n / 64);
/** A list of n numbers by a rule. */
const list = (n, rule) =>
  hostTensor(
    [n],
    Array.from({ length: n }, (_, i) => rule(i)),
  );

/** What takes longer than to start it: see TimedCase. */
const MANY = 2 ** 20;
const SIDE = 1024;
const timedSquare = (draw) => ({
  size: `x is ${SIDE} x ${SIDE}`,
  inputs: { x: draw([SIDE, SIDE]) },
  outputs: { y: [SIDE, SIDE] },
  params: [SIDE, SIDE],
  workgroups: groups(SIDE * SIDE),
});

const add = kernelExercise({
  bindings: { a: 'read', b: 'read', y: 'write', params: 'params' },
  sizes: COUNTS,
  describe: elements,
  timed: (draw) => ({
    size: elements(MANY),
    inputs: { a: draw([MANY]), b: draw([MANY]) },
    outputs: { y: [MANY] },
    params: [MANY],
    workgroups: groups(MANY),
    weft: { name: 'add(a, b)', run: ({ a, b }, F) => F.add(a, b) },
  }),
  make: (n, draw) => {
    const [a, b] = [draw([n]), draw([n])];
    const local = 'the local index counts within a workgroup: from the second one on it names the wrong element';
    return {
      inputs: { a, b },
      outputs: {
        y: {
          expected: list(n, (i) => a.data[i] + b.data[i]),
          mistakes: {
            'b is never looked at': list(n, (i) => 2 * a.data[i]),
            'a is never looked at': list(n, (i) => 2 * b.data[i]),
            ...(n > 64 && {
              [local]: list(n, (i) => a.data[i % 64] + b.data[i % 64]),
              [`${local}, and the others belong to no thread`]: list(n, (i) =>
                i < 64 ? a.data[i] + b.data[i] : UNTOUCHED,
              ),
            }),
          },
        },
      },
      params: [n],
      workgroups: groups(n),
    };
  },
});

const transpose = kernelExercise({
  bindings: { x: 'read', y: 'write', params: 'params' },
  sizes: [
    [3, 2],
    [1, 1],
    [7, 13],
    [64, 65],
  ],
  describe: ([m, n]) => `x is ${m} x ${n}`,
  timed: (draw) => ({
    ...timedSquare(draw),
    weft: { name: 'transpose(x)', run: ({ x }, F) => F.transpose(x) },
  }),
  make: ([m, n], draw) => {
    const x = draw([m, n]);
    const of = (rule) =>
      hostTensor(
        [n, m],
        Array.from({ length: m * n }, (_, i) => rule(i)),
      );
    return {
      inputs: { x },
      outputs: {
        y: {
          expected: of((i) => x.data[(i % m) * n + Math.floor(i / m)]),
          mistakes: {
            'y is x, element by element: nothing is exchanged': of((i) => x.data[i]),
            'x has n columns: from one row of it to the next there are n elements': of(
              (i) => x.data[(i % m) * m + Math.floor(i / m)] ?? 4e6,
            ),
            'y has m columns: element i of it lies in row i / m': of(
              (i) => x.data[(i % n) * n + Math.floor(i / n)] ?? 4e6,
            ),
          },
        },
      },
      params: [m, n],
      workgroups: groups(m * n),
    };
  },
});

const blur = kernelExercise({
  bindings: { x: 'read', y: 'write', params: 'params' },
  sizes: [
    [3, 5],
    [1, 1],
    [5, 64],
    [7, 13],
  ],
  describe: ([m, n]) => `x is ${m} x ${n}`,
  timed: timedSquare,
  make: ([m, n], draw) => {
    const x = draw([m, n], 0.5, 1.5);
    const of = (rule) =>
      hostTensor(
        [m, n],
        Array.from({ length: m * n }, (_, i) => rule(Math.floor(i / n), i % n)),
      );
    /** By rows: outside of the row, and of x, there is something else. */
    const at = (r, c) => (c < 0 || c >= n ? 0 : x.data[r * n + c]);
    const next = (r, c) => x.data[r * n + c] ?? (r < 0 || c < 0 ? 0 : 4e6);
    const inside = (c) => Math.min(Math.max(c, 0), n - 1);
    const present = (c) => 1 + Number(c > 0) + Number(c < n - 1);
    const sum = (r, c) => at(r, c - 1) + at(r, c) + at(r, c + 1);
    return {
      inputs: { x },
      outputs: {
        y: {
          expected: of((r, c) => sum(r, c) / 3),
          mistakes: {
            'the last column has no right neighbour: what lies behind it is the next row, or nobody’s': of(
              (r, c) => (at(r, c - 1) + at(r, c) + next(r, c + 1)) / 3,
            ),
            'the first column has no left neighbour: what lies before it is the end of another row': of(
              (r, c) => (next(r, c - 1) + at(r, c) + at(r, c + 1)) / 3,
            ),
            'rows end: the test is for the ends of the matrix': of(
              (r, c) => ((x.data[r * n + c - 1] ?? 0) + at(r, c) + (x.data[r * n + c + 1] ?? 0)) / 3,
            ),
            'rows end: what lies before and behind one belongs to others': of(
              (r, c) => (next(r, c - 1) + at(r, c) + next(r, c + 1)) / 3,
            ),
            'what lies outside counts as 0, not as the nearest element': of(
              (r, c) => (at(r, inside(c - 1)) + at(r, c) + at(r, inside(c + 1))) / 3,
            ),
            'the sum is divided by 3 at the ends, too': of((r, c) => sum(r, c) / present(c)),
            'the sum is not divided by 3': of(sum),
          },
          otherwise:
            'rows end: the first column has no left neighbour and the last column no right one, and what lies beside ' +
            'them belongs to others',
        },
      },
      params: [m, n],
      workgroups: groups(m * n),
    };
  },
});

const reverse = kernelExercise({
  bindings: { x: 'read', y: 'write', params: 'params' },
  requires: [[/var\s*<\s*workgroup\s*>/, 'this exercise is about workgroup memory: it has no var<workgroup>']],
  sizes: COUNTS,
  describe: elements,
  timed: (draw) => ({
    size: elements(MANY),
    inputs: { x: draw([MANY]) },
    outputs: { y: [MANY] },
    params: [MANY],
    workgroups: groups(MANY),
  }),
  make: (n, draw) => {
    const x = draw([n]);
    const begin = (i) => i - (i % 64);
    const count = (i) => Math.min(64, n - begin(i));
    const mirrored = (i) => begin(i) + count(i) - 1 - (i % 64);
    return {
      inputs: { x },
      outputs: {
        y: {
          expected: list(n, (i) => x.data[mirrored(i)]),
          mistakes: {
            'nothing is turned around': x,
            'x is turned around as a whole: each workgroup has its own part': list(n, (i) => x.data[n - 1 - i]),
            'the last part is turned around as if it had 64 elements': list(n, (i) =>
              count(i) === 64 ? x.data[mirrored(i)] : (x.data[begin(i) + 63 - (i % 64)] ?? 0),
            ),
          },
          otherwise:
            'a thread may take an element out of workgroup memory before another has put it there: without a barrier ' +
            'between the two nobody waits',
        },
      },
      params: [n],
      workgroups: groups(n),
    };
  },
});

export const exercises = { add, transpose, blur, reverse };
