/**
 * What `weftgrad` and `weftgrad/browser` have in common: all but what reads and writes files, which index.ts adds.
 * Functions of tensors stand by themselves; what belongs together is a namespace: nn, optim, train, data, vae.
 */
import './autograd/methods.js';
import * as training from './train/index.js';
import { train as trainClassifier } from './train/trainer.js';

// Devices, errors, and kernels of one's own
export type {} from './device/gpu_types.js';
export { Device, type DeviceOptions, type DeviceStatistics } from './device/device.js';
export * from './device/errors.js';
export { defineKernel, floatBits, type BindingKind, type BufferRange, type Kernel } from './device/kernel.js';
export { dispatch, type TensorLaunch } from './kernels/launch/dispatch.js';

// Tensors
export { empty, full, tensor, Tensor, zeros } from './tensor/tensor.js';
export type { DType, HostArray, TensorData, TensorOptions } from './tensor/tensor.js';
export * from './tensor/creation.js';
export { format } from './tensor/print.js';
export { bernoulli, manualSeed, rand, randint, randn, randperm } from './kernels/random/random.js';

// Differentiation, and ops of one's own
export { autocast } from './autograd/autocast.js';
export { apply, backward, defineOp, noGrad, noGradient, type Op } from './autograd/graph.js';
export { detach } from './autograd/detach.js';
export { gradcheck, type GradcheckOptions } from './autograd/gradcheck.js';
export type { NestedNumbers, TensorMethods } from './autograd/methods.js';
export * from './autograd/ops/index.js';

// Models and optimizers
export * as nn from './nn/index.js';
export * as optim from './optim/index.js';
export * as data from './data/index.js';
export * as vae from './vae/index.js';

/**
 * Training, and what is around it: `train(device, { model, data, out })` trains a classifier and writes its
 * checkpoints, as does `train(device, config, data, files)` with a whole configuration; `train.LiveTraining` trains in
 * a page, `train.evaluate` measures one. The classifier of a checkpoint is `Classifier`.
 */
export const train: typeof trainClassifier & typeof training = Object.assign(
  ((...given: Parameters<typeof trainClassifier>) => trainClassifier(...given)) as typeof trainClassifier,
  training,
);
export * from './inference/index.js';

// Several ranks that train together
export { ALONE, type Collective } from './collective/collective.js';
export { joinThreads, shareRanks, type SharedRanks } from './collective/threads.js';

// Types of what is above
export type * from './types.js';

// The same names as in the namespaces, as version 0.1.0 had them
export type { DatasetSplits, ImageDataset } from './data/dataset.js';
export {
  augmentationOf,
  DeviceDataset,
  epochOrder,
  meanStd,
  splitIndices,
  syntheticGarments,
  syntheticShoes,
} from './data/index.js';
export { makeSchedule, type Schedule, type ScheduleConfig } from './optim/index.js';
export { evaluate, findLearningRate, LiveTraining, parseCheckpoint } from './train/index.js';
export type { Checkpoint, TrainConfig } from './train/index.js';
export { encodeAll, FEATURE_VAE, IMAGE_VAE, trainVae, type VaeConfig } from './vae/index.js';
export { encodeSafetensors, parseSafetensors } from './nn/state/safetensors.js';
