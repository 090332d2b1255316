/** The options of all commands, declared once: yargs' parsing, the checks, and the check of configuration files derive from here. */
import type { Options } from 'yargs';
import { AUGMENTATIONS } from '../data/augment_spec.js';
import { UsageError } from '../device/errors.js';
import { MODELS, SMALL_MODELS } from '../nn/models/registry.js';
import { OPTIMIZERS, PRECISIONS } from '../train/config.js';
import { MANY_CLASSES } from '../train/fused_loss.js';
import { BALANCE_OPTIONS } from './balance.js';
import { LOSS_OPTIONS } from './metric_loss.js';
import { TRANSFER_OPTIONS } from './transfer.js';
import { TRAIN_PRESETS } from '../train/presets.js';
import { RECIPE_OPTIONS } from './recipe.js';

export interface OptionSpec {
  readonly type: 'string' | 'number' | 'integer' | 'boolean';
  readonly describe: string;
  readonly default?: string | number | boolean;
  readonly choices?: readonly string[];
  readonly min?: number;
  /** Exclusive upper bound. */
  readonly below?: number;
  readonly demand?: true;
}

/** What `loadDataset` takes. */
export const DATA_FORMS = 'synthetic, shoes:8192 (drawn products), fashion-mnist, a folder of pictures (a sub-folder for each class), of IDX files or of CIFAR-10, a CSV that names pictures (--label), or a CSV of pixels';

/** Of commands that compute on a device. */
export const SHARED_OPTIONS = {
  adapter: { type: 'string', describe: 'use the adapter whose name contains this (see weft doctor)' },
  tune: { type: 'boolean', describe: 'use what weft tune found; --no-tune: the default kernels (also WEFT_TUNE=0)', default: true },
  json: { type: 'boolean', describe: 'print one JSON document on stdout; words for people go to stderr', default: false },
} as const satisfies Record<string, OptionSpec>;

/** How a data set is read and seen. */
export const IMAGE_OPTIONS = {
  'image-size': { type: 'integer', describe: 'pictures: resize the shorter side to so many pixels, keep the middle square (default: 64)', min: 1, below: 4097 },
  crop: { type: 'integer', describe: 'pixels a side that the network sees: the middle, also in training unless --augment crop or resize moves it', min: 1, below: 4097 },
  classes: { type: 'string', describe: 'classes to learn and what they are made of: hat,tops=t-shirt+shirt, or a YAML file with lines such as tops: [t-shirt, shirt]; those not named are left out' },
  augment: { type: 'string', describe: `what happens to training images: ${Object.keys(AUGMENTATIONS).join(', ')}; e.g. flip,shift=2,rotate=10` },
  label: { type: 'string', describe: 'CSV that names pictures: the column whose values are the classes' },
  'image-column': { type: 'string', describe: 'CSV that names pictures: the column of the files (default: file, filename, image or path)' },
  where: { type: 'string', describe: 'CSV that names pictures: the rows to read, e.g. category=Footwear,gender=Men' },
  group: { type: 'string', describe: 'CSV that names pictures: rows with the same value in this column stay in one part' },
  near: { type: 'integer', describe: 'pictures: those that look the same stay in one part where parts are drawn: perceptual hashes that differ in at most so many of 64 bits, e.g. 4 (compares all with all)', min: 0, below: 33 },
  'test-split': { type: 'number', describe: 'pictures without parts of their own: share of each class that is for testing (default: 0.2 for a CSV, 0 for a folder)', min: 0, below: 1 },
  'keep-duplicates': { type: 'boolean', describe: 'pictures: keep byte-identical copies, which are left out otherwise', default: false },
} as const satisfies Record<string, OptionSpec>;

export const TRAIN_OPTIONS = {
  data: { type: 'string', describe: DATA_FORMS },
  model: { type: 'string', describe: 'architecture', choices: MODELS.map((m) => m.name) },
  epochs: { type: 'integer', describe: 'passes over the training images', default: 10, min: 1 },
  batch: { type: 'integer', describe: 'images per step', default: 64, min: 1 },
  optimizer: { type: 'string', describe: 'optimizer', choices: OPTIMIZERS, default: 'adam' },
  lr: { type: 'number', describe: 'learning rate (default: 0.001 for adam and adamw, 0.05 for sgd, 0.1 for sgd with --schedule dynamic)', min: 0 },
  momentum: { type: 'number', describe: 'momentum (sgd)', default: 0.9, min: 0, below: 1 },
  nesterov: { type: 'boolean', describe: 'Nesterov momentum (sgd)', default: false },
  'weight-decay': { type: 'number', describe: 'weight decay', default: 0, min: 0 },
  'val-split': { type: 'number', describe: 'share of the training images held back for validation', default: 0.1, min: 0, below: 1 },
  ...IMAGE_OPTIONS,
  normalize: { type: 'string', describe: 'statistics to normalise with: of the training images, or ImageNet’s', choices: ['data', 'imagenet'], default: 'data' },
  precision: { type: 'string', describe: 'how activations are stored; f16 needs an adapter with shader-f16', choices: PRECISIONS, default: 'f32' },
  seed: { type: 'integer', describe: 'decides weights, split, order and augmentation', default: 0, min: 0, below: 2 ** 53 - 1 },
  ...TRANSFER_OPTIONS,
  ...RECIPE_OPTIONS,
  ...BALANCE_OPTIONS,
  ...LOSS_OPTIONS,
  'fused-loss': { type: 'string', describe: `the classifier and its loss as one, so that a batch’s logits are never all kept: auto is from ${MANY_CLASSES} classes on, where the head is linear`, choices: ['auto', 'on', 'off'], default: 'auto' },
  preset: { type: 'string', describe: 'a recipe by name; other options win over it', choices: TRAIN_PRESETS.map((p) => p.name) },
  out: { type: 'string', describe: 'run folder (default: runs/MODEL-DATE)' },
  resume: { type: 'string', describe: 'go on with the run in this folder' },
  capture: { type: 'boolean', describe: 'record a step once and replay it; --no-capture records each anew: the same results, slower', default: true },
  force: { type: 'boolean', describe: 'replace a run that is in the folder already', default: false },
} as const satisfies Record<string, OptionSpec>;

