import { hostTensor, programExercise } from 'weftgrad/learn';

/** What comes, or that it is refused. */
function tried(f, ...args) {
  try {
    return f(...args);
  } catch {
    return 'refused';
  }
}

const shapes = programExercise({
  exports: ['stridesOf', 'elementAt', 'positionOf', 'broadcastShapes'],
  tests: {
    'strides: the last index runs fastest': ({ stridesOf }, { same }) => {
      same(stridesOf([2, 3, 4]), [12, 4, 1], 'strides of (2, 3, 4)', {
        'the first index runs fastest: the order of columns, not of rows': [1, 2, 6],
        'a stride is the product of all sizes behind it': [24, 12, 4],
      });
      same(stridesOf([5]), [1], 'strides of (5)');
      same(stridesOf([]), [], 'strides of a single number, ()');
    },
    'from a position to a number': ({ elementAt }, { same }) => {
      same(elementAt([1, 0, 2], [2, 3, 4]), 14, 'element (1, 0, 2) of (2, 3, 4)', {
        'the first index runs fastest: the order of columns, not of rows': 13,
      });
      same(elementAt([2, 6], [3, 7]), 20, 'element (2, 6) of (3, 7)');
      same(elementAt([], []), 0, 'the element of ()');
    },
    'and back': ({ elementAt, positionOf }, { same }) => {
      same(positionOf(14, [2, 3, 4]), [1, 0, 2], 'position of element 14 of (2, 3, 4)');
      for (let i = 0; i < 105; i++)
        same(elementAt(positionOf(i, [3, 5, 7]), [3, 5, 7]), i, `element ${i} of (3, 5, 7), there and back`);
    },
    'shapes that go together': ({ broadcastShapes }, { same }) => {
      const together = (a, b, expected, mistakes = { 'shapes are aligned at their ends': 'refused' }) =>
        same(tried(broadcastShapes, a, b), expected, `(${a}) with (${b})`, mistakes);
      together([2, 3], [2, 3], [2, 3]);
      together([2, 3], [3], [2, 3]);
      together([3], [2, 3], [2, 3], { 'either of the two may be the shorter one': [3] });
      together([2, 1], [1, 5], [2, 5], { 'both may be stretched, each in another dimension': [2, 1] });
      together([8, 1, 6], [7, 1], [8, 7, 6]);
      together([], [4], [4]);
      together([0, 3], [1, 3], [0, 3], { 'a size of 0 with one of 1 is 0: nothing is repeated': [1, 3] });
    },
    'and those that do not': ({ broadcastShapes }, { fail }) => {
      for (const [a, b] of [
        [[2, 3], [2]],
        [
          [4, 3],
          [2, 3],
        ],
        [[2], [0]],
      ]) {
        const result = tried(broadcastShapes, a, b);
        if (result === 'refused') continue;
        fail(
          `(${a}) and (${b}) do not go together, and (${result}) came: throw an Error`,
          'sizes go together when they are equal or one of them is 1, counted from the end',
        );
      }
    },
  },
});

/** Pairs of shapes and what they make. */
const PAIRS = [
  [[2, 3], [3], [2, 3]],
  [
    [2, 1],
    [1, 5],
    [2, 5],
  ],
  [[3], [2, 1], [2, 3]],
  [
    [4, 1, 3],
    [2, 1],
    [4, 2, 3],
  ],
  [[], [2, 2], [2, 2]],
];

/** a at a position of the larger shape, in plain loops. */
function read(a, position) {
  const own = position.slice(position.length - a.shape.length).map((p, d) => (a.shape[d] === 1 ? 0 : p));
  return a.data[own.reduce((i, p, d) => i * a.shape[d] + p, 0)];
}
const positions = (shape) =>
  shape.reduce((all, n) => all.flatMap((p) => [...Array(n).keys()].map((i) => [...p, i])), [[]]);
const product = (a, b, shape) =>
  hostTensor(
    shape,
    positions(shape).map((p) => read(a, p) * read(b, p)),
  );

const AGAIN =
  'the smaller tensor is run through again and again: right for a missing dimension in front, wrong for one of size 1';

const broadcast = programExercise({
  exports: ['expand', 'sumTo', 'mul', 'mulBackward'],
  tests: {
    'y = a * b': ({ mul }, { draw, close }) => {
      for (const [m, n, shape] of PAIRS) {
        const [a, b] = [draw(m), draw(n)];
        const flat = shape.reduce((k, d) => k * d, 1);
        close(mul(a, b, shape), product(a, b, shape), 'y', {
          mistakes: {
            [AGAIN]: hostTensor(
              shape,
              Array.from({ length: flat }, (_, i) => a.data[i % a.data.length] * b.data[i % b.data.length]),
            ),
          },
        });
      }
    },
    'sumTo adds up what was repeated': ({ sumTo }, { draw, close }) => {
      for (const [small, , shape] of PAIRS) {
        const dy = draw(shape);
        const sums = hostTensor(small);
        positions(shape).forEach((p, i) => {
          const own = p.slice(p.length - small.length).map((q, d) => (small[d] === 1 ? 0 : q));
          sums.data[own.reduce((j, q, d) => j * small[d] + q, 0)] += dy.data[i];
        });
        const copies = dy.data.length / sums.data.length;
        close(sumTo(dy, small), sums, `sumTo of (${shape}) to (${small})`, {
          mistakes: {
            'a mean, where all copies count in full': hostTensor(
              small,
              sums.data.map((v) => v / copies),
            ),
            'only the last copy counts: += and not =': lastOf(dy, small),
            'only the first copy counts': firstOf(dy, small),
          },
        });
      }
    },
    'the gradient of a * b': ({ mulBackward }, { draw, same, gradient }) => {
      for (const [m, n, shape] of PAIRS) {
        const [a, b, dy] = [draw(m), draw(n), draw(shape)];
        const loss = (x, z) => product(x, z, shape).data.reduce((sum, v, i) => sum + v * dy.data[i], 0);
        const { da, db } = mulBackward(a, b, dy);
        const summed = { 'a gradient has the shape of its tensor: add up over what was stretched': shape };
        same(da?.shape, m, 'the shape of da', summed);
        gradient((x) => loss(x, b), a, da, 'da');
        same(db?.shape, n, 'the shape of db', summed);
        gradient((z) => loss(a, z), b, db, 'db');
      }
    },
  },
});

/** dy at the first, or the last, of the copies of each element. */
function pickOf(dy, small, keep) {
  const picked = hostTensor(small);
  const seen = new Set();
  positions(dy.shape).forEach((p, i) => {
    const own = p.slice(p.length - small.length).map((q, d) => (small[d] === 1 ? 0 : q));
    const j = own.reduce((k, q, d) => k * small[d] + q, 0);
    if (keep === 'last' || !seen.has(j)) picked.data[j] = dy.data[i];
    seen.add(j);
  });
  return picked;
}
const firstOf = (dy, small) => pickOf(dy, small, 'first');
const lastOf = (dy, small) => pickOf(dy, small, 'last');

export const exercises = { shapes, broadcast };
