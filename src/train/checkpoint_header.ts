/** What a checkpoint says about its model besides the numbers, and the check of that text when it comes from a file. */
import { isAugmentation } from '../data/augment_spec.js';
import { isClassFactors } from '../data/class_factors.js';
import { isClassMap } from '../data/class_map.js';
import type { Normalization } from '../data/normalize.js';
import { isRowFilter } from '../data/row_filter.js';
import { isChoiceRecord, type ChoiceRecord } from '../device/choices.js';
import { ModelError } from '../device/errors.js';
import { MODELS, type ModelInput } from '../nn/models/registry.js';
import { LEAST_FACTOR } from './augment_class.js';
import { OPTIMIZERS, PRECISIONS, type TrainConfig } from './config.js';
import { isMetricLoss } from './metric_loss.js';
import type { EpochMetrics } from './metrics.js';
import { checkSchedule, type ScheduleConfig } from './schedules/schedule.js';

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
}

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

type Check = (value: unknown) => boolean;

const text: Check = (v) => typeof v === 'string' && v !== '';
const flag: Check = (v) => typeof v === 'boolean';
const number: Check = (v) => typeof v === 'number'; // JSON has finite ones only
const notNegative: Check = (v) => typeof v === 'number' && v >= 0;
const share: Check = (v) => typeof v === 'number' && v >= 0 && v < 1;
const count: Check = (v) => Number.isSafeInteger(v) && (v as number) >= 0;
const positive: Check = (v) => count(v) && v !== 0;
const optional = (check: Check): Check => (v) => v === null || check(v);
const absentOr = (check: Check): Check => (v) => v === undefined || v === null || check(v);
const oneOf = (names: readonly string[]): Check => (v) => typeof v === 'string' && names.includes(v);
const absent = (check: Check): Check => (v) => v === undefined || check(v);
const sha256: Check = (v) => typeof v === 'string' && /^[0-9a-f]{64}$/.test(v);
const list = (check: Check, length?: number): Check => (v) => Array.isArray(v) && (length === undefined || v.length === length) && v.every(check);

const HEADER: Readonly<Record<string, Check>> = {
  model: oneOf(MODELS.map((m) => m.name)),
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
  'config.optimizer': oneOf(OPTIMIZERS),
  'config.lr': notNegative,
  'config.momentum': share,
  'config.nesterov': flag,
  'config.weightDecay': notNegative,
  'config.valSplit': share,
  'config.seed': count,
  'config.schedule': absent(isSchedule),
  'config.patience': absent(positive),
  'config.clipNorm': absent((v) => notNegative(v) && v !== 0),
  'config.labelSmoothing': absent(share),
  'config.ema': absent(share),
  'config.validateOnTest': absent(flag),
  'config.oversample': absent((v) => typeof v === 'string' && isClassFactors(v)),
  'config.classWeights': absent(oneOf(['balanced'])),
  'config.sampling': absent(oneOf(['balanced'])),
  'config.loss': absent(isMetricLoss),
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
  'config.testSplit': absent(share),
  'config.keepDuplicates': absent(flag),
  'config.near': absent(count),
  'config.normalize': absentOr(oneOf(['data', 'imagenet'])),
  choices: (v) => v === undefined || isChoiceRecord(v),
  sources: absent((v) => sha256(at(v, 'train')) && optional(sha256)(at(v, 'test')) && absent(sha256)(at(v, 'pretrained'))),
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

/** The value at a path of keys; undefined where there is none. */
function at(value: unknown, path: string): unknown {
  for (const key of path.split('.')) value = typeof value === 'object' && value !== null && Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
  return value;
}

/** @throws ModelError naming the file and the first field that is missing or not what it must be. */
export function parseHeader(json: string, file: string): CheckpointHeader {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new ModelError(`${file}: its header is not JSON`, { fix: DAMAGED, cause: error });
  }
  for (const [path, check] of Object.entries(HEADER)) {
    if (!check(at(value, path))) throw new ModelError(`${file}: ${path} of its header is ${show(at(value, path))}`, { fix: DAMAGED });
  }
  const header = value as CheckpointHeader;
  const { channels, classes } = header.input;
  if (header.classes.length !== classes || header.normalization.mean.length !== channels || header.normalization.std.length !== channels) {
    throw new ModelError(`${file}: its header names ${header.classes.length} of ${classes} classes, or no mean and deviation for each of ${channels} channels`, { fix: DAMAGED });
  }
  return header;
}

const DAMAGED = 'the file is damaged, or of another version; use another checkpoint';

function show(value: unknown): string {
  const json = JSON.stringify(value) ?? 'missing';
  return json.length > 60 ? `${json.slice(0, 57)}…` : json;
}
