import { hostTensor, programExercise } from 'weftgrad/learn';

const sigmoid = (z) => 1 / (1 + Math.exp(-z));

/** A step in plain loops. @param options ways to be wrong. */
function step(x, h, c, { w_ih, w_hh, b }, { order = [0, 1, 2, 3], candidate = Math.tanh, out = Math.tanh } = {}) {
  const H = h.length;
  const z = b.map((v, k) => {
    let sum = v;
    for (let j = 0; j < x.length; j++) sum += w_ih[k][j] * x[j];
    for (let j = 0; j < H; j++) sum += w_hh[k][j] * h[j];
    return sum;
  });
  const gate = (k, f) => Array.from({ length: H }, (_, j) => f(z[order[k] * H + j]));
  const [i, f, g, o] = [gate(0, sigmoid), gate(1, sigmoid), gate(2, candidate), gate(3, sigmoid)];
  const next = c.map((v, k) => f[k] * v + i[k] * g[k]);
  return { h: next.map((v, k) => o[k] * out(v)), c: next };
}

/** Weights of I inputs and H units, as rows. */
function weightsOf(draw, I, H) {
  const rows = (n, m) => {
    const t = draw([n, m], -0.9, 0.9);
    return Array.from({ length: n }, (_, r) => [...t.data.subarray(r * m, (r + 1) * m)]);
  };
  return { w_ih: rows(4 * H, I), w_hh: rows(4 * H, H), b: [...draw([4 * H]).data] };
}
const vector = (draw, n, from, to) => [...draw([n], from, to).data];
const dot = (a, b) => a.reduce((s, v, k) => s + v * b[k], 0);

const cell = programExercise({
  exports: ['step', 'stepBackward'],
  tests: {
    'a step': (solution, { draw, close }) => {
      const weights = weightsOf(draw, 3, 2);
      const [x, h, c] = [vector(draw, 3), vector(draw, 2), vector(draw, 2, -2, 2)];
      const right = step(x, h, c, weights);
      const got = solution.step(x, h, c, weights);
      const other = (options) => step(x, h, c, weights, options);
      close(got.c, right.c, "c'", {
        mistakes: {
          'the order is i, f, g, o: input and forget gate are exchanged': other({ order: [1, 0, 2, 3] }).c,
          'the order is i, f, g, o: candidate and output gate are exchanged': other({ order: [0, 1, 3, 2] }).c,
          'the candidate g is a tanh, not a sigmoid': other({ candidate: sigmoid }).c,
        },
      });
      close(got.h, right.h, "h'", {
        mistakes: { 'h = o * tanh(c), and not o * c': other({ out: (v) => v }).h },
      });
    },
    'backward of a step': (solution, { draw, gradient }) => {
      const weights = weightsOf(draw, 3, 2);
      const [x, h, c] = [vector(draw, 3), vector(draw, 2), draw([2], -2, 2)];
      const [dh, dc] = [vector(draw, 2), vector(draw, 2)];
      const { c: after, gates } = solution.step(x, h, [...c.data], weights);
      const { dz, dcBefore } = solution.stepBackward(dh, dc, [...c.data], after, gates);
      const loss = (before, b, [wh, wc] = [1, 1]) => {
        const y = step(x, h, [...before.data], { ...weights, b: [...b.data] });
        return wh * dot(y.h, dh) + wc * dot(y.c, dc);
      };
      const b = hostTensor([8], weights.b);
      const slopes = (f, at) =>
        hostTensor(
          at.shape,
          at.data.map((_, i) => {
            const moved = (s) =>
              hostTensor(
                at.shape,
                at.data.map((v, e) => (e === i ? v + s : v)),
              );
            return (f(moved(1e-5)) - f(moved(-1e-5))) / 2e-5;
          }),
        );
      const mistakes = (f, at) => ({
        'c is used twice: what arrives at it from the next step is missing': slopes((v) => f(v, [1, 0]), at),
        'c is used twice: what arrives at it by way of h is missing': slopes((v) => f(v, [0, 1]), at),
      });
      gradient((before) => loss(before, b), c, dcBefore, 'dc before', {
        mistakes: mistakes((v, w) => loss(v, b, w), c),
      });
      gradient((at) => loss(c, at), b, dz, 'dz', {
        mistakes: mistakes((v, w) => loss(c, v, w), b),
        otherwise:
          'the slope of the sigmoid is s (1 - s), that of tanh 1 - g^2, in terms of the gates; df is multiplied by ' +
          'the c before the step',
      });
    },
  },
});

