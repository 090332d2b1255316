/** Which columns of a table name pictures, and say what they show. */
import { pathState } from '#platform';
import { DataError, UsageError } from '../../device/errors.js';
import { columnKey, isIdentifierName, LABEL_NAMES } from './labels.js';
import { PICTURE_NAME } from '../pictures/file_kind.js';
import { columnIndex, columnsSaid, FILE_NAMES, MAYBE_FILE_NAMES, noTable, type TableHead } from './table_head.js';
import { locatePicture, type PathRoot } from './table_paths.js';
import { worded } from '../../text/wording.js';

/** A column's values in the first rows. */
function sample({ rows }: TableHead, column: number): string[] {
  return rows.map(({ fields }) => (fields[column] ?? '').trim()).filter((field) => field !== '');
}

/** Addresses of pictures end as files do, and are none: a feed keeps its column of them beside that of the files. */
function hasAddresses(head: TableHead, column: number): boolean {
  const values = sample(head, column);
  return values.length > 0 && values.every((value) => /^(?:[a-z][a-z0-9+.-]+:)?\/\//i.test(value));
}

async function namesFiles(head: TableHead, column: number, root: PathRoot, path: string): Promise<boolean> {
  for (const value of sample(head, column)) {
    const file = await locatePicture(root, value, path).catch(() => null);
    if (file !== null && (await pathState(file)).kind === 'file') return true;
  }
  return false;
}

const IMAGE_COLUMN = worded`say which names the pictures: {imageColumn} with one of`;

/** One of several, by those called as files are; @throws UsageError when names leave it open. */
function oneOf(head: TableHead, path: string, columns: readonly number[]): number {
  if (columns.length === 1) return columns[0];
  const named = columns.filter((c) => FILE_NAMES.includes(columnKey(head.header[c])));
  if (named.length === 1) return named[0];
  throw new UsageError(`${path}: the columns ${columns.map((c) => head.header[c]).join(' and ')} both name pictures`, {
    fix: worded`${IMAGE_COLUMN} ${columnsSaid(head)}`,
  });
}

/**
 * The column of files: the one that is asked for; else whose values end as pictures do; else that is called file,
 * image_path or the like; else called image_id, id or the like, whose values are names of files that are there.
 * @throws DataError when there is none; UsageError when several may be.
 */
export async function fileColumn(head: TableHead, path: string, root: PathRoot, asked?: string): Promise<number> {
  if (asked !== undefined) {
    const at = columnIndex(head, asked);
    if (at < 0)
      throw new DataError(`${path}: has no column ${JSON.stringify(asked)}`, {
        fix: `its columns are ${columnsSaid(head)}`,
      });
    return at;
  }
  const files = [...head.header.keys()].filter((c) => !hasAddresses(head, c));
  const all = files.length > 0 ? files : [...head.header.keys()];
  const ending = all.filter((c) => {
    const values = sample(head, c);
    return 2 * values.filter((value) => PICTURE_NAME.test(value)).length >= Math.max(1, values.length);
  });
  if (ending.length > 0) return oneOf(head, path, ending);
  const called = (names: readonly string[]): number[] =>
    head.hasHeader ? all.filter((c) => names.includes(columnKey(head.header[c]))) : [];
  const [certain, possible] = [called(FILE_NAMES), called(MAYBE_FILE_NAMES)];
  const there: number[] = [];
  for (const column of [...certain, ...possible]) if (await namesFiles(head, column, root, path)) there.push(column);
  if (there.length > 0) return oneOf(head, path, there);
  if (certain.length > 0) return oneOf(head, path, certain); // its files are missing, which is counted
  const addresses = [...head.header.keys()].filter((c) => hasAddresses(head, c));
  if (addresses.length > 0)
    throw new DataError(`${path}: ${addresses.map((c) => head.header[c]).join(' and ')}: addresses, not files`, {
      fix: `fetch the pictures first: weft data fetch ${path}`,
    });
  const { message } = noTable(path, head);
  throw new DataError(message.replace(/: neither .*/, ': no column names pictures that are there'), {
    fix: worded`${IMAGE_COLUMN} ${columnsSaid(head)}`,
  });
}

/**
 * The column of classes: the one that is asked for; else called label, class or the like; else, without a header, the
 * only other one. -1: nobody says it. @throws DataError when there is no such column.
 */
export function labelColumn(
  head: TableHead,
  path: string,
  file: number,
  asked?: string,
  further: readonly string[] = [],
): number {
  if (asked !== undefined) {
    const at = columnIndex(head, asked);
    if (at < 0)
      throw new DataError(`${path}: has no column ${JSON.stringify(asked)}`, {
        fix: `its columns are ${columnsSaid(head)}`,
      });
    return at;
  }
  const others = [...head.header.keys()].filter((c) => c !== file);
  if (!head.hasHeader) return others.length === 1 ? others[0] : -1;
  const keys = head.header.map(columnKey);
  return (
    [...LABEL_NAMES, ...further]
      .map((name) => others.find((c) => keys[c] === name))
      .find((c) => c !== undefined && !isIdentifierName(head.header[c])) ?? -1
  );
}
