import { hostTensor, kernelExercise } from 'weftgrad/learn';

/** Small and plain first; then strides, padding, several of everything, and one by one. */
const SIZES = [
  { n: 2, c: 2, h: 4, w: 5, o: 3, k: 3, stride: 1, pad: 1 },
  { n: 1, c: 1, h: 3, w: 3, o: 1, k: 1, stride: 1, pad: 0 },
  { n: 2, c: 3, h: 7, w: 6, o: 2, k: 3, stride: 2, pad: 1 },
  { n: 1, c: 2, h: 8, w: 9, o: 5, k: 4, stride: 3, pad: 2 },
];

const describe = ({ n, c, h, w, o, k, stride, pad }) =>
  `x (${n}, ${c}, ${h}, ${w}), w (${o}, ${c}, ${k}, ${k}), stride ${stride}, padding ${pad}`;
const outOf = (size, { k, stride, pad }) => Math.floor((size + 2 * pad - k) / stride) + 1;

/**
 * Walks through all products of the sum, which forward and both gradients share: calls `visit` with the number of the
 * element of y, of x and of w. `rule` may bend the way from output and tap to row and column.
 */
function products(s, visit, { place = (i, p) => i * s.stride + p - s.pad, outside = () => null } = {}) {
  const [oh, ow] = [outOf(s.h, s), outOf(s.w, s)];
  for (let n = 0; n < s.n; n++)
    for (let o = 0; o < s.o; o++)
      for (let i = 0; i < oh; i++)
        for (let j = 0; j < ow; j++)
          for (let c = 0; c < s.c; c++)
            for (let p = 0; p < s.k; p++)
              for (let q = 0; q < s.k; q++) {
                const [row, column] = [place(i, p), place(j, q)];
                const inside = row >= 0 && row < s.h && column >= 0 && column < s.w;
                const x = ((n * s.c + c) * s.h + row) * s.w + column;
                const at = inside ? x : outside(x);
                if (at === null) continue;
                const y = ((n * s.o + o) * oh + i) * ow + j;
                visit({ y, x: at, w: ((o * s.c + c) * s.k + p) * s.k + q, n, o, c, p, q });
              }
}

const shapes = (s) => ({
  x: [s.n, s.c, s.h, s.w],
  w: [s.o, s.c, s.k, s.k],
  y: [s.n, s.o, outOf(s.h, s), outOf(s.w, s)],
});
const size = (shape) => shape.reduce((a, b) => a * b, 1);
const paramsOf = (s) => [s.n, s.c, s.h, s.w, s.o, s.k, s.stride, s.pad, outOf(s.h, s), outOf(s.w, s)];

/** A sum of products into the tensor called `name`. @param of what a visit adds. */
function sumInto(s, name, of, rule) {
  const sums = hostTensor(shapes(s)[name]);
  products(
    s,
    (at) => {
      sums.data[at[name]] += of(at);
    },
    rule,
  );
  return sums;
}

/** What takes longer than to start it. */
const LARGE = { n: 8, c: 16, h: 28, w: 28, o: 32, k: 3, stride: 1, pad: 1 };

function exercise(name, inputs, mistakes) {
  return kernelExercise({
    bindings: { [inputs[0]]: 'read', [inputs[1]]: 'read', [name]: 'write', params: 'params' },
    sizes: SIZES,
    describe,
    timed: (draw) => ({
      size: describe(LARGE),
      inputs: Object.fromEntries(inputs.map((i) => [i, draw(shapes(LARGE)[i.replace('d', '')])])),
      outputs: { [name]: shapes(LARGE)[name.replace('d', '')] },
      params: paramsOf(LARGE),
      workgroups: Math.ceil(size(shapes(LARGE)[name.replace('d', '')]) / 64),
      ...(name === 'y' && {
        weft: { name: 'conv2d(x, w)', run: ({ x, w }, F) => F.conv2d(x, w, null, { padding: LARGE.pad }) },
      }),
    }),
    make: (s, draw) => {
      const kind = name.replace('d', '');
      const drawn = Object.fromEntries(inputs.map((i) => [i.replace('d', ''), draw(shapes(s)[i.replace('d', '')])]));
      const product = (at) => Object.entries(drawn).reduce((v, [t, { data }]) => v * data[at[t]], 1);
      const expected = sumInto(s, kind, product);
      return {
        inputs: Object.fromEntries(inputs.map((i) => [i, drawn[i.replace('d', '')]])),
        outputs: { [name]: { expected, mistakes: mistakes(s, drawn, product, kind, expected) } },
        params: paramsOf(s),
        workgroups: Math.ceil(size(shapes(s)[kind]) / 64),
      };
    },
  });
}

const NO_STRIDE = 'the stride is missing: output i begins at row i * stride - pad';

