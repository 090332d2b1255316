/**
 * What an option is, and how its value is found and checked. The options of each command are in *_options.ts, declared
 * once: parsing, help, checks and configuration files derive from them.
 */
import { AUGMENTATIONS } from '../../data/augment_spec.js';
import { UsageError } from '../../device/errors.js';
import { optionHint, spelled, valueHint } from '../hints.js';
import { isOwnName } from '../own/own_names.js';

export interface OptionSpec {
  readonly type: 'string' | 'number' | 'integer' | 'boolean';
  readonly describe: string;
  readonly default?: string | number | boolean;
  readonly choices?: readonly string[];
  /** Of a number: words that it may be instead. */
  readonly words?: readonly string[];
  readonly min?: number;
  /** Exclusive upper bound. */
  readonly below?: number;
  readonly demand?: true;
  /** The heading under which help shows it; without one it is shown first. */
  readonly group?: string;
}

export type SpecTable = Readonly<Record<string, OptionSpec>>;

/** What `loadDataset` takes. */
export const DATA_FORMS =
  'synthetic, shoes:8192 (drawn products), fashion-mnist, a folder of pictures (a sub-folder for each class), of ' +
  'IDX files or of CIFAR-10, a zip of one, Parquet with pictures, .npz, a CSV that names pictures (--label), or a ' +
  'CSV of pixels';

/** Puts options under a heading of help. */
export function grouped<T extends SpecTable>(
  group: string,
  table: T,
): { readonly [K in keyof T]: T[K] & { readonly group: string } } {
  return Object.fromEntries(Object.entries(table).map(([name, spec]) => [name, { ...spec, group }])) as {
    [K in keyof T]: T[K] & { group: string };
  };
}

/** Some options of a table. */
export function without(table: SpecTable, names: readonly string[]): SpecTable {
  return Object.fromEntries(Object.entries(table).filter(([name]) => !names.includes(name)));
}

/** Of commands that compute on a device. */
export const SHARED_OPTIONS = grouped('Device and output', {
  adapter: { type: 'string', describe: 'use the adapter whose name contains this (see weft doctor)' },
  tune: {
    type: 'boolean',
    describe: 'use what weft tune found; --no-tune: the default kernels (also WEFT_TUNE=0)',
    default: true,
  },
  json: {
    type: 'boolean',
    describe: 'print one JSON document on stdout and nothing else; words for people go to stderr',
    default: false,
  },
} as const satisfies SpecTable);

/** Of commands that use a run whose model is of the user's own. */
export const OWN_MODEL_OPTION = {
  type: 'string',
  describe: 'of a run with a model of your own: its file, e.g. ./my_model.ts',
} as const satisfies OptionSpec;

/** How a data set is read and seen. */
export const IMAGE_OPTIONS = {
  ...grouped('Images', {
    'image-size': {
      type: 'integer',
      describe: 'pictures: resize the shorter side to so many pixels, keep the middle square (default: 64)',
      min: 1,
      below: 4097,
    },
    crop: {
      type: 'integer',
      describe:
        'pixels a side that the network sees: the middle, also in training unless --augment crop or resize moves it',
      min: 1,
      below: 4097,
    },
    classes: {
      type: 'string',
      describe:
        'classes to learn and what they are made of: hat,tops=t-shirt+shirt, or a YAML file with lines such as ' +
        'tops: [t-shirt, shirt]; those not named are left out',
    },
    augment: {
      type: 'string',
      describe:
        `what happens to training images: ${Object.keys(AUGMENTATIONS).join(', ')}; ` + 'e.g. flip,shift=2,rotate=10',
    },
    near: {
      type: 'integer',
      describe:
        'pictures: those that look the same stay in one part where parts are drawn: perceptual hashes that ' +
        'differ in at most so many of 64 bits, e.g. 4 (compares all with all)',
      min: 0,
      below: 33,
    },
    'test-split': {
      type: 'number',
      describe:
        'pictures without parts of their own: share of each class that is for testing (default: 0.2 for a CSV, 0 ' +
        'for a folder)',
      min: 0,
      below: 1,
    },
    'keep-duplicates': {
      type: 'boolean',
      describe: 'pictures: keep byte-identical copies, which are left out otherwise',
      default: false,
    },
    stream: {
      type: 'boolean',
      describe:
        'pictures: decode them each time they are needed, ahead of the steps, instead of keeping all decoded in the ' +
        'cache; for those that do not fit there. The results are the same',
      default: false,
    },
    memory: {
      type: 'number',
      describe: 'pictures: MiB of decoded ones that may be held in memory (default: 256)',
      min: 0,
    },
  } as const satisfies SpecTable),
  ...grouped('A CSV that names pictures', {
    label: { type: 'string', describe: 'the column whose values are the classes' },
    'image-column': { type: 'string', describe: 'the column of the files (default: file, filename, image or path)' },
    where: { type: 'string', describe: 'the rows to read, e.g. category=Footwear,gender=Men' },
    group: { type: 'string', describe: 'rows with the same value in this column stay in one part' },
    encoding: {
      type: 'string',
      describe: 'encoding of CSV and lists, where it is not UTF-8 and no byte order mark says it, e.g. windows-1252',
    },
    'image-root': {
      type: 'string',
      describe: 'the folder that the paths in it count from and stay in (default: the CSV’s own)',
    },
  } as const satisfies SpecTable),
};

