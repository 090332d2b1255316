import { hostTensor, kernelExercise, programExercise } from 'weftgrad/learn';

/** Every half that there is, by its bits, positive ones. */
function allHalves() {
  const values = [];
  for (let bits = 0; bits < 0x7c00; bits++) {
    const [exponent, fraction] = [bits >> 10, bits & 1023];
    values.push(exponent === 0 ? fraction * 2 ** -24 : (1 + fraction / 1024) * 2 ** (exponent - 15));
  }
  return values;
}
const HALVES = allHalves();

/** The nearest in the list of all of them; of two the one with an even number. */
function nearest(x) {
  if (x === 0 || Number.isNaN(x)) return x;
  const size = Math.abs(x);
  if (size >= 65520) return Math.sign(x) * Infinity;
  let [low, high] = [0, HALVES.length - 1];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (HALVES[middle] <= size) low = middle;
    else high = middle;
  }
  const [below, above] = [size - HALVES[low], HALVES[high] - size];
  const takesHigh = above < below || (above === below && high % 2 === 0);
  return Math.sign(x) * HALVES[takesHigh ? high : low];
}

const roundHalf = programExercise({
  exports: ['roundToHalf', 'dot'],
  tests: {
    'usual numbers': ({ roundToHalf }, { draw, close }) => {
      close(roundToHalf(0.1), nearest(0.1), 'half of 0.1', {
        tolerance: 0,
        mistakes: { 'there are ten bits of fraction: the steps are 2^(e - 10)': Math.round(0.1 * 8192) / 8192 },
      });
      for (const x of draw([200], -300, 300).data)
        close(roundToHalf(x), nearest(x), `half of ${x}`, {
          tolerance: 0,
          otherwise: 'there are ten bits of fraction: the steps are 2^(e - 10); bits are rounded, not cut off',
        });
    },
    'in the middle between two': ({ roundToHalf }, { close }) => {
      for (const [x, even, other] of [
        [2049, 2048, 2050],
        [2051, 2052, 2050],
        [-4098, -4096, -4100],
      ])
        close(roundToHalf(x), even, `half of ${x}`, {
          tolerance: 0,
          mistakes: { 'of two that are equally near the one whose last bit is 0 is taken': other },
        });
    },
    'very small numbers': ({ roundToHalf }, { close }) => {
      for (const x of [2 ** -24, 1.4 * 2 ** -20, 2 ** -26, 3.3e-6, -7.7e-8])
        close(roundToHalf(x), nearest(x), `half of ${x}`, {
          tolerance: 0,
          otherwise: 'below 2^-14 the steps stay 2^-24 wide: denormals',
        });
    },
    'very large numbers, 0 and NaN': ({ roundToHalf }, { close }) => {
      for (const x of [65504, 65519, 65520, 1e6, -70000, 0, NaN])
        close(roundToHalf(x), nearest(x), `half of ${x}`, {
          tolerance: 0,
          otherwise: 'from 65,520 on a half is infinite',
        });
    },
    'sums in halves and in f32': ({ dot }, { draw, close }) => {
      const [a, b] = [[...draw([300], 0, 1).data], [...draw([300], 0, 1).data]];
      const sumIn = (round) => a.reduce((s, v, k) => round(s + nearest(v) * nearest(b[k])), 0);
      close(dot(a, b, false), sumIn(Math.fround), 'a sum in f32 of products of halves', { tolerance: 1e-7 });
      close(dot(a, b, true), sumIn(nearest), 'a sum in halves of products of halves', {
        tolerance: 0,
        mistakes: { 'the sum is rounded, too, after every addition': sumIn(Math.fround) },
      });
    },
  },
});

