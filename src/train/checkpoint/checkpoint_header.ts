/** What a checkpoint says about its model besides the numbers, and the check of that text when it comes from a file. */
import { isAugmentation } from '../../data/augment_spec.js';
import { isClassFactors, LEAST_FACTOR } from '../../data/tables/class_factors.js';
import { isClassMap } from '../../data/class_map.js';
import type { Normalization } from '../../data/normalize.js';
import { isRowFilter } from '../../data/tables/row_filter.js';
import { isChoiceRecord, type ChoiceRecord } from '../../device/choices.js';
import { ModelError } from '../../device/errors.js';
import {
  absent,
  absentOr,
  at,
  count,
  digest,
  flag,
  list,
  notNegative,
  number,
  oneOf,
  optional,
  parseChecked,
  positive,
  share,
  text,
  type Check,
  type Checks,
} from '../../device/files/json_checks.js';
import type { ModelInput } from '../../nn/models/registry.js';
import { OPTIMIZERS, PRECISIONS, type TrainConfig } from '../config.js';
import { isLabelLossValue } from '../loss/label_loss.js';
import { isMetricLoss } from '../loss/metric_loss.js';
import { OWN_KINDS, requireModel, type OwnModule } from '../own_modules.js';

import type { EpochMetrics } from '../evaluate/metrics.js';
import { checkSchedule, type ScheduleConfig } from '../../optim/schedules/schedule.js';

/** Where training stands. */
export interface Progress {
  /** Epochs completed. */
  readonly epoch: number;
  /** Steps done of the epoch begun. */
  readonly step: number;
  /** Sum of losses, right answers and images of the epoch begun. */
  readonly totals: readonly number[];
  /** Spent on the epoch begun. */
  readonly seconds: number;
  /** The random generator's words. */
  readonly random: readonly number[];
  readonly history: readonly EpochMetrics[];
}

/** SHA-256 in hex of what a run was made from. */
export interface SourceDigests {
  /** See imagesDigest. */
  readonly train: string;
  /** null: there were no test images. */
  readonly test: string | null;
  /** Of the file of weights that the run started from. */
  readonly pretrained?: string;
  /** Files of the user's own code; see own_modules.ts. Absent: none. */
  readonly modules?: readonly OwnModule[];
}

/** What a checkpoint says besides its numbers. */
export interface CheckpointHeader {
  readonly model: string;
  readonly input: ModelInput;
  readonly classes: readonly string[];
  readonly normalization: Normalization;
  readonly config: TrainConfig;
  /** The tuned kernels that the run computes with: others may add in another order. Absent: the defaults. */
  readonly choices?: ChoiceRecord;
  /** Absent in files of earlier versions. */
  readonly sources?: SourceDigests;
  readonly progress: Progress;
}

