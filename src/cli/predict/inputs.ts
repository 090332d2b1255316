/** What `weft predict` is asked about: picture files, and the rows of tables of pixels. */
import { readDataFile } from '../../data/files/data_file.js';
import { isTableName } from '../../data/tables/part_files.js';
import { decodeRgba } from '../../data/pictures/picture.js';
import { readPixelTable, unlabelledImages, type PixelTableOptions } from '../../data/tables/pixel_csv.js';
import { tableHead, tableKind } from '../../data/tables/table_head.js';
import { asUtf8 } from '../../data/tables/text.js';
import { DataError } from '../../device/errors.js';
import type { CheckpointHeader } from '../../train/checkpoint/checkpoint_header.js';
import { modelInput, pixelInput } from '../../inference/classifier.js';
import type { Views } from '../../inference/views.js';
import { picturePaths } from '../picture_paths.js';

export interface Asked {
  /** The file, with the row of a table: `test.csv row 1`. */
  readonly name: string;
  /** The model's normalised input. @throws DataError when it cannot be read. */
  readonly input: () => Promise<Float32Array>;
}

/** How a picture becomes the model's input, and a table rows of pixels. */
export interface AskedOptions {
  readonly header: CheckpointHeader;
  readonly views: Views | null;
  readonly table: Pick<PixelTableOptions, 'label' | 'encoding'>;
}

/** @param onNone see `picturePaths`; it is told of tables that cannot be read, too. */
export async function askedInputs(
  given: readonly string[],
  options: AskedOptions,
  onNone: (text: string, error: unknown) => void,
): Promise<Asked[]> {
  const { header, views } = options;
  const read = async (file: string): Promise<Float32Array> =>
    modelInput(await decodeRgba(await readDataFile(file), file), header, views);
  const asked: Asked[] = [];
  for (const file of await picturePaths(given, onNone)) {
    if (!isTableName(file)) {
      asked.push({ name: file, input: () => read(file) });
      continue;
    }
    try {
      asked.push(...(await rowsOf(file, options)));
    } catch (error) {
      onNone(file, error);
    }
  }
  return asked;
}

/** The rows of a table; a column of labels is passed over. @throws DataError when it is no table of pixels. */
async function rowsOf(file: string, { header, views, table }: AskedOptions): Promise<Asked[]> {
  const bytes = await readDataFile(file);
  if (tableKind(tableHead(asUtf8(bytes, file, table.encoding), file)) === 'pictures') {
    const fix = 'give the pictures themselves, or their folder';
    throw new DataError(`${file}: a table that names pictures, not one of pixels`, { fix });
  }
  const { images, count, height } = unlabelledImages(readPixelTable(bytes, file, { ...table, areLabelsIgnored: true }));
  const size = height * height;
  return Array.from({ length: count }, (_, row) => ({
    name: `${file} row ${row + 1}`,
    input: async () => pixelInput(images.subarray(row * size, (row + 1) * size), height, file, header, views),
  }));
}
