import { hostTensor, kernelExercise, UNTOUCHED } from 'weftgrad/learn';

/** c[r, s] under a rule for what is multiplied; `depth` says which k count. */
function product([m, k, n], at, depth = () => true) {
  const c = hostTensor([m, n]);
  for (let r = 0; r < m; r++)
    for (let s = 0; s < n; s++) for (let d = 0; d < k; d++) if (depth(d)) c.data[r * n + s] += at(r, d, s);
  return c;
}

const bindings = { a: 'read', b: 'read', c: 'write', params: 'params' };
const describe = ([m, k, n]) => `(${m}, ${k}) times (${k}, ${n})`;
const draws = ([m, k, n], draw) => [draw([m, k]), draw([k, n])];
const MISSING = 4e6; // what lies behind a and b

/** A product of drawn matrices, with the mistakes that all kernels can make, and others. */
function productCase(shape, draw, workgroups, mistakes, otherwise) {
  const [m, k, n] = shape;
  const [a, b] = draws(shape, draw);
  const right = (r, d, s) => a.data[r * k + d] * b.data[d * n + s];
  const other = (at) => product(shape, at);
  return {
    inputs: { a, b },
    outputs: {
      c: {
        expected: product(shape, right),
        mistakes: {
          'the stride of b is n: from one row of it to the next there are n elements': other(
            (r, d, s) => a.data[r * k + d] * (b.data[d * k + s] ?? MISSING),
          ),
          'the stride of a is k: from one row of it to the next there are k elements': other(
            (r, d, s) => (a.data[r * m + d] ?? MISSING) * b.data[d * n + s],
          ),
          'that is the product with b transposed': other((r, d, s) => a.data[r * k + d] * b.data[s * k + d]),
          'only the last product is there: += and not =': product(shape, right, (d) => d === k - 1),
          ...mistakes(right, a, b),
        },
        ...(otherwise && { otherwise }),
      },
    },
    params: [m, k, n],
    workgroups,
  };
}

const SIZES = [
  [3, 5, 2],
  [1, 7, 13],
  [17, 33, 31],
  [65, 16, 67],
];

/** A shape of which only the first 64 elements are made: which these are shows who makes what. */
const ALONE = [9, 4, 20];

/** One workgroup is started of the three that c would need: it makes the first 64 elements in the order of memory. */
function firstWorkgroup(draw) {
  const [m, k, n] = ALONE;
  const made = productCase(ALONE, draw, 1, () => ({}));
  const { expected } = made.outputs.c;
  const part = (isMade) =>
    hostTensor(
      [m, n],
      expected.data.map((v, i) => (isMade(Math.floor(i / n), i % n) ? v : UNTOUCHED)),
    );
  const mistakes = {
    'neighbouring threads make neighbours in a column, as in the naive kernel: they read rows apart': part(
      (r, s) => s * m + r < 64,
    ),
  };
  return { ...made, params: [m, k, n], outputs: { c: { expected: part((r, s) => r * n + s < 64), mistakes } } };
}

/** The first one has two whole steps of 16 along K, and a part of one. */
const TILED_SIZES = [[2, 37, 3], ...SIZES];

/** A product that is worth timing. @param workgroups of a shape. */
const timedProduct = (workgroups) => (draw) => {
  const shape = [512, 512, 512];
  const [a, b] = draws(shape, draw);
  return {
    size: describe(shape),
    inputs: { a, b },
    outputs: { c: [512, 512] },
    params: shape,
    workgroups: workgroups(shape),
    weft: { name: 'matmul(a, b)', run: (given, F) => F.matmul(given.a, given.b) },
  };
};

const coalesced = kernelExercise({
  bindings,
  sizes: [...SIZES, ALONE],
  describe: (shape) => (shape === ALONE ? 'the first workgroup alone, of a c of 9 x 20' : describe(shape)),
  timed: timedProduct(([m, , n]) => Math.ceil((m * n) / 64)),
  make: (shape, draw) =>
    shape === ALONE
      ? firstWorkgroup(draw)
      : productCase(shape, draw, Math.ceil((shape[0] * shape[2]) / 64), () => ({})),
});

const tiles = ([m, , n], side) => Math.ceil(m / side) * Math.ceil(n / side);
const SHARED = [/var\s*<\s*workgroup\s*>/, 'this exercise is about workgroup memory: it has no var<workgroup>'];
const STALE =
  'some sums are of tiles that were incomplete, or of the next ones: a step has two barriers, one when the tiles are ' +
  'complete and one when nobody needs them any more';

const steps = (shape, side) => (right) => ({
  [`only the first ${side} of K are added up: the steps go on to the end of K`]: product(shape, right, (d) => d < side),
  'the last step of K is left out where it is shorter: outside of the matrices there are zeros': product(
    shape,
    right,
    (d) => d < shape[1] - (shape[1] % side),
  ),
});