/** The cell that through_time is checked with, so that one exercise does not need the other. */
const CELL = {
  step: (x, h, c, weights) => {
    const H = h.length;
    const z = weights.b.map((v, k) => v + dot(weights.w_ih[k], x) + dot(weights.w_hh[k], h));
    const gates = z.map((v, k) => (k >= 2 * H && k < 3 * H ? Math.tanh(v) : sigmoid(v)));
    return { ...step(x, h, c, weights), gates };
  },
  stepBackward: (dh, dc, before, after, gates) => {
    const H = dh.length;
    const at = (k, j) => gates[k * H + j];
    const dz = new Array(4 * H);
    const dcBefore = before.map((c, j) => {
      const t = Math.tanh(after[j]);
      const d = dc[j] + dh[j] * at(3, j) * (1 - t * t);
      dz[j] = d * at(2, j) * at(0, j) * (1 - at(0, j));
      dz[H + j] = d * c * at(1, j) * (1 - at(1, j));
      dz[2 * H + j] = d * at(0, j) * (1 - at(2, j) ** 2);
      dz[3 * H + j] = dh[j] * t * at(3, j) * (1 - at(3, j));
      return d * at(1, j);
    });
    return { dz, dcBefore };
  },
};

const throughTime = programExercise({
  exports: ['forward', 'backward'],
  tests: {
    forward: (solution, { draw, close }) => {
      const weights = weightsOf(draw, 3, 2);
      const xs = Array.from({ length: 4 }, () => vector(draw, 3));
      let [h, c] = [
        [0, 0],
        [0, 0],
      ];
      const right = xs.map((x) => {
        ({ h, c } = step(x, h, c, weights));
        return h;
      });
      close(solution.forward(CELL, xs, weights).hs, right, 'hs');
    },
    'the gradients of all weights': (solution, { draw, gradient }) => {
      const [T, I, H] = [4, 3, 2];
      const weights = weightsOf(draw, I, H);
      const xs = Array.from({ length: T }, () => vector(draw, I));
      const dhs = Array.from({ length: T }, () => vector(draw, H));
      const loss = (w) => {
        let [h, c] = [new Array(H).fill(0), new Array(H).fill(0)];
        return xs.reduce((sum, x, t) => {
          ({ h, c } = step(x, h, c, w));
          return sum + dot(h, dhs[t]);
        }, 0);
      };
      const { saved } = solution.forward(CELL, xs, weights);
      const d = solution.backward(CELL, dhs, saved, weights);
      const others = wrongGradients(dhs, saved, weights);
      for (const [name, columns] of [
        ['w_ih', I],
        ['w_hh', H],
      ]) {
        const flat = hostTensor([4 * H, columns], weights[name].flat());
        const rows = (t) =>
          Array.from({ length: 4 * H }, (_, r) => [...t.data.subarray(r * columns, (r + 1) * columns)]);
        gradient((t) => loss({ ...weights, [name]: rows(t) }), flat, d[name].flat(), `d${name}`, {
          mistakes: Object.fromEntries(
            Object.entries(others).map(([says, g]) => [says, hostTensor([4 * H, columns], g[name].flat())]),
          ),
        });
      }
      gradient((t) => loss({ ...weights, b: [...t.data] }), hostTensor([4 * H], weights.b), d.b, 'db');
    },
  },
});

/** What backward gives under known mistakes. */
function wrongGradients(dhs, saved, weights) {
  const [H, I] = [weights.w_hh[0].length, weights.w_ih[0].length];
  const walk = (order, { outsideOnly = false, noMemory = false, assigns = false } = {}) => {
    const zeros = (columns) => Array.from({ length: 4 * H }, () => new Array(columns).fill(0));
    const d = { w_ih: zeros(I), w_hh: zeros(H) };
    let [dh, dc] = [new Array(H).fill(0), new Array(H).fill(0)];
    for (const t of order) {
      const { x, hBefore, before, after, gates } = saved[t];
      const total = dhs[t].map((v, k) => v + (outsideOnly ? 0 : dh[k]));
      const { dz, dcBefore } = CELL.stepBackward(total, dc, before, after, gates);
      dz.forEach((v, k) => {
        for (let j = 0; j < I; j++) d.w_ih[k][j] = v * x[j] + (assigns ? 0 : d.w_ih[k][j]);
        for (let j = 0; j < H; j++) d.w_hh[k][j] = v * hBefore[j] + (assigns ? 0 : d.w_hh[k][j]);
      });
      dh = hBefore.map((_, j) => dz.reduce((sum, v, k) => sum + v * weights.w_hh[k][j], 0));
      dc = noMemory ? dc : dcBefore;
    }
    return d;
  };
  const forwards = [...saved.keys()];
  const backwards = [...forwards].reverse();
  return {
    'only the last step counts: go on to the first': walk([saved.length - 1]),
    'h goes on to the next step, too: what the step behind it hands back is missing': walk(backwards, {
      outsideOnly: true,
    }),
    'what comes back by way of c is missing': walk(backwards, { noMemory: true }),
    'all steps have the same weights: their gradients are added, += and not =': walk(backwards, { assigns: true }),
    'the walk goes from the last step to the first: a step needs what the one behind it hands back': walk(forwards),
  };
}

export const exercises = { cell, through_time: throughTime };
