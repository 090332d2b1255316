/** Which columns of a table of pixels are pixels, and which is the label. */
import { DataError, UsageError } from '../../device/errors.js';
import { columnKey, isIdentifierName, LABEL_NAMES } from './labels.js';
import { columnIndex, columnsSaid, isNumber, type TableHead } from './table_head.js';
import { worded } from '../../text/wording.js';

/** Which column of a table of pixels has the labels. */
export type LabelColumn = 'first' | 'last' | 'auto';

export interface PixelColumns {
  /** Of a square image. */
  readonly side: number;
  /**
   * The column of the label; null: there is none; outer: the first or the last of those that are read, which the values
   * decide.
   */
  readonly label: number | 'outer' | null;
  /** Columns that are neither label nor pixels, in order. */
  readonly skipped: readonly number[];
}

export interface PixelOptions {
  /** The label's column, by name or number from 1. */
  readonly label?: string;
  /** Where the label is, where `label` does not say it. */
  readonly labelColumn?: LabelColumn;
}

/** How programs write a number that there is not. */
const MISSING = /^\s*(?:nan|na|n\/a|null|none|)\s*$/i;

const FORM = 'give a label and the pixels of one square grey image a line';

function sideOf(pixels: number): number | null {
  const side = Math.round(Math.sqrt(pixels));
  return side >= 2 && side * side === pixels ? side : null;
}

/** The column that is not called like the others: pixels are numbered. */
function unlikeTheOthers(header: readonly string[], columns: readonly number[]): number | null {
  const plain = columns.filter((c) => !/\d/.test(header[c]));
  return plain.length === 1 ? plain[0] : null;
}

/** The column that is asked for. @throws UsageError when there is none. */
function namedLabel(head: TableHead, path: string, name: string): number {
  const at = columnIndex(head, name);
  if (at < 0)
    throw new UsageError(`${path}: has no column ${JSON.stringify(name)}`, {
      fix: worded`{label} with one of ${columnsSaid(head)}`,
    });
  return at;
}

/** Whether the first column counts the rows, as pandas' index does. */
function countsRows({ rows }: TableHead): boolean {
  const first = rows.map(({ fields }) => Number(fields[0]));
  return first[0] <= 1 && first.every((n, i) => n === first[0] + i);
}

/**
 * By the header's names where it has them, else by how many columns there are: 784 are pixels alone, 785 a label and
 * pixels, 786 a row's number besides. Columns that only tell rows apart (id, index, pandas' column without a name,
 * names of files) are never the label.
 * @throws DataError when the pixels are no square; UsageError for a label that there is not.
 */
export function pixelColumns(
  head: TableHead,
  path: string,
  { label: asked, labelColumn = 'auto' }: PixelOptions,
): PixelColumns {
  const { header, hasHeader, rows } = head;
  const all = [...header.keys()];
  const asks = asked === undefined ? null : namedLabel(head, path, asked);
  const named = hasHeader ? (all.find((c) => LABEL_NAMES.includes(columnKey(header[c]))) ?? null) : null;
  const isText = (c: number): boolean =>
    (hasHeader || c === 0 || c === header.length - 1) &&
    rows.length > 0 &&
    rows.every(({ fields }) => !isNumber(fields[c] ?? '') && !MISSING.test(fields[c] ?? ''));
  const isSkipped = (c: number): boolean => hasHeader && isIdentifierName(header[c]);
  const known = asks ?? (labelColumn === 'auto' ? named : null);
  let skipped = all.filter((c) => c !== known && isSkipped(c));
  let rest = all.filter((c) => c !== known && !skipped.includes(c));
  const found = (label: PixelColumns['label'], pixels: number): PixelColumns | null => {
    const side = sideOf(pixels);
    return side === null ? null : { side, label, skipped };
  };
  // Texts beside the label, and a number of the row that has no name, are no pixels either.
  if (known !== null && sideOf(rest.length) === null) {
    const texts = rest.filter(isText);
    const more = texts.length > 0 ? texts : rest[0] === 0 && countsRows(head) ? [0] : [];
    if (sideOf(rest.length - more.length) !== null)
      [skipped, rest] = [[...skipped, ...more].sort((a, b) => a - b), rest.filter((c) => !more.includes(c))];
  }
  let columns: PixelColumns | null = null;
  if (known !== null) columns = found(known, rest.length);
  else if (labelColumn !== 'auto')
    columns = found((labelColumn === 'first' ? rest[0] : rest.at(-1)) ?? null, rest.length - 1);
  else {
    columns = found(null, rest.length);
    const texts = rest.filter(isText);
    if (columns === null)
      columns = found(
        (hasHeader ? unlikeTheOthers(header, rest) : null) ?? (texts.length === 1 ? texts[0] : 'outer'),
        rest.length - 1,
      );
    if (columns === null && rest[0] === 0 && countsRows(head)) {
      skipped = [0];
      columns = found('outer', rest.length - 2);
    }
  }
  if (columns !== null) return columns;
  const pixels = rest.length - (known === null ? 1 : 0);
  throw new DataError(
    `${path}:${head.line}: ${pixels} pixels are no square image (784 are ` +
      `28x28)${skipped.length === 0 ? '' : `, besides ${skipped.map((c) => JSON.stringify(header[c])).join(', ')}`}`,
    { fix: `${FORM}; the columns are ${columnsSaid(head)}` },
  );
}
