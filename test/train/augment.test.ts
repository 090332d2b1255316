/**
 * Training on augmented images: resumed, replayed, streamed: the same weights; validation sees the images as they are.
 */
import * as assert from 'uvu/assert';
import type { HeldDataset } from '../../src/data/dataset.js';
import { gpuSuite, testDevice, withDevice } from '../support/gpu.js';
import { GARMENTS, trainWithStops } from './fixtures.js';

const test = gpuSuite('training with augmentation');

const AUGMENT = 'flip,shift=2,rotate=10,randaugment=2x9,erase=0.3,mixup=0.3,cutmix';

test('augmented training is the same when stopped and resumed, recorded anew, or streamed from the host', async () => {
  const device = await testDevice();
  const options = { augment: AUGMENT, crop: 24 };
  const data: HeldDataset = { ...GARMENTS, crop: 24 };
  const expected = await trainWithStops(device, options, [], data);
  const plain = await trainWithStops(device, { crop: 24 }, [], data);
  assert.not.equal(expected.last, plain.last, 'augmentation does something');
  const { result, ...rest } = expected;
  const same = async (name: string, run: ReturnType<typeof trainWithStops>): Promise<void> => {
    const { result: other, ...got } = await run;
    assert.equal(got, rest, name);
    assert.is(other.bestEpoch, result.bestEpoch, name);
  };
  await same('stopped', trainWithStops(device, options, [2, 5], data));
  await same('without capture', trainWithStops(device, options, [], data, { capture: false }));
  await withDevice({ maxBindingBytes: 1024 * 300 - 256 }, async (small) => {
    // 150 images are 117,600 bytes: more of them, the same ones, so that they do not fit but the model does.
    const many = { ...data, images: new Uint8Array(400 * 784), labels: new Uint32Array(400), count: 400 };
    for (let n = 0; n < 400; n++) {
      many.images.set(data.images.subarray((n % 150) * 784, ((n % 150) + 1) * 784), n * 784);
      many.labels[n] = data.labels[n % 150];
    }
    const once = { ...options, epochs: 1 };
    const { result: whole, ...streamed } = await trainWithStops(small, once, [], many);
    const { result: parts, ...stopped } = await trainWithStops(small, once, [1, 4], many, { capture: false });
    assert.is(parts.bestEpoch, whole.bestEpoch);
    assert.equal(stopped, streamed, 'streamed, stopped, without capture');
    // The other ops work in windows there and add in another order: nearly the same.
    const resident = await trainWithStops(device, once, [], many);
    for (const key of ['trainLoss', 'valLoss'] as const) {
      const [got, expected] = [Number(streamed.history[0][key]), Number(resident.history[0][key])];
      assert.ok(Math.abs(got - expected) < 1e-5 * expected, `${key}: streamed ${got}, resident ${expected}`);
    }
  });
});

test('a learning rate of 0 with augmentation leaves the validation loss as it is without', async () => {
  const device = await testDevice();
  const [a, b] = [
    await trainWithStops(device, { lr: 0, epochs: 1, augment: AUGMENT }),
    await trainWithStops(device, { lr: 0, epochs: 1 }),
  ];
  assert.is(a.history[0].valLoss, b.history[0].valLoss);
  assert.is.not(a.history[0].trainLoss, b.history[0].trainLoss);
});

test('a validation part of the data’s own is what is validated on', async () => {
  const device = await testDevice();
  const data = { ...GARMENTS, validationStart: 100 };
  const { history, result } = await trainWithStops(device, { epochs: 1, lr: 0 }, [], data);
  assert.is(result.steps, Math.ceil(100 / 32));
  const broken = { ...data, images: data.images.slice() };
  broken.images.fill(255, 784 * 100); // the training images, and so their statistics, stay as they are
  const other = await trainWithStops(device, { epochs: 1, lr: 0 }, [], broken);
  assert.is(other.history[0].trainLoss, history[0].trainLoss);
  assert.is.not(other.history[0].valLoss, history[0].valLoss);
});

test.run();
