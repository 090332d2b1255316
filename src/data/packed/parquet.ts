/**
 * Parquet with pictures in its rows, as Hugging Face's data sets have them: read by hyparquet. A row has the bytes of a
 * picture file, alone or as {bytes, path}, and a label: a text, or a number whose name the file's metadata knows.
 */
import { fileInfo, heardOnce, joinPath, OpenFile, sha256 } from '#platform';
import { parquetMetadataAsync, parquetReadObjects, type AsyncBuffer, type FileMetaData } from 'hyparquet';
import { DataError } from '../../device/errors.js';
import { fileName, fileNames } from '../../text/file_name.js';
import { worded } from '../../text/wording.js';
import { columnKey, LABEL_NAMES } from '../tables/labels.js';
import { partNamed, type Part } from '../pictures/picture_list.js';
import { unpackedFolder, type Put } from './unpacked.js';

export const PARQUET_NAME = /\.parquet$/i;

/** Columns of pictures, as `columnKey` makes them, the usual ones first. */
const IMAGE_NAMES: readonly string[] = ['image', 'img', 'picture', 'photo', 'jpg', 'png', 'bytes', 'imagebytes'];
/** Rows decoded at a time. */
const ROWS = 256;

/** Which columns are read, where it is not the usual ones. */
export interface ParquetColumns {
  readonly label?: string | undefined;
  readonly imageColumn?: string | undefined;
}

/** A file, the part that its rows belong to, and what it says of itself. */
interface Source {
  readonly path: string;
  readonly part: Part | null;
  readonly buffer: AsyncBuffer;
  readonly metadata: FileMetaData;
}

const damaged = (path: string, error: unknown): DataError =>
  new DataError(`${path}: cannot be read as Parquet: ${error instanceof Error ? error.message : String(error)}`, {
    fix: 'get the file again; packing other than snappy, or none, is not read',
    cause: error,
  });

async function open(path: string, part: Part | null): Promise<Source> {
  const file = new OpenFile(path);
  const byteLength = (await fileInfo(path))?.size ?? 0;
  const buffer: AsyncBuffer = {
    byteLength,
    // at once, so that columns that fail do so together: see heardOnce
    slice: (start, end = byteLength) => {
      const bytes = new Uint8Array(Math.max(0, Math.min(end, byteLength) - start));
      file.read(bytes, start);
      return bytes.buffer;
    },
  };
  try {
    return { path, part, buffer, metadata: await parquetMetadataAsync(buffer) };
  } catch (error) {
    throw damaged(path, error);
  }
}

/** The part that a file's name says: `train-00000-of-00002.parquet`; null where it says none. */
function partOf(name: string): Part | null {
  return partNamed(/^[a-z]+/i.exec(name)?.[0] ?? '');
}

/** Top-level columns. */
function columnsOf({ metadata }: Source): readonly string[] {
  const { schema } = metadata;
  const names: string[] = [];
  for (let at = 1; at < schema.length; at = after(schema, at)) names.push(schema[at].name);
  return names;
}

/** Where the element behind an element and all below it is. */
function after(schema: FileMetaData['schema'], at: number): number {
  let next = at + 1;
  for (let child = 0; child < (schema[at].num_children ?? 0); child++) next = after(schema, next);
  return next;
}

function column(source: Source, asked: string | undefined, usual: readonly string[], what: 'image' | 'label'): string {
  const names = columnsOf(source);
  const found =
    asked === undefined
      ? usual.flatMap((key) => names.find((name) => columnKey(name) === key) ?? []).at(0)
      : names.find((name) => name === asked);
  if (found !== undefined) return found;
  const option = what === 'image' ? worded`{imageColumn} COLUMN` : worded`{label} COLUMN`;
  throw new DataError(
    `${source.path}: ${asked === undefined ? `no column of ${what}s is known` : `has no column ${asked}`}; it has ` +
      names.join(', '),
    { fix: worded`name it: ${option}` },
  );
}

/** Names of the labels 0, 1, … of a column, from what Hugging Face's library writes; null where nothing is said. */
function labelNames({ metadata }: Source, label: string): readonly string[] | null {
  const text = metadata.key_value_metadata?.find(({ key }) => key === 'huggingface')?.value;
  try {
    const { info } = JSON.parse(text ?? '{}') as { info?: { features?: Record<string, { names?: unknown }> } };
    const names = info?.features?.[label]?.names;
    return Array.isArray(names) && names.every((name) => typeof name === 'string') ? names : null;
  } catch {
    return null; // somebody else's words under that key
  }
}

