/** What there is at a path: of an unknown folder's entries anything may be true, and none of it may end a command. */
import { lstat, open, realpath, stat } from 'node:fs/promises';
import { isAbsolute, relative, sep } from 'node:path';
import type { BigIntStats } from 'node:fs';
import type { PathState } from './path_state.js';

/**
 * Errors of a path that leads nowhere, whatever its permissions. The last one is Node's own, for a name with a zero
 * byte.
 */
const ABSENT: Readonly<Record<string, readonly [what: string, says: string]>> = {
  ENOENT: ['missing', 'is missing'],
  ENOTDIR: ['missing', 'is missing'],
  ELOOP: ['link to itself', 'is a link to itself'],
  ENAMETOOLONG: ['name too long', 'has a name that is too long'],
  ERR_INVALID_ARG_VALUE: ['missing', 'is missing'],
};
const FORBIDDEN = ['no permission', 'may not be read'] as const;

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException | null)?.code ?? '';
}

/** Whether an error of `stat` says that there is nothing. */
export function isAbsent(error: unknown): boolean {
  return Object.hasOwn(ABSENT, codeOf(error));
}

function kindOf(s: BigIntStats): Pick<PathState, 'kind' | 'what' | 'says'> {
  if (s.isFile()) return { kind: 'file', what: 'file', says: 'is a file' };
  if (s.isDirectory()) return { kind: 'folder', what: 'folder', says: 'is a folder' };
  const what = s.isFIFO() ? 'pipe' : s.isSocket() ? 'socket' : 'device';
  return { kind: 'special', what, says: `is a ${what}` };
}

/** Never fails: an error is a state too. */
export async function pathState(path: string): Promise<PathState> {
  let isLink = false;
  try {
    const own = await lstat(path, { bigint: true });
    isLink = own.isSymbolicLink();
    const s = isLink ? await stat(path, { bigint: true }) : own;
    return { ...kindOf(s), size: Number(s.size), isLink, stamp: `${s.ino} ${s.size} ${s.mtimeNs} ${s.ctimeNs}` };
  } catch (error) {
    const code = codeOf(error);
    const [what, says] =
      isLink && (code === 'ENOENT' || code === 'ENOTDIR')
        ? ['broken link', 'is a link that leads nowhere']
        : path.includes('\ufffd') && code === 'ENOENT'
          ? ['name that is not UTF-8', 'has a name that is not UTF-8']
          : (ABSENT[code] ??
            (code === 'EACCES' || code === 'EPERM'
              ? FORBIDDEN
              : [`not reachable (${code})`, `cannot be reached (${code})`]));
    return { kind: 'absent', size: 0, isLink, stamp: '', what, says };
  }
}

/**
 * Where a folder lies in another once links are followed, '' when it is that one; null when it lies elsewhere, or
 * either is not there.
 */
export async function pathWithin(path: string, folder: string): Promise<string | null> {
  try {
    const way = relative(await realpath(folder), await realpath(path));
    return way === '..' || way.startsWith(`..${sep}`) || isAbsolute(way) ? null : way;
  } catch {
    return null;
  }
}

/** The first bytes of a regular file. @throws what the file system says. */
export async function readHead(path: string, length: number): Promise<Uint8Array> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
