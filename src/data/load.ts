import { fileInfo, joinPath, listDirectory } from '#platform';
import { DataError } from '../device/errors.js';
import { isCifarFolder, readCifarFolder } from './cifar.js';
import { mergeClasses, type ClassMap } from './class_map.js';
import type { DatasetSplits, ImageDataset } from './dataset.js';
import { FASHION_FILES, fashionMnistDirectory } from './download.js';
import { syntheticGarments } from './garments.js';
import { readIdxFolder } from './idx.js';
import { DEFAULT_IMAGE_SIZE, hasSubfolders, readImageFolder } from './image_folder.js';
import { type LabelColumn, readPixelCsv } from './pixel_csv.js';

export interface LoadOptions {
  /** Draws the synthetic garments; files do not depend on it. */
  readonly seed?: number;
  /** Where a CSV file has its label; see `parsePixelCsv`. */
  readonly labelColumn?: LabelColumn;
  /** Folders of pictures: their squares' side. Default 64. */
  readonly imageSize?: number;
  /** What a network sees of each image, in pixels a side. Default: all. */
  readonly crop?: number;
  /** Classes to merge; see class_map.ts. */
  readonly classes?: ClassMap;
  /** How many pictures of a folder are decoded. */
  readonly onProgress?: (done: number, total: number) => void;
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

async function loadFolder(folder: string, options: LoadOptions): Promise<DatasetSplits> {
  const names = await listDirectory(folder);
  if (isCifarFolder(names)) return readCifarFolder(folder);
  if (!names.some((name) => /idx[13]-ubyte/.test(name)) && (await hasSubfolders(folder))) return readImageFolder(folder, { imageSize: options.imageSize ?? DEFAULT_IMAGE_SIZE, onProgress: options.onProgress });
  return readIdxFolder(folder);
}

async function loadSource(spec: string, options: LoadOptions): Promise<DatasetSplits> {
  if (spec === 'synthetic') return syntheticGarments({ seed: options.seed ?? 0 });
  if (spec === 'fashion-mnist') return loadFashionMnist();
  const info = await fileInfo(spec);
  if (info === null) {
    throw new DataError(`${spec}: no such file or folder`, { fix: 'give synthetic, fashion-mnist, a folder of IDX files, of CIFAR-10 or of pictures, or a CSV file' });
  }
  return info.isDirectory ? loadFolder(spec, options) : readPixelCsv(spec, options);
}

/** A data set of which a network sees `crop` pixels a side. @throws DataError when the images are smaller. */
function cropped<T extends ImageDataset | null>(data: T, crop: number): T {
  if (data !== null && crop > Math.min(data.height, data.width)) {
    throw new DataError(`${data.name}: --crop ${crop} is more than its images of ${data.height}x${data.width}`, { fix: 'use a smaller --crop, or for pictures a larger --image-size' });
  }
  return data === null ? data : { ...data, crop };
}

/**
 * The data set that `--data` names: `synthetic` (drawn garments), `fashion-mnist` (the downloaded copy), a folder of IDX files, of
 * CIFAR-10's binary files or of pictures, or a CSV file. A file or folder that happens to have one of the two names is reached as
 * `./synthetic`. Throws DataError: nothing there, what the readers report, or settings that do not fit the images.
 */
export async function loadDataset(spec: string, options: LoadOptions = {}): Promise<DatasetSplits> {
  let splits = await loadSource(spec, options);
  const { imageSize, crop, classes } = options;
  const { train } = splits;
  if (imageSize !== undefined && (train.height !== imageSize || train.width !== imageSize)) {
    throw new DataError(`${train.name}: its images are ${train.height}x${train.width}; --image-size is for folders of pictures`, { fix: 'leave it out' });
  }
  if (classes !== undefined) splits = mergeClasses(splits, classes);
  return crop === undefined ? splits : { ...splits, train: cropped(splits.train, crop), test: cropped(splits.test, crop) };
}
