/**
 * Preparing a training run: everything that is checked, read, drawn and built before its first step. What comes of it
 * is put to use by fit.ts, and by the range test of learning rates.
 */
import { ALONE, type Collective } from '../collective/collective.js';
import { augmenting } from '../data/own_augment.js';
import type { ImageDataset } from '../data/dataset.js';
import { DeviceDataset, type DatasetWalk } from '../data/device_dataset.js';
import { requireTwoClasses } from '../data/learnable.js';
import type { Normalization } from '../data/normalize.js';
import { trainingSplit } from '../data/sampler.js';
import type { Device } from '../device/device.js';
import { manualSeed, setRandomState, setRandomStream } from '../kernels/random/random.js';
import { modelSpec } from '../nn/models/registry.js';
import { checkpointBlocks } from '../nn/sequential.js';
import type { Schedule } from '../optim/schedules/schedule.js';
import { tensor, zeros } from '../tensor/tensor.js';
import { augmentClasses, type AugmentedTraining } from './augment_class.js';
import { makeAverages, type Averages } from './averages.js';
import { classWeights, orderOfEpoch, visitedImages } from './balance.js';
import { modelOf, restore, type Checkpoint, type Stateful } from './checkpoint/checkpoint.js';
import type { CheckpointHeader, Progress } from './checkpoint/checkpoint_header.js';
import { partsOf, type FitConfig, type TrainConfig, type TrainParts } from './config.js';
import { fusedHead } from './loss/fused_loss.js';
import { pairedShare } from './loss/metric_loss.js';
import { makeOptimizer } from './make_optimizer.js';
import { buildClassifier, freezeAsConfigured, inputOf, requireTrainable } from './model.js';
import { expectedNormalization, isHalf, normalizationOf } from './normalization.js';
import { requireOwnModules } from './own_modules.js';
import { broadcastNumbers } from './parallel/same_weights.js';
import { shareOf, Shares } from './parallel/shares.js';
import { loadPretrained, readPretrained, type PretrainedFile, type PretrainedReport } from './pretrained.js';
import { provenanceOf, requireSameData } from './checkpoint/provenance.js';
import { requireFetched } from './published/named_weights.js';
import { rateChange, scheduleOf } from './rate_change.js';
import { unfreezingOf, type Unfreezing } from './unfreezing.js';
import type { StepParts } from './step/train_step.js';
import { requireValidation, validationBatch, validationImages } from './evaluate/validation.js';

/** What there is to say while a run is prepared. */
export interface PreparingHooks {
  /** What was taken over from the pretrained file, and what not. */
  readonly onPretrained?: (report: PretrainedReport) => void;
  /** Classes that got variants of their images. */
  readonly onAugmented?: (augmented: Pick<AugmentedTraining, 'classes' | 'spec'>) => void;
  /** Of a contrastive loss: the share of the images of the first epoch whose batch has another of their class. */
  readonly onContrastivePairs?: (share: number) => void;
  /** Of the dynamic schedule: nothing is validated, so no loss will cut the rate. */
  readonly onNoValidation?: () => void;
  /** Of a run that is resumed for another number of epochs: the rate of its last step, and that of the next. */
  readonly onRateChange?: (before: number, after: number) => void;
  /** The ranks that train together, each of which calls this. Default: one by itself. */
  readonly collective?: Collective;
}

/** The images of a run. */
export interface TrainingImages {
  /** Those given, and after them the variants of some. */
  readonly data: ImageDataset;
  /** Those to train on. */
  readonly training: Uint32Array;
  /** Those that an epoch visits: some perhaps several times. */
  readonly visited: Uint32Array;
  /** Those held back. */
  readonly held: Uint32Array;
  readonly normalization: Normalization;
  /** Classes that got variants, and what happened to these. */
  readonly augmented: Pick<AugmentedTraining, 'classes' | 'spec'>;
}

/** A model on the device with all that one step of it needs. */
export interface PreparedStep extends StepParts, Averages {
  readonly resident: DeviceDataset;
  /** The images of an epoch in its order, those of all ranks. */
  readonly orderOf: (epoch: number) => Uint32Array;
  /** Which of them are this rank's. */
  readonly shares: Shares;
  /** What the loss of an image counts; null: all alike. */
  readonly weightOf: ((image: number) => number) | null;
  /** What moves in which epoch; null: the same in all. */
  readonly unfreezing: Unfreezing | null;
}

