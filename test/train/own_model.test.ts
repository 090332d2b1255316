/** A model of one's own is trained by the trainer, and its checkpoint is read and used like any other. */
import { dirname } from 'node:path';
import * as assert from 'uvu/assert';
import * as weft from '../../src/index.js';
import { ModelError } from '../../src/device/errors.js';
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

test.run();
