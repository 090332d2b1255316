/** What a stage leaves for the next ones: arrays and results, written whole or not at all. */
import { fileInfo, makeDirectory, readBytes, writeFileAtomic, joinPath } from '#platform';
import { ModelError } from '../../device/errors.js';
import { encodeSafetensors, fromFloat32, parseSafetensors, toFloat32 } from '../../nn/safetensors.js';

export interface StoredArray {
  readonly values: Float32Array;
  readonly shape: readonly number[];
}

export type StoredArrays = Readonly<Record<string, StoredArray>>;

export async function saveArrays(folder: string, name: string, arrays: StoredArrays): Promise<void> {
  await makeDirectory(folder);
  writeFileAtomic(joinPath(folder, name), encodeSafetensors(new Map(Object.entries(arrays).map(([key, { values, shape }]) => [key, fromFloat32(values, shape)]))));
}

/** Null when there is no such file. @throws ModelError when it is damaged. */
export async function loadArrays(folder: string, name: string): Promise<StoredArrays | null> {
  const file = joinPath(folder, name);
  if ((await fileInfo(file)) === null) return null;
  const { tensors } = parseSafetensors(await readBytes(file), file);
  return Object.fromEntries([...tensors].map(([key, raw]) => [key, { values: toFloat32(raw, key, file), shape: raw.shape }]));
}

/** Null when there is no such file. @throws ModelError when it is damaged. */
export async function loadJson(file: string): Promise<unknown> {
  if ((await fileInfo(file)) === null) return null;
  try {
    return JSON.parse(new TextDecoder().decode(await readBytes(file)));
  } catch (error) {
    throw new ModelError(`${file} cannot be read`, { fix: 'remove it and repeat the command', cause: error });
  }
}
