import { hostTensor, kernelExercise, programExercise } from 'weftgrad/learn';

const f32 = Math.fround;
const total = (values) => values.reduce((sum, v) => sum + v, 0);

/** The three orders, written once more in another way: in place, by doubling steps, with a running error. */
function reference(values) {
  const serial = values.reduce((sum, v) => f32(sum + v), 0);
  const pairs = (from, to) => {
    if (to - from <= 1) return to === from ? 0 : f32(values[from]);
    const middle = from + ((to - from) >> 1);
    return f32(pairs(from, middle) + pairs(middle, to));
  };
  let [kahan, error] = [0, 0];
  for (const v of values) {
    const [y, before] = [f32(v - error), kahan];
    kahan = f32(before + y);
    error = f32(f32(kahan - before) - y);
  }
  return { serial, pairwise: pairs(0, values.length), kahan };
}

const order = programExercise({
  exports: ['serialSum', 'pairwiseSum', 'kahanSum'],
  tests: {
    'a few numbers, in which nothing is lost': ({ serialSum, pairwiseSum, kahanSum }, { close }) => {
      const values = [0.5, -2, 8, 0.25, 3];
      close(serialSum(values), 9.75, 'the sum one after the other', { tolerance: 0 });
      close(pairwiseSum(values), 9.75, 'the sum in pairs', { tolerance: 0 });
      close(kahanSum(values), 9.75, 'the sum with the rounding kept', { tolerance: 0 });
      close(pairwiseSum([]), 0, 'the sum in pairs of nothing', { tolerance: 0 });
    },
    '20,001 numbers, rounded as f32 after every operation': (solution, { draw, close }) => {
      const values = [...draw([20001], 0, 1).data];
      const exact = total(values);
      const { serial, pairwise, kahan } = reference(values);
      const mistakes = { 'JavaScript’s own numbers are f64: round every sum with Math.fround': exact };
      const unrounded = { ...mistakes, 'only the end is rounded: round every sum with Math.fround': f32(exact) };
      close(solution.serialSum(values), serial, 'the sum one after the other', { tolerance: 0, mistakes: unrounded });
      close(solution.pairwiseSum(values), pairwise, 'the sum in pairs', {
        tolerance: 0,
        mistakes: { 'that is the sum one after the other': serial, ...mistakes },
      });
      close(solution.kahanSum(values), kahan, 'the sum with the rounding kept', {
        tolerance: 0,
        mistakes: {
          'what is lost is never given back: lost stays 0': serial,
          'the sign of what is lost: the next number gets v - lost': wrongSign(values),
          ...mistakes,
        },
      });
    },
  },
});

function wrongSign(values) {
  let [sum, lost] = [0, 0];
  for (const v of values) {
    const y = f32(v + lost);
    const t = f32(sum + y);
    lost = f32(f32(t - sum) - y);
    sum = t;
  }
  return sum;
}

/** Shapes whose rows are shorter than a workgroup, longer, and exactly as long. */
const SHAPES = [
  [3, 7],
  [5, 130],
  [2, 64],
  [67, 1],
  [3, 1000],
];

/** Rows that are worth timing. @param workgroups of so many rows. */
const timedRows = (workgroups) => (draw) => ({
  size: 'x is 256 x 4096',
  inputs: { x: draw([256, 4096]) },
  outputs: { y: [256] },
  params: [256, 4096],
  workgroups: workgroups(256),
  weft: { name: 'sum(x, { dim: 1 })', run: ({ x }, F) => F.sum(x, { dim: 1 }) },
});

/** What sums of rows are under a rule that says which elements count. */
const rowSums = ([m, n], x, counts) =>
  hostTensor(
    [m],
    Array.from({ length: m }, (_, r) =>
      total([...Array(n).keys()].filter((c) => counts(c)).map((c) => x.data[r * n + c])),
    ),
  );

