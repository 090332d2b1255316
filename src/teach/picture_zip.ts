/**
 * Pictures of classes as a zip of folders, which `weft train --data FILE.zip` reads, and back. Folders are named after
 * the classes as far as names of folders go; what they are called and which pictures are of one recording stands in a
 * hidden file beside them, which only this reads.
 */
import { DataError } from '../device/errors.js';
import { entriesOf, unzipped } from '../data/packed/zip_entries.js';
import { isHidden } from '../data/pictures/file_kind.js';
import { formatOf, MAX_PICTURE_BYTES } from '../data/pictures/picture_header.js';
import { partNamed } from '../data/pictures/picture_list.js';
import { isObject, text } from '../device/files/json_checks.js';
import { fileNames } from '../text/file_name.js';
import { zipped } from './zip.js';

/** A picture file as it was given. */
export interface PictureFile {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Pictures with the same are of one recording. */
  readonly group?: string | null;
}

/** A class and its pictures. */
export interface PictureClass {
  readonly name: string;
  readonly pictures: readonly PictureFile[];
}

/** What was in a zip file. */
export interface UnzippedPictures {
  /** By name. */
  readonly classes: readonly PictureClass[];
  /** Files that are no pictures, or in no folder. */
  readonly leftOut: number;
}

const NOTE = '.weft-classes.json';
/** No text in a zip file is taken that is longer. */
const MAX_NAME = 200;
/** Of a zip file of somebody else's: pictures, and bytes of all of them. */
const MAX_PICTURES = 20_000;
const MAX_BYTES = 2 ** 30;
const MAX_NOTE = 2 ** 22;

interface Note {
  /** What the class of a folder is called, where the folder's name is another. */
  readonly classes: Readonly<Record<string, string>>;
  /** The recording of a picture, by its path. */
  readonly groups: Readonly<Record<string, string>>;
}

/** Names of folders for texts of any kind: no two alike, none hidden, none that means a part of the data. */
function folderNames(classes: readonly PictureClass[]): string[] {
  const own = fileNames(classes.map(({ name }) => name));
  return fileNames(own.map((name) => (partNamed(name) !== null || isHidden(name) ? `class ${name}` : name)));
}

/** Names of a class's pictures, with the ending of what they are. */
function pictureNames(pictures: readonly PictureFile[]): string[] {
  const bare = fileNames(pictures.map(({ name }) => name.replace(/\.[a-z]{1,5}$/i, '')));
  return bare.map((name, i) => {
    const format = formatOf(pictures[i].bytes);
    return `${name}.${format === 'jpeg' ? 'jpg' : (format ?? 'bin')}`;
  });
}

/** The zip file of some classes. Names may be any text; pictures of the same name are numbered. */
export function zipPictures(classes: readonly PictureClass[]): Uint8Array {
  const folders = folderNames(classes);
  const files: [string, Uint8Array][] = [];
  const groups: Record<string, string> = {};
  for (const [c, { pictures }] of classes.entries())
    for (const [i, name] of pictureNames(pictures).entries()) {
      const path = `${folders[c]}/${name}`;
      const { bytes, group } = pictures[i];
      files.push([path, bytes]);
      if (typeof group === 'string') groups[path] = group;
    }
  const renamed = classes.flatMap(({ name }, c) => (name === folders[c] ? [] : [[folders[c], name] as const]));
  const note: Note = { classes: Object.fromEntries(renamed), groups };
  return zipped([...files, [NOTE, new TextEncoder().encode(`${JSON.stringify(note)}\n`)]]);
}

/** Texts by text, out of somebody else's file: what is anything else is left out. */
function textsOf(value: unknown): Map<string, string> {
  const entries = isObject(value) ? Object.entries(value as object) : [];
  return new Map(entries.filter(([, v]) => text(v) && (v as string).length <= MAX_NAME));
}

function readNote(bytes: Uint8Array, file: string): { classes: Map<string, string>; groups: Map<string, string> } {
  const isNote = (name: string, size: number): boolean => name === NOTE && size <= MAX_NOTE;
  const found = unzipped(bytes, file, ({ name, originalSize }) => isNote(name, originalSize))[NOTE];
  let note: unknown = null;
  try {
    note = found === undefined ? null : JSON.parse(new TextDecoder().decode(found));
  } catch {
    note = null; // then folders are called what they are called
  }
  const { classes, groups } = (note ?? {}) as Record<string, unknown>;
  return { classes: textsOf(classes), groups: textsOf(groups) };
}

/**
 * The pictures of a zip file, by the folders that they lie in: the innermost one is the class. Nothing is written
 * anywhere, so paths may be anything.
 * @param file names it in messages.
 * @throws DataError when it is damaged, unpacks to far more than it is, or to too many or too large pictures, or holds
 * none.
 */
export function unzipPictures(bytes: Uint8Array, file: string): UnzippedPictures {
  const entries = entriesOf(bytes, file);
  const total = entries.reduce((n, { originalSize }) => n + originalSize, 0);
  if (entries.length > MAX_PICTURES || total > MAX_BYTES)
    throw new DataError(`${file}: ${entries.length} files of ${Math.round(total / 1e6)} MB`, {
      fix: `at most ${MAX_PICTURES} pictures of ${Math.round(MAX_BYTES / 1e6)} MB are read: leave some out`,
    });
  const wanted = new Map<string, { readonly folder: string; readonly name: string }>();
  for (const { name: path, originalSize } of entries) {
    const [name, folder] = path.split(/[\\/]/).toReversed();
    const isTooLarge = originalSize > MAX_PICTURE_BYTES;
    if (folder !== undefined && folder !== '' && folder.length <= MAX_NAME && !isTooLarge)
      wanted.set(path, { folder, name: name.slice(0, MAX_NAME) });
  }
  const contents = new Map(Object.entries(unzipped(bytes, file, ({ name }) => wanted.has(name))));
  const note = readNote(bytes, file);
  const classes = new Map<string, PictureFile[]>();
  let taken = 0;
  for (const [path, { folder, name }] of wanted) {
    const own = contents.get(path);
    if (own === undefined || formatOf(own) === null) continue;
    const called = (note.classes.get(folder) ?? folder).normalize('NFC');
    const pictures = classes.get(called) ?? [];
    classes.set(called, pictures);
    pictures.push({ name, bytes: own, group: note.groups.get(path) ?? null });
    taken++;
  }
  if (taken === 0)
    throw new DataError(`${file}: holds no pictures in folders`, {
      fix: 'pack a folder for each class, with JPEG, PNG or WebP pictures in it',
    });
  return {
    classes: [...classes].map(([name, pictures]) => ({ name, pictures })),
    leftOut: entries.length - taken,
  };
}
