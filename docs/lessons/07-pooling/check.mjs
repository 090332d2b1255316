import { hostTensor, kernelExercise } from 'weftgrad/learn';

/** Windows side by side; overlapping; with gaps and an edge that no window reaches; one element. */
const SIZES = [
  { planes: 2, h: 4, w: 6, k: 2, stride: 2 },
  { planes: 2, h: 5, w: 7, k: 3, stride: 1 },
  { planes: 3, h: 8, w: 9, k: 2, stride: 3 },
  { planes: 1, h: 1, w: 1, k: 1, stride: 1 },
];
const describe = ({ planes, h, w, k, stride }) =>
  `${planes} planes of ${h} x ${w}, windows of ${k} x ${k}, stride ${stride}`;
const outOf = (size, { k, stride }) => Math.floor((size - k) / stride) + 1;
const geometry = (s) => ({ oh: outOf(s.h, s), ow: outOf(s.w, s) });
const paramsOf = (s) => [s.planes, s.h, s.w, s.k, s.stride, outOf(s.h, s), outOf(s.w, s)];

/** Negative numbers, few different ones: there are windows with several largest elements. */
const drawn = (s, draw) => {
  const x = draw([s.planes, s.h, s.w], -6, 0);
  return hostTensor(
    x.shape,
    x.data.map((v) => Math.round(v) - 0.5),
  );
};

/** For each window what a rule makes of its values. @param at the element of tap (p, q) of window (i, j). */
function windows(s, x, rule, at = (plane, i, j, p, q) => (plane * s.h + i * s.stride + p) * s.w + j * s.stride + q) {
  const { oh, ow } = geometry(s);
  const y = hostTensor([s.planes, oh, ow]);
  for (let plane = 0; plane < s.planes; plane++)
    for (let i = 0; i < oh; i++)
      for (let j = 0; j < ow; j++) {
        const values = [];
        for (let p = 0; p < s.k; p++) for (let q = 0; q < s.k; q++) values.push(x.data[at(plane, i, j, p, q)] ?? 4e6);
        y.data[(plane * oh + i) * ow + j] = rule(values);
      }
  return y;
}
const largest = (values) => Math.max(...values);
const first = (values) => values.indexOf(Math.max(...values));

/** What takes longer than to start it. */
const LARGE = { planes: 64, h: 112, w: 112, k: 2, stride: 2 };
const LARGE_Y = [64, 56, 56];

const max = kernelExercise({
  bindings: { x: 'read', y: 'write', from_tap: 'write', params: 'params' },
  sizes: SIZES,
  describe,
  timed: (draw) => ({
    size: describe(LARGE),
    inputs: { x: drawn(LARGE, draw) },
    outputs: { y: LARGE_Y, from_tap: LARGE_Y },
    params: paramsOf(LARGE),
    workgroups: (64 * 56 * 56) / 64,
    weft: {
      name: 'maxPool2d(x)',
      run: ({ x }, F) => F.maxPool2d(F.reshape(x, [1, 64, 112, 112]), { kernelSize: 2 }),
    },
  }),
  make: (s, draw) => {
    const x = drawn(s, draw);
    const rows = (plane, i, j, p, q) => (plane * s.h + i * s.stride) * s.w + j * s.stride + p * s.k + q;
    const packed = (plane, i, j, p, q) => (plane * s.h + i + p) * s.w + j + q;
    return {
      inputs: { x },
      outputs: {
        y: {
          expected: windows(s, x, largest),
          mistakes: {
            'x is negative here: the search begins with the first element of the window, not with 0': windows(
              s,
              x,
              (v) => Math.max(0, ...v),
            ),
            'a row of the window is w further on in memory, not k': windows(s, x, largest, rows),
            'the stride is missing: window (i, j) begins at row i * stride': windows(s, x, largest, packed),
            'that is the mean of the window, not its largest element': windows(
              s,
              x,
              (v) => v.reduce((sum, e) => sum + e, 0) / v.length,
            ),
          },
        },
        from_tap: {
          expected: windows(s, x, first),
          mistakes: {
            'of several equal elements this is the last one: the first of several is wanted (>, and not >=)': windows(
              s,
              x,
              (v) => v.lastIndexOf(Math.max(...v)),
            ),
          },
        },
      },
      params: paramsOf(s),
      workgroups: Math.ceil((s.planes * geometry(s).oh * geometry(s).ow) / 64),
    };
  },
});

/** dx as a scatter, window by window. @param share what tap t of a window gets of v, whose largest is at tap m. */
function scattered(s, x, dy, share, assigns = false) {
  const { oh, ow } = geometry(s);
  const from = windows(s, x, first);
  const dx = hostTensor(x.shape);
  for (let plane = 0; plane < s.planes; plane++)
    for (let i = 0; i < oh; i++)
      for (let j = 0; j < ow; j++)
        for (let t = 0; t < s.k * s.k; t++) {
          const window = (plane * oh + i) * ow + j;
          const at = (plane * s.h + i * s.stride + Math.floor(t / s.k)) * s.w + j * s.stride + (t % s.k);
          const v = share(dy.data[window], t, from.data[window]);
          if (v === null) continue;
          dx.data[at] = assigns ? (dx.data[at] === 0 ? v : dx.data[at]) : dx.data[at] + v;
        }
  return dx;
}

const maxBackward = kernelExercise({
  bindings: { dy: 'read', from_tap: 'read', dx: 'write', params: 'params' },
  sizes: SIZES,
  describe,
  timed: (draw) => ({
    size: describe(LARGE),
    inputs: { dy: draw(LARGE_Y), from_tap: draw.labels(LARGE_Y, 4) },
    outputs: { dx: [64, 112, 112] },
    params: paramsOf(LARGE),
    workgroups: (64 * 112 * 112) / 64,
  }),
  make: (s, draw) => {
    const x = drawn(s, draw);
    const { oh, ow } = geometry(s);
    const dy = draw([s.planes, oh, ow]);
    const chosen = (v, t, m) => (t === m ? v : null);
    return {
      inputs: { dy, from_tap: windows(s, x, first) },
      outputs: {
        dx: {
          expected: scattered(s, x, dy, chosen),
          mistakes: {
            'every element of the window gets it: only the largest has moved y': scattered(s, x, dy, (v) => v),
            'it is shared out, as by mean pooling: only the largest has moved y': scattered(
              s,
              x,
              dy,
              (v) => v / s.k ** 2,
            ),
            'only one window counts where they overlap: += and not =': scattered(s, x, dy, chosen, true),
          },
          ...(s.stride > s.k - 1 &&
            s.stride > 1 && {
              otherwise: 'r - p must be divisible by the stride, or no window has this element at tap p',
            }),
          ...(s.stride === 1 && { otherwise: 'only one window counts where they overlap: += and not =' }),
        },
      },
      params: paramsOf(s),
      workgroups: Math.ceil(x.data.length / 64),
    };
  },
});

export const exercises = { max, max_backward: maxBackward };