const forward = exercise('y', ['x', 'w'], (s, { x, w }, product) => ({
  'the filter is turned around: in a network a convolution does not flip it': sumInto(
    s,
    'y',
    ({ x: at, w: tap, p, q }) => {
      const first = tap - p * s.k - q;
      return x.data[at] * w.data[first + (s.k - 1 - p) * s.k + (s.k - 1 - q)];
    },
  ),
  'what lies outside of x counts as 0; here the next row, or another plane, is read': sumInto(s, 'y', product, {
    outside: (at) => (at >= 0 && at < x.data.length ? at : null),
  }),
  'what lies outside of x counts as 0; here numbers of nobody are read': sumInto(
    s,
    'y',
    ({ x: at, w: tap }) => (x.data[at] ?? (at < 0 ? 0 : 4e6)) * w.data[tap],
    { outside: (at) => at },
  ),
  'only the first channel of x is added up': sumInto(s, 'y', (at) => (at.c === 0 ? product(at) : 0)),
  [NO_STRIDE]: sumInto(s, 'y', product, { place: (i, p) => i + p - s.pad }),
  'the padding is subtracted: the window begins outside': sumInto(s, 'y', product, {
    place: (i, p) => i * s.stride + p + s.pad,
  }),
  'w is (O, C, K, K): the filter of output o and input c begins at (o * C + c) * K * K': sumInto(
    s,
    'y',
    ({ x: at, o, c, p, q }) => {
      return x.data[at] * (w.data[((c * s.o + o) * s.k + p) * s.k + q] ?? 0);
    },
  ),
}));

/** dx under a rule for which i (and j) a row of x belongs to at tap p; null: none. */
function gathered(s, { y: dy, w }, placeOf, counts = () => true) {
  const [oh, ow] = [outOf(s.h, s), outOf(s.w, s)];
  const dx = hostTensor(shapes(s).x);
  for (let n = 0; n < s.n; n++)
    for (let c = 0; c < s.c; c++)
      for (let r = 0; r < s.h; r++)
        for (let t = 0; t < s.w; t++)
          for (let p = 0; p < s.k; p++)
            for (let q = 0; q < s.k; q++) {
              const [i, j] = [placeOf(r, p, oh), placeOf(t, q, ow)];
              if (i === null || j === null) continue;
              for (let o = 0; o < s.o; o++)
                if (counts(o))
                  dx.data[((n * s.c + c) * s.h + r) * s.w + t] +=
                    (dy.data[((n * s.o + o) * oh + i) * ow + j] ?? 4e6) * w.data[((o * s.c + c) * s.k + p) * s.k + q];
            }
  return dx;
}

const backwardInput = exercise('dx', ['dy', 'w'], (s, drawn) => {
  const within = (i, end) => (i >= 0 && i < end ? i : null);
  const exact = (v) => (v >= 0 && v % s.stride === 0 ? v / s.stride : null);
  const right = (r, p, end) => (exact(r + s.pad - p) === null ? null : within(exact(r + s.pad - p), end));
  return {
    'the window is looked at from the wrong side: i * stride = r + pad - p': gathered(s, drawn, (r, p, end) =>
      exact(r + p - s.pad) === null ? null : within(exact(r + p - s.pad), end),
    ),
    'an element between two windows’ places is in neither: r + pad - p must be divisible by the stride': gathered(
      s,
      drawn,
      (r, p, end) => (r + s.pad - p < 0 ? null : within(Math.floor((r + s.pad - p) / s.stride), end)),
    ),
    'outside of y there is no gradient: i < oh and j < ow': gathered(s, drawn, (r, p) => exact(r + s.pad - p)),
    'only the first filter is added up: all O outputs have seen this element': gathered(
      s,
      drawn,
      right,
      (o) => o === 0,
    ),
  };
});

const backwardWeight = exercise('dw', ['x', 'dy'], (s, { x, y }, product, kind, expected) => ({
  'only the first image is added up': sumInto(s, 'w', (at) => (at.n === 0 ? product(at) : 0)),
  'a mean over the images: a gradient is a sum over all uses': hostTensor(
    expected.shape,
    expected.data.map((v) => v / s.n),
  ),
  'row and column of the tap are exchanged: q runs fastest': (() => {
    const turned = hostTensor(shapes(s).w);
    expected.data.forEach((v, at) => {
      const [q, p] = [at % s.k, Math.floor(at / s.k) % s.k];
      turned.data[at - p * s.k - q + q * s.k + p] = v;
    });
    return turned;
  })(),
  [NO_STRIDE]: sumInto(s, 'w', ({ x: at, y: from }) => x.data[at] * y.data[from], { place: (i, p) => i + p - s.pad }),
}));

export const exercises = { forward, backward_input: backwardInput, backward_weight: backwardWeight };
