import { programExercise } from 'weftgrad/learn';

const init = programExercise({
  exports: ['fans', 'kaimingNormalStd', 'xavierUniformBound', 'sizesThrough'],
  tests: {
    fans: ({ fans }, { close }) => {
      for (const [shape, fanIn, fanOut] of [
        [[5, 3], 3, 5],
        [[16, 4, 3, 3], 36, 144],
        [[8, 2, 5], 10, 40],
      ]) {
        const name = `(${shape.join(', ')})`;
        const got = fans(shape);
        close(got.fanIn, fanIn, `fanIn of ${name}`, {
          mistakes: {
            'fanIn counts what is added up for one output: shapes begin with the outputs': fanOut,
            'every tap of the window is added up, too': shape[1],
          },
        });
        close(got.fanOut, fanOut, `fanOut of ${name}`, {
          mistakes: { 'an input goes into an output for every tap': shape[0] },
        });
      }
    },
    'the size in front of a ReLU': ({ kaimingNormalStd }, { close }) => {
      close(kaimingNormalStd([64, 8, 3, 3]), Math.sqrt(2 / 72), 'std of (64, 8, 3, 3)', {
        mistakes: {
          'a ReLU halves the mean square, so that twice the variance is needed': Math.sqrt(1 / 72),
          'the standard deviation is the root of the variance': 2 / 72,
        },
      });
    },
    'the bound of a uniform distribution': ({ xavierUniformBound }, { close }) => {
      close(xavierUniformBound([7, 5]), Math.sqrt(6 / 12), 'bound of (7, 5)', {
        mistakes: {
          'a uniform distribution has a variance of bound^2 / 3: its bound is √3 times the standard deviation':
            Math.sqrt(2 / 12),
        },
      });
    },
    'through a stack of layers': ({ sizesThrough }, { close }) => {
      const shapes = [
        [100, 50],
        [30, 100],
        [8, 30],
      ];
      const stds = [0.2, 0.1, 0.5];
      const gains = shapes.map(([, n], l) => Math.sqrt((stds[l] ** 2 * n) / 2));
      const right = gains.map((_, l) => gains.slice(0, l + 1).reduce((p, g) => p * g, 1));
      close(sizesThrough(shapes, stds), right, 'the sizes behind the layers', {
        mistakes: {
          'layers multiply: each begins with what the one before has left': gains,
          'the ReLU halves the mean square': right.map((v, l) => v * Math.SQRT2 ** (l + 1)),
        },
      });
    },
  },
});

const firstLoss = programExercise({
  exports: ['expectedFirstLoss', 'lossOfFrequencies', 'biasOfFrequencies', 'diagnose'],
  tests: {
    'the first loss': ({ expectedFirstLoss }, { close }) => {
      close(expectedFirstLoss(10), Math.log(10), 'the first loss with 10 classes', {
        mistakes: { 'the loss is made with the natural logarithm': Math.log2(10) },
      });
      close(expectedFirstLoss(2), Math.LN2, 'the first loss with 2 classes');
    },
    'unequal classes': ({ lossOfFrequencies }, { close, fail }) => {
      const expected = -(0.7 * Math.log(0.7) + 0.2 * Math.log(0.2) + 0.1 * Math.log(0.1));
      close(lossOfFrequencies([70, 20, 10]), expected, 'the loss of shares 0.7, 0.2, 0.1', {
        mistakes: { 'a sign: a logarithm of a share is negative': -expected },
      });
      const loss = lossOfFrequencies([5, 5, 0]);
      if (Number.isNaN(loss))
        fail('the loss of 5, 5 and 0 images is NaN', 'a class of 0 images costs nothing: 0 * log 0 is NaN');
      close(loss, Math.LN2, 'the loss of 5, 5 and 0 images');
    },
    'the biases that say so': ({ biasOfFrequencies }, { close }) => {
      const e = biasOfFrequencies([6, 3, 1]).map(Math.exp);
      const sum = e.reduce((s, v) => s + v, 0);
      close(
        e.map((v) => v / sum),
        [0.6, 0.3, 0.1],
        'softmax of the biases',
        { otherwise: 'the biases are the logarithm of the shares: softmax undoes it' },
      );
    },
    'what it says': ({ diagnose }, { same }) => {
      same(diagnose(2.31, 10), 'as expected', 'a first loss of 2.31 with 10 classes');
      same(diagnose(14.2, 10), 'too sure', 'a first loss of 14.2 with 10 classes');
      same(diagnose(1.1, 10), 'knows the labels', 'a first loss of 1.1 with 10 classes');
      same(diagnose(0.7, 2), 'as expected', 'a first loss of 0.7 with 2 classes');
    },
  },
});

export const exercises = { init, first_loss: firstLoss };
