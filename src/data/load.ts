import { fileInfo, joinPath } from '#platform';
import { DataError } from '../device/errors.js';
import type { DatasetSplits } from './dataset.js';
import { FASHION_FILES, fashionMnistDirectory } from './download.js';
import { syntheticGarments } from './garments.js';
import { readIdxFolder } from './idx.js';
import { type LabelColumn, readPixelCsv } from './pixel_csv.js';

export interface LoadOptions {
  /** Draws the synthetic garments; files do not depend on it. */
  readonly seed?: number;
  /** Where a CSV file has its label; see `parsePixelCsv`. */
  readonly labelColumn?: LabelColumn;
}

async function loadFashionMnist(): Promise<DatasetSplits> {
  const directory = fashionMnistDirectory();
  for (const file of FASHION_FILES) {
    if ((await fileInfo(joinPath(directory, file.name))) === null) {
      throw new DataError(`fashion-mnist: ${file.name} is not in ${directory}`, { fix: 'weft data download fashion-mnist' });
    }
  }
  return readIdxFolder(directory);
}

/**
 * The data set that `--data` names: `synthetic` (drawn garments), `fashion-mnist` (the downloaded copy), a folder of IDX files, or a
 * CSV file. A file or folder that happens to have one of the two names is reached as `./synthetic`.
 * Throws DataError: nothing there, or what the readers report.
 */
export async function loadDataset(spec: string, options: LoadOptions = {}): Promise<DatasetSplits> {
  if (spec === 'synthetic') return syntheticGarments({ seed: options.seed ?? 0 });
  if (spec === 'fashion-mnist') return loadFashionMnist();
  const info = await fileInfo(spec);
  if (info === null)
    throw new DataError(`${spec}: no such file or folder`, { fix: 'give synthetic, fashion-mnist, a folder of IDX files or a CSV file' });
  return info.isDirectory ? readIdxFolder(spec) : readPixelCsv(spec, options);
}
