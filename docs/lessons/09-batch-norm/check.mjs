import { hostTensor, programExercise } from 'weftgrad/learn';

const rowsOf = ({ shape: [n, c], data }) => Array.from({ length: n }, (_, r) => [...data.subarray(r * c, (r + 1) * c)]);

/** Forward in f64, on a flat (N, C). @param options ways to be wrong. */
function forward(x, weight, bias, { eps = 1e-5, less = 0, outside = false, overAll = false } = {}) {
  const [n, C] = x.shape;
  const column = (c) => Array.from({ length: n }, (_, r) => x.data[r * C + c]);
  const meanOf = (values) => values.reduce((s, v) => s + v, 0) / values.length;
  const y = hostTensor([n, C]);
  for (let c = 0; c < C; c++) {
    const mean = overAll ? meanOf([...x.data]) : meanOf(column(c));
    const variance = column(c).reduce((s, v) => s + (v - mean) ** 2, 0) / (n - less);
    const invStd = outside ? 1 / (Math.sqrt(variance) + eps) : 1 / Math.sqrt(variance + eps);
    for (let r = 0; r < n; r++) y.data[r * C + c] = (x.data[r * C + c] - mean) * invStd * weight[c] + bias[c];
  }
  return y;
}

/** dx with some of its three ways left out. */
function dxBy(x, weight, dy, { mean = true, variance = true, scale = true }) {
  const [n, C] = x.shape;
  const xhat = forward(x, new Array(C).fill(1), new Array(C).fill(0));
  const plain = forward(hostTensor(x.shape, x.data), new Array(C).fill(1), new Array(C).fill(0));
  const dx = hostTensor([n, C]);
  for (let c = 0; c < C; c++) {
    const rows = Array.from({ length: n }, (_, r) => r * C + c);
    const values = rows.map((i) => x.data[i]);
    const m = values.reduce((s, v) => s + v, 0) / n;
    const invStd = 1 / Math.sqrt(values.reduce((s, v) => s + (v - m) ** 2, 0) / n + 1e-5);
    const sum = rows.reduce((s, i) => s + dy.data[i], 0) / n;
    const product = rows.reduce((s, i) => s + dy.data[i] * plain.data[i], 0) / n;
    for (const i of rows)
      dx.data[i] =
        (scale ? weight[c] : 1) * invStd * (dy.data[i] - (mean ? sum : 0) - (variance ? xhat.data[i] * product : 0));
  }
  return dx;
}

const batchNorm = programExercise({
  exports: ['batchNorm', 'batchNormBackward'],
  tests: {
    forward: (solution, { draw, close }) => {
      const x = draw([5, 3], -1, 4);
      const [weight, bias] = [[...draw([3], 0.5, 2).data], [...draw([3]).data]];
      close(solution.batchNorm(rowsOf(x), weight, bias).y, forward(x, weight, bias), 'y', {
        mistakes: {
          'the variance of the batch divides by N, not by N - 1': forward(x, weight, bias, { less: 1 }),
          'each channel has statistics of its own': forward(x, weight, bias, { overAll: true }),
          'there is no scale and no shift: that is xhat': forward(x, [1, 1, 1], [0, 0, 0]),
        },
      });
    },
    'forward where all values of a channel are nearly equal': (solution, { close }) => {
      const x = hostTensor([3, 1], [1, 1.001, 0.999]);
      close(solution.batchNorm(rowsOf(x), [1], [0], 1e-5).y, forward(x, [1], [0]), 'y', {
        mistakes: {
          'eps belongs under the root: 1 / sqrt(variance + eps)': forward(x, [1], [0], { outside: true }),
          'eps is missing: where the variance is 0 there would be a division by 0': forward(x, [1], [0], { eps: 0 }),
        },
      });
    },
    'the gradients of weight and bias': (solution, { draw, gradient }) => {
      const [x, dy] = [draw([5, 3], -1, 4), draw([5, 3])];
      const [weight, bias] = [draw([3], 0.5, 2), draw([3])];
      const { xhat, invStd } = solution.batchNorm(rowsOf(x), [...weight.data], [...bias.data]);
      const { dweight, dbias } = solution.batchNormBackward(rowsOf(dy), xhat, invStd, [...weight.data]);
      const loss = (w, b) => forward(x, w.data, b.data).data.reduce((s, v, i) => s + v * dy.data[i], 0);
      const mean = (g) =>
        hostTensor(
          [3],
          g.map((v) => v / 5),
        );
      const sums = [0, 1, 2].map((c) => rowsOf(dy).reduce((s, row) => s + row[c], 0));
      gradient((b) => loss(weight, b), bias, dbias, 'dbias', {
        mistakes: { 'a mean over the batch, where a gradient is a sum': mean(sums) },
      });
      gradient((w) => loss(w, bias), weight, dweight, 'dweight', {
        otherwise: 'dweight is the sum of dy * xhat over the batch',
      });
    },
    'the gradient of x': (solution, { draw, gradient }) => {
      const [x, dy] = [draw([4, 3], -1, 4), draw([4, 3])];
      const [weight, bias] = [[...draw([3], 0.5, 2).data], [0, 0, 0]];
      const { xhat, invStd } = solution.batchNorm(rowsOf(x), weight, bias);
      const { dx } = solution.batchNormBackward(rowsOf(dy), xhat, invStd, weight);
      const loss = (at) => forward(at, weight, bias).data.reduce((s, v, i) => s + v * dy.data[i], 0);
      gradient(loss, x, dx, 'dx', {
        mistakes: {
          'as if mean and variance did not move: each x moves both, and by them all others': dxBy(x, weight, dy, {
            mean: false,
            variance: false,
          }),
          'the way by way of the variance is missing': dxBy(x, weight, dy, { variance: false }),
          'the way by way of the mean is missing': dxBy(x, weight, dy, { mean: false }),
          'the scale is missing: dy * weight arrives at xhat': dxBy(x, weight, dy, { scale: false }),
        },
      });
    },
  },
});

const running = programExercise({
  exports: ['updateRunning', 'foldNorm'],
  tests: {
    'running statistics': ({ updateRunning }, { close }) => {
      const before = { mean: [0.5, -1], variance: [1, 2] };
      const batch = { mean: [2, 3], variance: [0.5, 4], count: 5 };
      const after = updateRunning(before, batch, 0.1);
      close(after?.mean, [0.65, -0.6], 'the running mean', {
        mistakes: { 'momentum is the share of the new statistics, as in PyTorch': [1.85, 2.6] },
      });
      close(after.variance, [0.9625, 2.3], 'the running variance', {
        mistakes: { 'what is kept is unbiased: times count / (count - 1)': [0.95, 2.2] },
      });
    },
    'evaluation is a factor and a term': ({ foldNorm }, { draw, close }) => {
      const [m, v, w, b] = [draw([4]), draw([4], 0.001, 0.01), draw([4], 0.5, 2), draw([4])].map((t) => [...t.data]);
      const { scale, shift } = foldNorm({ mean: m, variance: v }, w, b);
      const factor = w.map((weight, c) => weight / Math.sqrt(v[c] + 1e-5));
      close(scale, factor, 'scale', {
        mistakes: { 'eps is missing': w.map((weight, c) => weight / Math.sqrt(v[c])) },
        tolerance: 1e-5,
      });
      close(
        shift,
        b.map((bias, c) => bias - m[c] * factor[c]),
        'shift',
        { mistakes: { 'the mean is scaled, too': b.map((bias, c) => bias - m[c]) } },
      );
    },
  },
});

export const exercises = { batch_norm: batchNorm, running };