/** Numbers in the millions come from behind a and b. */
const outside = (shape, side, a, b) => {
  const [m, k, n] = shape;
  const all = Math.ceil(k / side) * side;
  const c = hostTensor([m, n]);
  for (let r = 0; r < m; r++)
    for (let s = 0; s < n; s++)
      for (let d = 0; d < all; d++)
        c.data[r * n + s] += (a.data[r * k + d] ?? MISSING) * (b.data[d * n + s] ?? MISSING);
  return c;
};

const tiled = kernelExercise({
  bindings,
  requires: [SHARED],
  sizes: TILED_SIZES,
  describe,
  timed: timedProduct((shape) => tiles(shape, 16)),
  make: (shape, draw) =>
    productCase(
      shape,
      draw,
      tiles(shape, 16),
      (right, a, b) => ({
        ...steps(shape, 16)(right),
        'what lies outside of the matrices is added, too: a tile holds zeros there': outside(shape, 16, a, b),
        'row and column of the tile of b are exchanged': exchanged(shape, a, b),
      }),
      STALE,
    ),
});

/** b_tile[x, k] for b_tile[k, x], tile by tile. */
function exchanged(shape, a, b) {
  const [m, k, n] = shape;
  const c = hostTensor([m, n]);
  for (let r = 0; r < m; r++)
    for (let s = 0; s < n; s++)
      for (let first = 0; first < k; first += 16)
        for (let d = 0; d < 16; d++) {
          const [row, column] = [first + (s % 16), s - (s % 16) + d];
          const from_a = first + d < k ? a.data[r * k + first + d] : 0;
          c.data[r * n + s] += from_a * (row < k && column < n ? b.data[row * n + column] : 0);
        }
  return c;
}

const registerTile = kernelExercise({
  bindings,
  requires: [SHARED],
  sizes: TILED_SIZES,
  describe,
  timed: timedProduct((shape) => tiles(shape, 64)),
  make: (shape, draw) =>
    productCase(
      shape,
      draw,
      tiles(shape, 64),
      (right, a, b) => {
        const [m, k, n] = shape;
        const at = (r, d, s) => (r < m && s < n ? a.data[r * k + d] * b.data[d * n + s] : 0);
        const four = (v) => v - (v % 4);
        return {
          ...steps(shape, 16)(right),
          'the 4 x 4 results of a thread are transposed: sum[i * EACH + j] is row i, column j': product(
            shape,
            (r, d, s) => at(four(r) + (s % 4), d, four(s) + (r % 4)),
          ),
          'all four rows of a thread are the same: row y + i of a_tile': product(shape, (r, d, s) => at(four(r), d, s)),
          'a thread makes 16 results, and all are added to the first one': product(shape, (r, d, s) => {
            if (r % 4 !== 0 || s % 4 !== 0) return 0;
            let sum = 0;
            for (let i = 0; i < 16; i++) sum += at(r + (i >> 2), d, s + (i & 3));
            return sum;
          }),
        };
      },
      STALE,
    ),
});

const splitK = kernelExercise({
  bindings: { a: 'read', b: 'read', parts: 'write', params: 'params' },
  sizes: [
    [2, 10, 3, 3],
    [1, 7, 5, 2],
    [5, 129, 7, 4],
    [3, 5, 2, 8],
  ],
  describe: ([m, k, n, splits]) => `(${m}, ${k}) times (${k}, ${n}), K in ${splits}`,
  timed: (draw) => {
    const [a, b] = draws([32, 8192, 32], draw);
    return {
      size: '(32, 8192) times (8192, 32), K in 16',
      inputs: { a, b },
      outputs: { parts: [16, 32, 32] },
      params: [32, 8192, 32, 16],
      workgroups: (32 * 32 * 16) / 64,
    };
  },
  make: ([m, k, n, splits], draw) => {
    const shape = [m, k, n];
    const [a, b] = draws(shape, draw);
    const right = (r, d, s) => (a.data[r * k + d] ?? MISSING) * (b.data[d * n + s] ?? MISSING);
    const parts = (from, to) =>
      hostTensor(
        [splits, m, n],
        Array.from({ length: splits }, (_, p) => [
          ...product([m, Math.max(k, to(p)), n], right, (d) => d >= from(p) && d < to(p)).data,
        ]).flat(),
      );
    const share = Math.ceil(k / splits);
    const begin = (p) => Math.min(p * share, k);
    const end = (p) => Math.min((p + 1) * share, k);
    return {
      inputs: { a, b },
      outputs: {
        parts: {
          expected: parts(begin, end),
          mistakes: {
            'every part has all of K: they must share it': parts(
              () => 0,
              () => k,
            ),
            'every part is the first one: element i is in part i / (m n)': parts(
              () => 0,
              () => end(0),
            ),
            'the last of K belong to no part: a share is k / splits rounded up': parts(
              (p) => p * Math.floor(k / splits),
              (p) => (p + 1) * Math.floor(k / splits),
            ),
            'the last share ends with K: min((split + 1) * share, k)': parts(
              (p) => p * share,
              (p) => (p + 1) * share,
            ),
          },
        },
      },
      params: [m, k, n, splits],
      workgroups: Math.ceil((m * n * splits) / 64),
    };
  },
});

export const exercises = { coalesced, tiled, register_tile: registerTile, split_k: splitK };