const lossScale = programExercise({
  exports: ['lossScaler', 'unscale'],
  tests: {
    'a good step': ({ lossScaler, unscale }, { same }) => {
      const { gradients, next } = unscale(lossScaler({ scale: 1024, every: 3 }), [1024, -512, 0]);
      same(gradients, [1, -0.5, 0], 'the gradients', { 'gradients are divided by the scale': [1024, -512, 0] });
      same([next.scale, next.good], [1024, 1], 'scale and count after it');
    },
    'a step that overflowed': ({ lossScaler, unscale }, { same }) => {
      for (const bad of [Infinity, NaN]) {
        const { gradients, next } = unscale({ ...lossScaler({ scale: 1024, every: 3 }), good: 2 }, [1, bad]);
        same(gradients, null, `the gradients where one is ${bad}`, {
          'the step has to be left out, or the weights are lost': [1, bad],
        });
        same(next.scale, 512, `the scale after ${bad}`);
        same(next.good, 0, `the count after ${bad}`, { 'the count begins anew': 2 });
      }
    },
    'good steps in a row': ({ lossScaler, unscale }, { same }) => {
      let scaler = lossScaler({ scale: 8, every: 3 });
      const scales = [];
      for (let i = 0; i < 7; i++) {
        scaler = unscale(scaler, [1]).next;
        scales.push(scaler.scale);
      }
      same(scales, [8, 8, 16, 16, 16, 32, 32], 'the scales after seven good steps', {
        'after `every` good steps the scale is doubled': new Array(7).fill(8),
        'after it was doubled the count begins anew': [8, 8, 16, 32, 64, 128, 256],
      });
    },
  },
});

const fragments = kernelExercise({
  bindings: { a: 'read', b: 'read', c: 'write', params: 'params' },
  sizes: [
    [8, 12, 16],
    [8, 8, 8],
    [24, 16, 8],
    [80, 8, 72],
  ],
  describe: ([m, k, n]) => `(${m}, ${k}) times (${k}, ${n})`,
  timed: (draw) => ({
    size: '(512, 512) times (512, 512)',
    inputs: { a: draw([512, 512]), b: draw([512, 512]) },
    outputs: { c: [512, 512] },
    params: [512, 512, 512],
    workgroups: (64 * 64) / 64,
    weft: { name: 'matmul(a, b)', run: ({ a, b }, F) => F.matmul(a, b) },
  }),
  make: ([m, k, n], draw) => {
    const [a, b] = [draw([m, k]), draw([k, n])];
    const product = (depth = () => true) =>
      hostTensor(
        [m, n],
        Array.from({ length: m * n }, (_, at) => {
          const [r, s] = [Math.floor(at / n), at % n];
          let sum = 0;
          for (let d = 0; d < k; d++) if (depth(d)) sum += a.data[r * k + d] * b.data[d * n + s];
          return sum;
        }),
      );
    const expected = product();
    const at = (rule) =>
      hostTensor(
        [m, n],
        expected.data.map((_, i) => rule(Math.floor(i / n), i % n)),
      );
    return {
      inputs: { a, b },
      outputs: {
        c: {
          expected,
          mistakes: {
            'only the first 4 of K are added up: the steps go on': product((d) => d < 4),
            'only one fragment in four gets products: sums[2 * i + j] gets x[i] y[j]': at((r, s) => {
              if (r % 8 > 3 || s % 8 > 3) return 0;
              let sum = 0;
              for (let i = 0; i < 2; i++) for (let j = 0; j < 2; j++) sum += expected.data[(r + 4 * i) * n + s + 4 * j];
              return sum;
            }),
            'i and j are exchanged: sums[2 * i + j] is the fragment in row i and column j': at((r, s) => {
              const [i, j] = [r % 8 > 3 ? 1 : 0, s % 8 > 3 ? 1 : 0];
              return expected.data[(r + 4 * (j - i)) * n + s + 4 * (i - j)];
            }),
          },
        },
      },
      params: [m, k, n],
      workgroups: Math.ceil(((m / 8) * n) / 8 / 64),
    };
  },
});

export const exercises = { round_half: roundHalf, loss_scale: lossScale, fragments };
