/**
 * CIFAR's binary layout: records of a label byte, in CIFAR-100 behind one of a coarser label, and 32x32 bytes each of
 * red, green and blue (Krizhevsky 2009).
 */
import { listDirectory, joinPath } from '#platform';
import { DataError } from '../../device/errors.js';
import { readDataFile } from './data_file.js';
import type { DatasetSplits, HeldDataset } from '../dataset.js';
import { codedBytes, labelClasses } from '../tables/labels.js';
import { normalName } from '../names.js';
import { decodeText } from '../tables/text.js';

const SIDE = 32;
const PIXELS = 3 * SIDE * SIDE;
const TRAIN_NAME = /^data_batch_\d+\.bin$/;
const TEST_NAME = 'test_batch.bin';

/** The records as they are published. */
const PUBLISHED: readonly string[] = [1, 2, 3, 4, 5].map((n) => `data_batch_${n}.bin`).concat(TEST_NAME);
/** CIFAR-10 has 30 MB a file. */
const MAX_BYTES = 2 ** 28;

export const CIFAR10_CLASSES: readonly string[] = [
  'airplane',
  'automobile',
  'bird',
  'cat',
  'deer',
  'dog',
  'frog',
  'horse',
  'ship',
  'truck',
];

/** How the files of one of the two are named, and how many labels a record has; the last is read. */
interface Layout {
  readonly train: RegExp;
  readonly test: string;
  readonly labels: number;
  /** One name a line, for the labels 0, 1, …; published with the records. */
  readonly names: string;
}

const CIFAR10: Layout = { train: TRAIN_NAME, test: TEST_NAME, labels: 1, names: 'batches.meta.txt' };
const CIFAR100: Layout = { train: /^train\.bin$/, test: 'test.bin', labels: 2, names: 'fine_label_names.txt' };

/** The layout of a folder by the names in it; null for another folder. */
function layoutOf(names: readonly string[]): Layout | null {
  if (names.some((name) => TRAIN_NAME.test(name) || name === TEST_NAME)) return CIFAR10;
  return names.includes('train.bin') && names.includes(CIFAR100.names) ? CIFAR100 : null;
}

/** Whether a folder's names are those of CIFAR-10 or CIFAR-100. */
export const isCifarFolder = (names: readonly string[]): boolean => layoutOf(names) !== null;

/**
 * One file's images (N, 3, 32, 32) and labels. @throws DataError naming the file: no whole records, a label that is not
 * below `most`.
 */
export function parseCifar(
  bytes: Uint8Array,
  file: string,
  most = 256,
  labelBytes = 1,
): { images: Uint8Array; labels: Uint8Array } {
  const record = labelBytes + PIXELS;
  const count = Math.floor(bytes.length / record);
  if (count === 0 || bytes.length !== count * record) {
    throw new DataError(`${file}: ${bytes.length} bytes are not whole records of ${record} bytes`, {
      fix: 'get the file again; CIFAR in its binary version',
    });
  }
  const images = new Uint8Array(count * PIXELS);
  const labels = new Uint8Array(count);
  for (let n = 0; n < count; n++) {
    labels[n] = bytes[n * record + labelBytes - 1];
    if (labels[n] >= most)
      throw new DataError(`${file}: label ${labels[n]} of record ${n}, expected 0 to ${most - 1}`, {
        fix: 'get the file again; CIFAR in its binary version',
      });
    images.set(bytes.subarray(n * record + labelBytes, (n + 1) * record), n * PIXELS);
  }
  return { images, labels };
}

interface Records {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

async function readPart(
  files: readonly string[],
  named: readonly string[] | null,
  { labels: labelBytes }: Layout,
): Promise<Records> {
  const parts: Records[] = [];
  for (const file of files)
    parts.push(parseCifar(await readDataFile(file, { maxBytes: MAX_BYTES }), file, named?.length, labelBytes));
  const count = parts.reduce((n, p) => n + p.labels.length, 0);
  const [images, labels] = [new Uint8Array(count * PIXELS), new Uint8Array(count)];
  let at = 0;
  for (const part of parts) {
    images.set(part.images, at * PIXELS);
    labels.set(part.labels, at);
    at += part.labels.length;
  }
  return { images, labels };
}

/**
 * What the labels 0, 1, … are called: as the file beside the records says; CIFAR-10's names for its six files; else
 * null.
 */
async function classNames(
  directory: string,
  names: readonly string[],
  layout: Layout,
): Promise<readonly string[] | null> {
  const file = joinPath(directory, layout.names);
  const lines = names.includes(layout.names)
    ? decodeText(await readDataFile(file, { maxBytes: 2 ** 16 }), file).text.split(/\r?\n/)
    : [];
  const named = lines.map((line) => normalName(line.trim())).filter((line) => line !== '');
  if (new Set(named).size < named.length)
    throw new DataError(`${file}: names a class twice`, { fix: 'write another name a line' });
  return named.length > 0 ? named : PUBLISHED.every((name) => names.includes(name)) ? CIFAR10_CLASSES : null;
}

function datasetOf(name: string, { images }: Records, labels: Uint32Array, classes: readonly string[]): HeldDataset {
  return { name, images, labels, count: labels.length, channels: 3, height: SIDE, width: SIDE, classes };
}

/**
 * Reads `data_batch_*.bin` and, for the test part, `test_batch.bin`; of CIFAR-100 `train.bin` and `test.bin`, with the
 * hundred finer labels. The classes are the distinct labels of both, called as the file of names says.
 * @throws DataError: no training records, or what `parseCifar` says.
 */
export async function readCifarFolder(directory: string): Promise<DatasetSplits<HeldDataset>> {
  const names = await listDirectory(directory);
  const layout = layoutOf(names) ?? CIFAR10;
  const files = names.filter((name) => layout.train.test(name)).map((name) => joinPath(directory, name));
  if (files.length === 0)
    throw new DataError(`${directory}: has ${TEST_NAME} but no data_batch_1.bin`, {
      fix: 'put the training files beside it',
    });
  const named = await classNames(directory, names, layout);
  const parts = [
    await readPart(files, named, layout),
    ...(names.includes(layout.test) ? [await readPart([joinPath(directory, layout.test)], named, layout)] : []),
  ];
  const { classes, labels, notes } = labelClasses(
    parts.map((part) => codedBytes(part.labels)),
    named,
  );
  const [train, test] = parts.map((part, p) =>
    datasetOf(`${directory} ${p === 0 ? 'train' : 'test'}`, part, labels[p], classes),
  );
  return { train, test: test ?? null, ...(notes.length === 0 ? {} : { notes }) };
}