/** What a value must be, in words. */
export function formOf({ type, choices, min, below, words = [] }: OptionSpec): string {
  if (type === 'boolean') return 'true or false';
  if (type === 'string') return choices === undefined ? 'a text' : `one of ${choices.join(', ')}`;
  const bounds = [
    ...(min === undefined ? [] : [`of at least ${min}`]),
    ...(below === undefined ? [] : [`below ${below}`]),
  ].join(' and ');
  const others = words.map((word) => `, or ${word}`).join('');
  return `${type === 'integer' ? 'a whole number' : 'a number'}${bounds === '' ? '' : ` ${bounds}`}${others}`;
}

/** What to write instead of a number that is none of the right ones. */
export function fixOf({ default: otherwise }: OptionSpec): string | undefined {
  return otherwise === undefined ? undefined : `e.g. ${otherwise}, which it is when left out`;
}

/**
 * A checked value; src/cli/schema makes a schema of a spec that takes the same ones.
 * @throws UsageError naming the option, what it got and what it takes.
 */
export function checkValue(name: string, spec: OptionSpec, value: unknown, source: string): string | number | boolean {
  const wrong = (expected: string, fix?: string): UsageError =>
    new UsageError(`${source}${name} ${JSON.stringify(value)} is not ${expected}`, fix === undefined ? {} : { fix });
  if (Array.isArray(value))
    throw new UsageError(`${source}${name} is given ${value.length} times`, { fix: 'give it once' });
  if (spec.type === 'boolean') {
    if (typeof value !== 'boolean') throw wrong(formOf(spec));
    return value;
  }
  if (spec.type === 'string') {
    if (typeof value !== 'string' || value === '') throw wrong('a text');
    if (spec.choices && !spec.choices.includes(value) && !isOwnName(value))
      throw wrong(formOf(spec), valueHint(value, spec.choices));
    return value;
  }
  if (typeof value === 'string' && spec.words?.includes(value)) return value;
  const number =
    typeof value === 'number' ? value : typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
  const isRight = spec.type === 'integer' ? Number.isSafeInteger(number) : Number.isFinite(number);
  if (!isRight || number < (spec.min ?? -Infinity) || number >= (spec.below ?? Infinity))
    throw wrong(formOf(spec), fixOf(spec));
  return number;
}

/**
 * The values of a table's options: from the command line, else from the configuration file, else the default.
 * @param argv what yargs parsed. @param file what the configuration file said, and its name.
 */
export function resolveOptions(
  table: SpecTable,
  argv: Readonly<Record<string, unknown>>,
  file: { name: string; values: Readonly<Record<string, unknown>> } | null = null,
): Record<string, string | number | boolean | undefined> {
  const names = Object.keys(table);
  const values: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(file?.values ?? {})) {
    const name = spelled(key, names);
    if (name === undefined)
      throw new UsageError(`${file?.name}: unknown option "${key}"`, {
        fix: optionHint(key, names)?.replaceAll('--', '') ?? 'weft train --help lists the options',
      });
    if (values[name] !== undefined)
      throw new UsageError(`${file?.name}: ${name} is given twice, as "${key}" too`, { fix: 'give it once' });
    values[name] = value;
  }
  return Object.fromEntries(
    Object.entries(table).map(([name, spec]) => {
      if (argv[name] !== undefined) return [name, checkValue(name, spec, argv[name], '--')];
      if (values[name] !== undefined) return [name, checkValue(name, spec, values[name], `${file?.name}: `)];
      if (spec.demand) throw new UsageError(`--${name} is missing`, { fix: `give --${name}: ${spec.describe}` });
      return [name, spec.default];
    }),
  );
}
