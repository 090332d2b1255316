import { fileInfo, joinPath, listDirectory } from '#platform';
import { DataError } from '../device/errors.js';
import { named } from '../text/width.js';
import { censusLine, fileCensus } from './pictures/census.js';
import { isCifarFolder, readCifarFolder } from './files/cifar.js';
import { knownPart, mergeClasses, requireParts, type ClassMap } from './class_map.js';
import { readDataFile, readDataHead } from './files/data_file.js';
import type { DatasetSplits, ImageDataset } from './dataset.js';
import { DATA_SETS, dataSetDirectory, isDataSetName, missingFiles, type DataSetName } from './files/data_sets.js';
import { GARMENT_SIDE, syntheticGarments } from './drawn/garments.js';
import { readIdxFolder } from './files/idx.js';
import { readerOf, readOwn } from './own_reader.js';
import { listImageFolder, subfolders } from './pictures/image_folder.js';
import { knownFiles, type KnownFiles } from './kept/known_files.js';
import { listLabelledCsv, tableRows, type TableOptions } from './tables/labelled_csv.js';
import { isTableName, partFiles } from './tables/part_files.js';
import { PICTURE_NAME } from './pictures/file_kind.js';
import { nameSome, partNamed, type Part, type PictureList } from './pictures/picture_list.js';
import { joinPixelTables, type LabelColumn, readPixelTable, type PixelTable } from './tables/pixel_csv.js';
import { readPictures, type ReadOptions } from './pictures/read_pictures.js';
import { readPackedFile, readPackedFolder } from './packed/read_packed.js';
import { TAR_NAME } from './packed/tar_index.js';
import { listTarShards, matchingFiles } from './packed/tar_shards.js';
import { parseShoes, syntheticShoes } from './drawn/shoes.js';
import { listSplitLists } from './tables/split_lists.js';
import { noTable, tableHead, tableKind } from './tables/table_head.js';
import { asUtf8 } from './tables/text.js';
import { joined, worded } from '../text/wording.js';

/** `testSplit` is also for folders of pictures without parts of their own; there it is 0 by default. */
export interface LoadOptions extends TableOptions, ReadOptions {
  /** Draws the synthetic garments and shoes; files do not depend on it. */
  readonly seed?: number;
  /** Where a CSV file of pixels has its label; see `parsePixelCsv`. */
  readonly labelColumn?: LabelColumn;
  /** What a network sees of each image, in pixels a side. Default: all. */
  readonly crop?: number;
  /** Classes to merge; see class_map.ts. */
  readonly classes?: ClassMap;
  /** The data may have only some of the names in `classes`, or none: then their own classes stay. */
  readonly isPartial?: boolean;
  /** Hears the classes of pictures before the first is decoded, which may take minutes: what cannot go on, throws. */
  readonly onClasses?: (classes: readonly string[], name: string) => void;
}

/** A data set that was downloaded. @throws DataError when it was not. */
async function loadPublished(name: DataSetName, options: LoadOptions): Promise<DatasetSplits> {
  const directory = dataSetDirectory(name);
  const [missing] = await missingFiles(DATA_SETS[name], directory);
  if (missing !== undefined)
    throw new DataError(`${name}: ${missing} is not in ${directory}`, { fix: `weft data download ${name}` });
  return loadFolder(directory, options);
}

/** How these classes are merged. */
function mapFor(own: readonly string[], { classes, isPartial }: LoadOptions): ClassMap | undefined {
  return classes !== undefined && isPartial === true ? knownPart(classes, own) : classes;
}

/** Reads what is listed; says so when there is nothing to draw a test part from. */
async function readList(list: PictureList, options: LoadOptions, known?: KnownFiles): Promise<DatasetSplits> {
  const { onClasses } = options;
  const map = mapFor(list.classes, options);
  if (map !== undefined) requireParts(list.name, list.classes, map);
  onClasses?.(map === undefined ? list.classes : Object.keys(map), list.name);
  const isUnused = options.testSplit !== undefined && list.pictures.every((p) => p.part !== null);
  return readPictures(
    isUnused
      ? { ...list, notes: [...list.notes, worded`{testSplit} is not used: ${list.name} has parts of its own`] }
      : list,
    options,
    known,
  );
}

async function loadFolder(folder: string, options: LoadOptions): Promise<DatasetSplits> {
  const names = await listDirectory(folder);
  if (isCifarFolder(names)) return readCifarFolder(folder);
  if (names.some((name) => /idx[13]-ubyte/.test(name))) return readIdxFolder(folder);
  const packed = await readPackedFolder(folder, names, options, (unpacked) => loadFolder(unpacked, options));
  if (packed !== null) return packed;
  const folders = await subfolders(folder);
  const looking = (done: number): void => options.onProgress?.({ work: 'looking for files', done, total: null });
  const hasParts = folders.some((name) => partNamed(name) === 'train');
  const parts = hasParts ? null : partFiles(folder, names);
  const kind = parts === null ? null : await kindOf(joinPath(folder, parts.get('train') as string), options);
  if (parts !== null && kind === 'pixels') return loadPixelParts(folder, parts, options);
  if (parts !== null) return readList(await listSplitLists(folder, parts, options, looking), options);
  const shards = names.filter((name) => TAR_NAME.test(name)).map((name) => joinPath(folder, name));
  if (folders.length === 0 && shards.length > 0) return loadShards(folder, shards, options);
  if (folders.length > 0) {
    const known = await knownFiles(folder, 'folder');
    return readList(await listImageFolder(folder, options.testSplit, looking, known), options, known);
  }
  throw nothingToRead(folder, names);
}

