/** Files that stay open, to be read piece by piece when they are needed. */
import { closeSync, openSync, read as readSome, readSync } from 'node:fs';
import { promisify } from 'node:util';
import { crc32 as crc } from 'node:zlib';
import { PIECE } from './outputs.js';

const readLater = promisify(readSome);
const closing = new FinalizationRegistry<number>((file) => closeSync(file));

/**
 * An open file, which is the same to its end though its name be gone, or another's. It is closed when nobody has it any
 * more.
 */
export class OpenFile {
  readonly path: string;
  readonly #file: number;

  /** @throws Error of the host: there is no such file, this user may not read it. */
  constructor(path: string) {
    this.path = path;
    this.#file = openSync(path, 'r');
    closing.register(this, this.#file);
  }

  /**
   * Fills memory with what lies from byte `at` on. @throws Error when the disk does not give it, or the file has become
   * shorter.
   */
  read(into: Uint8Array, at: number): void {
    for (let done = 0; done < into.length;)
      done += this.#some(readSync(this.#file, into, done, Math.min(into.length - done, PIECE), at + done));
  }

  /** The same; meanwhile the program goes on. */
  async load(into: Uint8Array, at: number): Promise<void> {
    for (let done = 0; done < into.length;) {
      const length = Math.min(into.length - done, PIECE);
      done += this.#some((await readLater(this.#file, into, done, length, at + done)).bytesRead);
    }
  }

  #some(read: number): number {
    if (read === 0) throw new Error(`${this.path} has become shorter`);
    return read;
  }
}

/**
 * CRC-32, as in gzip: it tells damage, in a third of the time of a SHA-256. @param before that of what comes before
 * the bytes.
 */
export function crc32(bytes: Uint8Array, before = 0): number {
  return crc(bytes, before);
}
