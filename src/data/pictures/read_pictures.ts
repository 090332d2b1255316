/** From a list of pictures to a data set: copies left out, a test part drawn where there is none, the files decoded. */
import { digest, pathState } from '#platform';
import type { DatasetSplits, ImageDataset, PictureReport } from '../dataset.js';
import { duplicateNotes, findDuplicates, type HashedPicture } from './duplicates.js';
import { inParallel } from '../in_parallel.js';
import { knownFiles, type KnownFile, type KnownFiles } from '../kept/known_files.js';
import { COMPARED_SIDE, describeNear, joinNear, nearGroups, nearNotes } from './near_duplicates.js';
import { perceptualHashes } from './perceptual_hash.js';
import { decodePictures, reasonOf, type KeepingOptions } from './decode_pictures.js';
import { readPictureFile } from './picture_file.js';
import { nameSome, type ListedPicture, type Part, type PictureList } from './picture_list.js';
import { drawTestPart, unitOf } from './test_part.js';

/** How pictures are read. */
export interface ReadOptions extends KeepingOptions {
  /** Pixels a side of the squares that are kept. Default 64. */
  readonly imageSize?: number;
  /** Byte-identical copies stay; by default they are left out. */
  readonly keepDuplicates?: boolean;
  /**
   * Pictures whose perceptual hashes differ in at most so many of 64 bits stay in one part where parts are drawn.
   * Default: they are not compared.
   */
  readonly near?: number;
  readonly onProgress?: (progress: ReadingProgress) => void;
}

/** The steps of reading pictures, each of which may take minutes. */
export interface ReadingProgress {
  readonly work: 'looking for files' | 'hashing files' | 'comparing pictures' | 'reading pictures';
  readonly done: number;
  /** null: nobody knows yet. */
  readonly total: number | null;
}

const DEFAULT_IMAGE_SIZE = 64;

interface Unreadable {
  readonly file: string;
  readonly reason: string;
}

/** The pictures with the hashes of their files, which are read where none is known; and those that are not there. */
async function hashAll(
  pictures: readonly ListedPicture[],
  known: KnownFiles,
  onProgress: (done: number) => void,
): Promise<{ hashed: HashedPicture[]; failures: Unreadable[] }> {
  const found = new Array<KnownFile | null>(pictures.length).fill(null);
  const failures: Unreadable[] = [];
  let done = 0;
  await inParallel(pictures.length, async (i) => {
    const { file } = pictures[i];
    try {
      const stamp = pictures[i].stamp ?? (await pathState(file)).stamp;
      const hash = known.hashOf(file, stamp) ?? digest('sha256', await readPictureFile(file));
      found[i] = { file, stamp, hash };
    } catch (error) {
      failures.push({ file, reason: reasonOf(error, file) });
    }
    onProgress(++done);
  });
  await known.keep(found.filter((f) => f !== null));
  return { hashed: pictures.flatMap((p, i) => (found[i] === null ? [] : [{ ...p, hash: found[i].hash }])), failures };
}

/** Groups of the pictures that look the same: their numbers. What cannot be read is in none. */
async function findNear(
  pictures: readonly HashedPicture[],
  bits: number,
  onProgress: (progress: ReadingProgress) => void,
): Promise<number[][]> {
  const { images, failures } = await decodePictures(pictures, COMPARED_SIDE, {}, (done) =>
    onProgress({ work: 'reading pictures', done, total: pictures.length }),
  );
  const failed = new Set(failures.map(([i]) => i));
  const read = [...pictures.keys()].filter((i) => !failed.has(i));
  const hashes = perceptualHashes({
    images,
    count: read.length,
    channels: 3,
    height: COMPARED_SIDE,
    width: COMPARED_SIDE,
  });
  const groups = nearGroups(hashes, bits, (done) =>
    onProgress({ work: 'comparing pictures', done, total: read.length }),
  );
  return groups.map((group) => group.map((n) => read[n]));
}

/** The number of each picture's unit; null when each is by itself. */
function groupsOf(pictures: readonly HashedPicture[]): Uint32Array | null {
  const numbers = new Map<string, number>();
  for (const unit of pictures.map(unitOf)) if (!numbers.has(unit)) numbers.set(unit, numbers.size);
  return numbers.size === pictures.length ? null : Uint32Array.from(pictures, (p) => numbers.get(unitOf(p)) as number);
}

/**
 * Decodes JPEG, PNG and WebP pictures into squares (N, 3, side, side); see `decodeSquare`. Pictures that cannot be read
 * and byte-identical copies are left out, named and counted in the notes and in `pictures`. A class may be left without
 * a picture, and so may the validation and the test part.
 * @throws DataError: the disk does not take the decoded pictures, and they are more than 4 GiB.
 */
