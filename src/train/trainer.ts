/**
 * The training loop: epochs over a data set on the GPU, validation, checkpoints, and going on where a run was stopped.
 */
import { manualSeed, randomState, setRandomState } from '../kernels/random/random.js';
import { augmentationOf } from '../data/augment_spec.js';
import type { ImageDataset } from '../data/dataset.js';
import { DeviceDataset, type DatasetWalk } from '../data/device_dataset.js';
import { requireTwoClasses } from '../data/learnable.js';
import { trainingSplit } from '../data/sampler.js';
import type { Device } from '../device/device.js';
import { DivergedError, InterruptedError } from '../device/errors.js';
import { modelSpec } from '../nn/models/registry.js';
import type { Module } from '../nn/module.js';
import { requireHalves, zeros } from '../tensor/tensor.js';
import { augmentClasses, type AugmentedTraining } from './augment_class.js';
import { modelOf, restore, saveCheckpoint, type Checkpoint, type Stateful } from './checkpoint.js';
import type { CheckpointHeader, Progress } from './checkpoint_header.js';
import type { TrainConfig } from './config.js';
import { makeOptimizer } from './make_optimizer.js';
import { EMA } from '../optim/ema.js';
import { evaluate } from './evaluate.js';
import { buildClassifier, pairedShare } from './metric_loss.js';
import type { EpochMetrics } from './metrics.js';
import { checkClassWeights, classWeights, orderOfEpoch, visitedImages } from './balance.js';
import { fusedHead } from './fused_loss.js';
import { Pacer } from './pacer.js';
import {
  inputOf,
  normalizationOf,
  requireSameData,
  requireWatched,
  stepError,
  stepSizes,
  validationBatch,
  watchedImages,
} from './run_data.js';
import { sourcesOf } from './sources.js';
import { trainStep, type StepParts } from './train_step.js';
import { makeSchedule, type Schedule } from '../optim/schedules/schedule.js';
import { rateChange } from './rate_change.js';
import { expectedNormalization, isHalf, loadPretrained, readPretrained, type PretrainedReport } from './pretrained.js';
import { freezeAsConfigured } from './transfer.js';
import { requireFiniteNumbers } from './weight_watch.js';

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

/** What `train` tells its caller on the way, and asks of it. */
export interface TrainHooks {
  /**
   * Everything is checked and on the GPU, nothing is computed yet: from here on files may be written. `state`: the
   * optimizer's and the averages'.
   */
  readonly onStart?: (model: Module, state: Stateful['state']) => Promise<void>;
  /** What was taken over from the pretrained file, and what not. */
  readonly onPretrained?: (report: PretrainedReport) => void;
  /** Classes that got variants of their images. */
  readonly onAugmented?: (augmented: Pick<AugmentedTraining, 'classes' | 'spec'>) => void;
  /** Of a contrastive loss: the share of the images of the first epoch whose batch has another of their class. */
  readonly onPaired?: (share: number) => void;
  /** Of the dynamic schedule: nothing is validated, so no loss will cut the rate. */
  readonly onUncut?: () => void;
  /** Of a run that is resumed for another number of epochs: the rate of its last step, and that of the next. */
  readonly onRateChange?: (before: number, after: number) => void;
  readonly onStep?: (report: StepReport) => void;
  /** `scaling`: where the loss scale stands and how many steps of the run it has skipped; null in f32. */
  readonly onEpoch?: (
    history: readonly EpochMetrics[],
    scaling: { readonly scale: number; readonly skipped: number } | null,
  ) => void;
  /** False: every step is recorded anew instead of replayed. The results are the same; default true. */
  readonly capture?: boolean;
  /** The test images, for `validateOnTest`; checkpoints keep their digest. */
  readonly test?: ImageDataset | null;
  /** Kernels are being compiled, before the first step: so many of so many. */
  readonly onCompile?: (done: number, total: number) => void;
  /** Asked before every step; a number (130, 143) ends the run after saving. */
  readonly interrupted?: () => 130 | 143 | null;
}

/** Where checkpoints are written. */
export interface TrainFiles {
  readonly last: string;
  readonly best: string;
}

