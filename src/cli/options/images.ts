/** The options that say how images are read, seen and augmented: between command line, configuration and reader. */
import { parseAugmentation } from '../../data/augment_spec.js';
import { parseClasses } from '../../data/class_map.js';
import type { DatasetSplits, ImageDataset } from '../../data/dataset.js';
import { isDrawn, loadDataset, type LoadOptions } from '../../data/load.js';
import { insideTar } from '../../data/packed/tar_index.js';
import { UsageError } from '../../device/errors.js';
import type { FitConfig, LoaderConfig, ReadingConfig } from '../../train/config.js';
import { visible } from '../../text/visible.js';
import type { Parsed } from '../declare/declared.js';
import { say } from '../output.js';
import { LiveLine } from '../progress.js';
import { optionOf, withOptions } from '../settings.js';

/** How images are read, wherever they are. */
type ReadingOptions = Omit<ReadingConfig, 'data'>;

/** Of resolved IMAGE_OPTIONS. @throws UsageError when they contradict each other or cannot be read. */
export async function imageConfig(
  o: Readonly<Record<string, unknown>>,
): Promise<ReadingOptions & Pick<LoaderConfig, 'augment'>> {
  const number = (name: string): number | null => (o[name] === undefined ? null : Number(o[name]));
  const [imageSize, crop] = [number('image-size'), number('crop')];
  if (imageSize !== null && crop !== null && crop > imageSize)
    throw new UsageError(`--crop ${crop} is more than --image-size ${imageSize}`, {
      fix: 'e.g. --image-size 256 --crop 224',
    });
  const augment = o['augment'] === undefined ? null : String(o['augment']);
  if (augment !== null && parseAugmentation(augment).crop === 0 && crop === null) {
    throw new UsageError(`--augment ${augment}: crop has nowhere to move: the network sees all of the image`, {
      fix: 'give it padding (crop=4), or give --crop',
    });
  }
  const classes = o['classes'] === undefined ? null : await parseClasses(String(o['classes']));
  return { imageSize, crop, classes, augment, ...tableConfig(o) };
}

/** An option that is not given leaves no trace. */
function tableConfig(o: Readonly<Record<string, unknown>>): Omit<ReadingOptions, 'imageSize' | 'crop' | 'classes'> {
  return {
    ...(o['label'] === undefined ? {} : { label: String(o['label']) }),
    ...(o['image-column'] === undefined ? {} : { imageColumn: String(o['image-column']) }),
    ...(o['where'] === undefined ? {} : { where: String(o['where']) }),
    ...(o['group'] === undefined ? {} : { group: String(o['group']) }),
    ...(o['encoding'] === undefined ? {} : { encoding: String(o['encoding']) }),
    ...(o['image-root'] === undefined ? {} : { imageRoot: String(o['image-root']) }),
    ...(o['near'] === undefined ? {} : { near: Number(o['near']) }),
    ...(o['test-split'] === undefined ? {} : { testSplit: Number(o['test-split']) }),
    ...(o['keep-duplicates'] === true ? { keepDuplicates: true } : {}),
    ...(o['stream'] === true ? { stream: true } : {}),
    ...(o['memory'] === undefined ? {} : { memory: Number(o['memory']) }),
  };
}

/** What the reader left out or changed, on one line each. */
export function notesOf({ notes = [] }: DatasetSplits): string[] {
  return notes.map((note) => visible(withOptions(note)));
}

/** How the images of a run are read. */
export function loadOptionsOf({
  imageSize,
  crop,
  classes,
  label,
  imageColumn,
  where,
  group,
  encoding,
  imageRoot,
  near,
  testSplit,
  keepDuplicates,
  stream,
  memory,
  seed,
}: ReadingOptions & Pick<FitConfig, 'seed'>): LoadOptions {
  return {
    seed,
    ...(imageSize ? { imageSize } : {}),
    ...(crop ? { crop } : {}),
    ...(classes ? { classes } : {}),
    label,
    imageColumn,
    where,
    group,
    encoding,
    imageRoot,
    near,
    testSplit,
    keepDuplicates,
    stream,
    memory,
    onProgress: sayReading,
  };
}

/** @throws UsageError when an option for tables or pictures is given for data that are none. */
function requireFitting(
  spec: string,
  config: ReadingOptions,
  { labelColumn, pictures }: Pick<DatasetSplits, 'labelColumn' | 'pictures'>,
): void {
  const forTables = (['imageColumn', 'where', 'group', 'imageRoot'] as const).find(
    (name) => config[name] !== undefined,
  );
  const isTar = pictures?.files.some((file) => insideTar(file) !== null) === true; // a label there is a field of JSON
  if (forTables !== undefined && (labelColumn === undefined || pictures === undefined || isTar))
    throw new UsageError(`${optionOf(forTables)} is for a CSV that names pictures; ${spec} is none`, {
      fix: 'leave it out, or give --data that CSV file',
    });
  const forText = (['label', 'encoding'] as const).find((name) => config[name] !== undefined);
  if (forText !== undefined && labelColumn === undefined && (forText === 'label' || pictures === undefined))
    throw new UsageError(`--${forText} is for a CSV; ${spec} is none`, {
      fix: 'leave it out, or give --data that CSV file',
    });
  const forPictures =
    config.testSplit !== undefined
      ? 'test-split'
      : config.keepDuplicates
        ? 'keep-duplicates'
        : (['near', 'stream', 'memory'] as const).find((name) => config[name] !== undefined);
  if (forPictures !== undefined && pictures === undefined)
    throw new UsageError(`--${forPictures} is for pictures; ${spec} has none`, { fix: 'leave it out' });
}

/**
 * The data of a command, and what there is to say about them.
 * @param argv the command line, where it may have --val-split.
 * @throws UsageError when an option for tables or pictures is given for other data.
 */
export async function loadFor(
  spec: string,
  config: ReadingOptions & Pick<FitConfig, 'seed'>,
  argv: Parsed = {},
): Promise<DatasetSplits> {
  if (isDrawn(spec)) requireFitting(spec, config, {}); // before they are drawn
  const splits = await loadDataset(spec, loadOptionsOf(config)).finally(() => line.end());
  requireFitting(spec, config, splits);
  for (const note of notesOf(splits)) say(note);
  sayUnusedSplit(argv, splits.train);
  return splits;
}

/** For a command line with --val-split. */
export function sayUnusedSplit(argv: Parsed, { validationStart }: ImageDataset): void {
  if (argv['val-split'] !== undefined && validationStart !== undefined)
    say('--val-split is not used: the data have a validation part of their own');
}

const line = new LiveLine();
/** The terminal is not written to for every file. */
const EVERY = 50;

/** Decoding thousands of photographs takes a while, the first time; looking for them, where a disk is slow, always. */
export function sayReading({
  work,
  done,
  total,
}: {
  readonly work: string;
  readonly done: number;
  readonly total: number | null;
}): void {
  if (done === total) line.end();
  else if (total === null || done % EVERY === 0)
    line.show(total === null ? `${work}: ${done}` : `${work}: ${done} of ${total}`);
}
