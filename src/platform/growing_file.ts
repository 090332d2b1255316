/** A file that is written piece by piece, and is there as a whole or not at all. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolders, outputError, temporaryIn } from './outputs.js';

/** Written under a temporary name in the same folder until `finish` gives it its own. */
export class GrowingFile {
  readonly path: string;
  readonly #temporary: string;
  #file: number | null;
  #length = 0;

  /** Makes its folder, too. @throws OutputError when the folder takes no files. */
  constructor(path: string) {
    this.path = path;
    makeFolders(dirname(path));
    this.#temporary = temporaryIn(dirname(path), 0); // it takes its time, and others write there meanwhile
    try {
      this.#file = openSync(this.#temporary, 'wx');
    } catch (error) {
      throw outputError(path, 'written', error);
    }
  }

  /** Adds bytes at the end. @throws OutputError: then nothing is left of the file. */
  add(bytes: Uint8Array): void {
    try {
      if (this.#file === null) throw new Error(`${this.path} is written already`);
      for (let done = 0; done < bytes.byteLength;) done += writeSync(this.#file, bytes, done);
      this.#length += bytes.byteLength;
    } catch (error) {
      this.drop();
      throw outputError(this.path, 'written', error, this.#length + bytes.byteLength);
    }
  }

  /** Gives the file its name: it is on the disk then. @throws OutputError */
  finish(): void {
    try {
      if (this.#file === null) throw new Error(`${this.path} is written already`);
      fsyncSync(this.#file);
      closeSync(this.#file);
      this.#file = null;
      renameSync(this.#temporary, this.path);
    } catch (error) {
      this.drop();
      throw outputError(this.path, 'written', error, this.#length);
    }
  }

  /** Leaves nothing, unless it has its name. */
  drop(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
    rmSync(this.#temporary, { force: true });
  }
}
