/** What a stage leaves for the next ones: arrays, written whole or not at all. */
import { fileInfo, makeDirectory, readBytes, writeFileAtomic, joinPath } from '#platform';
import { DivergedError } from '../device/errors.js';
import { isFormat } from '../device/files/integrity.js';
import { describeNonFinite, findNonFinite, requireFinite } from '../nn/state/finite.js';
import { encodeSealed, fromFloat32, parseSafetensors, toFloat32 } from '../nn/state/safetensors.js';
import { worded } from '../text/wording.js';

export interface StoredArray {
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

const FORMAT = 'weft-arrays';

export type StoredArrays = Readonly<Record<string, StoredArray>>;

/** @throws DivergedError when a number is not finite; nothing is written then. */
export async function saveArrays(folder: string, name: string, arrays: StoredArrays): Promise<void> {
  const tensors = new Map(Object.entries(arrays).map(([key, { values, shape }]) => [key, fromFloat32(values, shape)]));
  const broken = findNonFinite(tensors);
  if (broken.length > 0)
    throw new DivergedError(`${name}: the network made numbers that are not finite: ${describeNonFinite(broken)}`, {
      fix: worded`train with a smaller {lr}, or start from other weights`,
    });
  await makeDirectory(folder);
  writeFileAtomic(joinPath(folder, name), encodeSealed(FORMAT, tensors));
}

/** Null when there is no such file. @throws ModelError when it is damaged. */
export async function loadArrays(folder: string, name: string): Promise<StoredArrays | null> {
  const file = joinPath(folder, name);
  if ((await fileInfo(file)) === null) return null;
  const { tensors, metadata } = parseSafetensors(await readBytes(file), file);
  isFormat(metadata['format'] ?? `${FORMAT}-1`, FORMAT, file); // those of before had no format
  requireFinite(tensors, file, 'remove it and repeat the command: it is made anew');
  return Object.fromEntries(
    [...tensors].map(([key, raw]) => [key, { values: toFloat32(raw, key, file), shape: raw.shape }]),
  );
}