/** What `train` gives. */
export interface TrainResult {
  readonly history: readonly EpochMetrics[];
  /** Number of the epoch whose checkpoint is `best`. */
  readonly bestEpoch: number;
  /** Median milliseconds of a training step, the first of the run left out; null when there was no step left to do. */
  readonly stepMilliseconds: number | null;
  /** Likewise of processor time, which other programs on the host do not stretch. */
  readonly stepCpuMilliseconds: number | null;
  readonly steps: number;
  /** Patience ran out before the last epoch. */
  readonly isStoppedEarly: boolean;
}

const START: Progress = { epoch: 0, step: 0, totals: [0, 0, 0], seconds: 0, random: [], history: [] };

/**
 * Trains, and returns when all epochs are done.
 * @param resume a `last` checkpoint of the same configuration to go on from; the result is then the same, bit for bit,
 * as without the interruption. The device computes with the run's tuned choices from then on.
 * @throws UsageError when what is asked for cannot work; DataError when all images are of one class; AdapterError for
 * precision f16 on an adapter without it; DataError when `resume` was trained on other data; DivergedError when the
 * loss or a weight is not a number; InterruptedError after an interruption was saved.
 */
export async function train(
  device: Device,
  config: TrainConfig,
  given: ImageDataset,
  files: TrainFiles,
  hooks: TrainHooks = {},
  resume: Checkpoint | null = null,
): Promise<TrainResult> {
  if (config.precision === 'f16') requireHalves(device);
  checkClassWeights(config);
  const pretrained =
    resume === null && config.pretrained !== undefined ? await readPretrained(config.pretrained) : null;
  const split = trainingSplit(given, config.valSplit, config.seed);
  requireTwoClasses(given, split.train);
  const normalization = normalizationOf(
    config,
    given,
    split.train,
    resume?.header.normalization ?? (pretrained && expectedNormalization(config.model, pretrained)),
  );
  if (resume !== null) requireSameData(resume, given, normalization);
  const sources = await sourcesOf(config, given, hooks.test ?? null, resume);
  const augmented = await augmentClasses(device, config, given, split.train, normalization);
  const { data, indices } = augmented;
  const watched = watchedImages(config, data, hooks.test ?? null, split.validation);
  requireWatched(config, watched);
  if (watched === null && config.schedule?.name === 'dynamic') hooks.onUncut?.();
  const visited = visitedImages(config, data, indices);
  const scheduled = {
    lr: config.lr,
    epochs: config.epochs,
    stepsPerEpoch: Math.ceil(visited.length / config.batch),
    batch: config.batch,
  };
  const schedule = makeSchedule(config.schedule ?? { name: 'constant' }, scheduled);
  const change = resume === null ? null : rateChange(resume.header, schedule, scheduled);
  if (change !== null) hooks.onRateChange?.(...change);
  const input = inputOf(data);
  // what the tuner has found since might add in another order
  if (resume !== null) device.choices.replace(resume.header.choices ?? {});
  const model = (resume === null ? buildClassifier(config, config.model, input) : modelOf(resume, config.model)).to(
    device,
    { seed: config.seed },
  );
  if (augmented.classes.length > 0) hooks.onAugmented?.(augmented);
  if (pretrained !== null)
    hooks.onPretrained?.({
      ...loadPretrained(model, modelSpec(config.model).head, pretrained),
      isRescaled: isHalf(normalization),
    });
  freezeAsConfigured(model, config);
  const fused = fusedHead(model, config, data.classes.length);
  const orderOf = (epoch: number): Uint32Array => orderOfEpoch(config, data.labels, visited, epoch);
  if (config.loss?.name === 'supcon') hooks.onPaired?.(pairedShare(orderOf(0), data.labels, config.batch));
  const optimizer = makeOptimizer(model, config);
  const ema = config.ema === undefined ? null : new EMA(model, config.ema);
  const state: Stateful = { state: () => new Map([...optimizer.state(), ...(ema?.state() ?? [])]) };
  const resident = new DeviceDataset(device, data, normalization);
  const watchedResident =
    watched === null ? null : watched.data === data ? resident : new DeviceDataset(device, watched.data, normalization);
  const parts: Omit<Run, 'step'> = {
    device,
    config,
    files,
    hooks,
    model,
    fused,
    optimizer,
    ema,
    state,
    schedule,
    header: {
      model: config.model,
      input,
      classes: data.classes,
      normalization,
      config,
      choices: device.choices.record(),
      sources,
    },
    orderOf,
    classWeight: classWeights(device, config, data, indices),
    walk: resident.walk(visited, { batch: config.batch, augmentation: augmentationOf(config.augment) }),
    validation:
      watched === null
        ? null
        : (watchedResident?.walk(watched.indices, { batch: validationBatch(config, watched.data) }) ?? null),
    validationIndices: watched?.indices ?? new Uint32Array(),
    validationBatch: validationBatch(config, watched?.data ?? data),
    totals: zeros(device, [3]),
    pacer: new Pacer(),
  };
  const body = (batch: number): void => trainStep(parts, batch);
  const captured = (hooks.capture ?? true) ? device.capture(body) : null;
  const run: Run = { ...parts, step: captured ?? ((batch) => device.step(() => body(batch))) };
  try {
    const progress = resume?.header.progress ?? START;
    if (resume !== null) {
      restore(resume, model, state);
      optimizer.restored();
      setRandomState(device, progress.random);
    } else manualSeed(device, config.seed + 1); // apart from the numbers that made the weights
    for (const size of progress.epoch < config.epochs ? stepSizes(visited.length, config.batch) : []) {
      await captured?.compile([size], hooks.onCompile).catch((error: unknown) => {
        throw stepError(error, size, visited.length, config.batch);
      });
    }
    await hooks.onStart?.(model, () => state.state());
    return await runEpochs(run, progress);
  } finally {
    captured?.release();
    for (const part of [
      model,
      resident,
      watchedResident === resident ? null : watchedResident,
      run.walk,
      run.validation,
      run.classWeight?.storage,
      run.totals.storage,
    ])
      part?.release();
  }
}

