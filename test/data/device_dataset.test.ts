/**
 * Batches on the GPU: crops, data sets that do not fit, and augmentation: which pictures it makes, and when the same
 * ones.
 */
import * as assert from 'uvu/assert';
import { augmentationOf, parseAugmentation } from '../../src/data/augment_spec.js';
import type { HeldDataset, ImageDataset } from '../../src/data/dataset.js';
import { DeviceDataset, type DatasetWalk, type WalkOptions } from '../../src/data/device_dataset.js';
import { joinImages, selectStored } from '../../src/data/image_views.js';
import { seenImages } from '../../src/data/seen_images.js';
import { selectImages } from '../../src/data/select_images.js';
import type { Device } from '../../src/device/device.js';
import { NO_AUGMENTATION } from '../../src/kernels/images/augment_settings.js';
import { manualSeed } from '../../src/kernels/random/random.js';
import { gpuSuite, testDevice, withDevice } from '../support/gpu.js';
import { randomNumbers } from '../../src/cases/draw.js';
import { fails } from './fixtures.js';

const test = gpuSuite('batches of images');

const STATISTICS = { mean: [0.4, 0.5, 0.6], std: [0.2, 0.25, 0.3] };

function noiseDataset(count: number, side: number, crop?: number): HeldDataset {
  const random = randomNumbers(side);
  const images = Uint8Array.from({ length: count * 3 * side * side }, () => Math.floor(random() * 256));
  const data = {
    name: 'noise',
    images,
    labels: Uint32Array.from({ length: count }, (_, i) => i % 10),
    count,
    channels: 3,
    height: side,
    width: side,
    classes: Array.from('abcdefghij'),
  };
  return crop === undefined ? data : { ...data, crop };
}

const ORDER = Uint32Array.from({ length: 30 }, (_, i) => (i * 7 + 3) % 30);

/** What a walk gives in steps of these sizes, as hexadecimal text: x, then labels, one entry a step. */
async function walked(
  device: Device,
  data: ImageDataset,
  options: WalkOptions,
  steps: readonly number[] = [8, 8, 5],
  mode: 'eager' | 'capture' = 'eager',
): Promise<string[]> {
  const resident = new DeviceDataset(device, data, STATISTICS);
  const walk = resident.walk(ORDER, { batch: 8, ...options });
  const results: string[] = [];
  manualSeed(device, 11);
  const body = (batch: number): ReturnType<DatasetWalk['next']> => walk.next(batch);
  const captured = mode === 'capture' ? device.capture(body) : null;
  for (const batch of steps) {
    await walk.load(batch);
    const { x, label, mixed } = captured === null ? device.step(() => body(batch)) : captured(batch);
    const parts = [];
    for (const t of [x, label, ...(mixed === null ? [] : [mixed.other, mixed.share])])
      parts.push(Buffer.from((await t.read()).buffer).toString('hex'));
    results.push(parts.join(' '));
    if (captured === null) for (const t of [x, label, mixed?.other, mixed?.share]) t?.storage.release();
  }
  captured?.release();
  for (const part of [walk, resident]) part.release();
  return results;
}

test('a crop is the middle of the image', async () => {
  const device = await testDevice();
  const data = noiseDataset(30, 9, 4);
  const seen = await seenImages(device, data, STATISTICS, Uint32Array.of(5, 2), null, 0);
  assert.equal([seen.height, seen.width, seen.count, [...seen.labels]], [4, 4, 2, [5, 2]]);
  for (let i = 0; i < seen.images.length; i++) {
    const [n, c, y, x] = [Math.floor(i / 48), Math.floor(i / 16) % 3, Math.floor(i / 4) % 4, i % 4];
    assert.is(seen.images[i], data.images[(([5, 2][n] * 3 + c) * 9 + 2 + y) * 9 + 2 + x], `${n} ${c} ${y} ${x}`);
  }
});

test('an augmentation that does nothing gives the same bits as none', async () => {
  const device = await testDevice();
  const zero = { ...NO_AUGMENTATION, crop: 0, rotate: 0 };
  for (const data of [noiseDataset(30, 7), noiseDataset(30, 10, 6), noiseDataset(30, 16, 8)]) {
    const plain = await walked(device, data, {});
    if (data.crop === undefined) assert.equal(await walked(device, data, { augmentation: zero }), plain);
    assert.equal(await walked(device, data, { augmentation: NO_AUGMENTATION }), plain);
    assert.equal(
      await walked(device, data, { augmentation: { ...NO_AUGMENTATION, brightness: 1e-30, erase: 1e-30 } }),
      plain,
      'with the kernel’s branches for colours and holes',
    );
  }
  assert.is(augmentationOf('flip=0,rotate=0'), null);
});

