/** The training loop: epochs over a data set on the GPU, validation, checkpoints, and going on where a run was stopped. */
import { addClassificationMetrics_ } from '../kernels/classification_metrics.js';
import { manualSeed, randomState, setRandomState } from '../kernels/random.js';
import * as F from '../autograd/ops/index.js';
import { backward } from '../autograd/graph.js';
import { augmentationOf } from '../data/augment_spec.js';
import { inputSize, type ImageDataset } from '../data/dataset.js';
import { DeviceDataset, type DatasetWalk, type Normalization } from '../data/device_dataset.js';
import { IMAGENET, meanStd } from '../data/normalize.js';
import { epochOrder, trainingSplit } from '../data/sampler.js';
import type { Device } from '../device/device.js';
import { DataError, DivergedError, InterruptedError } from '../device/errors.js';
import { buildModel, type ModelInput } from '../nn/models/registry.js';
import type { Module } from '../nn/module.js';
import { zeros, type Tensor } from '../tensor/tensor.js';
import { modelOf, restore, saveCheckpoint, type Checkpoint } from './checkpoint.js';
import type { CheckpointHeader, Progress } from './checkpoint_header.js';
import { makeOptimizer, type TrainConfig } from './config.js';
import { evaluate, evaluationBatch } from './evaluate.js';
import type { EpochMetrics } from './metrics.js';
import type { Optimizer } from './optim.js';
import { Pacer } from './pacer.js';

/** Where an epoch stands, for a progress line. */
export interface StepReport {
  /** Counted from 1. */
  readonly epoch: number;
  /** Steps done of the epoch. */
  readonly step: number;
  readonly steps: number;
  /** Means over the epoch so far. */
  readonly loss: number;
  readonly accuracy: number;
  readonly lr: number;
  readonly imagesPerSecond: number;
  /** Seconds until the last epoch ends, at the present speed. */
  readonly eta: number;
}

export interface TrainHooks {
  /** Everything is checked and on the GPU, nothing is computed yet: from here on files may be written. */
  readonly onStart?: () => Promise<void>;
  readonly onStep?: (report: StepReport) => void;
  readonly onEpoch?: (history: readonly EpochMetrics[]) => void;
  /** False: every step is recorded anew instead of replayed. The results are the same; default true. */
  readonly capture?: boolean;
  /** Kernels are being compiled, before the first step: so many of so many. */
  readonly onCompile?: (done: number, total: number) => void;
  /** Asked before every step; a number (130, 143) ends the run after saving. */
  readonly interrupted?: () => 130 | 143 | null;
}

export interface TrainFiles {
  readonly last: string;
  readonly best: string;
}

export interface TrainResult {
  readonly history: readonly EpochMetrics[];
  /** Number of the epoch whose checkpoint is `best`. */
  readonly bestEpoch: number;
  /** Median milliseconds of a training step, the first of the run left out; null when there was no step left to do. */
  readonly stepMilliseconds: number | null;
  readonly steps: number;
}

const START: Progress = { epoch: 0, step: 0, totals: [0, 0, 0], seconds: 0, random: [], history: [] };

/**
 * Trains, and returns when all epochs are done.
 * @param resume a `last` checkpoint of the same configuration to go on from; the result is then the same, bit for bit, as without
 *   the interruption. The device computes with the run's tuned choices from then on.
 * @throws DataError when `resume` was trained on other data; DivergedError when the loss is not a number; InterruptedError after an
 *   interruption was saved.
 */
export async function train(device: Device, config: TrainConfig, data: ImageDataset, files: TrainFiles, hooks: TrainHooks = {}, resume: Checkpoint | null = null): Promise<TrainResult> {
  const split = trainingSplit(data, config.valSplit, config.seed);
  const normalization = normalizationOf(config, data, split.train);
  const input = inputOf(data);
  if (resume !== null) {
    requireSameData(resume, data, normalization);
    device.choices.replace(resume.header.choices ?? {}); // what the tuner has found since might add in another order
  }
  const model = (resume === null ? buildModel(config.model, input) : modelOf(resume, config.model)).to(device, { seed: config.seed });
  const optimizer = makeOptimizer(model, config);
  const resident = new DeviceDataset(device, data, normalization);
  const parts: Omit<Run, 'step'> = {
    device, config, files, hooks, model, optimizer,
    header: { model: config.model, input, classes: data.classes, normalization, config, choices: device.choices.record() },
    trainIndices: split.train,
    walk: resident.walk(split.train, { batch: config.batch, augmentation: augmentationOf(config.augment) }),
    validation: split.validation.length > 0 ? resident.walk(split.validation, { batch: validationBatch(config, data) }) : null,
    validationIndices: split.validation,
    validationBatch: validationBatch(config, data),
    totals: zeros(device, [3]),
    pacer: new Pacer(),
  };
  const body = (batch: number): void => trainStep(parts, batch);
  const captured = (hooks.capture ?? true) ? device.capture(body) : null;
  const run: Run = { ...parts, step: captured ?? ((batch) => device.step(() => body(batch))) };
  try {
    const progress = resume?.header.progress ?? START;
    if (resume !== null) {
      restore(resume, model, optimizer);
      setRandomState(device, progress.random);
    } else manualSeed(device, config.seed + 1); // apart from the numbers that made the weights
    await hooks.onStart?.();
    if (progress.epoch < config.epochs) for (const size of stepSizes(split.train.length, config.batch)) await captured?.compile([size], hooks.onCompile);
    return await runEpochs(run, progress);
  } finally {
    captured?.release();
    for (const part of [model.memory, resident, run.walk, run.validation, run.totals.storage]) part?.release();
  }
}

