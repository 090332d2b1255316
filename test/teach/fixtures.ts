/** Drawn things to be taught, and a small network that sees them. */
import { syntheticGarments } from '../../src/data/drawn/garments.js';
import { hostRandom } from '../../src/data/host_random.js';
import type { RgbaImage } from '../../src/data/pictures/rgba_image.js';
import type { Device } from '../../src/device/device.js';
import { buildModel } from '../../src/nn/models/registry.js';
import type { TaughtRow } from '../../src/teach/train_head.js';
import type { Checkpoint } from '../../src/train/checkpoint/checkpoint.js';
import { HEADER } from '../train/fixtures.js';

/** Rows around a centre for each class, `spread` apart from it in every direction. */
export function clouds(counts: readonly number[], width: number, spread: number, key = 0): TaughtRow[] {
  const random = hostRandom(key, 77);
  return counts.flatMap((count, c) =>
    Array.from({ length: count }, () => ({
      class: c,
      features: Float32Array.from(
        { length: width },
        (_, d) => 5 + Number(d % counts.length === c) + spread * random.normal(),
      ),
    })),
  );
}

/** A checkpoint of a model with fresh weights, on garments of 28x28. */
export async function freshCheckpoint(device: Device, model = 'lenet5', seed = 3): Promise<Checkpoint> {
  const { input, config } = HEADER;
  const built = buildModel(model, input).to(device, { seed });
  try {
    const tensors = await built.stateDict();
    return { file: 'fresh', tensors, header: { ...HEADER, model, config: { ...config, model } } };
  } finally {
    built.release();
  }
}

/** Drawn garments of some of the ten classes as pictures, `each` of every class. */
export function garmentPictures(
  kinds: readonly number[],
  each: number,
  seed = 5,
): { image: RgbaImage; class: number }[] {
  const { train } = syntheticGarments({ train: 40 * each, test: 0, seed });
  const size = train.height * train.width;
  return kinds.flatMap((kind, c) =>
    Array.from(train.labels.keys())
      .filter((i) => train.labels[i] === kind)
      .slice(0, each)
      .map((i) => {
        const grey = train.images.subarray(i * size, (i + 1) * size);
        const data = Uint8Array.from({ length: 4 * size }, (_, n) => (n % 4 === 3 ? 255 : 255 - grey[n >> 2]));
        return { image: { width: train.width, height: train.height, data }, class: c };
      }),
  );
}
