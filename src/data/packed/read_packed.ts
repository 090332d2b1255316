/** Data that other tools packed: zip, .npz, .npy, Parquet. What holds pictures is read as the folder it would be. */
import { parentFolder, readHead } from '#platform';
import { readNpyFolder, readNpz } from '../arrays/array_parts.js';
import type { DatasetSplits, ImageDataset } from '../dataset.js';
import { PARQUET_NAME, parquetFolder, type ParquetColumns } from './parquet.js';
import { zipFolder } from './zip.js';
import { isZip } from './zip_entries.js';

/** Reads a folder of pictures. */
type ReadFolder = (folder: string) => Promise<DatasetSplits>;

/** Data by the name that the user gave, not by where they were unpacked; classes by theirs. */
function named<D extends ImageDataset>(data: D, from: string, to: string, labels: ReadonlyMap<string, string>): D {
  const classes = data.classes.map((name) => labels.get(name) ?? name);
  return { ...data, name: data.name.replace(from, () => to), classes };
}

async function asFolder(
  given: string,
  folder: string,
  read: ReadFolder,
  labels: ReadonlyMap<string, string> = new Map(),
): Promise<DatasetSplits> {
  const splits = await read(folder);
  const { train, test } = splits;
  return {
    ...splits,
    train: named(train, folder, given, labels),
    test: test === null ? null : named(test, folder, given, labels),
  };
}

async function ofParquet(
  given: string,
  folder: string,
  names: readonly string[],
  columns: ParquetColumns,
  read: ReadFolder,
): Promise<DatasetSplits> {
  const { folder: unpacked, labels } = await parquetFolder(folder, names, columns);
  return asFolder(given, unpacked, read, labels);
}

/** A file that is packed; null for one of another form. @throws DataError when it is damaged. */
export async function readPackedFile(
  file: string,
  columns: ParquetColumns,
  read: ReadFolder,
): Promise<DatasetSplits | null> {
  const name = file.split(/[\\/]/).at(-1) as string;
  if (PARQUET_NAME.test(name)) return ofParquet(file, parentFolder(file), [name], columns, read);
  if (!isZip(await readHead(file, 4))) return null;
  return name.endsWith('.npz') ? readNpz(file) : asFolder(file, await zipFolder(file), read);
}

/** A folder of packed files; null for one of another form. @throws DataError when one is damaged. */
export async function readPackedFolder(
  folder: string,
  names: readonly string[],
  columns: ParquetColumns,
  read: ReadFolder,
): Promise<DatasetSplits | null> {
  const parquet = names.filter((name) => PARQUET_NAME.test(name));
  if (parquet.length > 0) return ofParquet(folder, folder, parquet, columns, read);
  return names.some((name) => name.endsWith('.npy')) ? readNpyFolder(folder, names) : null;
}
