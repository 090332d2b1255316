/** Decoded pictures in a file of the cache: read when they are needed, into memory that is used again. */
import { crc32, type OpenFile } from '#platform';
import { DataError } from '../../device/errors.js';
import { notice } from '../../device/notices.js';
import type { StoredImages } from '../images.js';
import { addCounts } from '../normalize.js';

/** Numbers of a picture in the file of counts: how often each byte occurs in each of three channels. */
const COUNTS = 3 * 256;
/** Counts are kept of pictures that are at least four times as large. Smaller ones are counted when it is asked for. */
const LEAST_COUNTED = 4 * 4 * COUNTS;
/** Bytes that a pass reads at once. */
const PIECE = 2 ** 22;

/** What the pictures in a file must be. */
export interface PictureChecks {
  /** Bytes of a picture. */
  readonly size: number;
  /** SHA-256 of all pictures. */
  readonly digest: string;
  /** CRC-32 of each. */
  readonly checks: readonly number[];
  /** CRC-32 of the file of counts; null: there is none. */
  readonly counts: number | null;
}

/** The CRC-32 of each picture. */
export function checkAll(images: Uint8Array, size: number): number[] {
  return Array.from({ length: images.length / size }, (_, n) => crc32(images.subarray(n * size, (n + 1) * size)));
}

/** How often each byte occurs in each channel of each picture: (N, 3, 256) u32; null where it is not worth keeping. */
export function countAll(images: Uint8Array, size: number): Uint8Array | null {
  if (size < LEAST_COUNTED) return null;
  const counts = new Uint32Array((images.length / size) * COUNTS);
  for (let n = 0; n * size < images.length; n++)
    addCounts(images.subarray(n * size, (n + 1) * size), size / 3, counts.subarray(n * COUNTS, (n + 1) * COUNTS));
  return new Uint8Array(counts.buffer);
}

export class StoredPictures implements StoredImages {
  readonly length: number;
  readonly size: number;
  readonly sha256: string;
  readonly #file: OpenFile;
  readonly #counts: OpenFile | null;
  readonly #about: PictureChecks;

  constructor(file: OpenFile, counts: OpenFile | null, about: PictureChecks) {
    this.length = about.checks.length * about.size;
    this.size = about.size;
    this.sha256 = about.digest;
    this.#file = file;
    this.#counts = counts;
    this.#about = about;
  }

  read(first: number, into: Uint8Array): void {
    const { path } = this.#file;
    try {
      this.#file.read(into, first * this.size);
    } catch (error) {
      throw new DataError(`${path} can no longer be read: ${String(error)}`, { fix: FIX, cause: error });
    }
    const [damaged] = this.#damagedIn(first, into);
    if (damaged !== undefined)
      throw new DataError(`${path}: picture ${damaged} has been damaged since it was looked at`, { fix: FIX });
  }

  checkOf(n: number): number {
    return this.#about.checks[n];
  }

  countBytes(times: Uint32Array, into: Float64Array): boolean {
    if (this.#counts === null) return false;
    const found = new Float64Array(into.length);
    const piece = new Uint32Array(COUNTS * Math.floor(PIECE / (4 * COUNTS)));
    let check = 0;
    try {
      for (let first = 0; first < times.length; first += piece.length / COUNTS) {
        const numbers = piece.subarray(0, COUNTS * (times.length - first));
        const bytes = new Uint8Array(numbers.buffer, 0, numbers.byteLength);
        this.#counts.read(bytes, 4 * COUNTS * first);
        check = crc32(bytes, check);
        for (let at = 0, n = first; at < numbers.length; at += COUNTS, n++)
          if (times[n] > 0) for (let i = 0; i < COUNTS; i++) found[i] += times[n] * numbers[at + i];
      }
    } catch {
      check = -1;
    }
    if (check !== this.#about.counts) {
      notice(`${this.#counts.path} is damaged: the pictures are counted again`);
      return false;
    }
    for (let i = 0; i < into.length; i++) into[i] += found[i];
    return true;
  }

  /** The numbers of the pictures that are not what they should be. @throws Error when the file cannot be read. */
  async findDamaged(): Promise<number[]> {
    const most = Math.max(1, Math.floor(PIECE / this.size));
    const buffer = new Uint8Array(Math.min(this.length, most * this.size));
    const damaged: number[] = [];
    for (let first = 0; first * this.size < this.length; first += most) {
      const bytes = buffer.subarray(0, this.length - first * this.size);
      await this.#file.load(bytes, first * this.size);
      damaged.push(...this.#damagedIn(first, bytes));
    }
    return damaged;
  }

  /** All that is in the file, damaged or not. */
  async readAll(): Promise<Uint8Array> {
    const bytes = new Uint8Array(this.length);
    await this.#file.load(bytes, 0);
    return bytes;
  }

  *#damagedIn(first: number, bytes: Uint8Array): Generator<number> {
    for (let at = 0, n = first; at < bytes.length; at += this.size, n++)
      if (crc32(bytes.subarray(at, at + this.size)) !== this.#about.checks[n]) yield n;
  }
}

const FIX = 'start again: what is damaged is decoded again then';
