/** Data sets: drawn ones, their splits and orders, and the set on the GPU from which batches are gathered. */
export { augmentationOf } from './augment_spec.js';
export type { DatasetSplits, HeldDataset, ImageDataset } from './dataset.js';
export { DatasetWalk, DeviceDataset, type WalkOptions } from './device_dataset.js';
export { syntheticGarments } from './drawn/garments.js';
export { syntheticShoes } from './drawn/shoes.js';
export { defineAugmentation, type AugmentStep } from './own_augment.js';
export { defineReader, type Reader, type ReaderInput, type ReadImages, type ReadParts } from './own_reader.js';
export { DeviceFeatures, type FeatureSet } from './feature_set.js';
export { imageReader, type ImageReader, type Images, type StoredImages } from './images.js';
export { IMAGENET, meanStd, type Normalization } from './normalize.js';
export { balancedOrder, epochOrder, splitIndices } from './sampler.js';
