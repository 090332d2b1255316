/** Checks of the kernels that draw and make augmented images, each against its reference. */
import type { Device } from '../../src/device/device.js';
import { augmentImages, drawAugmentation, TABLE_ROW } from '../../src/kernels/images/augment.js';
import { NO_AUGMENTATION, type Augmentation } from '../../src/kernels/images/augment_settings.js';
import * as reference from '../../src/kernels/images/augment_reference.js';
import type { ImageBytes } from '../../src/kernels/images/gather_images_reference.js';
import { seenSize, type ImageSource } from '../../src/kernels/images/gather_images.js';
import { manualSeed } from '../../src/kernels/random/random.js';
import { tensor, type Tensor } from '../../src/tensor/tensor.js';
import { expectClose, expectSame, largest } from '../../src/cases/close.js';
import { randomNumbers } from '../../src/cases/draw.js';
import type { KernelCheck } from './kernel_checks.js';

/** `count` images of noise, visited in an order of their own. */
export function noiseImages(count: number, channels: number, height: number, width: number): ImageBytes {
  const random = randomNumbers(channels + height);
  return {
    bytes: Uint8Array.from({ length: Math.ceil((count * channels * height * width) / 4) * 4 }, () =>
      Math.floor(random() * 256),
    ),
    labels: Array.from({ length: count }, (_, n) => (n * 3) % 10),
    order: Array.from({ length: count }, (_, n) => (n * 4 + 2) % count),
    statistics: Array.from({ length: channels }, (_, c) => [0.25 + 0.1 * c, 1 / (0.3 + 0.05 * c)] as const),
    channels,
    height,
    width,
  };
}

/** The same on the GPU, the cursor at `at`. */
export function imageSource(device: Device, source: ImageBytes, at = 0, crop?: number): ImageSource {
  const words = (values: ArrayLike<number>): Tensor => tensor(device, Uint32Array.from(values));
  const { channels, height, width } = source;
  return {
    images: words(new Uint32Array(source.bytes.buffer)),
    labels: words(source.labels),
    order: words(source.order),
    cursor: words([at]),
    statistics: tensor(device, source.statistics),
    channels,
    height,
    width,
    ...(crop === undefined ? {} : { crop }),
  };
}

/** Many draws, so that each probability and each range shows; the order of a batch that starts in the middle. */
function checkDraw(name: string, options: Partial<Augmentation>, crop?: number): KernelCheck {
  return {
    name: `augment_draw: ${name}`,
    run: async (device) => {
      const a = { ...NO_AUGMENTATION, ...options };
      const source = noiseImages(301, 3, 9, 13);
      const onGpu = imageSource(device, source, 4, crop);
      const [outHeight, outWidth] = seenSize(onGpu);
      const seed = 2 ** 33 + 77;
      manualSeed(device, seed);
      for (const step of [0, 1]) {
        const drawn = device.step(() => drawAugmentation(onGpu, a, 257));
        const { table: expected, share } = reference.drawAugmentation(source, { outHeight, outWidth }, a, 4, 257, {
          seed,
          step,
          call: 0,
        });
        const table = await drawn.table.read();
        // WGSL allows sine and cosine an error of 2^-11, which SwiftShader makes use of; everything else is exact to
        // f32.
        const isTurned = a.rotate > 0 || a.shear > 0;
        for (let column = 0; column < TABLE_ROW; column++) {
          const tolerance = isTurned && column < 7 && column !== 3 ? 2 ** -10 : undefined;
          const of = (rows: ArrayLike<number>): number[] =>
            Array.from({ length: 257 }, (_, b) => rows[TABLE_ROW * b + column]);
          const what = {
            op: 'augment_draw',
            argument: `column ${column} of the table`,
            pair: 'GPU with CPU',
            label: `${name}, step ${step}`,
          } as const;
          expectClose({
            ...what,
            got: of(table),
            expected: of(expected.data),
            scale: Math.max(1, largest(of(expected.data))),
            tolerance,
          });
        }
        const labels = Array.from({ length: 257 }, (_, b) => source.labels[source.order[4 + b]]);
        expectSame('augment_draw', 'label', await drawn.label.read(), labels);
        expectSame('augment_draw', 'other', await drawn.other.read(), [...labels.slice(1), labels[0]]);
        expectClose({
          op: 'augment_draw',
          argument: 'share',
          got: await drawn.share.read(),
          expected: share.data,
          pair: 'GPU with CPU',
          label: name,
        });
      }
    },
  };
}

/** From the reference's table, so that only this kernel is judged. */
function checkImages(
  name: string,
  [N, channels, height, width]: readonly number[],
  options: Partial<Augmentation>,
  crop?: number,
): KernelCheck {
  return {
    name: `augment_images ${N}x${channels}x${height}x${width}: ${name}`,
    run: async (device) => {
      const a = { ...NO_AUGMENTATION, ...options };
      const source = noiseImages(N, channels, height, width);
      const onGpu = imageSource(device, source, 0, crop);
      const [outHeight, outWidth] = seenSize(onGpu);
      const place = { seed: 9, step: 3, call: 0 };
      const { table } = reference.drawAugmentation(source, { outHeight, outWidth }, a, 0, N, place);
      const rounded = { ...table, data: Float64Array.from(table.data, Math.fround) };
      const expected = reference.augmentImages(source, { outHeight, outWidth }, rounded);
      const x = augmentImages(onGpu, tensor(device, Float32Array.from(table.data), { shape: [N, TABLE_ROW] }), a, N);
      // Noise is the worst case: a coordinate that is off by 1e-6 of its size moves a pixel by as much of the full
      // range.
      expectClose({
        op: 'augment_images',
        argument: 'x',
        got: await x.read(),
        expected: expected.data,
        pair: 'GPU with CPU',
        label: name,
        tolerance: 1e-4,
      });
    },
  };
}

const EVERYTHING: Partial<Augmentation> = {
  flip: 0.5,
  shift: 2,
  rotate: 20,
  scale: 0.2,
  shear: 10,
  brightness: 0.4,
  contrast: 0.4,
  saturation: 0.4,
  erase: 0.5,
  mixup: 0.4,
};

export const augmentChecks: readonly KernelCheck[] = [
  checkDraw('nothing', {}),
  checkDraw('everything', EVERYTHING),
  checkDraw('a padded crop', { crop: 2 }, 7),
  checkDraw('a resized crop', { resize: 0.08, flip: 0.5 }, 8),
  checkDraw('mixup with a = 1', { mixup: 1 }),
  checkDraw('cutmix', { cutmix: 1 }),
  checkDraw('cutmix or mixup', { cutmix: 0.7, mixup: 0.3 }, 8),
  checkImages('nothing', [3, 1, 5, 3], {}),
  checkImages('everything', [7, 3, 9, 13], EVERYTHING),
  checkImages('everything, grey', [5, 1, 28, 28], EVERYTHING),
  checkImages('a crop', [5, 3, 11, 9], { crop: 3, flip: 0.5 }, 7),
  checkImages('a resized crop', [4, 3, 17, 17], { resize: 0.08, contrast: 0.5 }, 12),
  checkImages('cutmix', [5, 3, 12, 10], { cutmix: 1, erase: 0.5 }, 9),
  checkImages('cutmix, grey', [4, 1, 7, 7], { cutmix: 0.5 }),
  checkImages('one pixel', [1, 3, 1, 1], EVERYTHING),
];
