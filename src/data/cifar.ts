/** CIFAR-10's binary layout: records of a label byte and 32x32 bytes each of red, green and blue (Krizhevsky 2009). */
import { listDirectory, joinPath } from '#platform';
import { DataError } from '../device/errors.js';
import { readDataFile } from './data_file.js';
import type { DatasetSplits, ImageDataset } from './dataset.js';
import { firstBadLabel } from './labels.js';

const SIDE = 32;
const PIXELS = 3 * SIDE * SIDE;
const RECORD = 1 + PIXELS;
const TRAIN_NAME = /^data_batch_\d+\.bin$/;
const TEST_NAME = 'test_batch.bin';

export const CIFAR10_CLASSES: readonly string[] = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship', 'truck'];

/** Whether a folder's names are those of CIFAR-10. */
export function isCifarFolder(names: readonly string[]): boolean {
  return names.some((name) => TRAIN_NAME.test(name) || name === TEST_NAME);
}

/** One file's images (N, 3, 32, 32) and labels. @throws DataError naming the file: no whole records, a label over 9. */
export function parseCifar(bytes: Uint8Array, file: string): { images: Uint8Array; labels: Uint8Array } {
  const count = Math.floor(bytes.length / RECORD);
  if (count === 0 || bytes.length !== count * RECORD) {
    throw new DataError(`${file}: ${bytes.length} bytes are not whole records of ${RECORD} bytes`, { fix: 'get the file again; CIFAR-10 in its binary version' });
  }
  const images = new Uint8Array(count * PIXELS);
  const labels = new Uint8Array(count);
  for (let n = 0; n < count; n++) {
    labels[n] = bytes[n * RECORD];
    images.set(bytes.subarray(n * RECORD + 1, (n + 1) * RECORD), n * PIXELS);
  }
  const bad = firstBadLabel(labels, CIFAR10_CLASSES.length);
  if (bad >= 0) throw new DataError(`${file}: label ${labels[bad]} of record ${bad}, expected 0 to 9`, { fix: 'get the file again; CIFAR-10 in its binary version' });
  return { images, labels };
}

async function readPart(name: string, files: readonly string[]): Promise<ImageDataset> {
  const parts = [];
  for (const file of files) parts.push(parseCifar(await readDataFile(file), file));
  const count = parts.reduce((n, p) => n + p.labels.length, 0);
  const images = new Uint8Array(count * PIXELS);
  const labels = new Uint32Array(count);
  let at = 0;
  for (const part of parts) {
    images.set(part.images, at * PIXELS);
    labels.set(part.labels, at);
    at += part.labels.length;
  }
  return { name, images, labels, count, channels: 3, height: SIDE, width: SIDE, classes: CIFAR10_CLASSES };
}

/** Reads `data_batch_*.bin` and, for the test part, `test_batch.bin`. @throws DataError: none of the former, or what `parseCifar` says. */
export async function readCifarFolder(directory: string): Promise<DatasetSplits> {
  const names = await listDirectory(directory);
  const train = names.filter((name) => TRAIN_NAME.test(name)).map((name) => joinPath(directory, name));
  if (train.length === 0) throw new DataError(`${directory}: has ${TEST_NAME} but no data_batch_1.bin`, { fix: 'put the training files beside it' });
  const test = names.includes(TEST_NAME) ? await readPart(`${directory} test`, [joinPath(directory, TEST_NAME)]) : null;
  return { train: await readPart(`${directory} train`, train), test };
}
