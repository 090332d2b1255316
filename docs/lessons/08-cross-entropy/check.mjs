import { hostTensor, kernelExercise, programExercise } from 'weftgrad/learn';

/** In f64, with the largest taken off. */
function reference(x) {
  const top = Math.max(...x);
  const e = x.map((v) => Math.exp(v - top));
  const sum = e.reduce((s, v) => s + v, 0);
  return { p: e.map((v) => v / sum), logsumexp: Math.log(sum) + top };
}
const lossOf = (x, label) => reference(x).logsumexp - x[label];

const OVERFLOW = 'exp of a large number is infinite in f32 (from 89 on): the largest logit has to be taken off first';
const UNDERFLOW =
  'the logarithm of a softmax that is 0 or has lost its digits: log and exp cancel, log(sum) - (x[label] - top)';

const softmax = programExercise({
  exports: ['softmax', 'crossEntropy', 'crossEntropyBackward'],
  tests: {
    'softmax of small logits': ({ softmax }, { draw, close }) => {
      const x = [...draw([5], -3, 3).data];
      close(softmax(x), reference(x).p, 'softmax');
    },
    'softmax of large logits': ({ softmax }, { close, fail }) => {
      for (const x of [
        [100, 101, 99],
        [-200, -201, -199.5],
        [1000, 0, -1000],
      ]) {
        const p = softmax(x);
        if (p.some((v) => !Number.isFinite(v)))
          fail(`softmax of ${x} is ${p}`, x[0] < 0 ? 'exp of all of them is 0: 0 / 0 is NaN' : OVERFLOW);
        close(p, reference(x).p, `softmax of ${x}`);
      }
    },
    'the loss of small logits': ({ crossEntropy }, { draw, close }) => {
      const x = [...draw([5], -3, 3).data];
      close(crossEntropy(x, 3), lossOf(x, 3), 'loss', {
        mistakes: { 'the sign: a loss is -log of a probability': -lossOf(x, 3) },
      });
    },
    'the loss where the network is very wrong, or very right': ({ crossEntropy }, { close, fail }) => {
      for (const [x, label] of [
        [[0, 120, 3], 0],
        [[1000, 0, 1], 1],
        [[12, -12, -13], 0],
        [[-300, -310, -305], 1],
      ]) {
        const loss = crossEntropy(x, label);
        if (!Number.isFinite(loss)) fail(`the loss of ${x} with label ${label} is ${loss}`, UNDERFLOW);
        close(loss, lossOf(x, label), `the loss of ${x} with label ${label}`, { otherwise: UNDERFLOW });
      }
    },
    'the gradient': ({ crossEntropyBackward }, { draw, gradient }) => {
      const x = draw([4], -2, 2);
      const { p } = reference([...x.data]);
      for (const [label, dy] of [
        [2, 1],
        [0, -0.75],
      ]) {
        const right = p.map((v, c) => v - (c === label ? 1 : 0));
        gradient((at) => dy * lossOf([...at.data], label), x, crossEntropyBackward([...x.data], label, dy), 'dx', {
          mistakes: {
            'the slope alone: it is multiplied by dy': right,
            'the sign: a logit that grows takes probability from the label, and the loss grows': right.map(
              (v) => -v * dy,
            ),
            'only the label gets a gradient: every other logit takes probability from it': right.map((v, c) =>
              c === label ? v * dy : 0,
            ),
            'that is the softmax: what is true, 1 at the label, is not taken off': p.map((v) => v * dy),
          },
        });
      }
    },
  },
});

const rows = kernelExercise({
  bindings: { x: 'read', label: 'read', loss: 'write', dx: 'write', params: 'params' },
  words: ['label'],
  sizes: [
    { m: 3, n: 5, scale: 2 },
    { m: 66, n: 3, scale: 3 },
    { m: 5, n: 10, scale: 300 },
    { m: 1, n: 1, scale: 1 },
  ],
  describe: ({ m, n, scale }) => `${m} rows of ${n} logits, up to ${scale}`,
  timed: (draw) => ({
    size: '16384 rows of 10 logits',
    inputs: { x: draw([16384, 10], -4, 4), label: draw.labels([16384], 10) },
    outputs: { loss: [16384], dx: [16384, 10] },
    params: [16384, 10],
    workgroups: 16384 / 64,
  }),
  make: ({ m, n, scale }, draw) => {
    const x = draw([m, n], -scale, scale);
    const label = draw.labels([m], n);
    const row = (r) => [...x.data.subarray(r * n, (r + 1) * n)];
    const perRow = (rule) =>
      hostTensor(
        [m],
        Array.from({ length: m }, (_, r) => rule(row(r), label.data[r])),
      );
    const perLogit = (rule) =>
      hostTensor(
        [m, n],
        Array.from({ length: m }, (_, r) =>
          reference(row(r)).p.map((p, c) => rule(p, c === label.data[r] ? 1 : 0)),
        ).flat(),
      );
    return {
      inputs: { x, label },
      outputs: {
        loss: {
          expected: perRow(lossOf),
          mistakes: {
            'the largest has to be put back: log(sum of exp(x - top)) + top': perRow(
              (v, l) => lossOf(v, l) - Math.max(...v),
            ),
            'every row has a label of its own': perRow((v) => lossOf(v, label.data[0])),
          },
          ...(scale > 88 && { otherwise: OVERFLOW }),
        },
        dx: {
          expected: perLogit((p, t) => (p - t) / m),
          mistakes: {
            'that is the gradient of their sum: the mean divides by m': perLogit((p, t) => p - t),
            'what is true is not taken off: 1 at the label': perLogit((p) => p / m),
            'the sign': perLogit((p, t) => (t - p) / m),
          },
          ...(scale > 88 && { otherwise: OVERFLOW }),
        },
      },
      params: [m, n],
      workgroups: Math.ceil(m / 64),
    };
  },
});

export const exercises = { softmax, rows };
