/** What a network is given of a data set, as pictures again. */
import type { Device } from '../device/device.js';
import { manualSeed } from '../kernels/random/random.js';
import { inputSize, type HeldDataset, type ImageDataset } from './dataset.js';
import { DeviceDataset, type Normalization } from './device_dataset.js';
import { augmenting } from './own_augment.js';

const BATCH = 64;

/**
 * Images as training sees them, cropped and augmented, their normalisation taken back: a data set of those of
 * `indices`, in order. Values outside of 0 … 255 are cut off. The labels are the images' own, also where mixup mixed
 * another in.
 * @param augment what happens to them, as a configuration writes it; null: nothing.
 */
export async function seenImages(
  device: Device,
  data: ImageDataset,
  normalization: Normalization,
  indices: Uint32Array,
  augment: string | null,
  seed: number,
): Promise<HeldDataset> {
  const [height, width] = inputSize(data);
  const area = height * width;
  const size = data.channels * area;
  const images = new Uint8Array(indices.length * size);
  const resident = new DeviceDataset(device, data, normalization);
  const walk = resident.walk(indices, { batch: BATCH, ...augmenting(augment) });
  manualSeed(device, seed);
  for (let start = 0; start < indices.length; start += BATCH) {
    const batch = Math.min(BATCH, indices.length - start);
    await walk.load(batch);
    const x = device.step(() => walk.next(batch).x);
    const values = await x.read();
    x.release();
    for (let i = 0; i < values.length; i++) {
      const c = Math.floor(i / area) % data.channels;
      images[start * size + i] = Math.min(
        255,
        Math.max(0, Math.round(255 * (values[i] * normalization.std[c] + normalization.mean[c]))),
      );
    }
  }
  for (const part of [walk, resident]) part.release();
  const { crop, validationStart, groups, origins, ...rest } = data;
  return {
    ...rest,
    ...(origins === undefined ? {} : { origins: Array.from(indices, (i) => origins[i]) }),
    images,
    labels: Uint32Array.from(indices, (i) => data.labels[i]),
    count: indices.length,
    height,
    width,
  };
}
