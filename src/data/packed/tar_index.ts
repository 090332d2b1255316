/**
 * Where the files of a tar lie in it (POSIX.1-1988 and -2001 with GNU's long names): an uncompressed tar is read at any
 * place, so nothing is unpacked, and pictures come in any order.
 */
import { OpenFile, pathState } from '#platform';
import { DataError } from '../../device/errors.js';

export const TAR_NAME = /\.tar$/i;

const BLOCK = 512;
/** No name is longer. */
const MOST_NAME = 2 ** 16;

/** Where the bytes of a file are. */
export interface TarMember {
  readonly offset: number;
  readonly size: number;
}

export interface TarIndex {
  /** State of the tar when it was looked at (`PathState.stamp`). */
  readonly stamp: string;
  readonly file: OpenFile;
  /** The files in it by their paths, in its order; of two with one path the later, as unpacking leaves it. */
  readonly members: ReadonlyMap<string, TarMember>;
}

const damaged = (path: string, why: string): DataError =>
  new DataError(`${path}: is no whole tar file: ${why}`, { fix: 'get the file again' });

const decoder = new TextDecoder();
const textIn = (block: Uint8Array, at: number, length: number): string => {
  const field = block.subarray(at, at + length);
  const end = field.indexOf(0);
  return decoder.decode(end < 0 ? field : field.subarray(0, end));
};

/** A number in octal digits, or after a first byte of 128 in binary. */
function numberIn(block: Uint8Array, at: number, length: number): number {
  if (block[at] === 0x80) return block.subarray(at + 1, at + length).reduce((n, byte) => 256 * n + byte, 0);
  const digits = textIn(block, at, length).trim();
  return /^[0-7]*$/.test(digits) ? parseInt(digits || '0', 8) : NaN;
}

/** Whether the sum of a header's bytes is what it says; its own field counts as blanks. */
function isSound(block: Uint8Array): boolean {
  const sum = block.reduce((n, byte, i) => n + (i >= 148 && i < 156 ? 32 : byte), 0);
  return sum === numberIn(block, 148, 8);
}

/** The path that an extended header gives, and the size; lines are `LENGTH KEY=VALUE`. */
function extended(text: string): { readonly path?: string; readonly size?: number } {
  const found = new Map([...text.matchAll(/^\d+ (\w+)=(.*)$/gm)].map(([, key, value]) => [key, value]));
  const [path, size] = [found.get('path'), found.get('size')];
  return { ...(path === undefined ? {} : { path }), ...(size === undefined ? {} : { size: Number(size) }) };
}

/** @throws DataError when it is no tar, or is cut. */
function readIndex(path: string, size: number, stamp: string): TarIndex {
  const file = new OpenFile(path);
  const members = new Map<string, TarMember>();
  const block = new Uint8Array(BLOCK);
  let given: { readonly path?: string; readonly size?: number } = {};
  for (let at = 0; at + BLOCK <= size;) {
    file.read(block, at);
    if (block.every((byte) => byte === 0)) return { stamp, file, members }; // its end
    if (!isSound(block)) throw damaged(path, `the header at byte ${at} is none`);
    const kind = String.fromCharCode(block[156]);
    const isOfNext = kind === 'L' || kind === 'x';
    const length = (isOfNext ? undefined : given.size) ?? numberIn(block, 124, 12);
    const start = at + BLOCK;
    if (!(length >= 0 && start + length <= size)) throw damaged(path, `it ends within ${textIn(block, 0, 100)}`);
    at = start + BLOCK * Math.ceil(length / BLOCK);
    if (isOfNext) {
      if (length > MOST_NAME) throw damaged(path, `a name of ${length} bytes`);
      const bytes = new Uint8Array(length);
      file.read(bytes, start);
      given = { ...given, ...(kind === 'L' ? { path: textIn(bytes, 0, length) } : extended(decoder.decode(bytes))) };
      continue;
    }
    const prefix = textIn(block, 257, 5) === 'ustar' && block[262] === 0 ? textIn(block, 345, 155) : '';
    const name = given.path ?? (prefix === '' ? '' : `${prefix}/`) + textIn(block, 0, 100);
    if (kind === '0' || kind === '\0' || kind === '7') {
      const plain = name.replace(/^(?:\.\/)+/, '');
      members.delete(plain);
      members.set(plain, { offset: start, size: length });
    }
    if (kind !== 'g') given = {};
  }
  throw damaged(path, 'it has no end');
}

const known = new Map<string, TarIndex>();

/** What is in a tar; looked at again when it has changed. @throws DataError when it cannot be read. */
export async function tarIndex(path: string): Promise<TarIndex> {
  const { kind, size, stamp, says } = await pathState(path);
  if (kind !== 'file') throw new DataError(`${path}: ${says}`, { fix: 'check the path' });
  const before = known.get(path);
  if (before?.stamp === stamp) return before;
  try {
    const index = readIndex(path, size, stamp);
    known.set(path, index);
    return index;
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(`${path}: cannot be read (${error instanceof Error ? error.message : String(error)})`, {
      fix: 'check the path and its permissions',
      cause: error,
    });
  }
}

/** The tar that a path leads into, and the path in it: `shards/0.tar/12.jpg`; null for any other. */
export function insideTar(path: string): { readonly tar: string; readonly member: string } | null {
  const [, tar, member] = /^(.*?\.tar)[\\/](.+)$/i.exec(path) ?? [];
  return tar === undefined ? null : { tar, member };
}

/** The bytes of a file in a tar. @throws DataError when it is not there, or has more than `most`. */
export async function readTarMember(tar: string, member: string, most: number): Promise<Uint8Array> {
  const { file, members } = await tarIndex(tar);
  const at = members.get(member);
  if (at === undefined) throw new DataError(`${tar}/${member}: there is no such file`, { fix: 'check the path' });
  if (at.size > most)
    throw new DataError(
      `${tar}/${member}: has ${Math.round(at.size / 1e6)} MB, at most ${Math.round(most / 1e6)} are read`,
      { fix: 'pack smaller ones' },
    );
  const bytes = new Uint8Array(at.size);
  try {
    await file.load(bytes, at.offset);
  } catch (error) {
    throw new DataError(
      `${tar}/${member}: cannot be read (${error instanceof Error ? error.message : String(error)})`,
      {
        fix: 'check the disk, or get the file again',
        cause: error,
      },
    );
  }
  return bytes;
}