test('flip=1 mirrors every image, exactly', async () => {
  const device = await testDevice();
  const data = noiseDataset(30, 7);
  const mirrored = { ...data, images: data.images.map((_, i) => data.images[i - (i % 7) + 6 - (i % 7)]) };
  assert.equal(
    await walked(device, data, { augmentation: parseAugmentation('flip=1') }),
    await walked(device, mirrored, {}),
  );
});

const EVERYTHING =
  'flip,shift=2,rotate=15,scale=0.2,shear=5,brightness=0.3,contrast=0.3,saturation=0.3,erase,mixup=0.4';

test('the same seed gives the same pictures, eager or replayed, and every step new ones', async () => {
  const device = await testDevice();
  const data = noiseDataset(30, 9, 8);
  for (const spec of [EVERYTHING, 'crop=2,flip', 'resize']) {
    const augmentation = parseAugmentation(spec);
    const first = await walked(device, data, { augmentation });
    assert.equal(await walked(device, data, { augmentation }), first, spec);
    assert.equal(await walked(device, data, { augmentation }, [8, 8, 5], 'capture'), first, `${spec}, replayed`);
    assert.not.equal(first, await walked(device, data, {}), `${spec} does something`);
  }
  const one = noiseDataset(30, 9);
  one.images.set(
    Array.from({ length: 30 }, () => one.images.subarray(0, 243)).reduce(
      (all, image) => [...all, ...image],
      [] as number[],
    ),
  );
  const [a, b] = await walked(device, one, { augmentation: parseAugmentation('rotate=40') }, [4, 4]);
  assert.is.not(a.split(' ')[0], b.split(' ')[0], 'equal images, another step');
});

test('images that the adapter cannot bind are uploaded a batch at a time: the same bits', async () => {
  const shared = await testDevice();
  const data = noiseDataset(30, 24, 20); // 51,840 bytes; a batch of 8 13,824, and 38,400 of f32
  for (const spec of [null, EVERYTHING]) {
    const options = { augmentation: augmentationOf(spec) };
    const expected = await walked(shared, data, options);
    await withDevice({ maxBindingBytes: 16384 * 3 }, async (device) => {
      const resident = new DeviceDataset(device, data, STATISTICS);
      assert.is(resident.images, null, 'too many bytes to bind');
      await fails(
        async () => resident.walk(ORDER, { batch: 4 }).load(5),
        2,
        /\[walk\] a batch of 5, the walk was made for 4/,
      );
      resident.release();
      assert.equal(await walked(device, data, options), expected);
      assert.equal(await walked(device, data, options, [8, 8, 5], 'capture'), expected, 'replayed');
    });
  }
});

test('images that are stored are read in pieces for the adapter, or a batch at a time: the same bits', async () => {
  const shared = await testDevice();
  for (const side of [24, 7]) {
    const data = noiseDataset(30, side); // 147 bytes an image of 7: no whole words
    const order = Uint32Array.from({ length: 30 }, (_, i) => 29 - i);
    const backwards = selectImages(data, order);
    const half = 15 * 3 * side * side;
    const stored = joinImages(backwards.images, data.images.slice(half), 3 * side * side);
    const lying = { ...data, images: selectStored(stored, order) };
    const options = { augmentation: augmentationOf(EVERYTHING) };
    const expected = await walked(shared, data, options);
    assert.is(new DeviceDataset(shared, lying, STATISTICS).images?.size, Math.ceil((30 * 3 * side * side) / 4));
    assert.equal(await walked(shared, lying, options), expected, `${side}: uploaded`);
    if (side % 2 === 1) continue; // windows of a batch have to begin at a multiple of 256 bytes
    await withDevice({ maxBindingBytes: 16384 * 3 }, async (device) => {
      assert.is(new DeviceDataset(device, lying, STATISTICS).images, null, 'too many bytes to bind');
      assert.equal(await walked(device, lying, options), expected, `${side}: by batches`);
    });
  }
});

test('a batch larger than one binding is made in windows', async () => {
  const shared = await testDevice();
  const data = noiseDataset(30, 16); // 3,072 bytes of f32 an image, 12 * 256
  const steps = [16, 14];
  const options = { batch: 16, augmentation: parseAugmentation(EVERYTHING) };
  const expected = [await walked(shared, data, options, steps), await walked(shared, data, { batch: 16 }, steps)];
  await withDevice({ maxBindingBytes: 24576 }, async (device) => {
    assert.equal(
      [await walked(device, data, options, steps), await walked(device, data, { batch: 16 }, steps)],
      expected,
    );
  });
});

test('a batch changes no image where it is not augmented, whatever was drawn before', async () => {
  const device = await testDevice();
  const data = noiseDataset(30, 8);
  const seen = await seenImages(device, data, STATISTICS, ORDER, null, 3);
  assert.equal(
    seen.images,
    Uint8Array.from(ORDER).reduce(
      (all, n, i) => {
        all.set(data.images.subarray(n * 192, (n + 1) * 192), i * 192);
        return all;
      },
      new Uint8Array(30 * 192),
    ),
  );
});

test.run();