const HEADER: Checks = {
  model: text,
  'input.channels': positive,
  'input.height': positive,
  'input.width': positive,
  'input.classes': positive,
  classes: list(text),
  'normalization.mean': list(number),
  'normalization.std': list((v) => notNegative(v) && v !== 0),
  'config.data': text,
  'config.model': text,
  'config.epochs': positive,
  'config.batch': positive,
  'config.accumulate': absent(positive),
  'config.gradCheckpointing': absent(flag),
  'config.optimizer': oneOf(OPTIMIZERS),
  'config.lr': notNegative,
  'config.momentum': share,
  'config.nesterov': flag,
  'config.weightDecay': notNegative,
  'config.dampening': absent(notNegative),
  'config.betas': absent(list(share, 2)),
  'config.eps': absent(notNegative),
  'config.alpha': absent(share),
  'config.centered': absent(flag),
  'config.lrDecay': absent(notNegative),
  'config.initialAccumulator': absent(notNegative),
  'config.trustClip': absent(flag),
  'config.alwaysAdapt': absent(flag),
  'config.adamLr': absent(notNegative),
  'config.layerDecay': absent((v) => number(v) && (v as number) > 0 && (v as number) <= 1),
  'config.decayOn': absent(oneOf(['weights'])),
  'config.unfreeze': absent(positive),
  'config.linearHead': absent(oneOf([true])),
  'config.swa': absent(
    (v) => positive(at(v, 'start')) && absent(notNegative)(at(v, 'lr')) && absent(count)(at(v, 'anneal')),
  ),
  'config.valSplit': share,
  'config.seed': count,
  'config.schedule': absent(isSchedule),
  'config.patience': absent(positive),
  'config.clipNorm': absent((v) => notNegative(v) && v !== 0),
  'config.labelSmoothing': absent(share),
  'config.ema': absent(share),
  'config.validateOnTest': absent(flag),
  'config.syncEvery': absent(positive),
  'config.oversample': absent((v) => typeof v === 'string' && isClassFactors(v)),
  'config.classWeights': absent(oneOf(['balanced'])),
  'config.sampling': absent(oneOf(['balanced'])),
  'config.loss': absent((v) => isMetricLoss(v) || isLabelLossValue(v)),
  'config.criterion': absent(text),
  'config.fusedLoss': absent(oneOf(['on', 'off'])),
  'config.precision': (v) => v === undefined || oneOf(PRECISIONS)(v),
  'config.pretrained': (v) => v === undefined || text(v),
  'config.freeze': (v) => v === undefined || text(v),
  'config.headLr': (v) => v === undefined || notNegative(v),
  'config.augment': absentOr((v) => typeof v === 'string' && isAugmentation(v)),
  'config.augmentClass': absent((v) => typeof v === 'string' && isClassFactors(v, LEAST_FACTOR)),
  'config.augmentClassSpec': absent((v) => typeof v === 'string' && isAugmentation(v)),
  'config.imageSize': absentOr(positive),
  'config.crop': absentOr(positive),
  'config.classes': absentOr(isClassMap),
  'config.label': absent(text),
  'config.imageColumn': absent(text),
  'config.where': absent((v) => typeof v === 'string' && isRowFilter(v)),
  'config.group': absent(text),
  'config.encoding': absent(text),
  'config.imageRoot': absent(text),
  'config.testSplit': absent(share),
  'config.keepDuplicates': absent(flag),
  'config.near': absent(count),
  'config.stream': absent(flag),
  'config.memory': absent(notNegative),
  'config.normalize': absentOr(oneOf(['data', 'imagenet'])),
  choices: (v) => v === undefined || isChoiceRecord(v),
  sources: absent(
    (v) =>
      digest(at(v, 'train')) &&
      optional(digest)(at(v, 'test')) &&
      absent(digest)(at(v, 'pretrained')) &&
      absent(list(isOwnModule))(at(v, 'modules')),
  ),
  'progress.epoch': count,
  'progress.step': count,
  'progress.totals': list(number, 3),
  'progress.seconds': notNegative,
  'progress.random': list((v) => count(v) && (v as number) < 2 ** 32, 4),
  'progress.history': list((entry) => Object.entries(METRICS).every(([key, check]) => check(at(entry, key)))),
};
const METRICS: Readonly<Record<keyof EpochMetrics, Check>> = {
  epoch: positive,
  trainLoss: number,
  trainAccuracy: number,
  valLoss: optional(number),
  valAccuracy: optional(number),
  lr: notNegative,
  seconds: notNegative,
};

function isSchedule(value: unknown): boolean {
  try {
    checkSchedule(value as ScheduleConfig);
    return true;
  } catch {
    return false;
  }
}

const isOwnModule: Check = (v) =>
  oneOf(OWN_KINDS)(at(v, 'kind')) && text(at(v, 'name')) && text(at(v, 'file')) && digest(at(v, 'digest'));

/**
 * @throws ModelError naming the file and the first field that is missing or not what it must be, or whose model is not
 * known.
 */
export function parseHeader(json: string, file: string): CheckpointHeader {
  const header = parseChecked<CheckpointHeader>(json, file, { what: 'its header', checks: HEADER, fix: DAMAGED });
  requireModel(header.model, file, header.sources?.modules);
  const { channels, classes } = header.input;
  if (
    header.classes.length !== classes ||
    header.normalization.mean.length !== channels ||
    header.normalization.std.length !== channels
  ) {
    throw new ModelError(
      `${file}: its header names ${header.classes.length} of ${classes} classes, or no mean and deviation for ` +
        `each of ${channels} channels`,
      { fix: DAMAGED },
    );
  }
  return header;
}

/** Begins the keys of what a checkpoint keeps besides the model: the optimizer's state, the averages. */
export const OPTIMIZER = 'optimizer.';

const DAMAGED = 'the file is damaged, or of another version; use another checkpoint';
