/**
 * K-fold augmentation of classes that have few images: K - 1 random variants of each of their training images are
 * added, once, so that the class is K times as large. `augment` changes every image anew in every epoch; here the
 * variants are images like any other.
 */
import { augmentationOf, mixingOf, parseAugmentation, USUAL_VARIANTS } from '../data/augment_spec.js';
import { ownStepNames } from '../data/own_words.js';
import { factorOfClasses, LEAST_FACTOR, parseClassFactors } from '../data/tables/class_factors.js';
import { MAX_IMAGE_BYTES, type HeldDataset, type ImageDataset } from '../data/dataset.js';
import type { Normalization } from '../data/device_dataset.js';
import { isStored, type Images } from '../data/images.js';
import { joinImages } from '../data/image_views.js';
import { seenImages } from '../data/seen_images.js';
import { selectImages } from '../data/select_images.js';
import type { Device } from '../device/device.js';
import { DataError, UsageError } from '../device/errors.js';
import type { LoaderConfig } from './config.js';
import { worded } from '../text/wording.js';

/** Apart from the numbers that make the weights (seed) and those of training (seed + 1). */
const SEED_OFFSET = 2;

/** @throws UsageError for an augmentation that would not leave its class to an image. */
export function checkClassAugmentation(spec: string): void {
  const { crop } = parseAugmentation(spec);
  const mixing = mixingOf(spec);
  if (mixing !== null)
    throw new UsageError(worded`{augmentClassSpec} ${spec}: ${mixing} mixes in images of other classes`, {
      fix: worded`leave it out, or give it to {augment}`,
    });
  if (crop === 0)
    throw new UsageError(worded`{augmentClassSpec} ${spec}: crop has nowhere to move: variants are whole images`, {
      fix: 'give it padding (crop=4), or use resize',
    });
  if (augmentationOf(spec) === null && ownStepNames(spec).length === 0)
    throw new UsageError(worded`{augmentClassSpec} ${spec}: leaves every image as it is`, {
      fix: 'e.g. flip,rotate=10',
    });
}

/** A class whose training images got variants, and how many it has then. */
export interface AugmentedClass {
  readonly class: string;
  /** Training images before and after. */
  readonly from: number;
  readonly to: number;
}

/** Training images with the variants, and what was done to which class. */
export interface AugmentedTraining {
  /** The images given, and the variants after them. */
  readonly data: ImageDataset;
  readonly indices: Uint32Array;
  readonly classes: readonly AugmentedClass[];
  /** What happened to the variants. */
  readonly spec: string;
}

/**
 * Adds variants of the training images `indices`, as the configuration says; drawn on the GPU by the run's seed, so
 * that a resumed run has the same ones. Images that are not in `indices` (validation) are left alone.
 * @throws UsageError for a class that there is not, or has no training image; DataError when there would be more than 4
 * GiB of images.
 */
export async function augmentClasses(
  device: Device,
  config: Pick<LoaderConfig, 'augmentClass' | 'augmentClassSpec'>,
  seed: number,
  data: ImageDataset,
  indices: Uint32Array,
  normalization: Normalization,
): Promise<AugmentedTraining> {
  const spec = config.augmentClassSpec ?? USUAL_VARIANTS;
  if (config.augmentClass === undefined) return { data, indices, classes: [], spec };
  const sources: number[] = [];
  const classes: AugmentedClass[] = [];
  const factors = factorOfClasses(
    parseClassFactors(config.augmentClass, 'augmentClass', LEAST_FACTOR),
    data.classes,
    'augmentClass',
  );
  for (const [label, factor] of factors.entries()) {
    if (factor < LEAST_FACTOR) continue;
    const name = data.classes[label];
    const own = [...indices].filter((n) => data.labels[n] === label);
    if (own.length === 0)
      throw new UsageError(worded`{augmentClass}: ${name} has no training images`, {
        fix: 'leave it out, or hold fewer images back',
      });
    for (let k = 1; k < factor; k++) for (const n of own) sources.push(n);
    classes.push({ class: name, from: own.length, to: factor * own.length });
  }
  const held = isStored(data.images) ? 0 : data.images.length;
  const bytes = held + sources.length * data.channels * data.height * data.width;
  if (bytes > MAX_IMAGE_BYTES)
    throw new DataError(
      worded`{augmentClass} ${config.augmentClass} makes ${(bytes / 2 ** 30).toFixed(1)} GiB of images, at most
        4 are kept`,
      { fix: worded`use a smaller factor or {imageSize}` },
    );
  const variants = await makeVariants(device, data, Uint32Array.from(sources), normalization, spec, seed);
  const { groups, origins, ...rest } = data; // the parts are drawn already, and variants come from no file
  return {
    data: {
      ...rest,
      images: withVariants(data, variants),
      labels: Uint32Array.from([...data.labels, ...variants.labels]),
      count: data.count + variants.count,
    },
    indices: Uint32Array.from([...indices, ...Array.from({ length: variants.count }, (_, i) => data.count + i)]),
    classes,
    spec,
  };
}

function withVariants({ images, channels, height, width }: ImageDataset, variants: HeldDataset): Images {
  if (isStored(images)) return joinImages(images, variants.images, channels * height * width);
  const all = new Uint8Array(images.length + variants.images.length);
  all.set(images);
  all.set(variants.images, images.length);
  return all;
}

/** Whole images, whatever part of them the network will see: `crop` and `augment` come later, as for all. */
async function makeVariants(
  device: Device,
  data: ImageDataset,
  sources: Uint32Array,
  normalization: Normalization,
  spec: string,
  seed: number,
): Promise<HeldDataset> {
  const { crop, ...whole } = data;
  const distinct = Uint32Array.from(new Set(sources));
  const place = new Map([...distinct].map((n, i) => [n, i]));
  return seenImages(
    device,
    selectImages(whole, distinct),
    normalization,
    sources.map((n) => place.get(n) as number),
    spec,
    seed + SEED_OFFSET,
  );
}
