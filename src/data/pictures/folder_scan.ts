/**
 * All files below a folder, each once: looked at, or left out for a reason that can be counted. This is the only place
 * that lists folders of pictures.
 */
import { joinPath, listDirectory, pathState, pathWithin, readHead } from '#platform';
import type { LeftOutFile } from './picture_list.js';
import { formatOfHead, HEAD_BYTES, isHidden, PICTURE_NAME, type PictureFormat } from './file_kind.js';
import { inParallel } from '../in_parallel.js';

type PathState = Awaited<ReturnType<typeof pathState>>;

export interface ScannedFile {
  readonly file: string;
  /** The folder that it lies in. */
  readonly folder: string;
  /** What its first bytes say, or its name where they say nothing: then it is a damaged one. */
  readonly isPicture: boolean;
  /** `PathState.stamp`. */
  readonly stamp: string;
  /** Why it is none, where it is not. */
  readonly why: string;
}

export interface ScannedFolder {
  readonly path: string;
  readonly name: string;
  /** The folder that it lies in. */
  readonly parent: string;
  /** It is a link, or reached through one. */
  readonly isLinked: boolean;
  /** What a link within the data leads to, by its own name. */
  readonly alias?: string;
}

export interface FolderScan {
  readonly files: readonly ScannedFile[];
  readonly folders: readonly ScannedFolder[];
  readonly leftOut: readonly LeftOutFile[];
}

/** A file by its first bytes. */
async function lookInto(file: string, folder: string, name: string, { size, stamp }: PathState): Promise<ScannedFile> {
  const found = (format: PictureFormat | { readonly other: string } | null): ScannedFile => {
    const isOther = format !== null && typeof format === 'object';
    // an empty x.jpg was to be one
    const isPicture = typeof format === 'string' || (!isOther && PICTURE_NAME.test(name));
    return {
      file,
      folder,
      stamp,
      isPicture,
      why: isOther ? `${format.other} (not read)` : size === 0 ? 'empty' : 'no picture',
    };
  };
  try {
    return found(size === 0 ? null : formatOfHead(await readHead(file, HEAD_BYTES)));
  } catch {
    // what a picture's name has is said to be unreadable where it is read
    return { ...found(null), why: 'no permission' };
  }
}

/** Names of a folder, sorted; null when it cannot be listed. */
async function namesIn(folder: string): Promise<string[] | null> {
  try {
    return await listDirectory(folder);
  } catch {
    return null;
  }
}

/**
 * Walks a folder. Links to files are followed. Those to folders are only where `mayLead` says so, unless they lead to
 * what they lie in, and what lies below the folder that they lead to is not searched. Nothing that lies there ends the
 * walk.
 * @param mayLead whether the folders in this one may be links: those of classes and parts.
 * @param isKnown whether a file is a picture as it was when somebody looked into it: then nobody does now.
 */
export async function scanFolder(
  root: string,
  mayLead: (parent: string) => boolean,
  onProgress: (found: number) => void = () => {},
  isKnown: (file: string, stamp: string) => boolean = () => false,
): Promise<FolderScan> {
  const files: ScannedFile[] = [];
  const folders: ScannedFolder[] = [];
  const leftOut: LeftOutFile[] = [];
  const waiting: ScannedFolder[] = [{ path: root, name: '', parent: '', isLinked: false }];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    const { path, isLinked } = folder;
    if (path !== root) folders.push(folder);
    const names = await namesIn(path);
    if (names === null) {
      leftOut.push({ file: path, why: 'no permission', isFolder: true });
      continue;
    }
    const entries = new Array<ScannedFile | ScannedFolder | LeftOutFile>(names.length);
    await inParallel(names.length, async (i) => {
      entries[i] = await entry(root, path, names[i], isLinked && !mayLead(path), mayLead(path), isKnown);
    });
    const inner: ScannedFolder[] = [];
    for (const e of entries) {
      if ('parent' in e) inner.push({ ...e, isLinked: e.isLinked || isLinked });
      else if ('isPicture' in e) files.push(e);
      else leftOut.push(e);
    }
    waiting.push(...inner.reverse()); // the first one is next
    onProgress(files.length + leftOut.length);
  }
  return { files, folders, leftOut };
}

/** @param isBeyond the folder lies behind a link, below what is read there. */
async function entry(
  root: string,
  folder: string,
  name: string,
  isBeyond: boolean,
  mayLead: boolean,
  isKnown: (file: string, stamp: string) => boolean,
): Promise<ScannedFile | ScannedFolder | LeftOutFile> {
  const path = joinPath(folder, name);
  const state = await pathState(path);
  const { kind, isLink, stamp, what } = state;
  const left = (why: string): LeftOutFile => ({
    file: path,
    why,
    ...(kind === 'folder' ? { isFolder: true as const } : {}),
  });
  if (isHidden(name)) return left('hidden');
  if (kind === 'file')
    return isKnown(path, stamp)
      ? { file: path, folder, stamp, isPicture: true, why: '' }
      : lookInto(path, folder, name, state);
  if (kind !== 'folder') return left(what);
  if (isBeyond) return left('behind a link');
  const found = { path, name, parent: folder, isLinked: isLink };
  if (!isLink) return found;
  if ((await pathWithin(folder, path)) !== null) return left('that are links to what they lie in');
  const inside = await pathWithin(path, root);
  if (!mayLead) return left(inside === null ? 'that are links out of the data' : 'that are links within the data');
  return inside === null ? found : { ...found, alias: joinPath(root, inside) };
}
