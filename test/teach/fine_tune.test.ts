/** The last blocks of a backbone, trained on what was taught. */
import * as assert from 'uvu/assert';
import type { Device } from '../../src/device/device.js';
import { DataError } from '../../src/device/errors.js';
import { Backbone } from '../../src/teach/backbone.js';
import { fineTune, type FineTuneProgress, type TaughtPicture } from '../../src/teach/fine_tune.js';
import { taughtCheckpoint } from '../../src/teach/taught_run.js';
import { trainHead } from '../../src/teach/train_head.js';
import type { Checkpoint } from '../../src/train/checkpoint/checkpoint.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { freshCheckpoint, garmentPictures } from './fixtures.js';

const test = gpuSuite('fine-tuning');
const CLASSES = ['t-shirt', 'pullover', 'coat', 'shirt'];

/** Four kinds that look much alike. */
async function pictures(device: Device, checkpoint: Checkpoint, each: number): Promise<TaughtPicture[]> {
  const backbone = new Backbone(device, checkpoint);
  try {
    const all = garmentPictures([0, 2, 4, 6], each);
    const pixels = all.map(({ image }) => backbone.pixels(image));
    const features = await backbone.features(pixels.map((p) => backbone.inputOf(p)));
    assert.equal(backbone.inputOf(pixels[3]), backbone.input(all[3].image));
    return all.map((p, i) => ({ class: p.class, pixels: pixels[i], features: features[i] }));
  } finally {
    backbone.release();
  }
}

test('a better backbone is found where the old one is random; only its last blocks have moved', async () => {
  const device = await testDevice();
  const fresh = await freshCheckpoint(device);
  const rows = await pictures(device, fresh, 25);
  const seen: FineTuneProgress[] = [];
  const options = { epochs: 8, lr: 1e-3, blocks: 3 };
  const { better, before, after, held, trained } = await fineTune(device, fresh, rows, CLASSES, options, {
    onProgress: (p) => seen.push(p),
  });
  assert.ok(better !== null, JSON.stringify({ before, after }));
  const { checkpoint, features } = better;
  assert.ok(after.accuracy > before.accuracy || after.loss < before.loss);
  assert.equal([held, trained], [20, ['conv2', 'fc1', 'fc2', 'fc3']]);
  assert.equal([seen.length, seen[39]], [47, { part: 'blocks', done: 40, total: 40 }]);
  assert.equal(seen[46], { part: 'features', done: 100, total: 100 });
  for (const [key, { data }] of fresh.tensors)
    if (!key.startsWith('fc3'))
      assert.is(
        Buffer.from(data).equals(Buffer.from(checkpoint.tensors.get(key)?.data ?? [])),
        key.startsWith('conv1'),
      );
  // it is a backbone, and what is taught on it goes home
  const again = await pictures(device, checkpoint, 25);
  assert.equal(again[30].features, features[30]);
  const { head, report } = await trainHead(device, again, CLASSES, { epochs: 3 });
  const { header } = taughtCheckpoint(checkpoint, { classes: CLASSES, head }, report);
  assert.is(header.classes, CLASSES);
  assert.is(header.config.freeze, 'conv1', 'what stood still of the network that it began as');
  assert.is(taughtCheckpoint(fresh, { classes: CLASSES, head }, report).header.config.freeze, 'backbone');
});

test('the old one is kept where the new one is no better', async () => {
  const device = await testDevice();
  const fresh = await freshCheckpoint(device);
  const rows = await pictures(device, fresh, 5);
  const { better, before, after } = await fineTune(device, fresh, rows, CLASSES, { epochs: 1, lr: 0 });
  assert.is(better, null);
  assert.ok(Math.abs(after.loss - before.loss) < 1e-5 && after.accuracy === before.accuracy);
});

test('it ends with the reason of its signal, and says when too few pictures remain', async () => {
  const device = await testDevice();
  const fresh = await freshCheckpoint(device);
  const rows = await pictures(device, fresh, 5);
  const stop = new AbortController();
  const reason = new Error('enough');
  const hooks = { signal: stop.signal, pause: async () => stop.abort(await Promise.resolve(reason)) };
  assert.is(await fineTune(device, fresh, rows, CLASSES, {}, hooks).catch((e: unknown) => e), reason);
  const few = rows.filter((row, i) => row.class !== 1 || i % 5 < 2);
  const refused: unknown[] = [];
  for (let seed = 0; seed < 6; seed++)
    refused.push(await fineTune(device, fresh, few, CLASSES, { seed, epochs: 0 }).catch((e: unknown) => e));
  assert.ok(refused.some((e) => e instanceof DataError && /too few of pullover remain/.test(e.message)));
});

test.run();