/** A run before its first step, or where it was stopped. */
export interface PreparedTraining {
  readonly device: Device;
  readonly fit: FitConfig;
  readonly step: PreparedStep;
  readonly collective: Collective;
  /** What is measured after every epoch; null: nothing. */
  readonly validation: {
    readonly walk: DatasetWalk;
    /** This rank's part of the images. */
    readonly indices: Uint32Array;
    readonly batch: number;
  } | null;
  readonly schedule: Schedule;
  /** The optimizer's and the averages'. */
  readonly state: Stateful;
  /** What its checkpoints say, but for how far it has come. */
  readonly header: Omit<CheckpointHeader, 'progress'>;
  /** Where it begins. */
  readonly start: Progress;
  /** Gives back what it holds on the device. */
  release(): void;
}

/** Where a run of its own begins. */
export const START: Progress = { epoch: 0, step: 0, totals: [0, 0, 0], seconds: 0, random: [], history: [] };

/** The weights that a run starts from; null: from its seed. @throws ModelError */
export async function startingWeights({ pretrained, model }: TrainParts['model']): Promise<PretrainedFile | null> {
  return pretrained === undefined ? null : readPretrained(await requireFetched(pretrained, model));
}

/**
 * Splits the images, makes variants of them, and finds what they are normalised with.
 * @param pretrained the weights that the run starts from. @param resume the run that goes on.
 * @throws DataError when all images are of one class, or are others than those of `resume`.
 */
export async function prepareImages(
  device: Device,
  { data: { valSplit, normalize }, loader, model, fit: { seed } }: TrainParts,
  given: ImageDataset,
  pretrained: PretrainedFile | null,
  resume: Checkpoint | null = null,
): Promise<TrainingImages> {
  const split = trainingSplit(given, valSplit, seed);
  requireTwoClasses(given, split.train);
  const expected = resume?.header.normalization ?? (pretrained && expectedNormalization(model.model, pretrained));
  const normalization = normalizationOf(normalize, given, split.train, expected);
  if (resume !== null) requireSameData(resume, given, normalization);
  const { data, indices, ...augmented } = await augmentClasses(device, loader, seed, given, split.train, normalization);
  return {
    data,
    training: indices,
    visited: visitedImages(loader, data, indices),
    held: split.validation,
    normalization,
    augmented,
  };
}

/**
 * Builds model and optimizer on the device, and puts the images there. What it returns is released with `releaseStep`.
 */
export function prepareStep(
  device: Device,
  parts: TrainParts,
  { data, training, visited, normalization }: TrainingImages,
  pretrained: PretrainedFile | null,
  resume: Checkpoint | null = null,
  { onPretrained, collective = ALONE }: PreparingHooks = {},
): PreparedStep {
  const { loader, model: network, loss, optimizer: movers } = parts;
  const { head } = modelSpec(network.model);
  const { seed } = parts.fit;
  const model = (
    resume === null
      ? buildClassifier({ ...network, ...loss, augment: loader.augment }, network.model, inputOf(data))
      : modelOf(resume, network.model)
  ).to(device, { seed });
  const loaded = pretrained && loadPretrained(model, head, pretrained);
  if (loaded !== null) onPretrained?.({ ...loaded, isRescaled: isHalf(normalization) });
  freezeAsConfigured(model, network);
  if (network.gradCheckpointing === true) checkpointBlocks(model);
  const fused = fusedHead(model, { ...loss, model: network.model, augment: loader.augment }, data.classes.length);
  const optimizer = makeOptimizer(model, movers, network);
  const unfreezing = unfreezingOf(model, optimizer, network);
  const resident = new DeviceDataset(device, data, normalization);
  const { accumulate = 1 } = loader;
  const shares = new Shares(visited.length, loader.batch, collective, accumulate);
  const weights = classWeights(loss, data, training);
  return {
    model,
    head,
    fused,
    optimizer,
    ...makeAverages(model, parts, resume),
    unfreezing,
    precision: network.precision,
    criterion: loss,
    clipNorm: movers.clipNorm,
    resident,
    walk: resident.walk(shares.order(visited), {
      batch: shares.piece,
      ...augmenting(loader.augment),
    }),
    orderOf: (epoch) => orderOfEpoch(loader, seed, data.labels, visited, epoch),
    shares,
    weightOf: weights && ((image) => weights[data.labels[image]]),
    classWeight: weights && tensor(device, weights),
    totals: zeros(device, [3]),
    share: accumulate === 1 ? null : zeros(device, []),
  };
}

