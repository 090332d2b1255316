/** A model of one's own is trained by the trainer, and its checkpoint is read and used like any other. */
import { dirname } from 'node:path';
import * as assert from 'uvu/assert';
import * as weft from '../../src/index.js';
import { InterruptedError, ModelError } from '../../src/device/errors.js';
import { fails } from '../device/tools.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { CONFIG, GARMENTS, inRun } from './fixtures.js';

const test = gpuSuite('own model');

weft.nn.defineModel({
  name: 'test_pixels',
  head: '2',
  build: ({ channels, height, width, classes }) =>
    new weft.nn.Sequential(
      new weft.nn.Flatten(),
      new weft.nn.LeakyReLU(0.1),
      new weft.nn.Linear(channels * height * width, classes),
    ),
});

test('train, readCheckpoint, readClassifier, parseCheckpoint', async () => {
  const device = await testDevice();
  await inRun(async (files) => {
    const result = await weft.train(device, { ...CONFIG, model: 'test_pixels', epochs: 2 }, GARMENTS, files);
    assert.ok(result.history[1].trainLoss < result.history[0].trainLoss);
    const checkpoint = await weft.readCheckpoint(files.best);
    assert.is(checkpoint.header.model, 'test_pixels');
    const image = { width: 28, height: 28, data: new Uint8Array(28 * 28 * 4).fill(200) };
    const classifiers = [
      await weft.readClassifier(device, files.best),
      await weft.readClassifier(device, dirname(files.best)),
      new weft.Classifier(device, checkpoint),
    ];
    const answers = await Promise.all(classifiers.map((c) => c.rank(weft.modelInput(image, c.header))));
    assert.is(answers[0].length, 10);
    assert.equal(answers[1], answers[0]);
    assert.equal(answers[2], answers[0]);
    for (const c of classifiers) c.release();
    await fails(() => weft.readClassifier(device, 'no/such/file'), ModelError, /there is no such file/);
  });
});

test('the short form: own model, loss, step and reader; stopped and gone on with, it is the same run', async () => {
  const device = await testDevice();
  const { train: own, data, nn } = weft;
  const model = nn.modelSpec('test_pixels');
  let [batches, pictures] = [0, 0];
  const loss = own.defineLoss({
    name: 'test_twice',
    losses: (logits, label) => (batches++, weft.crossEntropy(logits, label, { reduction: 'none' }).mul(2)),
  });
  const step = data.defineAugmentation({
    name: 'test_noise',
    value: 0.3,
    apply: (x, deviation) => (pictures++, x.add(weft.randn(x.device, x.shape).mul(deviation))),
  });
  const reader = data.defineReader({
    name: 'test_garments',
    read: () => ({
      ...GARMENTS,
      train: { images: GARMENTS.images as Uint8Array<ArrayBuffer>, labels: GARMENTS.labels },
    }),
  });
  const read = await weft.loadDataset('reader:test_garments');
  assert.equal(read.train.labels, GARMENTS.labels, reader.name);
  const options = { model, data: read, loss, augment: ['flip', step], epochs: 2, batch: 32 } as const;
  await inRun(async (files) => {
    const out = dirname(files.last);
    const whole = await own(device, { ...options, out });
    assert.ok(batches > 0 && pictures > 0, 'both were asked');
    const finished = await weft.readCheckpoint(files.last);
    assert.equal(
      [finished.header.config.criterion, finished.header.config.augment],
      ['test_twice', 'flip,own.test_noise'],
    );
    let steps = 0;
    const stopping = own(device, { ...options, out, interrupted: () => (++steps > 3 ? 143 : null) });
    await fails(() => stopping, InterruptedError, /saved/);
    const resume = await weft.readCheckpoint(files.last);
    const rest = await own(device, { ...options, out, resume });
    const again = await weft.readCheckpoint(files.last);
    assert.equal([...again.tensors], [...finished.tensors]);
    assert.equal(
      rest.history.map(({ seconds: _, ...more }) => more),
      whole.history.map(({ seconds: _, ...more }) => more),
    );
    const plain = await own(device, { ...options, out, loss: undefined, augment: undefined });
    assert.is.not(plain.history[0].trainLoss, whole.history[0].trainLoss);
  });
});

test.run();
