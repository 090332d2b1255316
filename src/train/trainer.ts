/** Training a classifier: a run is prepared, and then it runs. */
import { joinPath, makeDirectory } from '#platform';
import type { DatasetSplits, ImageDataset } from '../data/dataset.js';
import type { AugmentStep } from '../data/own_augment.js';
import { OWN } from '../data/own_words.js';
import type { Device } from '../device/device.js';
import type { Checkpoint } from './checkpoint/checkpoint.js';
import type { ModelSpec } from '../nn/models/registry.js';
import { defaultLr, defaultMoves, type TrainConfig } from './config.js';
import type { LabelLoss, MetricLoss } from './loss/loss_settings.js';
import type { OwnLoss } from './loss/own_loss.js';
import { fit } from './fit.js';
import type { FitHooks, TrainFiles, TrainResult } from './fit_hooks.js';
import { prepareTraining, type PreparingHooks } from './prepare.js';

/** What `train` tells its caller on the way, and asks of it. */
export interface TrainHooks extends PreparingHooks, FitHooks {
  /** The test images, for `validateOnTest`; checkpoints keep their digest. */
  readonly test?: ImageDataset | null;
}

/** What the short form of `train` takes: settings of TrainConfig, the defaults of `weft train` for those left out. */
export interface TrainOptions
  extends Partial<Omit<TrainConfig, 'data' | 'model' | 'loss' | 'criterion' | 'augment'>>, TrainHooks {
  /** A name of `weft models`, or what `nn.defineModel` gives. */
  readonly model: string | ModelSpec;
  /** Images to train on; of splits, the test images are kept as a digest. */
  readonly data: ImageDataset | DatasetSplits;
  /** Folder of the checkpoints, `best.safetensors` and `last.safetensors`; those of a run before are written over. */
  readonly out: string;
  /** One of Weft's, or what `train.defineLoss` gives. Default: cross-entropy. */
  readonly loss?: MetricLoss | LabelLoss | OwnLoss;
  /** As `--augment`, or a list of such words and of what `data.defineAugmentation` gives, which has its own value. */
  readonly augment?: string | readonly (string | AugmentStep)[];
  /** A `last` checkpoint of the same options to go on from. */
  readonly resume?: Checkpoint | null;
}

const isSplits = (data: TrainOptions['data']): data is DatasetSplits => 'train' in data;

function augmentOf(augment: TrainOptions['augment']): string | null {
  if (augment === undefined || typeof augment === 'string') return augment ?? null;
  return augment.map((step) => (typeof step === 'string' ? step : `${OWN}${step.name}`)).join(',');
}

const isOwnLoss = (loss: MetricLoss | LabelLoss | OwnLoss): loss is OwnLoss => 'losses' in loss;

/** What of the short form is no setting; one that is missing, or too many, is a compile error. */
const HOOKS: Readonly<Record<Exclude<keyof TrainHooks, 'test'>, true>> = {
  onPretrained: true,
  onAugmented: true,
  onContrastivePairs: true,
  onNoValidation: true,
  onRateChange: true,
  collective: true,
  onStart: true,
  onStep: true,
  onEpoch: true,
  capture: true,
  onCompile: true,
  until: true,
  maxTime: true,
  interrupted: true,
  callbacks: true,
};

/** The short form as a whole configuration. */
async function trainShort(device: Device, options: TrainOptions): Promise<TrainResult> {
  const { model, data, out, loss, augment, resume = null, test, ...more } = options;
  const given = Object.entries(more);
  const settings = Object.fromEntries(given.filter(([key]) => !(key in HOOKS))) as Partial<TrainConfig>;
  const hooks = Object.fromEntries(given.filter(([key]) => key in HOOKS)) as TrainHooks;
  const images = isSplits(data) ? data.train : data;
  const optimizer = settings.optimizer ?? 'adam';
  const config: TrainConfig = {
    data: images.name,
    model: typeof model === 'string' ? model : model.name,
    epochs: 10,
    batch: 64,
    optimizer,
    lr: defaultLr(optimizer, settings.schedule),
    ...defaultMoves(optimizer),
    valSplit: 0.1,
    seed: 0,
    augment: augmentOf(augment),
    ...settings,
    ...(loss === undefined ? {} : isOwnLoss(loss) ? { criterion: loss.name } : { loss }),
  };
  await makeDirectory(out);
  const files = { last: joinPath(out, 'last.safetensors'), best: joinPath(out, 'best.safetensors') };
  const tested = test ?? (isSplits(data) ? data.test : null);
  return trainWhole(device, config, images, files, { ...hooks, test: tested }, resume);
}

/**
 * Trains, and returns when all epochs are done: with what one has at hand and defaults for the rest, or with a whole
 * configuration.
 * @param resume a `last` checkpoint of the same configuration to go on from; the result is then the same, bit for bit,
 * as without the interruption. The device computes with the run's tuned choices from then on.
 * @throws UsageError when what is asked for cannot work; DataError when all images are of one class; AdapterError for
 * precision f16 on an adapter without it; DataError when `resume` was trained on other data; DivergedError when the
 * loss or a weight is not a number; InterruptedError after an interruption was saved.
 */
export function train(device: Device, options: TrainOptions): Promise<TrainResult>;
export function train(
  device: Device,
  config: TrainConfig,
  given: ImageDataset,
  files: TrainFiles,
  hooks?: TrainHooks,
  resume?: Checkpoint | null,
): Promise<TrainResult>;
export function train(
  device: Device,
  first: TrainOptions | TrainConfig,
  given?: ImageDataset,
  files?: TrainFiles,
  hooks: TrainHooks = {},
  resume: Checkpoint | null = null,
): Promise<TrainResult> {
  return given === undefined || files === undefined
    ? trainShort(device, first as TrainOptions)
    : trainWhole(device, first as TrainConfig, given, files, hooks, resume);
}

async function trainWhole(
  device: Device,
  config: TrainConfig,
  given: ImageDataset,
  files: TrainFiles,
  hooks: TrainHooks,
  resume: Checkpoint | null,
): Promise<TrainResult> {
  const prepared = await prepareTraining(device, config, given, hooks.test ?? null, resume, hooks);
  try {
    return await fit(prepared, files, hooks);
  } finally {
    prepared.release();
  }
}
