/** Evaluation against a recomputation on the host. */
import * as assert from 'uvu/assert';
import { DeviceDataset } from '../../src/data/device_dataset.js';
import { meanStd } from '../../src/data/normalize.js';
import { noGrad } from '../../src/autograd/graph.js';
import { Dropout, Flatten, Linear, Sequential } from '../../src/nn/index.js';
import { evaluate, evaluationBatch } from '../../src/train/evaluate/evaluate.js';
import { inModelClasses } from '../../src/inference/evaluate_checkpoint.js';
import { tensor } from '../../src/tensor/tensor.js';
import { fails } from '../data/fixtures.js';
import { collectGarbage } from '../support/garbage.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { GARMENTS, HEADER } from './fixtures.js';

const test = gpuSuite('evaluate');

// 1,100 classes are many: the loss then makes no second tensor of the logits' size.
for (const classes of [10, 1100])
  test(
    `loss, accuracy, predictions and ranks of ${classes} classes equal a recomputation on the host, whatever the ` +
      `batch`,
    async () => {
      const device = await testDevice();
      const statistics = meanStd(GARMENTS);
      const model = new Sequential(new Flatten(), new Linear(784, classes)).to(device, { seed: 4 });
      const data = new DeviceDataset(device, GARMENTS, statistics);
      const indices = Uint32Array.from({ length: 101 }, (_, i) => (i * 37) % 150);
      const x = new Float32Array(indices.length * 784);
      for (const [n, index] of indices.entries()) {
        for (let i = 0; i < 784; i++)
          x[n * 784 + i] = (GARMENTS.images[index * 784 + i] / 255 - statistics.mean[0]) / statistics.std[0];
      }
      const logits = await device
        .step(() => noGrad(() => model.forward(tensor(device, x, { shape: [101, 1, 28, 28] }))))
        .read();
      let loss = 0;
      const ranks: number[] = [];
      const predictions = Array.from(indices, (index, n) => {
        const row = [...logits.slice(classes * n, classes * (n + 1))];
        ranks.push(row.filter((v) => v > row[GARMENTS.labels[index]]).length);
        const top = Math.max(...row);
        loss += Math.log(row.reduce((s, v) => s + Math.exp(v - top), 0)) + top - row[GARMENTS.labels[index]];
        return row.indexOf(top);
      });
      const right = predictions.filter((p, n) => p === GARMENTS.labels[indices[n]]).length;
      for (const batch of [101, 64, 7, 1000, 1]) {
        const walk = data.walk(indices);
        const result = await evaluate(device, model, walk, batch);
        walk.release();
        assert.is(result.count, 101);
        assert.is(result.accuracy, right / 101);
        assert.ok(
          Math.abs(result.loss - loss / 101) < 1e-5 * (loss / 101),
          `batch ${batch}: ${result.loss}, expected ${loss / 101}`,
        );
        assert.equal([...result.predictions], predictions, `batch ${batch}`);
        assert.equal([...result.ranks], ranks, `batch ${batch}`);
      }
      data.release();
    },
  );

test('the mode that the model was in comes back, and no memory stays', async () => {
  const device = await testDevice();
  const model = new Sequential(new Dropout(0.5), new Flatten(), new Linear(784, 10)).to(device, { seed: 4 });
  const data = new DeviceDataset(device, GARMENTS, meanStd(GARMENTS));
  const walk = data.walk(Uint32Array.from({ length: 50 }, (_, i) => i));
  const all = Uint32Array.from({ length: 50 }, (_, i) => i);
  const results = [];
  await collectGarbage();
  for (const mode of [true, false]) {
    model.train(mode);
    walk.restart(all);
    const before = device.statistics().inUse;
    results.push(await evaluate(device, model, walk, 20));
    assert.is(device.statistics().inUse, before);
    assert.equal([model.training, ...[...model.children()].map(([, m]) => m.training)], [mode, mode, mode, mode]);
  }
  assert.equal(results[0], results[1], 'dropout is off in both');
  const broken = new Sequential(new Linear(3, 10)).to(device);
  walk.restart(all);
  await evaluate(device, broken, walk, 20).then(
    () => assert.unreachable(),
    (error: Error) => assert.match(error.message, /\[linear\]|\[matmul\]/),
  );
  assert.is(broken.training, true, 'after a failure too');
  for (const part of [walk, data]) part.release();
});

test('data are matched with the model by the names of their classes; names that are but numbers are none', async () => {
  const own = GARMENTS.classes;
  const matched = (given: readonly string[], of = own): number[] => [
    ...inModelClasses(
      { header: { ...HEADER, classes: of }, tensors: new Map(), file: 'f' },
      { ...GARMENTS, classes: given, labels: Uint32Array.from(given.keys()) },
    ).labels,
  ];
  const all = own.map((_, k) => k);
  const numbers = all.map(String);
  const renamed = own.map((name) => (name === 'Bag' ? 'Hat' : name));
  for (const [given, of] of [
    [own, own],
    [own, numbers],
    [numbers, own],
  ] as const)
    assert.equal(matched(given, of), all);
  assert.equal(matched(own.toReversed()), all.toReversed());
  assert.equal(matched(['Bag', 'Trouser']), [8, 1], 'some of the classes');
  assert.equal(matched(['07', '3.0', '+1'], numbers), [7, 3, 1], 'numbers are compared by their values');
  assert.equal(matched(['Re\u0301sille'], ['Hat', 'R\u00e9sille']), [1], 'two forms of one name');
  await fails(() => matched(renamed), 3, /synthetic train: class Hat is not among the model's/);
  await fails(() => matched(['a', 'b', 'Bag']), 3, /2 of its 3 classes \(a, b\) are not among the model's/);
  await fails(() => matched(['0', '1']), 3, /2 of its 2 classes/);
  // Numbers that count from 1 are no names of the same ten classes; two names of one value are two classes.
  await fails(
    () =>
      matched(
        all.map((k) => String(k + 1)),
        numbers,
      ),
    3,
    /class 10 is not among the model's/,
  );
  assert.equal(matched(['01', '1'], ['1', '01', 'a']), [1, 0]);
  await fails(() => matched(['1.0'], ['1', '01']), 3, /class 1\.0 is not among/);
  await fails(() => matched(['1', '01'], ['1', '2']), 3, /class 01 is not among/);
  await fails(
    () => inModelClasses({ header: HEADER, tensors: new Map(), file: 'f' }, { ...GARMENTS, height: 20 }),
    3,
    /holds images of 1x20x28, the model was trained on 1x28x28/,
  );
});

test('a batch to evaluate is bounded by what a network sees, and by what is uploaded', () => {
  const of = (side: number, crop?: number): number =>
    evaluationBatch({ channels: 3, height: side, width: side, ...(crop === undefined ? {} : { crop }) });
  assert.equal([of(28), of(224), of(256, 224), of(1024, 64), of(1e5, 64)], [256, 27, 27, 21, 1]);
});

test.run();
