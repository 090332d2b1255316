/** Folders of pictures: a sub-folder for each class. */
import { digest, fileInfo, hostDescription, joinPath, listDirectory, readBytes } from '#platform';
import { DataError } from '../device/errors.js';
import type { DatasetSplits, ImageDataset } from './dataset.js';
import { decodeSquare, PICTURE_NAME } from './picture.js';
import { cachedPictures, keepPictures, pictureKey, type DecodedPictures } from './picture_cache.js';

export interface ImageFolderOptions {
  /** Pixels a side of the squares that are kept. Default 64. */
  readonly imageSize?: number;
  /** How many pictures of how many are decoded. */
  readonly onProgress?: (done: number, total: number) => void;
}

export const DEFAULT_IMAGE_SIZE = 64;
/** More would not fit most machines' memory. */
const MAX_BYTES = 2 ** 32;
/** Files that a message names; the rest are counted. */
const NAMED = 5;
const FORM = 'a folder of pictures has a sub-folder for each class, or train, validation and test with those in them';

interface Picture {
  readonly file: string;
  readonly label: number;
}

async function subfolders(folder: string): Promise<string[]> {
  const names = (await listDirectory(folder)).filter((name) => !name.startsWith('.'));
  const infos = await Promise.all(names.map((name) => fileInfo(joinPath(folder, name))));
  return names.filter((_, i) => infos[i]?.isDirectory);
}

/** Whether a folder has sub-folders: what tells pictures from files of other layouts. */
export async function hasSubfolders(folder: string): Promise<boolean> {
  return (await subfolders(folder)).length > 0;
}

/** The pictures of one part. @throws DataError when it has a class that `classes` does not. */
async function listPart(folder: string, classes: readonly string[]): Promise<Picture[]> {
  const pictures: Picture[] = [];
  for (const name of await subfolders(folder)) {
    const label = classes.indexOf(name);
    if (label < 0) throw new DataError(`${joinPath(folder, name)}: there is no such class among the training pictures`, { fix: `the classes are ${classes.join(', ')}` });
    for (const file of await listDirectory(joinPath(folder, name))) if (PICTURE_NAME.test(file) && !file.startsWith('.')) pictures.push({ file: joinPath(folder, name, file), label });
  }
  return pictures;
}

/** Runs `work` on 0 … count - 1, as many at a time as the host has cores. */
async function inParallel(count: number, work: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) await work(i);
  };
  await Promise.all(Array.from({ length: Number(hostDescription()['cores']) + 1 }, lane)); // one more: the next file is read meanwhile
}

async function decodeAll(pictures: readonly Picture[], side: number, onProgress: (done: number) => void): Promise<DecodedPictures> {
  const size = 3 * side * side;
  const images = new Uint8Array(pictures.length * size);
  const failures: [number, string][] = [];
  let done = 0;
  await inParallel(pictures.length, async (i) => {
    const { file } = pictures[i];
    try {
      images.set(await decodeSquare(await readBytes(file), file, side), i * size);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      failures.push([i, error.message.slice(file.length + 2)]);
    }
    onProgress(++done);
  });
  failures.sort((a, b) => a[0] - b[0]);
  const failed = new Set(failures.map(([i]) => i));
  let kept = 0;
  for (let i = 0; i < pictures.length; i++) if (!failed.has(i)) images.copyWithin(size * kept++, i * size, (i + 1) * size);
  return { images: images.subarray(0, kept * size), failures };
}

/** From the cache, else from the files. */
async function readPictures(pictures: readonly Picture[], side: number, onProgress: (done: number) => void): Promise<DecodedPictures> {
  const hashes = new Array<string>(pictures.length);
  await inParallel(pictures.length, async (i) => {
    hashes[i] = digest('sha256', await readBytes(pictures[i].file));
  });
  const key = pictureKey(hashes, side);
  const known = await cachedPictures(key);
  if (known !== null) return known;
  const decoded = await decodeAll(pictures, side, onProgress);
  await keepPictures(key, decoded);
  return decoded;
}

/** `sub` of `names` that a folder has, by any of its usual names. */
function partOf(names: readonly string[], usual: readonly string[]): string | null {
  return names.find((name) => usual.includes(name.toLowerCase())) ?? null;
}

/**
 * Reads a folder of JPEG, PNG and WebP pictures as squares (N, 3, side, side); see `decodeSquare`. Classes are the names of the training
 * part's sub-folders, sorted. With `train` (and perhaps `validation` or `val`, and `test`) these are the parts; else all is for training.
 * Pictures that cannot be read are left out, named and counted in the notes.
 * @throws DataError: no pictures, a class without a readable one, a class that training does not have, more than 4 GiB.
 */
export async function readImageFolder(directory: string, { imageSize: side = DEFAULT_IMAGE_SIZE, onProgress }: ImageFolderOptions = {}): Promise<DatasetSplits> {
  const names = await subfolders(directory);
  const train = partOf(names, ['train', 'training']);
  const validation = train === null ? null : partOf(names, ['validation', 'val', 'valid']);
  const test = train === null ? null : partOf(names, ['test', 'testing']);
  const home = train === null ? directory : joinPath(directory, train);
  const classes = await subfolders(home);
  if (classes.length === 0) throw new DataError(`${home}: has no sub-folders`, { fix: FORM });
  const own = await listPart(home, classes);
  const held = validation === null ? [] : await listPart(joinPath(directory, validation), classes);
  const tested = test === null ? [] : await listPart(joinPath(directory, test), classes);
  if (own.length === 0) throw new DataError(`${home}: its sub-folders hold no .jpg, .jpeg, .png or .webp files`, { fix: FORM });
  const total = own.length + held.length + tested.length;
  if (total * 3 * side * side > MAX_BYTES) throw new DataError(`${directory}: ${total} pictures of ${side}x${side} take ${((total * 3 * side * side) / 2 ** 30).toFixed(1)} GiB, at most 4 are kept`, { fix: 'use a smaller --image-size, or fewer pictures' });

  const failures: string[] = [];
  const read = async (name: string, pictures: readonly Picture[], before: number): Promise<{ data: ImageDataset; kept: readonly Picture[] }> => {
    const decoded = await readPictures(pictures, side, (done) => onProgress?.(before + done, total));
    for (const [i, reason] of decoded.failures) failures.push(`${pictures[i].file} ${reason}`);
    const failed = new Set(decoded.failures.map(([i]) => i));
    const kept = pictures.filter((_, i) => !failed.has(i));
    return { data: { name, images: decoded.images, labels: Uint32Array.from(kept, (p) => p.label), count: kept.length, channels: 3, height: side, width: side, classes }, kept };
  };
  const first = await read(train === null ? directory : `${directory} train`, [...own, ...held], 0);
  const second = tested.length === 0 ? null : await read(`${directory} test`, tested, own.length + held.length);
  const notes = failures.length === 0 ? [] : [`left out ${failures.length} of ${total} pictures that cannot be read: ${failures.slice(0, NAMED).join('; ')}${failures.length > NAMED ? '; …' : ''}`];
  const isOwn = new Set(own);
  const start = first.kept.filter((p) => isOwn.has(p)).length;
  const empty = classes.find((_, c) => !first.data.labels.subarray(0, start).includes(c));
  if (empty !== undefined) throw new DataError(`${joinPath(home, empty)}: has no picture that can be read${notes.length > 0 ? `; ${notes[0]}` : ''}`, { fix: 'put pictures there, or remove the folder' });
  return { train: held.length > 0 ? { ...first.data, validationStart: start } : first.data, test: second?.data ?? null, notes };
}
