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

/** Whether it is worth while to keep how often each byte occurs in pictures of so many bytes. */
export const isCounted = (size: number): boolean => size >= LEAST_COUNTED;

/** How often each byte occurs in each channel of a picture: (3, 256) u32, as the file of counts has it. */
export function countsOf(picture: Uint8Array): Uint8Array {
  const counts = new Uint32Array(COUNTS);
  addCounts(picture, picture.length / 3, counts);
  return new Uint8Array(counts.buffer);
}

/** Pictures of which all is known but the pixels. */
export abstract class CheckedPictures implements StoredImages {
  readonly length: number;
  readonly size: number;
  readonly sha256: string;
  readonly memory: number;
  readonly checks: readonly number[];
  readonly #counts: OpenFile | null;
  readonly #countsCheck: number | null;

  constructor(counts: OpenFile | null, about: PictureChecks, memory: number) {
    this.length = about.checks.length * about.size;
    this.size = about.size;
    this.sha256 = about.digest;
    this.memory = memory;
    this.checks = about.checks;
    this.#counts = counts;
    this.#countsCheck = about.counts;
  }

  abstract read(first: number, into: Uint8Array): void;

  abstract load(numbers: Uint32Array, into: Uint8Array): Promise<void>;

  checkOf(n: number): number {
    return this.checks[n];
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
    if (check !== this.#countsCheck) {
      notice(`${this.#counts.path} is damaged: the pictures are counted again`);
      return false;
    }
    for (let i = 0; i < into.length; i++) into[i] += found[i];
    return true;
  }
}

/** Decoded pictures in a file. */
export class StoredPictures extends CheckedPictures {
  readonly #file: OpenFile;

  constructor(file: OpenFile, counts: OpenFile | null, about: PictureChecks, memory: number) {
    super(counts, about, memory);
    this.#file = file;
  }

  read(first: number, into: Uint8Array): void {
    try {
      this.#file.read(into, first * this.size);
    } catch (error) {
      throw this.#gone(error);
    }
    this.#requireSound(first, into);
  }

  async load(numbers: Uint32Array, into: Uint8Array): Promise<void> {
    for (const [i, n] of numbers.entries()) {
      const place = into.subarray(i * this.size, (i + 1) * this.size);
      await this.#file.load(place, n * this.size).catch((error: unknown) => {
        throw this.#gone(error);
      });
      this.#requireSound(n, place);
    }
  }

  /** A picture, damaged or not. */
  asItIs(n: number): Uint8Array {
    const picture = new Uint8Array(this.size);
    this.#file.read(picture, n * this.size);
    return picture;
  }

  #gone(error: unknown): DataError {
    return new DataError(`${this.#file.path} can no longer be read: ${String(error)}`, { fix: FIX, cause: error });
  }

  #requireSound(first: number, bytes: Uint8Array): void {
    const [damaged] = this.#damagedIn(first, bytes);
    if (damaged !== undefined)
      throw new DataError(`${this.#file.path}: picture ${damaged} has been damaged since it was looked at`, {
        fix: FIX,
      });
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

  *#damagedIn(first: number, bytes: Uint8Array): Generator<number> {
    for (let at = 0, n = first; at < bytes.length; at += this.size, n++)
      if (crc32(bytes.subarray(at, at + this.size)) !== this.checks[n]) yield n;
  }
}

const FIX = 'start again: what is damaged is decoded again then';