interface Run extends StepParts {
  readonly config: TrainConfig;
  readonly device: Device;
  readonly files: TrainFiles;
  readonly hooks: TrainHooks;
  /** The optimizer's and the averages'. */
  readonly state: Stateful;
  readonly schedule: Schedule;
  readonly header: Omit<CheckpointHeader, 'progress'>;
  /** The images of an epoch, in its order. */
  readonly orderOf: (epoch: number) => Uint32Array;
  readonly validation: DatasetWalk | null;
  readonly validationIndices: Uint32Array;
  readonly validationBatch: number;
  readonly pacer: Pacer;
  /** Does one training step on so many images. */
  readonly step: (batch: number) => void;
}

async function runEpochs(run: Run, start: Progress): Promise<TrainResult> {
  const { config, hooks } = run;
  const history = [...start.history];
  run.model.train();
  for (let epoch = start.epoch; epoch < config.epochs && !isOutOfPatience(config, history); epoch++) {
    const began = performance.now();
    const resumed = epoch === start.epoch ? start : START;
    const { loss, accuracy } = await runEpoch(run, epoch, resumed, history, began);
    await watch(run, `by the end of epoch ${epoch + 1}`);
    run.ema?.swap(); // the averages are what is measured, and what the best checkpoint holds
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
    run.ema?.swap();
    await saveCheckpoint(run.files.last, header, run.model, run.state);
    hooks.onEpoch?.(history, (await run.optimizer.lossScale?.read()) ?? null);
  }
  return {
    history,
    bestEpoch: bestEpoch(history),
    stepMilliseconds: run.pacer.steps === 0 ? null : run.pacer.median(),
    stepCpuMilliseconds: run.pacer.steps === 0 ? null : run.pacer.medianCpu(),
    steps: run.pacer.steps,
    isStoppedEarly: history.length < config.epochs,
  };
}

function isOutOfPatience({ patience }: TrainConfig, history: readonly EpochMetrics[]): boolean {
  return patience !== undefined && history.length - bestEpoch(history) >= patience && history.length > 0;
}

