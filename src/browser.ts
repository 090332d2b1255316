/**
 * The library for a page: `import { Device, nn } from 'weftgrad/browser'`. All of `weftgrad` that needs no files, in
 * one module.
 */
export type {} from './device/gpu_types.js';
export { Device, type DeviceOptions } from './device/device.js';
export * from './device/errors.js';
export { tensor, zeros, full, Tensor, type DType, type TensorOptions } from './tensor/tensor.js';
export { format } from './tensor/print.js';
export { autocast } from './autograd/autocast.js';
export { backward, noGrad } from './autograd/graph.js';
export * from './autograd/ops/index.js';
export { bernoulli, manualSeed, rand, randint, randn, randperm } from './kernels/random/random.js';
export * as nn from './nn/index.js';
export * as optim from './optim/optim.js';
export { syntheticGarments } from './data/drawn/garments.js';
export { DeviceDataset } from './data/device_dataset.js';
export { augmentationOf } from './data/augment_spec.js';
export { meanStd } from './data/normalize.js';
export { epochOrder, splitIndices } from './data/sampler.js';
export type { ImageDataset, DatasetSplits } from './data/dataset.js';
export { evaluate } from './train/evaluate.js';
export { parseCheckpoint, type Checkpoint } from './train/checkpoint.js';
export { Classifier, type ClassProbability } from './inference/classifier.js';
export { LiveTraining } from './train/live_training.js';
export { occlusionMap } from './inference/occlusion.js';
export { makeSchedule, type Schedule, type ScheduleConfig } from './optim/schedules/schedule.js';
export { encodeSafetensors, parseSafetensors } from './nn/safetensors.js';
