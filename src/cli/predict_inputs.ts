/** What `weft predict` is asked about: picture files, and the rows of tables of pixels. */
import { readDataFile } from '../data/files/data_file.js';
import { isTableName } from '../data/tables/part_files.js';
import { decodeRgba } from '../data/pictures/picture.js';
import { readPixelTable, unlabelledImages } from '../data/tables/pixel_csv.js';
import type { DataError } from '../device/errors.js';
import type { CheckpointHeader } from '../train/checkpoint_header.js';
import { modelInput, pixelInput } from '../inference/classifier.js';
import type { Views } from '../inference/views.js';
import { picturePaths } from './picture_paths.js';

export interface Asked {
  /** The file, with the row of a table: `test.csv row 1`. */
  readonly name: string;
  /** The model's normalised input. @throws DataError when it cannot be read. */
  readonly input: () => Promise<Float32Array>;
}

/** @param onNone see `picturePaths`; it is told of tables that cannot be read, too. */
export async function askedInputs(given: readonly string[], header: CheckpointHeader, views: Views | null, onNone: (text: string, error: unknown) => void): Promise<Asked[]> {
  const asked: Asked[] = [];
  for (const file of await picturePaths(given, onNone as (text: string, error: DataError) => void)) {
    if (!isTableName(file)) {
      asked.push({ name: file, input: async () => modelInput(await decodeRgba(await readDataFile(file), file), header, views) });
      continue;
    }
    try {
      asked.push(...(await rowsOf(file, header, views)));
    } catch (error) {
      onNone(file, error);
    }
  }
  return asked;
}

/** The rows of a table; its labels, where it has any, are not looked at. @throws DataError when it is no table of pixels. */
async function rowsOf(file: string, header: CheckpointHeader, views: Views | null): Promise<Asked[]> {
  const { images, count, height } = unlabelledImages(readPixelTable(await readDataFile(file), file));
  const size = height * height;
  return Array.from({ length: count }, (_, row) => ({
    name: `${file} row ${row + 1}`,
    input: async () => pixelInput(images.subarray(row * size, (row + 1) * size), height, file, header, views),
  }));
}
