/** What an index consists of; index_folder.ts reads and writes its files. */
import { ModelError } from '../device/errors.js';
import { isFormat } from '../device/files/integrity.js';
import {
  absent,
  absentOr,
  anyText,
  count as whole,
  digest,
  fields,
  flag,
  isObject,
  list,
  notNegative,
  number,
  oneOf,
  parseSealed,
  positive,
  record,
  share,
  text,
  type Check,
  type Checks,
} from '../device/files/json_checks.js';
import { requireFinite } from '../nn/state/finite.js';
import { parseSafetensors, toFloat32 } from '../nn/state/safetensors.js';
import type { FitConfig, ReadingConfig } from '../train/config.js';
import type { FeatureSource, NetworkSource } from './feature_source.js';

/** The formats' name without their number; `-1` has no digest. */
export const FORMAT = 'weft-index';
/** Name of the vectors in their file. */
export const TENSOR = 'features';

/** How the images were read, so that they can be read again. */
export type IndexReading = Omit<ReadingConfig, 'classes'> & Pick<FitConfig, 'seed'>;

/** A list here has an entry for each row, in the order of the rows. */
export interface IndexManifest {
  readonly format: `${typeof FORMAT}-${1 | 2}`;
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

export const REMAKE = 'make the index again: weft index';

const STATISTICS: Check = fields({ mean: list(number), std: list((v) => notNegative(v) && v !== 0) });
const NETWORK: Check = fields({
  kind: oneOf(['network']),
  model: text,
  'input.channels': positive,
  'input.height': positive,
  'input.width': positive,
  'input.classes': positive,
  weights: text,
  digest,
  layer: (v) => v === null || text(v),
  imageSize: positive,
  normalization: STATISTICS,
});
const PIXELS: Check = fields({ kind: oneOf(['pixels']), channels: positive, imageSize: positive });
/** What makes vectors, as a manifest or a catalogue says it. */
export const SOURCE: Check = (v) => (NETWORK(v) && hasStatistics(v as NetworkSource)) || PIXELS(v);

function hasStatistics({ input, normalization: { mean, std } }: NetworkSource): boolean {
  return mean.length === input.channels && std.length === input.channels;
}

const READING: Check = fields({
  data: text,
  seed: whole,
  imageSize: absentOr(positive),
  crop: absentOr(positive),
  label: absent(text),
  imageColumn: absent(text),
  where: absent(text),
  group: absent(text),
  near: absent(whole),
  testSplit: absent(share),
  keepDuplicates: absent(flag),
});

const MANIFEST: Checks = {
  madeIn: absent(text),
  source: SOURCE,
  reading: READING,
  count: whole,
  trainCount: whole,
  width: positive,
  areFiles: flag,
  label: text,
  ids: list(anyText),
  hashes: list(anyText),
  perceptual: list((v) => typeof v === 'string' && /^[0-9a-f]{16}$/.test(v)),
  labels: list(anyText),
  columns: record(list(anyText)),
};

/** A manifest out of its text. @throws ModelError when it is damaged, or a field is not what it must be. */
export function parseManifest(json: string, file: string): IndexManifest {
  const manifest = parseSealed<IndexManifest>(json, file, FORMAT, { checks: MANIFEST, fix: REMAKE });
  if (!isObject(manifest.columns) || manifest.format === undefined)
    throw new ModelError(`${file}: is no index of this version`, { fix: REMAKE });
  const { count, trainCount, ids, hashes, perceptual, labels, columns } = manifest;
  if (trainCount > count)
    throw new ModelError(`${file}: trainCount ${trainCount} is more than count ${count}`, { fix: REMAKE });
  for (const [name, entries] of Object.entries({ ...columns, ids, hashes, perceptual, labels })) {
    if (entries.length !== count)
      throw new ModelError(`${file}: ${name} is no list of ${count} texts`, { fix: REMAKE });
  }
  return manifest;
}

/**
 * The vectors (count, width) of an index out of the bytes of features.safetensors.
 * @param file names them in messages.
 * @throws ModelError when they are damaged, not finite, or others than the manifest says.
 */
export function parseRows(
  bytes: Uint8Array,
  { count, width }: Pick<IndexManifest, 'count' | 'width'>,
  file: string,
): Float32Array<ArrayBuffer> {
  const { tensors, metadata } = parseSafetensors(bytes, file);
  if (!isFormat(metadata['format'], FORMAT, file))
    throw new ModelError(
      `${file} holds no vectors of this version: its format is ${metadata['format'] ?? 'not given'}, expected ` +
        `${FORMAT}-2`,
      { fix: REMAKE },
    );
  const raw = tensors.get(TENSOR);
  if (raw === undefined || raw.shape.join() !== [count, width].join()) {
    throw new ModelError(
      `${file} holds ${raw === undefined ? 'no features' : `vectors of shape (${raw.shape.join(', ')})`}, the ` +
        `manifest is of (${count}, ${width})`,
      { fix: REMAKE },
    );
  }
  requireFinite([[TENSOR, raw]], file, REMAKE);
  return toFloat32(raw, TENSOR, file);
}
