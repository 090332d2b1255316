/** What an index consists of; index_folder.ts reads and writes its files. */
import { DataError } from '../../device/errors.js';
import { parseSafetensors, toFloat32 } from '../../nn/safetensors.js';
import type { TrainConfig } from '../config.js';
import type { FeatureSource } from './feature_source.js';

export const FORMAT = 'weft-index-1';
/** Name of the vectors in their file. */
export const TENSOR = 'features';

/** How the images were read, so that they can be read again. */
export type IndexReading = Pick<TrainConfig, 'data' | 'seed' | 'imageSize' | 'crop' | 'label' | 'imageColumn' | 'where' | 'group' | 'near' | 'testSplit' | 'keepDuplicates'>;

/** A list here has an entry for each row, in the order of the rows. */
export interface IndexManifest {
  readonly format: typeof FORMAT;
  /** The folder that paths in here count from, where they are not absolute; undefined in indices of before. */
  readonly madeIn?: string;
  readonly source: FeatureSource;
  readonly reading: IndexReading;
  readonly count: number;
  /** Rows of the training part; those after them are of the test part. */
  readonly trainCount: number;
  /** Numbers of a vector. */
  readonly width: number;
  /** The picture's file, or the part and the number in it: train/17. */
  readonly ids: readonly string[];
  readonly areFiles: boolean;
  /** SHA-256 of the file, or of the image's bytes. */
  readonly hashes: readonly string[];
  /** Of the picture's looks: 16 hexadecimal digits, see data/perceptual_hash.ts. */
  readonly perceptual: readonly string[];
  /** Name of the class. */
  readonly labels: readonly string[];
  /** The column that the classes are values of; `class` where there is no table. */
  readonly label: string;
  /** The other columns of a table by name; and `brand`, where brands were made out. */
  readonly columns: Readonly<Record<string, readonly string[]>>;
}

/** The vectors (count, width) of an index out of the bytes of features.safetensors. @param file names them in messages. @throws DataError when they are others than the manifest says. */
export function parseRows(bytes: Uint8Array, { count, width }: Pick<IndexManifest, 'count' | 'width'>, file: string): Float32Array<ArrayBuffer> {
  const raw = parseSafetensors(bytes, file).tensors.get(TENSOR);
  if (raw === undefined || raw.shape.join() !== [count, width].join()) {
    throw new DataError(`${file} holds ${raw === undefined ? 'no features' : `vectors of shape (${raw.shape.join(', ')})`}, the manifest is of (${count}, ${width})`, { fix: 'make the index again: weft index' });
  }
  const rows = toFloat32(raw, TENSOR, file);
  if (!rows.every(Number.isFinite)) throw new DataError(`${file}: a number is not finite`, { fix: 'make the index again: weft index' });
  return rows;
}
