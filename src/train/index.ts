/** Training a classifier: the loop, its measures, its checkpoints. */
export {
  encodeCheckpoint,
  modelOf,
  parseCheckpoint,
  restore,
  type Checkpoint,
  type Stateful,
} from './checkpoint/checkpoint.js';
export type { CheckpointHeader, Progress } from './checkpoint/checkpoint_header.js';
export type { Callback, CallbackAnswer, SavedFile, TrainingMoment } from './callbacks.js';
export type { TrainConfig } from './config.js';
export { defineLoss, type OwnLoss } from './loss/own_loss.js';
export type { OwnModule } from './own_modules.js';
export { evaluate, type EvaluateOptions, type Evaluation } from './evaluate/evaluate.js';
export { LiveTraining, type LiveOptions } from './live/live_training.js';
export { findLearningRate, type RangeOptions, type RangePoint, type RangeTest } from './lr_find.js';
export { classReport, confusionMatrix, type EpochMetrics } from './evaluate/metrics.js';
export type { StepReport, TrainFiles, TrainResult } from './fit_hooks.js';
export type { StepTimes } from './parallel/stepper.js';
export type { TrainHooks, TrainOptions } from './trainer.js';
