import { digest, fileInfo, joinPath, listDirectory } from '#platform';
import { DataError } from '../../device/errors.js';
import { readDataFile } from './data_file.js';
import { FASHION_CLASSES, type DatasetSplits, type HeldDataset } from '../dataset.js';
import { codedBytes, labelClasses } from '../tables/labels.js';

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
 * What the first bytes of an IDX file say: dimensions, where the data start, and how long the whole is. @throws
 * DataError as `parseIdx`.
 */
function readHeader(
  bytes: Uint8Array,
  file: string,
  maxDims: number,
): { dims: number[]; start: number; length: number } {
  if (bytes.length < 4) throw new DataError(`${file}: ${bytes.length} bytes, an IDX file has at least 4`, AGAIN);
  if (bytes[0] !== 0 || bytes[1] !== 0 || !TYPES.has(bytes[2])) {
    throw new DataError(
      `${file}: opens with ${hex(bytes.subarray(0, 4))}, an IDX file opens with 00 00 08 and its number of dimensions`,
      FORM,
    );
  }
  if (bytes[2] !== 0x08)
    throw new DataError(`${file}: byte 2: holds ${TYPES.get(bytes[2])}, only unsigned bytes (type 8) are read`, FORM);
  const ndim = bytes[3];
  if (ndim < 1 || ndim > maxDims)
    throw new DataError(`${file}: byte 3: ${ndim} dimensions, expected 1 to ${maxDims}`, FORM);
  const start = 4 + 4 * ndim;
  if (bytes.length < start)
    throw new DataError(`${file}: ends in its header: ${start - bytes.length} of ${start} bytes are missing`, AGAIN);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const dims = Array.from({ length: ndim }, (_, i) => view.getUint32(4 + 4 * i));
  const zero = dims.indexOf(0);
  if (zero >= 0)
    throw new DataError(`${file}: byte ${4 + 4 * zero}: dimension ${zero} of (${dims.join(', ')}) is 0`, AGAIN);
  return { dims, start, length: start + dims.reduce((a, b) => a * b, 1) };
}

/**
 * Parses the IDX format: bytes 0 0 type ndim, then ndim big-endian u32 dimensions, then the data
 * (http://yann.lecun.com/exdb/mnist, "the IDX file format"). Only unsigned bytes are read. Throws DataError, naming
 * `file`: wrong magic or type, more than `maxDims` dimensions (default 3), a dimension of 0, too few bytes, bytes left
 * over.
 */
export function parseIdx(bytes: Uint8Array, file: string, options: { readonly maxDims?: number } = {}): IdxArray {
  const { dims, start, length } = readHeader(bytes, file, options.maxDims ?? 3);
  if (bytes.length < length) {
    throw new DataError(
      `${file}: (${dims.join(', ')}) needs ${length - start} bytes after the header, ${length - bytes.length} ` +
        `are missing`,
      AGAIN,
    );
  }
  if (bytes.length > length)
    throw new DataError(
      `${file}: ${bytes.length - length} bytes are left over after the (${dims.join(', ')}) data`,
      AGAIN,
    );
  return { dims, data: bytes.subarray(start) };
}

/**
 * Reads an IDX file, packed with gzip or not (known by its first bytes); no more than its header promises is unpacked.
 * Throws DataError; see `parseIdx`.
 */
export async function readIdx(path: string, options: { readonly maxDims?: number } = {}): Promise<IdxArray> {
  const look = (head: Uint8Array): number => readHeader(head, path, options.maxDims ?? 3).length;
  return parseIdx(await readDataFile(path, { look }), path, options);
}

/** The names that a file goes by: as published, or with a dot before idx as some unpackers write it. */
function names(part: string): string[] {
  return [`${part}-ubyte.gz`, `${part}-ubyte`].flatMap((n) => [n, n.replace('-idx', '.idx')]);
}

function find(present: ReadonlySet<string>, part: string): string | null {
  return names(part).find((n) => present.has(n)) ?? null;
}

/**
 * SHA-256 of Fashion-MNIST's labels, of training and testing: MNIST's digits, and other data in this format, have the
 * same form.
 */
const FASHION_LABELS: readonly string[] = [
  '657fbd221bfc9f4198cc14b5619cc33ec57c58dd0e47af4d99d6650759e869a7',
  '3d0e6c6ea990b53b6f8f500a41cac93881d981b315f84578b7d915342ade01e9',
];

