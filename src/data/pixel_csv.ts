import { DataError } from '../device/errors.js';
import type { DatasetSplits } from './dataset.js';
import { classNames, countClasses, firstBadLabel, LABEL_NAMES } from './labels.js';

export type LabelColumn = 'first' | 'last' | 'auto';

const LF = 10;
const CR = 13;
const COMMA = 44;

/**
 * What the first line says: the number of fields, that rows start at byte `start` on line `line`, and which column a header names
 * as the label (null: no header, or no such name).
 */
interface Header {
  readonly columns: number;
  readonly start: number;
  readonly line: number;
  readonly label: 'first' | 'last' | null;
}

/** The parsed rows: `table` (rows, columns) bytes; the outer columns at full range, for either may be the label. */
interface Table {
  readonly rows: number;
  readonly table: Uint8Array;
  readonly first: Uint32Array;
  readonly last: Uint32Array;
}

const ROW = { fix: 'mend the line, or get the file again' };
const PLAIN = { fix: 'write label,pixel,pixel,… a line: whole numbers from 0 to 255, no quotes' };

function lineEnd(bytes: Uint8Array, from: number): number {
  const end = bytes.indexOf(LF, from);
  return end < 0 ? bytes.length : end;
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** The first line is a header when its first field has a letter in it. */
function readHeader(bytes: Uint8Array, file: string): Header {
  const bom = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  const end = lineEnd(bytes, bom);
  const line = text(bytes.subarray(bom, end)).trim();
  if (line.includes('"')) throw new DataError(`${file}:1: a quote; this format has plain numbers without quotes`, PLAIN);
  const fields = line.split(',').map((f) => f.trim().toLowerCase());
  const columns = fields.length;
  const side = Math.round(Math.sqrt(columns - 1));
  if (side === 0 || side * side !== columns - 1) throw new DataError(`${file}:1: ${columns - 1} pixels are no square image (784 are 28x28)`, { fix: 'give a label and the pixels of one square grey image a line' });
  if (!/\p{L}/u.test(fields[0])) return { columns, start: bom, line: 1, label: null };
  const named = fields.findIndex((f) => LABEL_NAMES.includes(f));
  if (named > 0 && named < columns - 1)
    throw new DataError(`${file}:1: the label is column ${named + 1} of ${columns}, expected the first or the last`, { fix: 'move it there' });
  return { columns, start: Math.min(end + 1, bytes.length), line: 2, label: named < 0 ? null : named === 0 ? 'first' : 'last' };
}

/** Throws with the field's text; only reached when something is wrong. `at` is any byte of the field. */
function badField(bytes: Uint8Array, file: string, line: number, field: number, at: number): never {
  let begin = at;
  while (begin > 0 && bytes[begin - 1] !== COMMA && bytes[begin - 1] !== LF) begin--;
  let end = begin;
  while (end < bytes.length && bytes[end] !== COMMA && bytes[end] !== LF) end++;
  const found = text(bytes.subarray(begin, Math.min(end, begin + 40))).trimEnd();
  if (found.includes('"')) throw new DataError(`${file}:${line}: field ${field}: a quote; this format has plain numbers without quotes`, PLAIN);
  throw new DataError(`${file}:${line}: field ${field}: ${JSON.stringify(found)} is not an integer from 0 to 255`, ROW);
}

/**
 * Parses the rows byte by byte: at 130 MB for 60,000 images, making a string of each field would take most of a minute.
 * The format has digits, commas and line ends only, which is what makes this safe.
 */
function parseRows(bytes: Uint8Array, file: string, header: Header): Table {
  const columns = header.columns;
  // A row has at least one digit and one separator a field.
  const most = Math.floor((bytes.length - header.start + 1) / (2 * columns));
  const table = new Uint8Array(most * columns);
  const first = new Uint32Array(most);
  const last = new Uint32Array(most);

  let rows = 0;
  let at = header.start;
  for (let line = header.line; at < bytes.length; line++) {
    if (bytes[at] === LF || bytes[at] === CR) {
      // Blank lines may end the file, and nothing may follow them.
      if (bytes.subarray(at).some((b) => b !== LF && b !== CR)) throw new DataError(`${file}:${line}: blank line, expected ${columns} fields`, ROW);
      break;
    }
    let field = 0;
    let offset = rows * columns;
    for (;;) {
      let value = 0;
      const begin = at;
      let byte = bytes[at];
      while (byte >= 48 && byte <= 57) {
        value = value * 10 + byte - 48;
        byte = bytes[++at];
      }
      if (byte === CR && (at + 1 === bytes.length || bytes[at + 1] === LF)) byte = bytes[++at];
      const ends = byte === LF || byte === undefined;
      if (at === begin || bytes[begin] === CR || at - begin > 9 || !(ends || byte === COMMA)) badField(bytes, file, line, field + 1, begin);
      if (field < columns) {
        if (field === 0) first[rows] = value;
        if (field === columns - 1) last[rows] = value;
        if (value > 255 && field > 0 && field < columns - 1) badField(bytes, file, line, field + 1, begin);
        table[offset++] = value;
      }
      field++;
      at++;
      if (ends) break;
    }
    if (field !== columns) throw new DataError(`${file}:${line}: ${field - 1} pixels, expected ${columns - 1}`, ROW);
    rows++;
  }
  return { rows, table, first: first.subarray(0, rows), last: last.subarray(0, rows) };
}

/** Labels pass the label check, and are spread: a corner pixel is nearly always background, 0. */
function canBeLabels(column: Uint32Array): boolean {
  if (firstBadLabel(column, countClasses(column)) >= 0) return false;
  const counts = new Map<number, number>();
  let most = 0;
  for (const value of column) {
    const count = (counts.get(value) ?? 0) + 1;
    counts.set(value, count);
    most = Math.max(most, count);
  }
  return most <= 0.95 * column.length;
}

/** Drops the label's column: (rows, columns) to (rows, columns - 1). */
function pixelsOf(t: Table, columns: number, labelFirst: boolean): Uint8Array {
  const pixels = columns - 1;
  const images = new Uint8Array(t.rows * pixels);
  const skip = labelFirst ? 1 : 0;
  for (let row = 0; row < t.rows; row++) {
    const begin = row * columns + skip;
    images.set(t.table.subarray(begin, begin + pixels), row * pixels);
  }
  return images;
}

/**
 * Reads `bytes` as CSV of images: a row is one label and H * H pixels 0 to 255 (0 black), row-major; grey, square.
 * A header line is optional, line ends are LF or CRLF, blank lines may end the file.
 *
 * Which column is the label (`labelColumn`, default 'auto'): 'first' or 'last' decide. With 'auto' a header that names the column
 * (label, class, target, y) decides. Otherwise it is the first column that can hold labels, of the first and the last: its values
 * are below the number of classes (see `countClasses`) and no single value fills more than 95 % of the rows, as background does in
 * a corner pixel. When neither can, it is the first.
 *
 * Throws DataError naming file, line and field, all counted from 1: `file.csv:17: 783 pixels, expected 784`.
 */
export function parsePixelCsv(bytes: Uint8Array, file: string, options: { readonly labelColumn?: LabelColumn } = {}): DatasetSplits {
  if (bytes.length === 0) throw new DataError(`${file}: the file is empty`, ROW);
  if (bytes.subarray(0, 512).includes(0))
    throw new DataError(`${file}: is a binary file, expected CSV text`, { fix: 'for IDX files give their folder' });
  const header = readHeader(bytes, file);
  const t = parseRows(bytes, file, header);
  if (t.rows === 0) throw new DataError(`${file}: no rows${header.line === 2 ? ' after the header' : ''}`, ROW);

  const columns = header.columns;
  const side = Math.round(Math.sqrt(columns - 1));
  const wanted = options.labelColumn ?? 'auto';
  const column = wanted !== 'auto' ? wanted : (header.label ?? (!canBeLabels(t.first) && canBeLabels(t.last) ? 'last' : 'first'));
  const labelFirst = column === 'first';
  const labels = labelFirst ? t.first : t.last;
  const corner = labelFirst ? t.last : t.first;
  const badPixel = firstBadLabel(corner, 256);
  const cornerField = labelFirst ? columns : 1;
  if (badPixel >= 0)
    throw new DataError(`${file}:${header.line + badPixel}: field ${cornerField}: "${corner[badPixel]}" is not an integer from 0 to 255`, ROW);
  const classes = countClasses(labels);
  const badLabel = firstBadLabel(labels, classes);
  if (badLabel >= 0) {
    const where = `${file}:${header.line + badLabel}: field ${labelFirst ? 1 : columns}`;
    throw new DataError(`${where}: label ${labels[badLabel]}, expected 0 to ${classes - 1}`, {
      fix: `mend the line; the label was taken from the ${column} column: if it is the other, name that one "label" in a header line`,
    });
  }
  const images = pixelsOf(t, columns, labelFirst);
  const size = { count: t.rows, channels: 1, height: side, width: side };
  return { train: { name: file, images, labels: labels.slice(), ...size, classes: classNames(classes) }, test: null };
}