async function headerNow(run: Run, progress: Omit<Progress, 'random'>): Promise<CheckpointHeader> {
  return { ...run.header, progress: { ...progress, random: await randomState(run.device) } };
}

/** The epoch with the best validation accuracy, the first of equals; without validation the last. */
export function bestEpoch(history: readonly EpochMetrics[]): number {
  let best = history.at(-1);
  for (const m of history.toReversed())
    if (m.valAccuracy !== null && m.valAccuracy >= (best?.valAccuracy ?? -1)) best = m;
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
  throw new DivergedError(`${what} (learning rate ${run.optimizer.lr})`, { fix: calmer(run) });
}

/** As `requireFinite`, of everything that a checkpoint would hold. */
function watch({ model, state, optimizer, config }: Run, when: string): Promise<void> {
  return requireFiniteNumbers(model, state.state(), {
    when: `${when} (learning rate ${optimizer.lr})`,
    fix: calmer({ config }),
  });
}

function calmer({ config }: Pick<Run, 'config'>): string {
  const clipped = config.clipNorm === undefined ? ', or --clip-norm 1' : '';
  return (
    `use a smaller ` +
    `--lr${clipped}${config.precision === 'f16' ? ', or --precision f32 (a half holds no more than 65504)' : ''}; ` +
    `the checkpoints of earlier epochs are kept`
  );
}

/** Loss and accuracy over the epoch, measured while the weights move. */
async function runEpoch(
  run: Run,
  epoch: number,
  start: Progress,
  history: readonly EpochMetrics[],
  began: number,
): Promise<{ loss: number; accuracy: number }> {
  const { device, config, walk, hooks, pacer } = run;
  walk.restart(run.orderOf(epoch), start.step * config.batch);
  device.write(run.totals.storage, Float32Array.from(start.totals));
  const steps = Math.ceil(walk.count / config.batch);
  const losses = history.map((h) => h.valLoss);
  let totals: ArrayLike<number> = start.totals;
  pacer.restart();
  for (let step = start.step; step < steps; step++) {
    const signal = hooks.interrupted?.() ?? null;
    if (signal !== null)
      await saveAndStop(
        run,
        { epoch, step, seconds: start.seconds + (performance.now() - began) / 1000, history },
        signal,
      );
    const size = Math.min(config.batch, walk.count - step * config.batch);
    run.optimizer.lr = run.schedule(epoch * steps + step, losses);
    await walk.load(size);
    run.step(size);
    if (!pacer.tick() && step + 1 < steps) continue;
    totals = await run.totals.read();
    pacer.waited();
    const [loss, accuracy] = [totals[0] / totals[2], totals[1] / totals[2]];
    requireFinite(run, loss, `the loss became ${loss} in epoch ${epoch + 1}, by step ${step + 1} of ${steps}`);
    const perStep = pacer.median();
    const left = steps - step - 1 + (config.epochs - epoch - 1) * steps;
    hooks.onStep?.({
      epoch: epoch + 1,
      step: step + 1,
      steps,
      loss,
      accuracy,
      lr: run.optimizer.lr,
      imagesPerSecond: (1000 * config.batch) / perStep,
      eta: (left * perStep) / 1000,
    });
  }
  return { loss: totals[0] / totals[2], accuracy: totals[1] / totals[2] };
}

async function saveAndStop(run: Run, at: Omit<Progress, 'random' | 'totals'>, signal: 130 | 143): Promise<never> {
  const totals = [...(await run.totals.read())];
  requireFinite(run, totals[0], `the loss became ${totals[0]} in epoch ${at.epoch + 1}, by step ${at.step}`);
  await watch(run, `in epoch ${at.epoch + 1}, by step ${at.step}`);
  await saveCheckpoint(run.files.last, await headerNow(run, { ...at, totals }), run.model, run.state);
  throw new InterruptedError(
    `stopped in epoch ${at.epoch + 1} after ${at.step} steps; saved in ${run.files.last}`,
    signal,
  );
}
