/** Batches of images or of features, in one form: what the training of an auto-encoder walks over. */
import type { ImageDataset } from '../data/dataset.js';
import { DeviceDataset, type Normalization } from '../data/device_dataset.js';
import { DeviceFeatures, type FeatureSet } from '../data/feature_set.js';
import type { Device } from '../device/device.js';
import type { Tensor } from '../tensor/tensor.js';
import { evaluationBatch } from '../train/evaluate/evaluate.js';

/** `restart`, then for each batch `load` before the step and `next` of as many inside it. */
export interface Batches {
  readonly count: number;
  /** How many to take at a time where nothing is trained. */
  readonly measured: number;
  /** @param order of 0 … count - 1. */
  restart(order: Uint32Array): void;
  load(size: number): Promise<void>;
  /** x (size, …), label (size) u32. */
  next(size: number): { readonly x: Tensor; readonly label: Tensor };
  release(): void;
}

/** 0 … count - 1. */
export function inOrder(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, i) => i);
}

/** Vectors of a batch, where nothing is trained. */
const MEASURED_FEATURES = 256;

/**
 * Some images of a data set that is on the GPU; x (batch, C, H, W) normalised. @param batch the most images of a
 * training step.
 */
export function imageBatches(resident: DeviceDataset, indices: Uint32Array, batch = 1): Batches {
  const measured = evaluationBatch(resident.dataset);
  const walk = resident.walk(indices, { batch: Math.max(batch, measured) });
  return {
    count: indices.length,
    measured,
    restart: (order) => walk.restart(order.map((i) => indices[i])),
    load: (size) => walk.load(size),
    next: (size) => walk.next(size),
    release: () => walk.release(),
  };
}

/** x (batch, D) as they are. */
export function featureBatches(device: Device, set: FeatureSet): Batches {
  const features = new DeviceFeatures(device, set);
  let order = inOrder(set.count);
  let at = 0;
  return {
    count: set.count,
    measured: MEASURED_FEATURES,
    restart: (given) => {
      order = given;
      at = 0;
    },
    load: async (size) => {
      features.load(order.subarray(at, at + size));
      at += size;
    },
    next: (size) => features.next(size),
    release: () => features.release(),
  };
}

/** Features to train on, and those held back. */
export interface FeatureSource {
  readonly train: FeatureSet;
  readonly validation: FeatureSet | null;
}

/** Images on the GPU, and which of them are trained on. */
export interface ImageSource {
  readonly data: ImageDataset;
  /** Indices of the images to train on. */
  readonly train: Uint32Array;
  /** Of those to validate on; none: no validation. */
  readonly validation: Uint32Array;
}

/** What an auto-encoder is trained on. */
export type VaeSource = FeatureSource | ImageSource;

export function isImages(source: VaeSource): source is ImageSource {
  return 'data' in source;
}

/** Names of the classes. */
export function classesOf(source: VaeSource): readonly string[] {
  return isImages(source) ? source.data.classes : source.train.classes;
}

/** A source on the GPU. */
export interface ResidentSource {
  readonly train: Batches;
  readonly validation: Batches | null;
  release(): void;
}

/** @param normalization of images. @param batch the most of a training step. */
export function toDevice(
  device: Device,
  source: VaeSource,
  normalization: Normalization | null,
  batch: number,
): ResidentSource {
  const resident = isImages(source) ? new DeviceDataset(device, source.data, normalization as Normalization) : null;
  const of = (part: FeatureSet | Uint32Array): Batches =>
    part instanceof Uint32Array ? imageBatches(resident as DeviceDataset, part, batch) : featureBatches(device, part);
  const train = of(source.train);
  const validation =
    source.validation === null ||
    ('count' in source.validation ? source.validation.count : source.validation.length) === 0
      ? null
      : of(source.validation);
  return {
    train,
    validation,
    release: () => {
      for (const part of [train, validation, resident]) part?.release();
    },
  };
}
