import { nn, optim, tensor } from 'weftgrad';
import { programExercise } from 'weftgrad/learn';
import { pinned } from './pytorch.mjs';

/** random() from drawn numbers. */
const randomOf = (draw, count) => {
  const numbers = draw([count], 0, 1).data;
  let at = 0;
  return () => numbers[at++];
};

const MISSING = 'the last batch is smaller, and belongs to the epoch as the others do';

const batches = programExercise({
  exports: ['shuffle', 'split', 'batches'],
  tests: {
    'a shuffled order has every number once': ({ shuffle }, { draw, same, fail }) => {
      for (const count of [9, 1, 100]) {
        const order = shuffle(count, randomOf(draw, 1000));
        same(
          [...order].sort((a, b) => a - b),
          Array.from({ length: count }, (_, i) => i),
          `the order of ${count}, sorted,`,
        );
        if (count > 1 && order.every((v, i) => v === i))
          fail(`the order of ${count} is 0, 1, 2 …: nothing is shuffled`);
      }
    },
    'the same random numbers give the same order': ({ shuffle }, { draw, fail }) => {
      const numbers = draw([1000], 0, 1).data;
      const once = () => {
        let at = 0;
        return shuffle(20, () => numbers[at++]).join(' ');
      };
      const [first, second] = [once(), once()];
      if (first !== second)
        fail(`one order is ${first}, the next ${second}`, 'random() is given, so that a run can be repeated: use it');
    },
    'of 6,000 shuffles of three, each order comes about 1,000 times': ({ shuffle }, { draw, fail }) => {
      const random = randomOf(draw, 100000);
      const counts = new Map(['012', '021', '102', '120', '201', '210'].map((order) => [order, 0]));
      for (let i = 0; i < 6000; i++) {
        const order = shuffle(3, random).join('');
        counts.set(order, counts.get(order) + 1);
      }
      for (const [order, count] of counts)
        if (Math.abs(count - 1000) > 90)
          fail(
            `the order ${[...order].join(' ')} comes ${count} times`,
            count === 0
              ? 'an element may stay where it is: j is one of 0 … i, with i among them'
              : 'swapping with any place, or sorting by a random comparison, makes some orders likelier: ' +
                  'place i gets one of those that have no place yet, 0 … i',
          );
    },
    'split: nothing is lost, and nothing is in both parts': ({ split }, { draw, same, fail }) => {
      const { train, validation } = split(11, 3, randomOf(draw, 1000));
      same(validation.length, 3, 'the number of images for validation', {
        'held is how many are kept for validation, not for training': 8,
      });
      const both = train.find((i) => validation.includes(i));
      if (both !== undefined)
        fail(`image ${both} is in both parts`, 'what is trained on says nothing about images never seen');
      same(
        [...train, ...validation].sort((a, b) => a - b),
        Array.from({ length: 11 }, (_, i) => i),
        'both parts together, sorted,',
      );
    },
    'split: which are kept is drawn': ({ split }, { draw, fail }) => {
      const { validation } = split(100, 10, randomOf(draw, 1000));
      if (Math.max(...validation) - Math.min(...validation) === 9)
        fail(
          `validation is ${Math.min(...validation)} … ${Math.max(...validation)}`,
          'data often lie class by class: ten in a row are of one class, so they are drawn',
        );
    },
    'batches of four': ({ batches }, { same }) => {
      const order = [5, 2, 8, 0, 10, 3, 7, 1, 9, 6, 4];
      same(
        batches(order, 4),
        [
          [5, 2, 8, 0],
          [10, 3, 7, 1],
          [9, 6, 4],
        ],
        'batches',
        {
          [MISSING]: [
            [5, 2, 8, 0],
            [10, 3, 7, 1],
          ],
        },
      );
      same(batches(order.slice(0, 8), 4).length, 2, 'the number of batches of 8 images', {
        'an empty batch at the end: 8 is a multiple of 4': 3,
      });
      same(batches([1, 0], 4), [[1, 0]], 'batches of 2 images', { [MISSING]: [] });
    },
  },
});

const modelOf = (...more) =>
  new nn.Sequential(
    new nn.Linear(pinned.inputs, pinned.hidden),
    new nn.ReLU(),
    ...more,
    new nn.Linear(pinned.hidden, pinned.classes),
  );

/** The network of pytorch.mjs with its weights. */
function pinnedModel(device) {
  const model = modelOf().to(device);
  for (const [name, parameter] of model.namedParameters())
    parameter.value.write(Float32Array.from(pinned.weights[name]));
  return model;
}

/** The batches of pytorch.mjs, as tensors. */
const pinnedBatches = (device) =>
  Array.from({ length: Math.ceil(pinned.count / pinned.batch) }, (_, b) => {
    const [from, to] = [b * pinned.batch, Math.min((b + 1) * pinned.batch, pinned.count)];
    const { inputs } = pinned;
    const x = Float32Array.from(pinned.x.slice(from * inputs, to * inputs));
    return {
      x: tensor(device, x, { shape: [to - from, inputs] }),
      label: tensor(device, Uint32Array.from(pinned.label.slice(from, to)), { dtype: 'u32' }),
    };
  });

