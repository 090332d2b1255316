/** Readers of data of the user's own. */
import { DataError, UsageError } from '../device/errors.js';
import { worded } from '../text/wording.js';
import type { DatasetSplits, ImageDataset } from './dataset.js';

/** What a reader is told. */
export interface ReaderInput {
  /** What follows the file's name: `--data FILE:FOLDER`. Empty where nothing does. */
  readonly argument: string;
  /** `--image-size`, where it was given. */
  readonly imageSize: number | undefined;
}

/** One part of what a reader gives. */
export interface ReadImages {
  /** (N, C, H, W) bytes, row-major; 0 is black. */
  readonly images: Uint8Array<ArrayBuffer>;
  /** (N) indices of classes. */
  readonly labels: ArrayLike<number>;
}

/** What a reader gives: the images of all parts have the same channels and size. */
export interface ReadParts {
  readonly train: ReadImages;
  /** Default: none. */
  readonly test?: ReadImages;
  readonly classes: readonly string[];
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** A reader by its name. */
export interface Reader {
  readonly name: string;
  readonly read: (input: ReaderInput) => Promise<ReadParts> | ReadParts;
}

const READERS = new Map<string, Reader>();
const PREFIX = 'reader:';

/**
 * Enters a reader into the list, so that data of any form can be trained on. The same images in the same order make the
 * same run; a resumed run looks whether they are the same.
 * @throws UsageError when the name is taken or cannot be one.
 */
export function defineReader(reader: Reader): Reader {
  if (!/^[a-z][\w-]*$/i.test(reader.name))
    throw new UsageError(`[defineReader] "${reader.name}" cannot be a name`, { fix: 'use letters, digits, _ and -' });
  if (READERS.has(reader.name))
    throw new UsageError(`[defineReader] there is a reader "${reader.name}" already`, { fix: 'give it another name' });
  READERS.set(reader.name, reader);
  return reader;
}

export const isReader = (value: unknown): value is Reader => [...READERS.values()].some((r) => r === value);

/** How a configuration names the data of a reader. */
export const readerSpec = (name: string, argument: string): string =>
  `${PREFIX}${name}${argument === '' ? '' : `:${argument}`}`;

/** The reader that a configuration names, and what it is told; null: the data have another form. */
export function readerOf(spec: string): { readonly name: string; readonly argument: string } | null {
  if (!spec.startsWith(PREFIX)) return null;
  const rest = spec.slice(PREFIX.length);
  const colon = rest.indexOf(':');
  return colon < 0 ? { name: rest, argument: '' } : { name: rest.slice(0, colon), argument: rest.slice(colon + 1) };
}

/** @throws DataError when what a reader gave is no data set. */
function datasetOf(name: string, part: string, given: ReadParts, { images, labels }: ReadImages): ImageDataset {
  const { classes, channels, height, width } = given;
  const size = channels * height * width;
  const wrong = (what: string): DataError =>
    new DataError(`reader ${name}: its ${part} part ${what}`, {
      fix: 'see ReadParts in docs/api.md for what a reader gives',
    });
  if (![channels, height, width].every((n) => Number.isInteger(n) && n > 0))
    throw wrong(`has images of ${channels} channels, ${height}x${width}`);
  if (!(images instanceof Uint8Array) || images.length !== labels.length * size)
    throw wrong(`has ${images.length} bytes for ${labels.length} labels; ${labels.length * size} are expected`);
  const odd = Array.from(labels).find((l) => !(Number.isInteger(l) && l >= 0 && l < classes.length));
  if (odd !== undefined) throw wrong(`has the label ${odd}, and there are ${classes.length} classes`);
  return {
    name: `${name} ${part}`,
    images,
    labels: Uint32Array.from(labels),
    count: labels.length,
    channels,
    height,
    width,
    classes,
  };
}

/** The data of a reader. @throws DataError when it is unknown, or gives no data set. */
export async function readOwn(
  { name, argument }: { readonly name: string; readonly argument: string },
  imageSize: number | undefined,
): Promise<DatasetSplits> {
  const reader = READERS.get(name);
  if (reader === undefined)
    throw new DataError(`the data come from a reader of the user’s own, ${name}`, {
      fix: worded`name its file: {data} ./FILE.ts${argument === '' ? '' : `:${argument}`}`,
    });
  const given = await reader.read({ argument, imageSize });
  return {
    train: datasetOf(name, 'train', given, given.train),
    test: given.test === undefined ? null : datasetOf(name, 'test', given, given.test),
  };
}