export async function readPictures(
  list: PictureList,
  {
    imageSize: side = DEFAULT_IMAGE_SIZE,
    keepDuplicates = false,
    near: bits,
    onProgress,
    ...keeping
  }: ReadOptions = {},
  known?: KnownFiles,
): Promise<DatasetSplits> {
  const total = list.pictures.length;
  const { hashed, failures } = await hashAll(list.pictures, known ?? (await knownFiles(list.name, 'list')), (done) =>
    onProgress?.({ work: 'hashing files', done, total }),
  );
  const identical = findDuplicates(hashed);
  const left = new Set(keepDuplicates ? [] : identical.flatMap((d) => d.copies));
  const single = hashed.filter((p) => !left.has(p));
  const nearOnes = bits === undefined ? [] : await findNear(single, bits, (progress) => onProgress?.(progress));
  const placed = drawTestPart(joinNear(single, nearOnes), list.testSplit);
  const near = describeNear(placed, nearOnes);
  const ofPart = (part: Part): HashedPicture[] => placed.filter((p) => p.part === part);
  const [train, validation, test] = [ofPart('train'), ofPart('validation'), ofPart('test')];

  const warned: { file: string; warning: string }[] = [];
  const broken = new Map<string, string>(); // what is wrong with the file of this hash
  const read = async (
    name: string,
    pictures: readonly HashedPicture[],
    before: number,
  ): Promise<{ data: ImageDataset; kept: readonly HashedPicture[] }> => {
    const decoded = await decodePictures(pictures, side, keeping, (done) =>
      onProgress?.({ work: 'reading pictures', done: before + done, total: placed.length }),
    );
    for (const [i, reason] of decoded.failures) broken.set(pictures[i].hash, reason);
    for (const [i, warning] of decoded.warnings) warned.push({ file: pictures[i].file, warning });
    const failed = new Set(decoded.failures.map(([i]) => i));
    const kept = pictures.filter((_, i) => !failed.has(i));
    return {
      data: {
        name,
        images: decoded.images,
        labels: Uint32Array.from(kept, (p) => p.label),
        count: kept.length,
        channels: 3,
        height: side,
        width: side,
        classes: list.classes,
        origins: kept.map(({ file, hash, fields = {} }) => ({ file, hash, fields })),
      },
      kept,
    };
  };
  const isWhole = train.length === placed.length;
  const first = await read(isWhole ? list.name : `${list.name} train`, [...train, ...validation], 0);
  const second = test.length === 0 ? null : await read(`${list.name} test`, test, train.length + validation.length);

  for (const { file, hash } of hashed)
    if (broken.has(hash)) failures.push({ file, reason: broken.get(hash) as string });
  // ten empty files are no ten copies of a picture
  const duplicates = identical.filter((d) => !broken.has(d.kept.hash));
  const inOrder = new Map(list.pictures.map((p, i) => [p.file, i]));
  failures.sort((a, b) => (inOrder.get(a.file) ?? 0) - (inOrder.get(b.file) ?? 0));
  const unreadable =
    failures.length === 0
      ? []
      : [
          `left out ${failures.length} of ${total} pictures that cannot be read: ` +
            `${nameSome(failures.map(({ file, reason }) => `${file} ${reason}`))}`,
        ];
  const odd =
    warned.length === 0
      ? []
      : [
          `used though not as a file should be (no pixel is lost): ${warned.length} ` +
            `${warned.length === 1 ? 'picture' : 'pictures'}: ` +
            `${nameSome(warned.map(({ file, warning }) => `${file} ${warning}`))}`,
        ];
  const groups = groupsOf(first.kept);
  const used = [...first.kept, ...(second?.kept ?? [])];
  const pictures: PictureReport = {
    listed: total,
    files: used.map((p) => p.file),
    hashes: used.map((p) => p.hash),
    unreadable: failures,
    warned,
    duplicates,
    keepsDuplicates: keepDuplicates,
    leftOut: list.leftOut ?? [],
    ...(bits === undefined ? {} : { near }),
  };
  return {
    train: {
      ...first.data,
      ...(validation.length > 0 ? { validationStart: first.kept.filter((p) => p.part === 'train').length } : {}),
      ...(groups === null ? {} : { groups }),
    },
    test: second?.data ?? null,
    notes: [
      ...list.notes,
      ...unreadable,
      ...odd,
      ...duplicateNotes(duplicates, list.classes, keepDuplicates),
      ...(bits === undefined ? [] : nearNotes(near, bits, list.name)),
    ],
    pictures,
    ...(list.labelColumn === undefined ? {} : { labelColumn: list.labelColumn }),
  };
}