/** Gives back what a step holds on the device. */
export function releaseStep({ model, resident, walk, classWeight, totals, share }: PreparedStep): void {
  for (const part of [model, resident, walk, classWeight?.storage, totals.storage, share?.storage]) part?.release();
}

/**
 * Prepares a run.
 * @param test the test images, for `validateOnTest`; checkpoints keep their digest.
 * @param resume a checkpoint of the same configuration to go on from. The device computes with the run's tuned choices
 * from then on.
 * @throws what `train` throws before its first step.
 */
export async function prepareTraining(
  device: Device,
  config: TrainConfig,
  given: ImageDataset,
  test: ImageDataset | null,
  resume: Checkpoint | null,
  hooks: PreparingHooks = {},
): Promise<PreparedTraining> {
  const parts = partsOf(config);
  const { fit, loader, optimizer, loss } = parts;
  if (resume !== null) requireOwnModules(resume.header.sources?.modules ?? [], resume.file);
  requireTrainable(device, parts);
  const pretrained = resume === null ? await startingWeights(parts.model) : null;
  const images = await prepareImages(device, parts, given, pretrained, resume);
  const { data, visited, normalization } = images;
  const sources = await provenanceOf(config, given, test, resume);
  const measured = validationImages(fit, data, test, images.held);
  requireValidation(fit, measured);
  if (measured === null && fit.schedule?.name === 'dynamic') hooks.onNoValidation?.();
  const batch = loader.batch * (loader.accumulate ?? 1);
  const stepsPerEpoch = Math.ceil(visited.length / batch);
  const scheduled = { lr: optimizer.lr, epochs: fit.epochs, stepsPerEpoch, batch };
  const schedule = scheduleOf(fit, scheduled);
  const change = resume && rateChange(resume.header.config, resume.header.progress, schedule, scheduled);
  if (change !== null) hooks.onRateChange?.(...change);
  // what the tuner has found since might add in another order
  if (resume !== null) device.choices.replace(resume.header.choices ?? {});
  if (images.augmented.classes.length > 0) hooks.onAugmented?.(images.augmented);
  const { collective = ALONE } = hooks;
  const step = prepareStep(device, parts, images, pretrained, resume, hooks);
  const { shares } = step;
  if (loss.loss?.name === 'supcon')
    hooks.onContrastivePairs?.(pairedShare(shares.order(step.orderOf(0)), data.labels, shares.own(0)));
  const state: Stateful = {
    state: () => new Map([step.optimizer, step.ema, step.swa].flatMap((s) => [...(s?.state() ?? [])])),
  };
  const resident =
    measured === null || measured.data === data ? null : new DeviceDataset(device, measured.data, normalization);
  const own = measured && shareOf(measured.indices, collective);
  const validation =
    measured === null || own === null
      ? null
      : {
          batch: validationBatch(loader.batch, measured.data),
          indices: own,
          walk: (resident ?? step.resident).walk(own, { batch: validationBatch(loader.batch, measured.data) }),
        };
  const release = (): void => {
    releaseStep(step);
    for (const part of [resident, validation?.walk]) part?.release();
  };
  try {
    if (resume !== null) {
      restore(resume, step.model, state);
      step.optimizer.restored();
      setRandomState(device, resume.header.progress.random);
    } else manualSeed(device, fit.seed + 1); // apart from the numbers that made the weights
    await setRandomStream(device, collective.rank);
    await broadcastNumbers(collective, step.model, state.state());
  } catch (error) {
    release();
    throw error;
  }
  const choices = device.choices.record();
  return {
    device,
    fit,
    step,
    collective,
    validation,
    schedule,
    state,
    header: {
      model: config.model,
      input: inputOf(data),
      classes: data.classes,
      normalization,
      config,
      choices,
      sources,
    },
    start: resume?.header.progress ?? START,
    release,
  };
}
