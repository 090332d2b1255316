/**
 * K-fold augmentation of classes that have few images: K - 1 random variants of each of their training images are added, once, so that
 * the class is K times as large. `--augment` changes every image anew in every epoch; here the variants are images like any other.
 */
import { augmentationOf, parseAugmentation } from '../data/augment_spec.js';
import { MAX_IMAGE_BYTES, type ImageDataset } from '../data/dataset.js';
import type { Normalization } from '../data/device_dataset.js';
import { seenImages } from '../data/seen_images.js';
import { selectImages } from '../data/select_images.js';
import type { Device } from '../device/device.js';
import { DataError, UsageError } from '../device/errors.js';
import type { TrainConfig } from './config.js';

/**
 * What suits photographs. Nothing that lets black in from outside (shift, rotate, scale): only this class would have images with black
 * edges, and these would be learned as its mark.
 */
export const USUAL_VARIANTS = 'flip,resize=0.6,brightness=0.2,contrast=0.2';

/** A larger training set would be one image over and over. */
const LARGEST = 1000;
/** Apart from the numbers that make the weights (seed) and those of training (seed + 1). */
const SEED_OFFSET = 2;

/** The classes, and how many times as large each becomes. */
export type ClassFactors = ReadonlyMap<string, number>;

/** `outerwear=4,hat=2`. @throws UsageError for what is not CLASS=K, or a class that comes twice. */
export function parseClassFactors(spec: string): ClassFactors {
  const factors = new Map<string, number>();
  for (const word of spec.split(',')) {
    const at = word.lastIndexOf('='); // a class may be called a=b
    const [name, text] = [word.slice(0, Math.max(0, at)).trim(), word.slice(at + 1).trim()];
    const factor = text === '' ? Number.NaN : Number(text);
    if (name === '' || !Number.isInteger(factor) || factor < 2 || factor > LARGEST) throw new UsageError(`--augment-class ${spec}: ${JSON.stringify(word)} is not CLASS=K with a whole number K from 2 to ${LARGEST}`, { fix: 'e.g. --augment-class outerwear=4,hat=2' });
    if (factors.has(name)) throw new UsageError(`--augment-class ${spec}: ${name} is given twice`, { fix: 'give it once' });
    factors.set(name, factor);
  }
  return factors;
}

/** Whether a text can be parsed. */
export function isClassFactors(spec: string): boolean {
  try {
    return parseClassFactors(spec).size > 0;
  } catch (error) {
    if (error instanceof UsageError) return false;
    throw error;
  }
}

/** @throws UsageError for an augmentation that would not leave its class to an image. */
export function checkClassAugmentation(spec: string): void {
  const { mixup, crop } = parseAugmentation(spec);
  if (mixup > 0) throw new UsageError(`--augment-class-spec ${spec}: mixup mixes in images of other classes`, { fix: 'leave it out, or give it to --augment' });
  if (crop === 0) throw new UsageError(`--augment-class-spec ${spec}: crop has nowhere to move: variants are whole images`, { fix: 'give it padding (crop=4), or use resize' });
  if (augmentationOf(spec) === null) throw new UsageError(`--augment-class-spec ${spec}: leaves every image as it is`, { fix: 'e.g. flip,rotate=10' });
}

export interface AugmentedClass {
  readonly class: string;
  /** Training images before and after. */
  readonly from: number;
  readonly to: number;
}

export interface AugmentedTraining {
  /** The images given, and the variants after them. */
  readonly data: ImageDataset;
  readonly indices: Uint32Array;
  readonly classes: readonly AugmentedClass[];
  /** What happened to the variants. */
  readonly spec: string;
}

/**
 * Adds variants of the training images `indices`, as the configuration says; drawn on the GPU by the run's seed, so that a resumed run has
 * the same ones. Images that are not in `indices` (validation) are left alone.
 * @throws UsageError for a class that there is not, or has no training image; DataError when there would be more than 4 GiB of images.
 */
export async function augmentClasses(device: Device, config: TrainConfig, data: ImageDataset, indices: Uint32Array, normalization: Normalization): Promise<AugmentedTraining> {
  const spec = config.augmentClassSpec ?? USUAL_VARIANTS;
  if (config.augmentClass === undefined) return { data, indices, classes: [], spec };
  const sources: number[] = [];
  const classes: AugmentedClass[] = [];
  for (const [name, factor] of parseClassFactors(config.augmentClass)) {
    const label = data.classes.indexOf(name);
    if (label < 0) throw new UsageError(`--augment-class: there is no class ${JSON.stringify(name)}`, { fix: `the classes are ${data.classes.join(', ')}` });
    const own = [...indices].filter((n) => data.labels[n] === label);
    if (own.length === 0) throw new UsageError(`--augment-class: ${name} has no training images`, { fix: 'leave it out, or hold fewer images back' });
    for (let k = 1; k < factor; k++) for (const n of own) sources.push(n);
    classes.push({ class: name, from: own.length, to: factor * own.length });
  }
  const bytes = data.images.length + sources.length * data.channels * data.height * data.width;
  if (bytes > MAX_IMAGE_BYTES) throw new DataError(`--augment-class ${config.augmentClass} makes ${(bytes / 2 ** 30).toFixed(1)} GiB of images, at most 4 are kept`, { fix: 'use a smaller factor or --image-size' });
  const variants = await makeVariants(device, data, Uint32Array.from(sources), normalization, spec, config.seed);
  const images = new Uint8Array(bytes);
  images.set(data.images);
  images.set(variants.images, data.images.length);
  const { groups, ...rest } = data; // the parts are drawn already
  return {
    data: { ...rest, images, labels: Uint32Array.from([...data.labels, ...variants.labels]), count: data.count + variants.count },
    indices: Uint32Array.from([...indices, ...Array.from({ length: variants.count }, (_, i) => data.count + i)]),
    classes,
    spec,
  };
}

/** Whole images, whatever part of them the network will see: `--crop` and `--augment` come later, as for all. */
async function makeVariants(device: Device, data: ImageDataset, sources: Uint32Array, normalization: Normalization, spec: string, seed: number): Promise<ImageDataset> {
  const { crop, ...whole } = data;
  const distinct = Uint32Array.from(new Set(sources));
  const place = new Map([...distinct].map((n, i) => [n, i]));
  return seenImages(device, selectImages(whole, distinct), normalization, sources.map((n) => place.get(n) as number), augmentationOf(spec), seed + SEED_OFFSET);
}