/** The bytes of a row's picture, and the name that it had as a file. */
function pictureOf(value: unknown, source: Source, row: number): { bytes: Uint8Array; path: string | null } {
  if (value instanceof Uint8Array) return { bytes: value, path: null };
  const { bytes, path } = (value ?? {}) as { bytes?: unknown; path?: unknown };
  if (bytes instanceof Uint8Array) return { bytes, path: typeof path === 'string' && path !== '' ? path : null };
  throw new DataError(`${source.path}: row ${row} holds no bytes of a picture`, {
    fix: 'embed the pictures in the file: only their names are no pictures',
  });
}

const ENDINGS: readonly (readonly [start: readonly number[], ending: string])[] = [
  [[0xff, 0xd8], 'jpg'],
  [[0x89, 0x50], 'png'],
  [[0x52, 0x49], 'webp'],
];
const endingOf = (bytes: Uint8Array): string =>
  ENDINGS.find(([start]) => start.every((byte, i) => bytes[i] === byte))?.[1] ?? 'jpg';

/** Class folders, made of labels, which may hold what no folder's name may. */
class Folders {
  readonly #names = new Map<string, string>();

  of(label: string): string {
    if (!this.#names.has(label)) {
      const all = fileNames([...this.#names.keys(), label]);
      this.#names.set(label, all[all.length - 1]);
    }
    return this.#names.get(label) as string;
  }

  /** What each folder's class is called. */
  labels(): ReadonlyMap<string, string> {
    return new Map([...this.#names].map(([label, folder]) => [folder, label]));
  }
}

async function unpackFile(source: Source, columns: ParquetColumns, folders: Folders, put: Put | null): Promise<void> {
  const label = column(source, columns.label, LABEL_NAMES, 'label');
  const image = column(source, columns.imageColumn, IMAGE_NAMES, 'image');
  const names = labelNames(source, label);
  const count = Number(source.metadata.num_rows);
  const taken = new Set<string>();
  for (let rowStart = 0; rowStart < count; rowStart += ROWS) {
    const read = { file: source.buffer, metadata: source.metadata, rowStart, rowEnd: Math.min(count, rowStart + ROWS) };
    const wanted = put === null ? [label] : [label, image];
    const rows = await heardOnce(() => parquetReadObjects({ ...read, columns: wanted, utf8: false })).catch(
      (error: unknown) => {
        throw damaged(source.path, error);
      },
    );
    for (const [i, row] of rows.entries()) {
      const value = row[label] as unknown;
      if (value === null || value === undefined)
        throw new DataError(`${source.path}: row ${rowStart + i} has no ${label}`, {
          fix: 'give every picture a label, or leave the rows without one out',
        });
      const text = value instanceof Uint8Array ? new TextDecoder().decode(value) : String(value);
      const folder = folders.of(names?.[Number(value)] ?? text);
      if (put === null) continue;
      const { bytes, path } = pictureOf(row[image], source, rowStart + i);
      const own = path === null ? String(rowStart + i).padStart(8, '0') : fileName(path.split('/').at(-1) as string);
      const named = /\.(jpe?g|png|webp)$/i.test(own) ? own : `${own}.${endingOf(bytes)}`;
      const file = `${source.part === null ? '' : `${source.part}/`}${folder}/${named}`;
      await put(taken.has(file) ? file.replace(/([^/]+)$/, `${rowStart + i}_$1`) : file, bytes);
      taken.add(file);
    }
  }
}

/**
 * The folder of the pictures of Parquet files, and what the classes are called whose folders have other names.
 * @param names of the files in `folder`. @throws DataError when one cannot be read, or has no such columns.
 */
export async function parquetFolder(
  folder: string,
  names: readonly string[],
  columns: ParquetColumns,
): Promise<{ readonly folder: string; readonly labels: ReadonlyMap<string, string> }> {
  const parts = names.map(partOf);
  const areParts = parts.includes('train') && parts.every((part) => part !== null);
  const sources: Source[] = [];
  for (const [i, name] of names.entries()) sources.push(await open(joinPath(folder, name), areParts ? parts[i] : null));
  const folders = new Folders();
  // what the classes are called is not kept: labels alone are read soon
  for (const source of sources) await unpackFile(source, columns, folders, null);
  const digests = sources.map(({ path }) => digestOf(path));
  const key = ['parquet', columns.label ?? '', columns.imageColumn ?? '', ...(await Promise.all(digests))];
  const unpacked = await unpackedFolder(key, folder, async (put) => {
    for (const source of sources) await unpackFile(source, columns, folders, put);
  });
  return { folder: unpacked, labels: folders.labels() };
}

/** SHA-256 of a file that need not fit memory. */
async function digestOf(path: string): Promise<string> {
  const size = (await fileInfo(path))?.size ?? 0;
  const file = new OpenFile(path);
  const pieces = function* (): Generator<Uint8Array> {
    const piece = new Uint8Array(2 ** 22);
    for (let at = 0; at < size; at += piece.length) {
      const part = piece.subarray(0, Math.min(piece.length, size - at));
      file.read(part, at);
      yield part;
    }
  };
  return sha256(pieces());
}
