import { floatBits, hostTensor, kernelExercise, programExercise } from 'weftgrad/learn';

const flat = programExercise({
  exports: ['layout', 'view', 'clipNorm_'],
  tests: {
    layout: ({ layout }, { same }) => {
      const { begins, size } = layout({ weight: [5, 3], bias: [5], scale: [] }, 8);
      same(begins, { weight: 0, bias: 16, scale: 24 }, 'begins', {
        'each tensor begins at a multiple of the alignment': { weight: 0, bias: 15, scale: 20 },
      });
      same(size, 32, 'size', { 'each tensor begins at a multiple of the alignment': 21 });
      same(layout({ a: [64], b: [1] }, 64).begins, { a: 0, b: 64 }, 'begins of (64,) and (1,)');
    },
    view: ({ view }, { same, fail }) => {
      const shapes = { weight: [2, 3], bias: [2] };
      const where = { begins: { weight: 0, bias: 8 }, size: 16 };
      const memory = Float32Array.from({ length: 16 }, (_, i) => i);
      const bias = view(memory, where, shapes, 'bias');
      same([...bias], [8, 9], 'the view of bias', {
        'a view has the tensor’s elements, without the padding behind it': [...memory.subarray(8, 16)],
      });
      bias[0] = -1;
      if (memory[8] !== -1)
        fail(
          'what is written to the view is not in the flat array',
          'a view is a window of the flat array, not a copy',
        );
      same([...view(memory, where, shapes, 'weight')].length, 6, 'the number of elements of weight', {
        'a view has the tensor’s elements, without the padding behind it': 16,
      });
    },
    clipping: ({ clipNorm_ }, { close }) => {
      const g = Float32Array.of(3, 0, 4, 0);
      close(clipNorm_(g, 1), 5, 'the norm of (3, 0, 4, 0)');
      close(g, [0.6, 0, 0.8, 0], '(3, 0, 4, 0) clipped to 1', {
        mistakes: { 'the length of the whole vector is clipped, so that its direction stays': [1, 0, 1, 0] },
      });
      const short = Float32Array.of(0.3, 0.4);
      clipNorm_(short, 1);
      close(short, [0.3, 0.4], '(0.3, 0.4) clipped to 1', {
        mistakes: { 'what is short enough is left as it is': [0.6, 0.8] },
      });
    },
  },
});

const SIZES = [5, 64, 65, 1, 1000];
const describe = (n) => `${n} ${n === 1 ? 'parameter' : 'parameters'}`;
const list = (n, rule) =>
  hostTensor(
    [n],
    Array.from({ length: n }, (_, i) => rule(i)),
  );

/** What takes longer than to start it. */
const MANY = 2 ** 20;
const timedStep = (outputs, params) => (draw) => ({
  size: describe(MANY),
  inputs: { g: draw([MANY]), ...Object.fromEntries(outputs.map((name) => [name, draw([MANY], 0, 1)])) },
  outputs: Object.fromEntries(outputs.map((name) => [name, [MANY]])),
  params: [MANY, ...params],
  workgroups: MANY / 64,
});

const momentum = kernelExercise({
  bindings: { g: 'read', p: 'write', v: 'write', params: 'params' },
  sizes: SIZES,
  describe,
  timed: timedStep(['p', 'v'], [0.1, 0.9, 0.05].map(floatBits)),
  make: (n, draw) => {
    const [g, p, v] = [draw([n]), draw([n]), draw([n])].map((t) => t.data);
    const [rate, mu, decay] = [0.1, 0.9, 0.05];
    const velocity = (i) => mu * v[i] + g[i] + decay * p[i];
    const dampened = (i) => mu * v[i] + (1 - mu) * (g[i] + decay * p[i]);
    const scaled = (i) => mu * v[i] + rate * (g[i] + decay * p[i]);
    return {
      inputs: { g: hostTensor([n], g) },
      outputs: {
        p: {
          initial: hostTensor([n], p),
          expected: list(n, (i) => p[i] - rate * velocity(i)),
          mistakes: {
            'nothing has changed': hostTensor([n], p),
            'the step goes against the gradient: p is made less': list(n, (i) => p[i] + rate * velocity(i)),
            'the decay is missing: g + decay * p': list(n, (i) => p[i] - rate * (mu * v[i] + g[i])),
            'v = momentum * v + g: no factor in front of the gradient': list(n, (i) => p[i] - rate * dampened(i)),
            'the rate is outside of the velocity: p - rate * v': list(n, (i) => p[i] - scaled(i)),
          },
        },
        v: {
          initial: hostTensor([n], v),
          expected: list(n, velocity),
          mistakes: { 'the velocity is not kept for the next step': hostTensor([n], v) },
        },
      },
      params: [n, ...[rate, mu, decay].map(floatBits)],
      workgroups: Math.ceil(n / 64),
    };
  },
});

const adam = kernelExercise({
  bindings: { g: 'read', p: 'write', m: 'write', s: 'write', params: 'params' },
  sizes: [{ n: 7, t: 3 }, ...SIZES.map((n) => ({ n, t: 1 }))],
  describe: ({ n, t }) => `${describe(n)}, step ${t}`,
  timed: timedStep(['p', 'm', 's'], [1, ...[0.1, 0.9, 0.99, 1e-4].map(floatBits)]),
  make: ({ n, t }, draw) => {
    const [g, p] = [draw([n], -0.01, 0.01).data, draw([n]).data];
    const before = t > 1;
    const m = before ? draw([n], -0.01, 0.01).data : new Float64Array(n);
    const s = before ? draw([n], 1e-5, 1e-4).data : new Float64Array(n);
    const [rate, b1, b2, eps] = [0.1, 0.9, 0.99, 1e-4];
    const nextM = (i) => b1 * m[i] + (1 - b1) * g[i];
    const nextS = (i) => b2 * s[i] + (1 - b2) * g[i] * g[i];
    const step = (mean, square, e = (v) => Math.sqrt(v) + eps) =>
      list(n, (i) => p[i] - (rate * mean(i)) / e(square(i)));
    const [c1, c2] = [1 - b1 ** t, 1 - b2 ** t];
    return {
      inputs: { g: hostTensor([n], g) },
      outputs: {
        p: {
          initial: hostTensor([n], p),
          expected: step(
            (i) => nextM(i) / c1,
            (i) => nextS(i) / c2,
          ),
          mistakes: {
            'nothing has changed': hostTensor([n], p),
            'the averages began at 0: in step t they are divided by 1 - b^t': step(nextM, nextS),
            'eps is added to the root, not under it': step(
              (i) => nextM(i) / c1,
              (i) => nextS(i) / c2,
              (v) => Math.sqrt(v + eps),
            ),
            's averages the square of the gradient': step(
              (i) => nextM(i) / c1,
              (i) => (b2 * s[i] + (1 - b2) * g[i]) / c2,
            ),
            'the step is made with the averages before this gradient': step(
              (i) => m[i] / c1,
              (i) => s[i] / c2,
            ),
          },
        },
        m: { initial: hostTensor([n], m), expected: list(n, nextM), otherwise: 'm = b1 * m + (1 - b1) * g' },
        s: {
          initial: hostTensor([n], s),
          expected: list(n, nextS),
          otherwise: 's averages the square of the gradient',
        },
      },
      params: [n, t, ...[rate, b1, b2, eps].map(floatBits)],
      workgroups: Math.ceil(n / 64),
    };
  },
});

export const exercises = { flat, momentum, adam };