async function loadShards(name: string, shards: readonly string[], options: LoadOptions): Promise<DatasetSplits> {
  const looking = (done: number): void => options.onProgress?.({ work: 'looking for files', done, total: null });
  return readList(await listTarShards(name, shards, options, looking), options);
}

/** What a folder holds that is none of the forms. */
function nothingToRead(folder: string, names: readonly string[]): DataError {
  const tables = names.filter(isTableName);
  if (tables.length > 0)
    return new DataError(`${folder}: holds ${nameSome(tables)}, and no folders of classes`, {
      fix: worded`give the table itself: {data} ${joinPath(folder, tables[0])}; two are read together when
        their names say train and test`,
    });
  const pictures = names.filter((name) => PICTURE_NAME.test(name));
  if (pictures.length > 0)
    return new DataError(
      `${folder}: ${pictures.length} ${pictures.length === 1 ? 'picture lies' : 'pictures lie'} directly in it ` +
        `(${nameSome(pictures)}), in no folder of a class`,
      { fix: 'make a folder for each class, or a CSV that says what each shows' },
    );
  const held = names.length === 0 ? 'is empty' : `holds ${nameSome(names)}, none of which is read`;
  return new DataError(`${folder}: ${held}`, {
    fix:
      'give a folder of pictures (a folder for each class), of IDX files (train-images-idx3-ubyte[.gz] …) or of ' +
      'CIFAR-10 (data_batch_1.bin …), or a CSV file',
  });
}

/** What the table of a part holds; a list of pictures is none. */
async function kindOf(file: string, { encoding }: LoadOptions): Promise<'pixels' | 'pictures'> {
  if (!isTableName(file)) return 'pictures';
  const bytes = asUtf8(await readDataHead(file, HEAD), file, encoding);
  return tableKind(tableHead(wholeLines(bytes), file)) ?? 'pictures';
}

/** Enough for the first row of an image of 512x512. */
const HEAD = 2 ** 21;

/** Up to the last line's end, where there is one: a character may be cut. */
function wholeLines(bytes: Uint8Array): Uint8Array {
  const end = bytes.length < HEAD ? bytes.length : Math.max(bytes.lastIndexOf(10), bytes.lastIndexOf(13));
  return end > 0 ? bytes.subarray(0, end + 1) : bytes;
}

async function loadPixelParts(
  folder: string,
  parts: ReadonlyMap<Part, string>,
  options: LoadOptions,
): Promise<DatasetSplits> {
  const read = async (part: Part): Promise<PixelTable | null> => {
    const name = parts.get(part);
    return name === undefined
      ? null
      : readPixelTable(await readDataFile(joinPath(folder, name)), joinPath(folder, name), options);
  };
  const [train, validation, test] = [await read('train'), await read('validation'), await read('test')];
  return joinPixelTables(train as PixelTable, validation, test, folder);
}

/** A table of pixels, or of names of pictures. */
async function loadCsv(path: string, options: LoadOptions): Promise<DatasetSplits> {
  const bytes = await readDataFile(path);
  const text = asUtf8(bytes, path, options.encoding);
  const head = tableHead(text, path);
  const kind = options.imageColumn === undefined ? tableKind(head) : 'pictures';
  if (kind === 'pixels') return joinPixelTables(readPixelTable(bytes, path, options), null, null);
  if (kind === 'pictures' || (options.label !== undefined && head.header.length > 0))
    return readList(await listLabelledCsv(bytes, path, options), options);
  if (bytes.length === 0) throw new DataError(`${path}: the file is empty`, { fix: 'get the file again' });
  tableRows(text, path, head); // says where quotes are not closed
  throw noTable(path, head);
}

/** How others write the names of data. */
const SPELLINGS: Readonly<Record<string, string>> = {
  fashionmnist: 'fashion-mnist',
  fmnist: 'fashion-mnist',
  synthetic: 'synthetic',
};
const FORMS =
  'give synthetic, shoes:8192, fashion-mnist, a folder of IDX files, of CIFAR-10 or of pictures, a zip of it, tar ' +
  'shards, Parquet, .npz, or a CSV file';

/** Whether a name is of data that are drawn: no file is behind them, neither a table nor a picture. */
export function isDrawn(spec: string): boolean {
  return spec === 'synthetic' || parseShoes(spec) !== null;
}

/** @throws DataError when images of this size are not of the size that was asked for. */
function requireSize(name: string, [height, width]: readonly [number, number], imageSize: number | undefined): void {
  if (imageSize !== undefined && (height !== imageSize || width !== imageSize))
    throw new DataError(worded`${name}: its images are ${height}x${width}; {imageSize} is for pictures`, {
      fix: 'leave it out',
    });
}

