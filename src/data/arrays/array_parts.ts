/**
 * Data as arrays: an .npz file (numpy.savez, with packing or without), or a folder of .npy files, with images and
 * labels of each part under the names that Keras, MedMNIST and others give them.
 */
import { joinPath, readBytes } from '#platform';
import { DataError } from '../../device/errors.js';
import type { DatasetSplits, ImageDataset } from '../dataset.js';
import { unzipped } from '../packed/zip_entries.js';
import { labelClasses } from '../tables/labels.js';
import { parseNpy, type NpyArray } from './npy.js';

type Arrays = ReadonlyMap<string, NpyArray>;

/** Names of images and labels of the parts; the first that are there count. */
const NAMES = {
  train: [
    ['x_train', 'y_train'],
    ['train_images', 'train_labels'],
    ['X_train', 'y_train'],
    ['images', 'labels'],
    ['x', 'y'],
    ['X', 'y'],
    ['data', 'labels'],
  ],
  validation: [
    ['x_val', 'y_val'],
    ['val_images', 'val_labels'],
    ['validation_images', 'validation_labels'],
  ],
  test: [
    ['x_test', 'y_test'],
    ['test_images', 'test_labels'],
    ['X_test', 'y_test'],
  ],
} as const;

/** Names of the classes 0, 1, … */
const CLASS_NAMES: readonly string[] = ['classes', 'class_names', 'names', 'label_names'];

interface Images {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly sizes: readonly [channels: number, height: number, width: number];
}

const CHANNELS: readonly number[] = [1, 3];

/**
 * Images (N, H, W), (N, H, W, C) or (N, C, H, W) as (N, C, H, W). Where a size could be either, the last one is the
 * channels'.
 */
function imagesOf({ shape, data }: NpyArray, file: string): Images {
  const isPlanes = shape.length === 4 && !CHANNELS.includes(shape[3]) && CHANNELS.includes(shape[1]);
  if (
    !(data instanceof Uint8Array) ||
    !(shape.length === 3 || (shape.length === 4 && (isPlanes || CHANNELS.includes(shape[3]))))
  )
    throw new DataError(
      `${file}: images of shape (${shape.join(', ')})${data instanceof Uint8Array ? '' : ', no bytes'}`,
      {
        fix: 'give uint8 of shape (N, H, W), (N, H, W, C) or (N, C, H, W) with 1 or 3 channels',
      },
    );
  const copy = Uint8Array.from(data);
  if (shape.length === 3) return { bytes: copy, sizes: [1, shape[1], shape[2]] };
  if (isPlanes) return { bytes: copy, sizes: [shape[1], shape[2], shape[3]] };
  const [N, H, W, C] = shape;
  const bytes = new Uint8Array(copy.length);
  for (let n = 0; n < N; n++)
    for (let p = 0; p < H * W; p++)
      for (let c = 0; c < C; c++) bytes[(n * C + c) * H * W + p] = copy[(n * H * W + p) * C + c];
  return { bytes, sizes: [C, H, W] };
}

function labelsOf({ shape, data }: NpyArray, count: number, file: string): readonly string[] {
  const size = shape.reduce((n, d) => n * d, 1);
  if (size !== count || shape[0] !== count)
    throw new DataError(`${file}: labels of shape (${shape.join(', ')}) for ${count} images`, {
      fix: 'give one label for each image; of several for each, choose one',
    });
  return Array.from(data as ArrayLike<number | string>, String);
}

interface ReadPart {
  readonly images: Images;
  readonly labels: readonly string[];
}

function partOf(arrays: Arrays, part: keyof typeof NAMES, source: string): ReadPart | null {
  const found = NAMES[part].find(([x, y]) => arrays.has(x) && arrays.has(y));
  if (found === undefined) return null;
  const [x, y] = found.map((name) => arrays.get(name) as NpyArray);
  const images = imagesOf(x, `${source}: ${found[0]}`);
  return { images, labels: labelsOf(y, x.shape[0], `${source}: ${found[1]}`) };
}

function datasetOf(name: string, { images }: ReadPart, labels: Uint32Array, classes: readonly string[]): ImageDataset {
  const [channels, height, width] = images.sizes;
  return { name, images: images.bytes, labels, count: labels.length, channels, height, width, classes };
}

/** Two parts as one, the second behind the first. */
function joined(a: ReadPart, b: ReadPart | null): ReadPart {
  if (b === null) return a;
  const bytes = new Uint8Array(a.images.bytes.length + b.images.bytes.length);
  bytes.set(a.images.bytes);
  bytes.set(b.images.bytes, a.images.bytes.length);
  return { images: { ...a.images, bytes }, labels: [...a.labels, ...b.labels] };
}

/** The data set of these arrays. @throws DataError when there is nothing to train on, or sizes disagree. */
function splitsOf(arrays: Arrays, source: string): DatasetSplits {
  const train = partOf(arrays, 'train', source);
  if (train === null)
    throw new DataError(`${source}: holds ${[...arrays.keys()].join(', ') || 'nothing'}, and no images with labels`, {
      fix: 'name the arrays x_train, y_train, x_test, y_test, or images and labels',
    });
  const [validation, test] = [partOf(arrays, 'validation', source), partOf(arrays, 'test', source)];
  for (const part of [validation, test])
    if (part !== null && part.images.sizes.join() !== train.images.sizes.join())
      throw new DataError(
        `${source}: images of ${train.images.sizes.join('x')} to train on, others of ${part.images.sizes.join('x')}`,
        { fix: 'give all parts the same channels, height and width' },
      );
  const parts = [joined(train, validation), ...(test === null ? [] : [test])];
  const names = CLASS_NAMES.map((name) => arrays.get(name)?.data).find((data) => Array.isArray(data));
  const coded = parts.map(({ labels }) => {
    const values = [...new Set(labels)];
    const at = new Map(values.map((value, i) => [value, i]));
    return { values, codes: labels.map((label) => at.get(label) as number) };
  });
  const { classes, labels, notes } = labelClasses(coded, (names as readonly string[] | undefined) ?? null);
  const own = datasetOf(`${source} train`, parts[0], labels[0], classes);
  return {
    train: validation === null ? own : { ...own, validationStart: train.labels.length },
    test: parts.length === 1 ? null : datasetOf(`${source} test`, parts[1], labels[1], classes),
    ...(notes.length === 0 ? {} : { notes }),
  };
}

/** Arrays in an .npz file, which is a zip of .npy files. @throws DataError */
export async function readNpz(file: string): Promise<DatasetSplits> {
  const files = unzipped(await readBytes(file), file, ({ name }) => name.endsWith('.npy'));
  return splitsOf(
    new Map(Object.entries(files).map(([name, bytes]) => [name.slice(0, -4), parseNpy(bytes, `${file}: ${name}`)])),
    file,
  );
}

/** A folder of .npy files, each by the name of its array. @throws DataError */
export async function readNpyFolder(folder: string, names: readonly string[]): Promise<DatasetSplits> {
  const arrays = new Map<string, NpyArray>();
  for (const name of names.filter((n) => n.endsWith('.npy')))
    arrays.set(name.slice(0, -4), parseNpy(await readBytes(joinPath(folder, name)), joinPath(folder, name)));
  return splitsOf(arrays, folder);
}
