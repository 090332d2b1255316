/** CIFAR-10's binary layout: records of a label byte and 32x32 bytes each of red, green and blue (Krizhevsky 2009). */
import { listDirectory, joinPath } from '#platform';
import { DataError } from '../../device/errors.js';
import { readDataFile } from './data_file.js';
import type { DatasetSplits, HeldDataset } from '../dataset.js';
import { codedBytes, labelClasses } from '../tables/labels.js';
import { normalName } from '../names.js';
import { decodeText } from '../tables/text.js';

const SIDE = 32;
const PIXELS = 3 * SIDE * SIDE;
const RECORD = 1 + PIXELS;
const TRAIN_NAME = /^data_batch_\d+\.bin$/;
const TEST_NAME = 'test_batch.bin';

/** One name a line, for the labels 0, 1, …; published with the records. */
const NAMES = 'batches.meta.txt';
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

/** Whether a folder's names are those of CIFAR-10. */
export function isCifarFolder(names: readonly string[]): boolean {
  return names.some((name) => TRAIN_NAME.test(name) || name === TEST_NAME);
}

/**
 * One file's images (N, 3, 32, 32) and labels. @throws DataError naming the file: no whole records, a label that is not
 * below `most`.
 */
export function parseCifar(bytes: Uint8Array, file: string, most = 256): { images: Uint8Array; labels: Uint8Array } {
  const count = Math.floor(bytes.length / RECORD);
  if (count === 0 || bytes.length !== count * RECORD) {
    throw new DataError(`${file}: ${bytes.length} bytes are not whole records of ${RECORD} bytes`, {
      fix: 'get the file again; CIFAR-10 in its binary version',
    });
  }
  const images = new Uint8Array(count * PIXELS);
  const labels = new Uint8Array(count);
  for (let n = 0; n < count; n++) {
    labels[n] = bytes[n * RECORD];
    if (labels[n] >= most)
      throw new DataError(`${file}: label ${labels[n]} of record ${n}, expected 0 to ${most - 1}`, {
        fix: 'get the file again; CIFAR-10 in its binary version',
      });
    images.set(bytes.subarray(n * RECORD + 1, (n + 1) * RECORD), n * PIXELS);
  }
  return { images, labels };
}

interface Records {
  readonly images: Uint8Array;
  readonly labels: Uint8Array;
}

async function readPart(files: readonly string[], named: readonly string[] | null): Promise<Records> {
  const parts: Records[] = [];
  for (const file of files)
    parts.push(parseCifar(await readDataFile(file, { maxBytes: MAX_BYTES }), file, named?.length));
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
async function classNames(directory: string, names: readonly string[]): Promise<readonly string[] | null> {
  const file = joinPath(directory, NAMES);
  const lines = names.includes(NAMES)
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
 * Reads `data_batch_*.bin` and, for the test part, `test_batch.bin`. The classes are the distinct labels of both,
 * called as `batches.meta.txt` says.
 * @throws DataError: no training records, or what `parseCifar` says.
 */
export async function readCifarFolder(directory: string): Promise<DatasetSplits<HeldDataset>> {
  const names = await listDirectory(directory);
  const files = names.filter((name) => TRAIN_NAME.test(name)).map((name) => joinPath(directory, name));
  if (files.length === 0)
    throw new DataError(`${directory}: has ${TEST_NAME} but no data_batch_1.bin`, {
      fix: 'put the training files beside it',
    });
  const named = await classNames(directory, names);
  const parts = [
    await readPart(files, named),
    ...(names.includes(TEST_NAME) ? [await readPart([joinPath(directory, TEST_NAME)], named)] : []),
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