function rowCase(shape, draw, workgroups, mistakes, otherwise) {
  const [m, n] = shape;
  const x = draw(shape, 0.5, 1.5);
  return {
    inputs: { x },
    outputs: {
      y: {
        expected: rowSums(shape, x, () => true),
        mistakes: {
          'the last column is left out: c < n': rowSums(shape, x, (c) => c < n - 1),
          'these are sums of columns: a row begins at r * n': hostTensor(
            [m],
            Array.from({ length: m }, (_, r) => total([...Array(n).keys()].map((c) => x.data[c * m + r] ?? 0))),
          ),
          ...mistakes(x),
        },
        ...(otherwise && { otherwise }),
      },
    },
    params: [m, n],
    workgroups,
  };
}

const rows = kernelExercise({
  bindings: { x: 'read', y: 'write', params: 'params' },
  sizes: SHAPES,
  describe: ([m, n]) => `x is ${m} x ${n}`,
  timed: timedRows((m) => Math.ceil(m / 64)),
  make: (shape, draw) =>
    rowCase(shape, draw, Math.ceil(shape[0] / 64), (x) => ({
      'only the last element is there: += and not =': hostTensor(
        [shape[0]],
        Array.from({ length: shape[0] }, (_, r) => x.data[r * shape[1] + shape[1] - 1]),
      ),
    })),
});

const WORKGROUP_MEMORY = [
  [/var\s*<\s*workgroup\s*>/, 'this exercise is about workgroup memory: it has no var<workgroup>'],
];
const NO_BARRIER =
  'some parts are missing or stale: is there a barrier before every round, so that all sums of the last are there?';

const tree = kernelExercise({
  bindings: { x: 'read', y: 'write', params: 'params' },
  requires: WORKGROUP_MEMORY,
  sizes: SHAPES,
  describe: ([m, n]) => `x is ${m} x ${n}`,
  timed: timedRows((m) => m),
  make: (shape, draw) =>
    rowCase(
      shape,
      draw,
      shape[0],
      (x) => ({
        'only the first 64 columns count: each thread goes on in steps of 64': rowSums(shape, x, (c) => c < 64),
        'half is left out: the first round adds the upper 32 threads’ sums to the lower 32': rowSums(
          shape,
          x,
          (c) => c % 64 < 32,
        ),
        'only the sum of thread 0 is there: the rounds are missing': rowSums(shape, x, (c) => c % 64 === 0),
        'the last round is missing: half goes down to 1': rowSums(shape, x, (c) => c % 2 === 0),
      }),
      NO_BARRIER,
    ),
});

const parts = kernelExercise({
  bindings: { x: 'read', y: 'write', params: 'params' },
  requires: WORKGROUP_MEMORY,
  sizes: [
    [100, 3],
    [5, 1],
    [1000, 2],
    [4097, 7],
  ],
  describe: ([n, groups]) => `${n} elements, ${groups} ${groups === 1 ? 'workgroup' : 'workgroups'}`,
  timed: (draw) => ({
    size: '1048576 elements, 64 workgroups',
    inputs: { x: draw([2 ** 20]) },
    outputs: { y: [64] },
    params: [2 ** 20],
    workgroups: 64,
  }),
  make: ([n, groups], draw) => {
    const x = draw([n], 0.5, 1.5);
    /** The share of each workgroup under a rule that says whose element i is. */
    const shares = (ownerOf) => {
      const sums = hostTensor([groups]);
      x.data.forEach((v, i) => (sums.data[ownerOf(i)] += v));
      return sums;
    };
    const sumOf = (counts) =>
      hostTensor(
        [groups],
        Array.from({ length: groups }, (_, w) => total(x.data.filter((_, i) => counts(i, w)))),
      );
    return {
      inputs: { x },
      outputs: {
        y: {
          expected: shares((i) => Math.floor(i / 64) % groups),
          mistakes: {
            'every workgroup adds up all of x: they must share it': sumOf(() => true),
            'only one element for each thread: go on in steps of all threads there are': sumOf(
              (i, w) => Math.floor(i / 64) === w,
            ),
            'each workgroup goes on in steps of 64, into what belongs to the next one': sumOf((i, w) => i >= 64 * w),
          },
          otherwise: NO_BARRIER,
        },
      },
      params: [n],
      workgroups: groups,
    };
  },
});

export const exercises = { order, rows, tree, parts };
