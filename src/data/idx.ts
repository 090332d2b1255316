import { fileInfo, joinPath, listDirectory } from '#platform';
import { DataError } from '../device/errors.js';
import { readDataFile } from './data_file.js';
import type { DatasetSplits, ImageDataset } from './dataset.js';
import { classNames, countClasses, firstBadLabel } from './labels.js';

/** One IDX array of unsigned bytes, row-major. */
export interface IdxArray {
  readonly dims: readonly number[];
  /** product(dims) bytes; shares memory with the file's bytes. */
  readonly data: Uint8Array;
}

/** The type byte of the format; only 0x08 is read. */
const TYPES = new Map([
  [0x08, 'unsigned byte'],
  [0x09, 'signed byte'],
  [0x0b, 'int16'],
  [0x0c, 'int32'],
  [0x0d, 'float32'],
  [0x0e, 'float64'],
]);

const AGAIN = { fix: 'get the file again' };
const FORM = { fix: 'give IDX files of unsigned bytes, as MNIST and Fashion-MNIST publish them' };

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join(' ');
}

/**
 * Parses the IDX format: bytes 0 0 type ndim, then ndim big-endian u32 dimensions, then the data (http://yann.lecun.com/exdb/mnist,
 * "the IDX file format"). Only unsigned bytes are read. Throws DataError, naming `file`: wrong magic or type, more than `maxDims`
 * dimensions (default 3), a dimension of 0, too few bytes, bytes left over.
 */
export function parseIdx(bytes: Uint8Array, file: string, options: { readonly maxDims?: number } = {}): IdxArray {
  const maxDims = options.maxDims ?? 3;
  if (bytes.length < 4) throw new DataError(`${file}: ${bytes.length} bytes, an IDX file has at least 4`, AGAIN);
  if (bytes[0] !== 0 || bytes[1] !== 0 || !TYPES.has(bytes[2])) {
    throw new DataError(`${file}: opens with ${hex(bytes.subarray(0, 4))}, an IDX file opens with 00 00 08 and its number of dimensions`, FORM);
  }
  if (bytes[2] !== 0x08) throw new DataError(`${file}: byte 2: holds ${TYPES.get(bytes[2])}, only unsigned bytes (type 8) are read`, FORM);
  const ndim = bytes[3];
  if (ndim < 1 || ndim > maxDims) throw new DataError(`${file}: byte 3: ${ndim} dimensions, expected 1 to ${maxDims}`, FORM);
  const start = 4 + 4 * ndim;
  if (bytes.length < start) throw new DataError(`${file}: ends in its header: ${start - bytes.length} of ${start} bytes are missing`, AGAIN);

  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const dims = Array.from({ length: ndim }, (_, i) => view.getUint32(4 + 4 * i));
  const zero = dims.indexOf(0);
  if (zero >= 0) throw new DataError(`${file}: byte ${4 + 4 * zero}: dimension ${zero} of (${dims.join(', ')}) is 0`, AGAIN);
  const expected = dims.reduce((a, b) => a * b, 1);
  const found = bytes.length - start;
  if (found < expected) {
    throw new DataError(`${file}: (${dims.join(', ')}) needs ${expected} bytes after the header, ${expected - found} are missing`, AGAIN);
  }
  if (found > expected) throw new DataError(`${file}: ${found - expected} bytes are left over after the (${dims.join(', ')}) data`, AGAIN);
  return { dims, data: bytes.subarray(start) };
}

/** Reads an IDX file, packed with gzip or not (known by its first bytes). Throws DataError; see `parseIdx`. */
export async function readIdx(path: string, options: { readonly maxDims?: number } = {}): Promise<IdxArray> {
  return parseIdx(await readDataFile(path), path, options);
}

/** The names that a file goes by: as published, or with a dot before idx as some unpackers write it. */
function names(part: string): string[] {
  return [`${part}-ubyte.gz`, `${part}-ubyte`].flatMap((n) => [n, n.replace('-idx', '.idx')]);
}

function find(present: ReadonlySet<string>, part: string): string | null {
  return names(part).find((n) => present.has(n)) ?? null;
}

/** One pair of files as a data set; `classes` is null for the part that decides it (train). */
async function readPair(name: string, imageFile: string, labelFile: string, classes: number | null): Promise<ImageDataset> {
  const images = await readIdx(imageFile);
  const labels = await readIdx(labelFile);
  if (images.dims.length !== 3) throw new DataError(`${imageFile}: dimensions (${images.dims.join(', ')}), images have 3: count, height, width`, FORM);
  if (labels.dims.length !== 1) throw new DataError(`${labelFile}: dimensions (${labels.dims.join(', ')}), labels have 1: count`, FORM);
  const [count, height, width] = images.dims;
  if (count !== labels.dims[0]) throw new DataError(`${labelFile}: ${labels.dims[0]} labels, but ${imageFile} has ${count} images`, { fix: 'get both files again: they belong together' });
  const known = classes ?? countClasses(labels.data);
  const bad = firstBadLabel(labels.data, known);
  if (bad >= 0) throw new DataError(`${labelFile}: label ${labels.data[bad]} at index ${bad}, expected 0 to ${known - 1}`, { fix: 'classes count from 0 without a gap; mend the label, or get the file again' });
  const size = { count, channels: 1, height, width };
  return { name, images: images.data, labels: Uint32Array.from(labels.data), ...size, classes: classNames(known) };
}

/**
 * Reads a folder in Fashion-MNIST's layout: `train-images-idx3-ubyte`, `train-labels-idx1-ubyte` and, for the test part (null when
 * both are absent), `t10k-…`; each with or without `.gz`, with `-` or `.` before idx. The packed file is taken when both are there.
 * Images come out as (N, 1, H, W). Throws DataError: a file missing or damaged, counts or image sizes that disagree, a label out of
 * range (see `countClasses`).
 */
export async function readIdxFolder(directory: string): Promise<DatasetSplits> {
  const info = await fileInfo(directory);
  if (info === null) throw new DataError(`${directory}: no such folder`, { fix: 'check the path' });
  if (!info.isDirectory) throw new DataError(`${directory}: is a file, expected a folder`, { fix: 'give the folder that holds the four files' });
  const present = new Set(await listDirectory(directory));
  const parts = ['train-images-idx3', 'train-labels-idx1', 't10k-images-idx3', 't10k-labels-idx1'];
  const [trainImages, trainLabels, testImages, testLabels] = parts.map((part) => find(present, part));
  const noTest = testImages === null && testLabels === null;
  const missing = parts.filter((part, i) => find(present, part) === null && !(noTest && i >= 2));
  if (trainImages === null || trainLabels === null || missing.length > 0) {
    const looked = parts.map((part) => `${part}-ubyte[.gz]`).join(', ');
    throw new DataError(`${directory}: no ${missing.map((part) => `${part}-ubyte`).join(', no ')}; looked for ${looked}, also with . before idx`, {
      fix: 'give a folder with these files, or get Fashion-MNIST: weft data download fashion-mnist',
    });
  }
  const train = await readPair(`${directory} train`, joinPath(directory, trainImages), joinPath(directory, trainLabels), null);
  if (testImages === null || testLabels === null) return { train, test: null };
  const test = await readPair(`${directory} test`, joinPath(directory, testImages), joinPath(directory, testLabels), train.classes.length);
  if (test.height !== train.height || test.width !== train.width) {
    throw new DataError(
      `${joinPath(directory, testImages)}: images of ${test.height}x${test.width}, but the train images are ${train.height}x${train.width}`,
      { fix: 'get the files again: they belong together' },
    );
  }
  return { train, test };
}