export const TUNE_OPTIONS = {
  models: { type: 'string', describe: 'whose training steps to tune for, separated by commas', default: SMALL_MODELS.map((m) => m.name).join() },
  batch: { type: 'integer', describe: 'images per step', default: 64, min: 1 },
  seconds: { type: 'integer', describe: 'time to spend on it; what is left over keeps its default', default: 60, min: 1 },
  reset: { type: 'boolean', describe: 'forget first what was found before for this adapter', default: false },
  force: { type: 'boolean', describe: 'tune on a busy host too, where a slower kernel may win', default: false },
  adapter: SHARED_OPTIONS.adapter,
  json: SHARED_OPTIONS.json,
} as const satisfies Record<string, OptionSpec>;

type SpecTable = Readonly<Record<string, OptionSpec>>;

/** Option names of a table nearest to a wrong one, for "did you mean". */
export function suggest(wrong: string, names: readonly string[]): string | undefined {
  const distances = names.map((name) => [distance(wrong, name), name] as const).sort((a, b) => a[0] - b[0]);
  const best = distances[0];
  return best !== undefined && best[0] < wrong.length && best[0] <= Math.max(2, wrong.length / 3) ? best[1] : undefined;
}

/** Letters to insert, delete, replace or swap with the next (restricted Damerau-Levenshtein). */
function distance(a: string, b: string): number {
  const d = Array.from({ length: a.length + 1 }, (_, i) => Array.from({ length: b.length + 1 }, (__, j) => (i === 0 ? j : j === 0 ? i : 0)));
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const replace = a[i - 1] === b[j - 1] ? 0 : 1;
      d[i][j] = Math.min(d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + replace);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.length][b.length];
}

/** What yargs needs: numbers come as text (no type is named for them), so that `--lr abc` can be refused with its own words. */
export function yargsOptions(table: SpecTable): Record<string, Options> {
  return Object.fromEntries(
    Object.entries(table).map(([name, spec]): [string, Options] => [
      name,
      {
        ...(spec.type === 'boolean' || spec.type === 'string' ? { type: spec.type } : {}),
        describe: spec.describe + (spec.choices ? ` (${spec.choices.join(', ')})` : ''),
        ...(spec.default === undefined || spec.type === 'boolean' ? {} : { defaultDescription: String(spec.default) }),
        ...(spec.type === 'boolean' ? {} : { requiresArg: true }),
      },
    ]),
  );
}

/** What a number must be, in words. */
function numberForm({ type, min, below }: OptionSpec): string {
  const bounds = [...(min === undefined ? [] : [`of at least ${min}`]), ...(below === undefined ? [] : [`below ${below}`])].join(' and ');
  return `${type === 'integer' ? 'a whole number' : 'a number'}${bounds === '' ? '' : ` ${bounds}`}`;
}

/** A checked value. @throws UsageError naming the option, what it got and what it takes. */
export function checkValue(name: string, spec: OptionSpec, value: unknown, source: string): string | number | boolean {
  const about = `${name}: ${spec.describe}${spec.default === undefined ? '' : ` (default: ${spec.default})`}`;
  const wrong = (expected: string, fix = about): UsageError => new UsageError(`${source}${name} ${JSON.stringify(value)} is not ${expected}`, { fix });
  if (Array.isArray(value)) throw new UsageError(`${source}${name} is given ${value.length} times`, { fix: 'give it once' });
  if (spec.type === 'boolean') {
    if (typeof value !== 'boolean') throw wrong('true or false');
    return value;
  }
  if (spec.type === 'string') {
    if (typeof value !== 'string' || value === '') throw wrong('a text');
    if (spec.choices && !spec.choices.includes(value)) {
      const near = suggest(value, spec.choices);
      throw wrong(`one of ${spec.choices.join(', ')}`, near === undefined ? undefined : `did you mean ${near}?`);
    }
    return value;
  }
  const number = typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
  const isRight = spec.type === 'integer' ? Number.isSafeInteger(number) : Number.isFinite(number);
  if (!isRight || number < (spec.min ?? -Infinity) || number >= (spec.below ?? Infinity)) throw wrong(numberForm(spec));
  return number;
}

/**
 * The values of a table's options: from the command line, else from the configuration file, else the default.
 * @param argv what yargs parsed. @param file what the configuration file said, and its name.
 */
export function resolveOptions(table: SpecTable, argv: Readonly<Record<string, unknown>>, file: { name: string; values: Readonly<Record<string, unknown>> } | null = null): Record<string, string | number | boolean | undefined> {
  for (const key of Object.keys(file?.values ?? {})) {
    if (Object.hasOwn(table, key)) continue;
    const near = suggest(key, Object.keys(table));
    throw new UsageError(`${file?.name}: unknown option "${key}"`, { fix: near === undefined ? `it takes ${Object.keys(table).join(', ')}` : `did you mean ${near}?` });
  }
  return Object.fromEntries(
    Object.entries(table).map(([name, spec]) => {
      if (argv[name] !== undefined) return [name, checkValue(name, spec, argv[name], '--')];
      if (file?.values[name] !== undefined) return [name, checkValue(name, spec, file.values[name], `${file.name}: `)];
      if (spec.demand) throw new UsageError(`--${name} is missing`, { fix: `give --${name}: ${spec.describe}` });
      return [name, spec.default];
    }),
  );
}
