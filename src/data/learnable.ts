/** Whether data hold anything to learn, and what would make a result look better, or say less, than it is. */
import { DataError } from '../device/errors.js';
import { named, namedAll } from '../text/width.js';
import type { ImageDataset } from './dataset.js';
import { imageReader, isStored, type ImageReader } from './images.js';
import { worded } from '../text/wording.js';

/** How many images of each class. */
function countsOf({ labels, classes }: Pick<ImageDataset, 'labels' | 'classes'>, indices: Iterable<number>): number[] {
  const counts = new Array<number>(classes.length).fill(0);
  for (const i of indices) counts[labels[i]]++;
  return counts;
}

/**
 * @param indices the images to train on.
 * @throws DataError when they are of one class: a network that always gives the same answer would be right every time.
 */
export function requireTwoClasses(data: Pick<ImageDataset, 'name' | 'labels' | 'classes'>, indices: Uint32Array): void {
  const counts = countsOf(data, indices);
  const present = data.classes.filter((_, c) => counts[c] > 0);
  if (present.length !== 1) return;
  throw new DataError(
    `${data.name}: all ${indices.length} training images are of one class, ${named(present[0])}: there is ` +
      `nothing to learn`,
    {
      fix: worded`give images of two classes or more; look at the data with weft data check, or choose another
        {label} or {classes}`,
    },
  );
}

/** Bytes of an image that decide whether it is compared with another: spread over all of it. */
const SAMPLED = 1024;
/** Images with equal samples that are kept to compare with. */
const MAX_ALIKE = 4;
/** From this share of copies on it is said. */
const MANY_COPIES = 0.01;

interface Part {
  readonly data: ImageDataset;
  readonly indices: Uint32Array;
}

function readerOf({ images, count }: ImageDataset): ImageReader {
  return imageReader(images, images.length / count);
}

function sample(bytes: Uint8Array): number {
  const step = Math.max(1, Math.floor(bytes.length / SAMPLED));
  let hash = 0x811c9dc5; // FNV-1a
  for (let at = 0; at < bytes.length; at += step) hash = Math.imul(hash ^ bytes[at], 0x01000193);
  return hash >>> 0;
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((v, i) => v === b[i]);
}

/** An image that is read only when it has to be. */
interface Candidate {
  /** Equal images have equal ones. */
  readonly key: number;
  readonly bytes: () => Uint8Array;
}

/** Whether the CRCs of images are known, so that unlike ones need not be read. */
function areChecked({ images }: ImageDataset): boolean {
  return isStored(images) && (images.length === 0 || images.checkOf(0) !== null);
}

function* candidates({ data, indices }: Part, byCheck: boolean): Generator<Candidate & { readonly index: number }> {
  const { images } = data;
  const read = readerOf(data);
  for (const index of indices) {
    const check = byCheck && isStored(images) ? images.checkOf(index) : null;
    yield { index, key: check ?? sample(read(index)), bytes: () => read(index) };
  }
}

/** Images by what they look like: for the question whether another is among them. */
class Seen {
  readonly #alike = new Map<number, number[]>();
  readonly #read: ImageReader;
  /** How many are unlike all before. */
  distinct = 0;

  constructor(data: ImageDataset) {
    this.#read = readerOf(data);
  }

  has({ key, bytes }: Candidate): boolean {
    return this.#alike.get(key)?.some((other) => isEqual(this.#read(other), bytes())) ?? false;
  }

  /** @param index of an image of the data that this was made for. */
  add(image: Candidate, index: number): void {
    if (this.has(image)) return;
    this.distinct++;
    const alike = this.#alike.get(image.key) ?? [];
    if (alike.length < MAX_ALIKE) this.#alike.set(image.key, [...alike, index]);
  }
}

/** Up to so many names are listed. */
const NAMED = 5;

function listed(names: readonly string[]): string {
  return namedAll(names, NAMED);
}

function isOneColour(data: ImageDataset, indices: Uint32Array): boolean {
  const read = readerOf(data);
  return indices.every((i) => read(i).every((v, _, all) => v === all[0]));
}

/** What is wrong with a part that figures will be of. */
function doubtsOfPart(
  part: string,
  { data, indices }: Part,
  trained: readonly number[],
  seen: Seen,
  byCheck: boolean,
): string[] {
  const counts = countsOf(data, indices);
  const present = data.classes.filter((_, c) => counts[c] > 0);
  const unknown = counts.reduce((sum, n, c) => sum + (trained[c] === 0 ? n : 0), 0);
  let copies = 0;
  for (const image of candidates({ data, indices }, byCheck)) copies += Number(seen.has(image));
  return [
    ...(present.length === 1 && data.classes.length > 1
      ? [
          `all ${indices.length} ${part} images are of one class, ${named(present[0])}: their accuracy says ` +
            `nothing about the others`,
        ]
      : []),
    ...(unknown > 0
      ? [
          `${unknown} of ${indices.length} ${part} images are of classes without a training image ` +
            `(${listed(data.classes.filter((_, c) => trained[c] === 0 && counts[c] > 0))}): they can only be wrong`,
        ]
      : []),
    ...(copies > MANY_COPIES * indices.length
      ? [
          `${copies} of ${indices.length} ${part} images are training images too: the ${part} accuracy is better ` +
            `than the model`,
        ]
      : []),
  ];
}

/**
 * What to warn of before a network is trained, in sentences; none for sound data.
 * @param own what it is trained on. @param parts what it is measured on, by name.
 */
export function doubtsAbout(own: Part, parts: Readonly<Record<string, Part>>): string[] {
  const { data, indices } = own;
  const counts = countsOf(data, indices);
  const byCheck = [own, ...Object.values(parts)].every((part) => areChecked(part.data));
  const seen = new Seen(data);
  for (const image of candidates(own, byCheck)) seen.add(image, image.index);
  const single = data.classes.filter((_, c) => counts[c] === 1);
  const none = data.classes.filter((_, c) => counts[c] === 0);
  return [
    ...(indices.length > 1 && seen.distinct === 1
      ? [`all ${indices.length} training images are the same picture: there is nothing to tell classes by`]
      : isOneColour(data, indices)
        ? ['every training image is of one colour all over']
        : []),
    ...(none.length > 0 && none.length < data.classes.length
      ? [
          `${none.length === 1 ? 'one class has' : `${none.length} classes have`} no training image, and will ` +
            `not be learned: ${listed(none)}`,
        ]
      : []),
    ...(single.length > 0
      ? [
          `${single.length === 1 ? 'one class has' : `${single.length} classes have`} a single training image: ` +
            `${listed(single)}`,
        ]
      : []),
    ...Object.entries(parts).flatMap(([part, images]) =>
      images.indices.length === 0 ? [] : doubtsOfPart(part, images, counts, seen, byCheck),
    ),
  ];
}