const step = programExercise({
  exports: ['trainStep'],
  tests: {
    'ten losses, as PyTorch has them': async ({ trainStep }, { device: open, close, fail }) => {
      const device = await open();
      const model = pinnedModel(device);
      const optimizer = new optim.SGD(model, { lr: pinned.lr, momentum: pinned.momentum });
      const all = pinnedBatches(device);
      const losses = [];
      for (let i = 0; i < pinned.losses.length; i++) {
        const { x, label } = all[i % all.length];
        const loss = device.step(() => trainStep(model, optimizer, x, label));
        if (typeof loss?.read !== 'function') fail('trainStep returns no tensor', 'it returns the loss');
        losses.push((await loss.read())[0]);
      }
      close(losses, pinned.losses, 'loss', {
        tolerance: 1e-5,
        mistakes: {
          'the weights do not move: backward fills the gradients, then optimizer.step() moves the weights by them':
            pinned.still,
          'gradients of earlier steps are still there: backward adds to them, so zeroGrad comes first':
            pinned.notZeroed,
          'the sum over the batch is so many times steeper: the loss is the mean': pinned.summed,
          'the loss is that of the moved weights: forward is done once, before the step': pinned.afterwards,
          'a softmax before crossEntropy, which has one in it: it takes logits': pinned.probabilities,
        },
      });
    },
  },
});

/** Says whether it was in training when it ran. */
class Watched extends nn.Module {
  inner = modelOf();
  modes = [];
  forward(x) {
    this.modes.push(this.training);
    return this.inner.forward(x);
  }
}

/** Loss and whether it is right, of each row, in f64. */
function rowsOf(model) {
  const { weights, inputs, hidden, classes } = model;
  return pinned.label.map((label, n) => {
    const x = pinned.x.slice(n * inputs, (n + 1) * inputs);
    const layer = (w, b, from, width, to) =>
      Array.from({ length: to }, (_, o) => from.reduce((s, v, i) => s + v * w[o * width + i], b[o]));
    const h = layer(weights['0.weight'], weights['0.bias'], x, inputs, hidden).map((v) => Math.max(v, 0));
    const logits = layer(weights['2.weight'], weights['2.bias'], h, hidden, classes);
    const logsumexp = Math.log(logits.reduce((s, v) => s + Math.exp(v), 0));
    return { loss: logsumexp - logits[label], isRight: logits.indexOf(Math.max(...logits)) === label };
  });
}
const mean = (numbers) => numbers.reduce((s, v) => s + v, 0) / numbers.length;

const evaluate = programExercise({
  exports: ['evaluate'],
  tests: {
    'loss and accuracy over three batches, the last one smaller': async ({ evaluate }, { device: open, close }) => {
      const device = await open();
      const { loss, accuracy } = await evaluate(device, pinnedModel(device), pinnedBatches(device));
      const rows = rowsOf(pinned);
      const parts = [0, 1, 2].map((b) => rows.slice(b * pinned.batch, (b + 1) * pinned.batch));
      const [losses, rights] = [
        parts.map((p) => p.map((r) => r.loss)),
        parts.map((p) => p.map((r) => Number(r.isRight))),
      ];
      const ofMeans = 'a mean of means: the last batch is smaller, and each of its images counts for more';
      close(loss, mean(losses.flat()), 'loss', {
        mistakes: {
          [ofMeans]: mean(losses.map(mean)),
          'that is the loss of the last batch': mean(losses[2]),
          'the sum is divided by the number of batches: it is the mean of an image': mean(losses.flat()) * (11 / 3),
          'means of batches are added up, and divided by the number of images': (mean(losses.map(mean)) * 3) / 11,
        },
      });
      close(accuracy, mean(rights.flat()), 'accuracy', {
        mistakes: {
          [ofMeans]: mean(rights.map(mean)),
          'that is the share of those that are wrong': 1 - mean(rights.flat()),
          'in percent: a share is between 0 and 1': 100 * mean(rights.flat()),
        },
      });
    },
    'the model is in evaluation while it is measured': async ({ evaluate }, { device: open, fail }) => {
      const device = await open();
      const model = new Watched().to(device);
      await evaluate(device, model, pinnedBatches(device));
      if (model.modes.includes(true))
        fail(
          'model.training is true in forward',
          'dropout would still switch elements off, and batch norm would look at the batch: model.eval() first',
        );
    },
    'the model is left as it was found': async ({ evaluate }, { device: open, fail }) => {
      const device = await open();
      for (const training of [true, false]) {
        const model = new Watched().to(device).train(training);
        await evaluate(device, model, pinnedBatches(device));
        if (model.training !== training)
          fail(
            `model.training was ${training} before, and is ${model.training} after`,
            training
              ? 'what is trained after this is trained in evaluation mode'
              : 'a model that was in evaluation is put into training: remember what it was',
          );
      }
    },
  },
});

export const exercises = { batches, step, evaluate };
