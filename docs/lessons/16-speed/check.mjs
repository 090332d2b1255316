import { hostTensor, kernelExercise, programExercise } from 'weftgrad/learn';

/** A device that notes what is launched. */
const recorder = () => {
  const launched = [];
  return { launched, launch: (...what) => void launched.push(what) };
};

const WORK = [
  ['conv', ['x', 'w'], 'a'],
  ['relu', ['a'], 'b'],
  ['loss', ['b', 'label'], 'l'],
];

const record = programExercise({
  exports: ['capture', 'withoutUnused'],
  tests: {
    'the recording runs, too': ({ capture }, { same }) => {
      const device = recorder();
      capture(device, (launch) => WORK.forEach((what) => launch(...what)));
      same(device.launched, WORK, 'what the recording launches', { 'the recording is the first run of the step': [] });
    },
    'a replay launches the same, and does not work again': ({ capture }, { same, fail }) => {
      const device = recorder();
      let calls = 0;
      const replay = capture(device, (launch) => {
        calls++;
        WORK.forEach((what) => launch(...what));
      });
      device.launched.length = 0;
      replay();
      replay();
      if (calls !== 1)
        fail(
          `work was called ${calls} times for a recording and two replays`,
          'work is called again: its host part is what replays save',
        );
      same(device.launched, [...WORK, ...WORK], 'what two replays launch', {
        'launches are replayed in their order': [...WORK].reverse().concat([...WORK].reverse()),
      });
    },
    'what nobody reads is left out': ({ withoutUnused }, { same }) => {
      const list = [
        ['a', ['x'], 'p'],
        ['b', ['x'], 'q'], // never read
        ['c', ['q'], 'unread'], // nor this, so that q is not either
        ['d', ['p'], 'y'],
      ];
      same(withoutUnused(list, ['y']), [list[0], list[3]], 'the launches that y needs', {
        'what is kept in the end is read, too': [],
        'what is read only by a launch that nobody needs is not needed either: go from the end': [
          list[0],
          list[1],
          list[3],
        ],
      });
    },
    'a buffer that is written twice holds two values': ({ withoutUnused }, { same }) => {
      const list = [
        ['a', ['x'], 'p'], // overwritten before anybody reads it
        ['b', ['x'], 'p'],
        ['c', ['p'], 'y'],
      ];
      same(withoutUnused(list, ['y']), list.slice(1), 'the launches that y needs', {
        'the first value of p is overwritten before anybody reads it': list,
      });
    },
  },
});

/** A forward and backward of three layers: activations live until their backward. */
const STEP = [
  ['f1', ['x'], 'a'],
  ['f2', ['a'], 'b'],
  ['f3', ['b'], 'y'],
  ['b3', ['y', 'b'], 'db'],
  ['b2', ['db', 'a'], 'da'],
  ['b1', ['da', 'x'], 'dw'],
];
const BYTES = { x: 40, a: 100, b: 60, y: 10, db: 60, da: 100, dw: 30 };
const LIVES = { x: [0, 5], a: [0, 4], b: [1, 3], y: [2, 3], db: [3, 4], da: [4, 5], dw: [5, 6] };

const lifetimes = programExercise({
  exports: ['lifetimes', 'mostInUse', 'place'],
  tests: {
    'from the first use to the last': (solution, { same }) => {
      same(solution.lifetimes(STEP, ['dw']), LIVES, 'the lifetimes', {
        'what is kept is read after the last launch': { ...LIVES, dw: [5, 5] },
        'a buffer lives from the launch that writes it': {
          x: [0, 5],
          a: [1, 4],
          b: [2, 3],
          y: [3, 3],
          db: [4, 4],
          da: [5, 5],
        },
      });
    },
    'in use at once': ({ mostInUse }, { same }) => {
      const all = Object.values(BYTES).reduce((a, b) => a + b, 0);
      same(mostInUse(LIVES, BYTES), 300, 'the most bytes in use', {
        'that is the sum of all: only those count that are in use in one launch': all,
      });
    },
    'a layout': ({ place }, { fail, same }) => {
      const { offsets, total } = place(LIVES, BYTES);
      const names = Object.keys(LIVES);
      for (const p of names)
        for (const q of names) {
          if (p >= q) continue;
          const together = LIVES[p][0] <= LIVES[q][1] && LIVES[q][0] <= LIVES[p][1];
          const overlap = offsets[p] < offsets[q] + BYTES[q] && offsets[q] < offsets[p] + BYTES[p];
          if (together && overlap)
            fail(
              `${p} (launches ${LIVES[p].join(' to ')}) and ${q} (${LIVES[q].join(' to ')}) share bytes`,
              'one launch may read the one and write the other: a life ends after its last launch, not before it',
            );
        }
      const end = Math.max(...names.map((n) => offsets[n] + BYTES[n]));
      same(total, end, 'the total');
      if (total > 310)
        fail(
          `the layout takes ${total} bytes; 300 are in use at once, and 310 can be reached`,
          'every buffer has memory of its own, or gaps are not used',
        );
    },
  },
});

const fused = kernelExercise({
  bindings: { x: 'read', scale: 'read', shift: 'read', residual: 'read', y: 'write', params: 'params' },
  sizes: [
    [3, 5],
    [13, 7],
    [64, 65],
    [1, 1],
  ],
  describe: ([m, n]) => `x is ${m} x ${n}`,
  timed: (draw) => ({
    size: 'x is 4096 x 256',
    inputs: { x: draw([4096, 256]), scale: draw([256]), shift: draw([256]), residual: draw([4096, 256]) },
    outputs: { y: [4096, 256] },
    params: [4096, 256],
    workgroups: (4096 * 256) / 64,
    weft: {
      name: 'relu(add(add(mul(x, scale), shift), residual))',
      run: ({ x, scale, shift, residual }, F) => F.relu(F.add(F.add(F.mul(x, scale), shift), residual)),
    },
  }),
  make: ([m, n], draw) => {
    const [x, residual] = [draw([m, n]), draw([m, n])];
    const [scale, shift] = [draw([n]), draw([n])];
    const of = (rule) =>
      hostTensor(
        [m, n],
        Array.from({ length: m * n }, (_, i) => rule(i, i % n)),
      );
    const normed = (i, c) => x.data[i] * scale.data[c] + shift.data[c];
    return {
      inputs: { x, scale, shift, residual },
      outputs: {
        y: {
          expected: of((i, c) => Math.max(0, normed(i, c) + residual.data[i])),
          mistakes: {
            'the residual is missing': of((i, c) => Math.max(0, normed(i, c))),
            'the ReLU comes last, after the residual': of((i, c) => Math.max(0, normed(i, c)) + residual.data[i]),
            'the ReLU is missing': of((i, c) => normed(i, c) + residual.data[i]),
            'scale and shift belong to columns: c = i % n': of((i) => {
              const r = Math.floor(i / n);
              const [s, t] = [scale, shift].map((v) => v.data[r] ?? 4e6);
              return Math.max(0, x.data[i] * s + t + residual.data[i]);
            }),
          },
        },
      },
      params: [m, n],
      workgroups: Math.ceil((m * n) / 64),
    };
  },
});

export const exercises = { record, lifetimes, fused };
