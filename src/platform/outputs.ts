/**
 * Writing to the disk of a Node host: folders, files that are whole or absent, and what is said when the disk does not
 * take them. The one place where anything is written; which process may write into a folder is folder_lock.ts's.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statfsSync,
  statSync,
  writeSync,
  type Stats,
} from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { platform } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/**
 * Bytes that Node reads, writes or hashes at once: it refuses 2 GiB and more, which checkpoints and data sets may have.
 */
export const PIECE = 2 ** 30;

/** Something cannot be written: the message names the path, the reason and, where room is missing, the bytes. */
export class OutputError extends Error {
  /** Exit code of the command line. */
  readonly exitCode: number = 3;
  readonly code: string = 'output';
  readonly fix: string;

  constructor(message: string, fix: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'OutputError';
    this.fix = fix;
  }
}

const REASONS: Readonly<Record<string, readonly [reason: string, fix: string]>> = {
  EACCES: ['this user may not write there', 'choose another place, or change its permissions'],
  EPERM: ['the system does not allow it', 'choose another place, or change its permissions'],
  EROFS: ['the file system is read-only', 'choose a place on another disk'],
  ENOSPC: ['the disk is full', 'make room, or choose a place on another disk'],
  EDQUOT: ['the quota of this user is used up', 'make room, or choose a place on another disk'],
  EFBIG: ['the file is larger than allowed there', 'choose a place on another disk, or raise the limit (ulimit -f)'],
  ENAMETOOLONG: ['the name is too long', 'choose a shorter one'],
  ELOOP: ['its links lead in a circle', 'choose another place'],
  ENOENT: ['its folder is gone, or the file system takes no new files there', 'choose another place'],
  ENOTDIR: ['a part of the path is a file', 'name a folder'],
  EISDIR: ['it is a folder', 'name a file'],
  EIO: ['the disk reports an error', 'check the disk, or choose another'],
  EMFILE: ['too many files are open', 'raise the limit (ulimit -n)'],
};

export function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException | null)?.code ?? '';
}

/** Bytes that a user may still write where a file or folder is; null where the system does not say. */
export function freeBytes(path: string): number | null {
  try {
    const { bavail, bsize, blocks } = statfsSync(path);
    return blocks === 0 ? null : bavail * bsize;
  } catch {
    return null;
  }
}

const inWords = (bytes: number): string => bytes.toLocaleString('en-US');

/** @param bytes of what was to be written, where it is known. @param verb what could not be done. */
export function outputError(path: string, verb: 'made' | 'written', error: unknown, bytes?: number): unknown {
  const code = codeOf(error);
  if (error instanceof OutputError || code === '') return error;
  const [reason, fix] = REASONS[code] ?? [(error as Error).message, 'choose another place'];
  const free = code === 'ENOSPC' ? freeBytes(dirname(path)) : null;
  const sizes = [
    ...(bytes === undefined ? [] : [`${inWords(bytes)} bytes wanted`]),
    ...(free === null ? [] : [`${inWords(free)} free`]),
  ];
  return new OutputError(
    `${path} cannot be ${verb}: ${reason} (${code}${sizes.length > 0 ? `; ${sizes.join(', ')}` : ''})`,
    fix,
    error,
  );
}

function statOrNull(path: string): Stats | null {
  try {
    return statSync(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return null;
    throw error;
  }
}

/**
 * Makes a folder and those that it is in; returns those that were not there before, outermost first. Step by step,
 * because Node's own recursive mkdir never returns below /proc and blames the wrong folder on a read-only disk.
 * @throws OutputError when it cannot be made.
 */
export function makeFolders(path: string): string[] {
  const made: string[] = [];
  try {
    const missing: string[] = [];
    let at = resolve(path);
    for (let info = statOrNull(at); info === null; info = statOrNull(at)) {
      missing.unshift(at);
      at = dirname(at);
    }
    if (!statSync(at).isDirectory()) throw new OutputError(`${path} cannot be made: ${at} is a file`, 'name a folder');
    for (const folder of missing) if (makeFolder(folder)) made.push(folder);
    return made;
  } catch (error) {
    removeEmpty(made);
    throw outputError(path, 'made', error);
  }
}

/** Whether it was made: another process may have been quicker. */
function makeFolder(path: string): boolean {
  try {
    mkdirSync(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST' && statOrNull(path)?.isDirectory() === true) return false;
    throw codeOf(error) === 'EEXIST'
      ? new OutputError(
          `${path} cannot be made: it is a link that leads nowhere, or a file`,
          'choose another place',
          error,
        )
      : error;
  }
}

/** Removes folders of `makeFolders` again, as far as nothing is in them. */
export function removeEmpty(made: readonly string[]): void {
  for (const folder of [...made].reverse()) {
    try {
      rmdirSync(folder);
    } catch {
      return; // something is in it, or it is gone
    }
  }
}

/** @throws OutputError when the folder cannot be made. */
export async function makeDirectory(path: string): Promise<void> {
  makeFolders(path);
}

const TEMPORARY = '.weft-tmp-';

/**
 * A name in a folder that no other process uses, here or on another host.
 * @param owner the process that writes without a pause; 0: nobody says, it is left alone for an hour after its last
 * byte.
 */
export function temporaryIn(folder: string, owner = process.pid): string {
  return join(folder, `${TEMPORARY}${owner}-${randomBytes(6).toString('hex')}`);
}

/**
 * Deletes what interrupted writes have left in a folder that nobody else writes into. @param isKept says which folders
 * below are others'.
 */
export function sweepTemporaries(folder: string, isKept: (inside: readonly string[]) => boolean): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isFile() && isTemporary(entry.name) && isAbandoned(entry.name, path)) rmSync(path, { force: true });
    else if (entry.isDirectory() && !isKept(readdirSync(path))) sweepTemporaries(path, isKept);
  }
}