async function loadSource(spec: string, options: LoadOptions): Promise<DatasetSplits> {
  // before they are drawn, which takes a second
  if (spec === 'synthetic') requireSize('synthetic train', [GARMENT_SIDE, GARMENT_SIDE], options.imageSize);
  if (spec === 'synthetic') return syntheticGarments({ seed: options.seed ?? 0 });
  if (isDataSetName(spec)) return loadPublished(spec, options);
  const own = readerOf(spec);
  if (own !== null) return readOwn(own, options.imageSize);
  const shoes = parseShoes(spec);
  if (shoes !== null)
    return syntheticShoes(shoes, {
      seed: options.seed ?? 0,
      ...(options.imageSize === undefined ? {} : { side: options.imageSize }),
    });
  const info = await fileInfo(spec);
  const shards = info === null ? await matchingFiles(spec) : TAR_NAME.test(spec) ? [spec] : null;
  if (shards !== null && info?.isDirectory !== true) return loadShards(spec, shards, options);
  if (info === null) {
    const meant = SPELLINGS[spec.toLowerCase().replace(/[\s_-]/g, '')];
    throw new DataError(`${spec}: no such file or folder`, {
      fix: meant === undefined ? FORMS : `did you mean ${meant}?`,
    });
  }
  if (info.isDirectory) return loadFolder(spec, options);
  return (await readPackedFile(spec, options, (folder) => loadFolder(folder, options))) ?? loadCsv(spec, options);
}

/** @throws DataError when there is a class that nothing can be learned about. */
function requireEveryClass({ train, pictures, notes = [] }: DatasetSplits): void {
  const own = train.labels.subarray(0, train.validationStart);
  const empty = train.classes.find((_, c) => !own.includes(c));
  if (empty === undefined) return;
  const why = joined(notes.map((note) => worded`; ${note}`));
  throw new DataError(
    worded`${train.name}: class ${named(empty)} has no training
      ${pictures === undefined ? 'image' : 'picture that can be read'}${why}`,
    { fix: worded`add pictures of it, or leave the class out: {classes} names those to learn` },
  );
}

/** A part of which no image is left is none: nothing can be measured on it. */
function withoutEmptyParts(splits: DatasetSplits): DatasetSplits {
  const { validationStart, ...train } = splits.train;
  const [noValidation, noTest] = [validationStart === train.count, splits.test?.count === 0];
  if (!noValidation && !noTest) return splits;
  const empty = [
    ...(noValidation ? ['validation part has no image left: the share for validation is drawn from training'] : []),
    ...(noTest ? ['test part has no image left: there is none to test on'] : []),
  ];
  return {
    ...splits,
    train: noValidation ? train : splits.train,
    test: noTest ? null : splits.test,
    notes: [...(splits.notes ?? []), ...empty.map((what) => `the ${what}`)],
  };
}

/**
 * With a note of what became of every file, where some of a folder are no pictures of a class; the other notes say the
 * rest.
 */
function withCensus(splits: DatasetSplits): DatasetSplits {
  const census = fileCensus(splits);
  return census === null || (splits.pictures?.leftOut ?? []).length === 0
    ? splits
    : {
        ...splits,
        notes: [...(splits.notes ?? []), `${splits.train.name.replace(/ train$/, '')}: ${censusLine(census)}`],
      };
}

/** A data set of which a network sees `crop` pixels a side. @throws DataError when the images are smaller. */
function cropped<T extends ImageDataset | null>(data: T, crop: number): T {
  if (data !== null && crop > Math.min(data.height, data.width)) {
    throw new DataError(
      worded`${data.name}: {crop} ${crop} is more than its images of
      ${data.height}x${data.width}`,
      {
        fix: worded`use a smaller {crop}, or for pictures a larger {imageSize}`,
      },
    );
  }
  return data === null ? data : { ...data, crop };
}

/**
 * The data set that `--data` names: `synthetic` (drawn garments), `shoes:8192` (drawn shoes, so many products),
 * `fashion-mnist` (the downloaded copy), a folder of IDX files, of CIFAR-10's binary files or of pictures (with or
 * without lists of the parts), a zip file of such a folder, Parquet with pictures, NumPy's arrays, or a CSV file, of
 * pixels or of names of pictures. A file or folder that happens to have one of the two names is reached as
 * `./synthetic`.
 * @throws DataError: nothing there, what the readers report, settings that do not fit the images, a class without a
 * training picture.
 */
export async function loadDataset(spec: string, options: LoadOptions = {}): Promise<DatasetSplits> {
  let splits = await loadSource(spec, options);
  const { imageSize, crop } = options;
  const { train } = splits;
  const classes = mapFor(train.classes, options);
  requireSize(train.name, [train.height, train.width], imageSize);
  if (classes !== undefined) splits = mergeClasses(splits, classes);
  requireEveryClass(splits);
  splits = withCensus(withoutEmptyParts(splits));
  return crop === undefined
    ? splits
    : { ...splits, train: cropped(splits.train, crop), test: cropped(splits.test, crop) };
}