interface Pair {
  readonly images: IdxArray;
  /** (N) bytes. */
  readonly labels: Uint8Array;
  readonly isFashion: boolean;
}

/** One pair of files. */
async function readPair(imageFile: string, labelFile: string): Promise<Pair> {
  const labels = await readIdx(labelFile);
  const images = await readIdx(imageFile);
  if (images.dims.length !== 3)
    throw new DataError(
      `${imageFile}: dimensions (${images.dims.join(', ')}), images have 3: count, height, width`,
      FORM,
    );
  if (labels.dims.length !== 1)
    throw new DataError(`${labelFile}: dimensions (${labels.dims.join(', ')}), labels have 1: count`, FORM);
  const [count] = images.dims;
  if (count !== labels.dims[0])
    throw new DataError(`${labelFile}: ${labels.dims[0]} labels, but ${imageFile} has ${count} images`, {
      fix: 'get both files again: they belong together',
    });
  return { images, labels: labels.data, isFashion: FASHION_LABELS.includes(digest('sha256', labels.data)) };
}

function datasetOf(name: string, { images }: Pair, labels: Uint32Array, classes: readonly string[]): HeldDataset {
  const [count, height, width] = images.dims;
  return { name, images: images.data, labels, count, channels: 1, height, width, classes };
}

/**
 * Reads a folder in Fashion-MNIST's layout: `train-images-idx3-ubyte`, `train-labels-idx1-ubyte` and, for the test part
 * (null when both are absent), `t10k-…`; each with or without `.gz`, with `-` or `.` before idx. The packed file is
 * taken when both are there. Images come out as (N, 1, H, W). The classes are the distinct labels of both parts,
 * garments only for Fashion-MNIST's own labels. Throws DataError: a file missing or damaged, counts or image sizes that
 * disagree.
 */
export async function readIdxFolder(directory: string): Promise<DatasetSplits<HeldDataset>> {
  const info = await fileInfo(directory);
  if (info === null) throw new DataError(`${directory}: no such folder`, { fix: 'check the path' });
  if (!info.isDirectory)
    throw new DataError(`${directory}: is a file, expected a folder`, {
      fix: 'give the folder that holds the four files',
    });
  const present = new Set(await listDirectory(directory));
  const parts = ['train-images-idx3', 'train-labels-idx1', 't10k-images-idx3', 't10k-labels-idx1'];
  const [trainImages, trainLabels, testImages, testLabels] = parts.map((part) => find(present, part));
  const noTest = testImages === null && testLabels === null;
  const missing = parts.filter((part, i) => find(present, part) === null && !(noTest && i >= 2));
  if (trainImages === null || trainLabels === null || missing.length > 0) {
    const looked = parts.map((part) => `${part}-ubyte[.gz]`).join(', ');
    throw new DataError(
      `${directory}: no ${missing.map((part) => `${part}-ubyte`).join(', no ')}; looked for ${looked}, also with ` +
        `. before idx`,
      {
        fix: 'give a folder with these files, or get Fashion-MNIST: weft data download fashion-mnist',
      },
    );
  }
  const train = await readPair(joinPath(directory, trainImages), joinPath(directory, trainLabels));
  const test =
    testImages === null || testLabels === null
      ? null
      : await readPair(joinPath(directory, testImages), joinPath(directory, testLabels));
  const pairs = test === null ? [train] : [train, test];
  const [[, height, width], [, testHeight, testWidth]] = [train.images.dims, (test ?? train).images.dims];
  if (testImages !== null && (testHeight !== height || testWidth !== width)) {
    throw new DataError(
      `${joinPath(directory, testImages)}: images of ${testHeight}x${testWidth}, but the train images are ` +
        `${height}x${width}`,
      { fix: 'get the files again: they belong together' },
    );
  }
  const { classes, labels, notes } = labelClasses(
    pairs.map((pair) => codedBytes(pair.labels)),
    pairs.some((pair) => pair.isFashion) ? FASHION_CLASSES : null,
  );
  return {
    train: datasetOf(`${directory} train`, train, labels[0], classes),
    test: test === null ? null : datasetOf(`${directory} test`, test, labels[1], classes),
    ...(notes.length === 0 ? {} : { notes }),
  };
}
