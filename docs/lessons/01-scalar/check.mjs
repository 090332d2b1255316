import { programExercise } from 'weftgrad/learn';

/** Points away from 0, where no slope is tiny. */
const POINTS = [
  [1.5, -2.25, 0.75],
  [-0.5, 1.25, -3],
];
const slopeOf = (f, x, h = 1e-5) => (f(x + h) - f(x - h)) / (2 * h);

const rules = programExercise({
  exports: ['mulBackward', 'divBackward', 'powBackward', 'tanhBackward'],
  tests: {
    'y = a * b': ({ mulBackward }, { close }) => {
      for (const [a, b, dy] of POINTS) {
        const { da, db } = mulBackward(a, b, dy);
        const mistakes = { 'that is what the other input gets': dy * a, 'the slope alone: it is multiplied by dy': b };
        close(da, dy * slopeOf((v) => v * b, a), 'da', { mistakes });
        close(db, dy * slopeOf((v) => a * v, b), 'db');
      }
    },
    'y = a / b': ({ divBackward }, { close }) => {
      for (const [a, b, dy] of POINTS) {
        const { da, db } = divBackward(a, b, dy);
        close(da, dy * slopeOf((v) => v / b, a), 'da');
        const mistakes = {
          'y falls when b grows (a and dy positive): a sign is missing': (dy * a) / b ** 2,
          'b is squared in the slope of 1 / b': (-dy * a) / b,
        };
        close(db, dy * slopeOf((v) => a / v, b), 'db', { mistakes });
      }
    },
    'y = a ** n': ({ powBackward }, { close }) => {
      for (const [a, n, dy] of [
        [1.5, 3, 0.5],
        [2.5, -2, 1.25],
        [0, 2, 1.5],
        [0.7, 0.5, -2],
      ]) {
        const mistakes = {
          'the exponent falls by one': dy * n * a ** n,
          'the factor n is missing': dy * a ** (n - 1),
        };
        close(powBackward(a, n, dy).da, dy * slopeOf((v) => v ** n, a), 'da', { mistakes });
      }
    },
    'y = tanh(a)': ({ tanhBackward }, { close }) => {
      for (const [a, , dy] of POINTS) {
        const y = Math.tanh(a);
        const mistakes = {
          'y is tanh(a) already: no second tanh': dy * (1 - Math.tanh(y) ** 2),
          'y is squared': dy * (1 - y),
        };
        close(tanhBackward(y, dy).da, dy * slopeOf(Math.tanh, a), 'da', { mistakes });
      }
    },
  },
});

/** A function of two scalars, as values and as numbers, and the mistake that its shape shows. */
const FUNCTIONS = [
  ['a + b', (a, b) => a.add(b), (a, b) => a + b, 'its own slope, 1, is where it starts: this.grad = 1'],
  ['a * b', (a, b) => a.mul(b), (a, b) => a * b],
  ['a + a', (a) => a.add(a), (a) => a + a, 'a is used twice: the last use overwrites the first (+= adds them)'],
  [
    'tanh(a * b + a)',
    (a, b) => a.mul(b).add(a).tanh(),
    (a, b) => Math.tanh(a * b + a),
    'a is used by two ops: what the one hands back is added to what the other does',
  ],
  ['a * a * b', (a, b) => a.mul(a).mul(b), (a, b) => a * a * b],
  [
    'c + c, then c + that, where c = a * b',
    (a, b) => {
      const c = a.mul(b);
      return c.add(c).mul(c).add(c);
    },
    (a, b) => 2 * (a * b) ** 2 + a * b,
    'a value that is used more than once hands on its gradient before all of it has arrived, or more than once',
  ],
];

const ORDER =
  'a value hands on its gradient before it has one: the walk goes from the loss to the leaves, each value after all that ' +
  'use it';

const scalar = programExercise({
  exports: ['Value'],
  tests: {
    ...Object.fromEntries(
      FUNCTIONS.map(([name, ofValues, ofNumbers, mistake]) => [
        `y = ${name}`,
        ({ Value }, { close, fail }) => {
          const [x, z] = [0.75, -1.25];
          const [a, b] = [new Value(x), new Value(z)];
          const y = ofValues(a, b);
          close(y.data, ofNumbers(x, z), `y of ${name}`);
          y.backward();
          try {
            close(
              a.grad,
              slopeOf((v) => ofNumbers(v, z), x),
              `a.grad of ${name}`,
            );
            close(
              b.grad,
              slopeOf((v) => ofNumbers(x, v), z),
              `b.grad of ${name}`,
            );
          } catch (error) {
            fail(
              error.message,
              / got 0$/m.test(error.message) && name !== 'a + b' ? ORDER : (mistake ?? error.mistake),
            );
          }
        },
      ]),
    ),
    'a chain of forty in which every value is used twice, in under a second': ({ Value }, { close, fail }) => {
      const a = new Value(1);
      const small = new Value(0.51);
      let y = a;
      for (let i = 0; i < 18; i++) y = y.add(y).mul(small);
      let visits = 0;
      for (let v = y; v.inputs.length > 0; v = v.inputs[0]) {
        const pass = v.pass;
        v.pass = () => {
          visits++;
          pass();
        };
      }
      y.backward();
      if (visits !== 36)
        fail(
          `36 values hand on their gradient ${visits} times`,
          'it is visited once for every use, and there are 2^18 ways through this graph: remember which were visited',
        );
      close(a.grad, 1.02 ** 18, 'a.grad');
    },
  },
});

export const exercises = { rules, scalar };