const HOUR = 3_600_000;

/**
 * Whether nobody is writing it any more: its process (in its name) has ended, or is this one, which writes without a
 * pause; or it is old.
 */
function isAbandoned(name: string, path: string): boolean {
  const pid = Number(/^\d+/.exec(name.slice(TEMPORARY.length))?.[0] ?? 0);
  if (pid === process.pid) return true;
  try {
    if (pid > 0) process.kill(pid, 0); // sends nothing
    return Date.now() - (statOrNull(path)?.mtimeMs ?? 0) > HOUR;
  } catch (error) {
    return codeOf(error) === 'ESRCH';
  }
}

export function isTemporary(name: string): boolean {
  return name.startsWith(TEMPORARY);
}

function writeAll(path: string, bytes: Uint8Array, piece: number): void {
  const file = openSync(path, 'wx');
  try {
    for (let done = 0; done < bytes.byteLength;)
      done += writeSync(file, bytes, done, Math.min(piece, bytes.byteLength - done));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/**
 * Writes a whole file or nothing: to a temporary name in the same folder, fsync, rename, fsync of the folder.
 * Synchronous, so that a signal cannot fall between.
 * @throws OutputError with the path, the reason and the bytes.
 */
export function writeFileAtomic(path: string, data: Uint8Array | string, piece = PIECE): void {
  const bytes = typeof data === 'string' ? Buffer.from(data, 'utf8') : data;
  const temporary = temporaryIn(dirname(path));
  try {
    requireFile(path);
    writeAll(temporary, bytes, piece);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw outputError(path, 'written', error, bytes.byteLength);
  }
  if (platform() !== 'win32') {
    const folder = openSync(dirname(path), 'r');
    fsyncSync(folder);
    closeSync(folder);
  }
}

/** A rename would put a file in the place of a device such as /dev/null. */
function requireFile(path: string): void {
  const info = statOrNull(path);
  if (info === null || info.isFile()) return;
  throw new OutputError(
    `${path} cannot be written: it is ${info.isDirectory() ? 'a folder' : 'a device, a pipe or a socket'}`,
    'name a file',
  );
}

/** Adds bytes at a file's end; makes the file when there is none. @throws OutputError */
export async function appendBytes(path: string, bytes: Uint8Array): Promise<void> {
  await appendFile(path, bytes).catch((error: unknown) => {
    throw outputError(path, 'written', error, bytes.length);
  });
}

/**
 * Tries whether a file can be written, before anything is computed for it; returns the folders that were made for it.
 * @throws OutputError when it cannot.
 */
export function tryFile(path: string): string[] {
  const made = makeFolders(dirname(path));
  const temporary = temporaryIn(dirname(path));
  try {
    requireFile(path);
    writeAll(temporary, Uint8Array.of(0), PIECE);
    return made;
  } catch (error) {
    removeEmpty(made);
    throw outputError(path, 'written', error);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** @throws OutputError when a disk has less than `bytes` left for what is to be written to `path`. */
export function requireRoom(path: string, bytes: number, what: string): void {
  const free = freeBytes(path);
  if (free !== null && free < bytes)
    throw new OutputError(
      `${path}: ${what} takes ${inWords(bytes)} bytes, ${inWords(free)} are free`,
      'make room, or choose a place on another disk',
    );
}