/** The numbers of images that a step of an epoch has: of whole batches, and of the last one. */
function stepSizes(count: number, batch: number): number[] {
  const last = count % batch;
  return [...(count >= batch ? [batch] : []), ...(last > 0 ? [last] : [])];
}

function inputOf(data: ImageDataset): ModelInput {
  const [height, width] = inputSize(data);
  return { channels: data.channels, height, width, classes: data.classes.length };
}

/** What the run's images are normalised with. @throws DataError when they have other channels than the statistics. */
export function normalizationOf({ normalize }: TrainConfig, data: ImageDataset, trainIndices: Uint32Array): Normalization {
  if (normalize !== 'imagenet') return meanStd(data, trainIndices);
  if (data.channels !== 3) throw new DataError(`${data.name} has ${data.channels} channels, ImageNet's statistics are of 3`, { fix: 'use --normalize data' });
  return IMAGENET;
}

/** A validation step keeps less than a training step of the same size: it may be larger. */
function validationBatch({ batch }: TrainConfig, data: ImageDataset): number {
  return Math.max(batch, Math.min(128, evaluationBatch(data)));
}

/**
 * The statistics of the training images tell whether they are those that a checkpoint was trained on: they depend on every byte of
 * them and on the split.
 * @throws DataError when they are not.
 */
export function requireSameData({ header, file }: Checkpoint, data: ImageDataset, normalization: Normalization): void {
  const own = JSON.stringify([header.input, header.classes, header.normalization]);
  if (own !== JSON.stringify([inputOf(data), data.classes, normalization])) {
    throw new DataError(`${data.name} is not what ${file} was trained on: its images or classes differ`, { fix: `give the run's own data: --data ${header.config.data}` });
  }
}

interface Run {
  readonly device: Device;
  readonly config: TrainConfig;
  readonly files: TrainFiles;
  readonly hooks: TrainHooks;
  readonly model: Module;
  readonly optimizer: Optimizer;
  readonly header: Omit<CheckpointHeader, 'progress'>;
  readonly trainIndices: Uint32Array;
  readonly walk: DatasetWalk;
  readonly validation: DatasetWalk | null;
  readonly validationIndices: Uint32Array;
  readonly validationBatch: number;
  /** (3) sum of losses, right answers, images of the epoch so far. */
  readonly totals: Tensor;
  readonly pacer: Pacer;
  /** Does one training step on so many images. */
  readonly step: (batch: number) => void;
}

async function runEpochs(run: Run, start: Progress): Promise<TrainResult> {
  const { config, hooks } = run;
  const history = [...start.history];
  run.model.train();
  for (let epoch = start.epoch; epoch < config.epochs; epoch++) {
    const began = performance.now();
    const resumed = epoch === start.epoch ? start : START;
    const { loss, accuracy } = await runEpoch(run, epoch, resumed, history, began);
    const validated = run.validation === null ? null : await validate(run, epoch);
    const metrics: EpochMetrics = {
      epoch: epoch + 1,
      trainLoss: loss,
      trainAccuracy: accuracy,
      valLoss: validated?.loss ?? null,
      valAccuracy: validated?.accuracy ?? null,
      lr: run.optimizer.lr,
      seconds: resumed.seconds + (performance.now() - began) / 1000,
    };
    history.push(metrics);
    const header = await headerNow(run, { epoch: epoch + 1, step: 0, totals: [0, 0, 0], seconds: 0, history });
    if (bestEpoch(history) === epoch + 1) await saveCheckpoint(run.files.best, header, run.model, null);
    await saveCheckpoint(run.files.last, header, run.model, run.optimizer);
    hooks.onEpoch?.(history);
  }
  return { history, bestEpoch: bestEpoch(history), stepMilliseconds: run.pacer.steps === 0 ? null : run.pacer.median(), steps: run.pacer.steps };
}

