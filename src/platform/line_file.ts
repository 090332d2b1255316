/** A file that grows by whole lines, each on the disk before the next thing happens. */
import { closeSync, fdatasyncSync, fstatSync, ftruncateSync, openSync, truncateSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { codeOf, outputError } from './outputs.js';

export class LineFile {
  readonly #path: string;
  readonly #file: number;

  /** @throws OutputError when it cannot be written. */
  constructor(path: string) {
    this.#path = path;
    try {
      this.#file = openSync(path, 'a');
    } catch (error) {
      throw outputError(path, 'written', error);
    }
  }

  /** Adds a line in one write. @throws OutputError: then nothing of it is there. */
  add(line: string): void {
    const bytes = Buffer.from(`${line}\n`, 'utf8');
    let done = 0;
    try {
      while (done < bytes.length) done += writeSync(this.#file, bytes, done);
      fdatasyncSync(this.#file);
    } catch (error) {
      // half a line would be the beginning of the next one
      if (done > 0) ftruncateSync(this.#file, fstatSync(this.#file).size - done);
      throw outputError(this.#path, 'written', error, bytes.length);
    }
  }

  close(): void {
    closeSync(this.#file);
  }
}

/**
 * The whole lines of such a file, none where there is none. A last line without an end was being written when the
 * process was killed: it is cut off.
 */
export async function wholeLines(path: string): Promise<string[]> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
  const end = bytes.lastIndexOf(10) + 1;
  if (end < bytes.length) truncateSync(path, end);
  return bytes.subarray(0, end).toString('utf8').split('\n').slice(0, -1);
}
