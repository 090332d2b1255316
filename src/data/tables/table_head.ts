/**
 * What the first lines of a table say about it: how fields are separated, whether there is a header, and what it holds.
 */
import { DataError } from '../../device/errors.js';
import { csvRows, type CsvRow } from './csv_fields.js';
import { columnKey } from './labels.js';
import { PICTURE_NAME } from '../pictures/file_kind.js';
import { decodeText } from './text.js';
import { worded } from '../../text/wording.js';

export interface TableHead {
  readonly separator: string;
  /** Columns by name; by their numbers, from 1, where there is no header. */
  readonly header: readonly string[];
  readonly hasHeader: boolean;
  /** The first rows after the header, none where its quotes do not close. */
  readonly rows: readonly CsvRow[];
  /** Byte and line that the table begins at, header included. */
  readonly start: number;
  readonly line: number;
}

const SEPARATORS = [',', ';', '\t', '|'];
const LOOKED_AT = 2 ** 16;
/** A picture of 1024x1024 as a row of pixels has 4 MiB. */
const MAX_LINE = 2 ** 23;
const ROWS = 20;
/** Numbered header names (0, 1, …) of fewer columns than these could be a row. */
const NUMBERED = 10;
const [LF, CR] = [10, 13];

const NUMBER = /^\s*[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?\s*$/i;

export function isNumber(field: string): boolean {
  return NUMBER.test(field);
}

function lastLineEnd(bytes: Uint8Array, before: number): number {
  return Math.max(bytes.lastIndexOf(LF, before - 1), bytes.lastIndexOf(CR, before - 1));
}

/** The end of what is looked at: whole lines. @throws DataError when the first line is absurdly long. */
function headEnd(bytes: Uint8Array, path: string): number {
  if (bytes.length <= LOOKED_AT) return bytes.length;
  const whole = lastLineEnd(bytes, LOOKED_AT);
  if (whole >= 0) return whole;
  const head = bytes.subarray(0, MAX_LINE);
  const ends = [head.indexOf(LF), head.indexOf(CR)].filter((at) => at >= 0);
  if (ends.length > 0) return Math.min(...ends);
  if (bytes.length <= MAX_LINE) return bytes.length;
  throw new DataError(`${path}:1: the first line has more than ${MAX_LINE} bytes`, {
    fix: 'give a table with a row a line',
  });
}

/**
 * The first rows, up to one whose quotes do not close: of another separator's table; in its own, whoever reads the
 * whole says so.
 */
function rowsWith(text: string, path: string, separator: string): CsvRow[] {
  const rows: CsvRow[] = [];
  try {
    for (const row of csvRows(text, path, separator)) if (rows.push(row) > ROWS) break;
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
  }
  return rows;
}

/**
 * The separator that gives all rows the same number of fields, the most; else the one that is most often in the first
 * row.
 */
function separatorOf(text: string, path: string): string {
  const found = SEPARATORS.map((separator) => {
    const counts = rowsWith(text, path, separator).map((row) => row.fields.length);
    const [columns = 1] = counts;
    return { separator, columns, isEven: columns > 1 && counts.every((n) => n === columns) };
  });
  const best = found.reduce((a, b) => ((Number(b.isEven) - Number(a.isEven) || b.columns - a.columns) > 0 ? b : a));
  if (best.columns > 1) return best.separator;
  const first = text.slice(0, text.search(/[\r\n]|$/)).replaceAll(/"[^"]*"/g, ''); // where no separator's quotes close
  return SEPARATORS.reduce((a, b) => (first.split(b).length > first.split(a).length ? b : a));
}

/** Whether a first row names the columns of those below it. */
function isHeader([first, second]: readonly CsvRow[]): boolean {
  if (first === undefined || first.fields.some((field) => PICTURE_NAME.test(field.trim()))) return false;
  const words = (row: CsvRow): number => row.fields.filter((field) => field.trim() !== '' && !isNumber(field)).length;
  const numbers = first.fields.filter((field) => /^\d+$/.test(field.trim())).map(Number);
  const isCounting = numbers.length >= NUMBERED && numbers[0] <= 1 && numbers.every((n, i) => n === numbers[0] + i);
  if (isCounting) return true; // as pandas names columns that have no names
  const isOfNumbers = second === undefined || second.fields.filter(isNumber).length > second.fields.length / 2;
  // a word among numbers is a mistake, no name of a column
  if (isOfNumbers) return words(first) > first.fields.length / 2;
  return words(first) > words(second) || words(first) === first.fields.filter((field) => field.trim() !== '').length;
}

/** @param bytes in UTF-8. @throws DataError for what is no text, or has a first line of more than 8 MiB. */
export function tableHead(bytes: Uint8Array, path: string): TableHead {
  const whole = decodeText(bytes.subarray(0, headEnd(bytes, path)), path).text;
  const [said, mark] = /^sep=(.)(?:\r\n?|\n)/i.exec(whole) ?? []; // Excel's way to say it
  const text = whole.slice(said?.length ?? 0);
  const separator = mark ?? separatorOf(text, path);
  const rows = rowsWith(text, path, separator);
  const hasHeader = isHeader(rows);
  const names = rows[0]?.fields ?? [];
  return {
    separator,
    hasHeader,
    header: hasHeader ? names.map((name) => name.normalize('NFC').trim()) : names.map((_, i) => String(i + 1)),
    rows: rows.slice(hasHeader ? 1 : 0),
    start: new TextEncoder().encode(said ?? '').length,
    line: said === undefined ? 1 : 2,
  };
}

/** Index of a column by its name, in any case, or by its number from 1 where none is called so; -1: there is none. */
export function columnIndex({ header }: Pick<TableHead, 'header'>, name: string): number {
  const key = name.normalize('NFC').trim().toLowerCase();
  const named = header.findIndex((column) => column.toLowerCase() === key);
  if (named >= 0 || !/^[1-9]\d*$/.test(key)) return named;
  return Number(key) <= header.length ? Number(key) - 1 : -1;
}

/** Columns that a message lists. */
const LISTED = 30;

/** The columns of a table, for a message. */
export function columnsSaid({ header, hasHeader }: Pick<TableHead, 'header' | 'hasHeader'>): string {
  const shown = header.slice(0, LISTED).map((name) => (name === '' ? '(no name)' : name));
  return hasHeader
    ? `${shown.join(', ')}${header.length > LISTED ? ', …' : ''}`
    : `1 to ${header.length} (there is no header line)`;
}

/** So many numbers in a row are an image: 8x8. */
const CERTAINLY_PIXELS = 64;
/** Columns of a table of pixels that may hold something else: an index, a name, the label. */
const OTHERS = 3;

/**
 * Header names of files, as `columnKey` makes them: those that say it, and those that may be names of files without
 * their ending.
 */
export const FILE_NAMES = [
  'file',
  'filename',
  'image',
  'path',
  'filepath',
  'imagepath',
  'imagefile',
  'imagefilename',
  'imagename',
  'img',
  'imgpath',
  'imgname',
  'imgfile',
  'imagefilepath',
  'picture',
  'picturepath',
  'photo',
  'photopath',
  'fname',
  'relativepath',
  'relpath',
];
export const MAYBE_FILE_NAMES = [
  'imageid',
  'imgid',
  'pictureid',
  'photoid',
  'id',
  'name',
  'uid',
  'uuid',
  'productid',
  'itemid',
];

/** What a table holds, by its contents first and by its names where they leave it open; null: neither. */
export function tableKind({ header, rows, hasHeader }: TableHead): 'pixels' | 'pictures' | null {
  const [row] = rows;
  const numbers =
    row === undefined ? header.filter((name) => /\d/.test(name)).length : row.fields.filter(isNumber).length;
  if (numbers >= CERTAINLY_PIXELS) return 'pixels';
  if (rows.some(({ fields }) => fields.some((field) => PICTURE_NAME.test(field.trim())))) return 'pictures';
  const keys = hasHeader ? header.map(columnKey) : [];
  if (keys.some((key) => FILE_NAMES.includes(key))) return 'pictures';
  if (numbers >= 4 && header.length - numbers <= OTHERS) return 'pixels';
  return keys.some((key) => MAYBE_FILE_NAMES.includes(key)) ? 'pictures' : null;
}

/** A table that is neither. */
export function noTable(path: string, head: TableHead): DataError {
  const { separator, header, rows } = head;
  const [row] = rows;
  const shown =
    row === undefined
      ? 'no rows'
      : `the first row is ${row.fields
          .slice(0, 5)
          .map((field) => JSON.stringify(field.slice(0, 30)))
          .join(', ')}${row.fields.length > 5 ? ', …' : ''}`;
  const between = header.length < 2 ? '' : `, separated by ${separator === '\t' ? 'tabs' : JSON.stringify(separator)}`;
  return new DataError(
    `${path}: a table of ${header.length} ${header.length === 1 ? 'column' : 'columns'}${between} ` +
      `(${columnsSaid(head)}); ${shown}: neither names of pictures nor the pixels of images`,
    {
      fix: worded`give a column of .jpg, .png or .webp files ({imageColumn} says which), or rows of a label and
        the pixels of a square grey image`,
    },
  );
}