async function headerNow(run: Run, progress: Omit<Progress, 'random'>): Promise<CheckpointHeader> {
  return { ...run.header, progress: { ...progress, random: await randomState(run.device) } };
}

/** The epoch with the best validation accuracy, the first of equals; without validation the last. */
export function bestEpoch(history: readonly EpochMetrics[]): number {
  let best = history.at(-1);
  for (const m of history.toReversed()) if (m.valAccuracy !== null && m.valAccuracy >= (best?.valAccuracy ?? -1)) best = m;
  return best?.epoch ?? 0;
}

async function validate(run: Run, epoch: number): Promise<{ loss: number; accuracy: number }> {
  const walk = run.validation as DatasetWalk;
  walk.restart(run.validationIndices);
  const result = await evaluate(run.device, run.model, walk, run.validationBatch);
  requireFinite(run, result.loss, `the validation loss became ${result.loss} after epoch ${epoch + 1}`);
  return result;
}

/** Called before anything is saved, so that a diverged model never takes the place of a good one. */
function requireFinite(run: Run, loss: number, what: string): void {
  if (Number.isFinite(loss)) return;
  throw new DivergedError(`${what} (learning rate ${run.optimizer.lr})`, { fix: 'use a smaller --lr; the checkpoints of earlier epochs are kept' });
}

/** Loss and accuracy over the epoch, measured while the weights move. */
async function runEpoch(run: Run, epoch: number, start: Progress, history: readonly EpochMetrics[], began: number): Promise<{ loss: number; accuracy: number }> {
  const { device, config, walk, hooks, pacer } = run;
  const order = epochOrder(walk.count, epoch, config.seed).map((i) => run.trainIndices[i]);
  walk.restart(order, start.step * config.batch);
  device.write(run.totals.storage, Float32Array.from(start.totals));
  const steps = Math.ceil(walk.count / config.batch);
  let totals: ArrayLike<number> = start.totals;
  pacer.restart();
  for (let step = start.step; step < steps; step++) {
    const signal = hooks.interrupted?.() ?? null;
    if (signal !== null) await saveAndStop(run, { epoch, step, seconds: start.seconds + (performance.now() - began) / 1000, history }, signal);
    const size = Math.min(config.batch, walk.count - step * config.batch);
    await walk.load(size);
    run.step(size);
    if (!pacer.tick() && step + 1 < steps) continue;
    totals = await run.totals.read();
    pacer.waited();
    const [loss, accuracy] = [totals[0] / totals[2], totals[1] / totals[2]];
    requireFinite(run, loss, `the loss became ${loss} in epoch ${epoch + 1}, by step ${step + 1} of ${steps}`);
    const perStep = pacer.median();
    const left = steps - step - 1 + (config.epochs - epoch - 1) * steps;
    hooks.onStep?.({ epoch: epoch + 1, step: step + 1, steps, loss, accuracy, lr: run.optimizer.lr, imagesPerSecond: (1000 * config.batch) / perStep, eta: (left * perStep) / 1000 });
  }
  return { loss: totals[0] / totals[2], accuracy: totals[1] / totals[2] };
}

/** One training step: everything it does is recorded here and runs on the GPU. A step of the same size later repeats the recording. */
function trainStep({ model, optimizer, walk, totals }: Omit<Run, 'step'>, batch: number): void {
  const { x, label, mixed } = walk.next(batch);
  optimizer.zeroGrad();
  const logits = model.forward(x);
  const losses = mixed === null ? F.crossEntropy(logits, label, { reduction: 'none' }) : F.mixedCrossEntropy(logits, label, mixed.other, mixed.share);
  backward(F.mean(losses));
  optimizer.step();
  addClassificationMetrics_(totals, logits, label, losses);
}

async function saveAndStop(run: Run, at: Omit<Progress, 'random' | 'totals'>, signal: 130 | 143): Promise<never> {
  const totals = [...(await run.totals.read())];
  requireFinite(run, totals[0], `the loss became ${totals[0]} in epoch ${at.epoch + 1}, by step ${at.step}`);
  await saveCheckpoint(run.files.last, await headerNow(run, { ...at, totals }), run.model, run.optimizer);
  throw new InterruptedError(`stopped in epoch ${at.epoch + 1} after ${at.step} steps; saved in ${run.files.last}`, signal);
}
