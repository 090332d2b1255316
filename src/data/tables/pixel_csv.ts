/** Tables of pixels: a row is an image, perhaps with its label. */
import { DataError } from '../../device/errors.js';
import { FASHION_CLASSES, type DatasetSplits, type HeldDataset } from '../dataset.js';
import { isIdentifier, labelClasses, requireNoIdentifier, type CodedLabels } from './labels.js';
import { normalName } from '../names.js';
import { pixelColumns, type PixelOptions } from './pixel_columns.js';
import { afterLineEnd, parsePixelRows, type PixelRows } from './pixel_rows.js';
import { columnsSaid, noTable, tableHead, tableKind, type TableHead } from './table_head.js';
import { asUtf8 } from './text.js';
import { worded } from '../../text/wording.js';

export type { LabelColumn } from './pixel_columns.js';

export interface PixelTableOptions extends PixelOptions {
  /** Default: UTF-8, or what a byte order mark says. */
  readonly encoding?: string;
  /** The images alone are wanted: a column of labels need not be fit for labels. */
  readonly areLabelsIgnored?: boolean;
}

/** Images of one file (N, 1, side, side), and what it says about them. */
export interface PixelTable {
  readonly file: string;
  readonly images: Uint8Array;
  readonly count: number;
  readonly side: number;
  /** null: the table has no column of labels. */
  readonly labels: CodedLabels | null;
  /** What the column is called, or its number where there is no header. */
  readonly labelColumn: string | null;
  /** Why there are no labels; what was taken for what, where the header does not say it. */
  readonly notes: readonly string[];
}

const WHICH = worded`say which column has the label: {label} with its name or number`;

/** Each value once, and the rows' numbers of them. */
function code(texts: readonly string[]): CodedLabels {
  const numbers = new Map<string, number>();
  const codes = Uint32Array.from(texts, (text) => {
    const known = numbers.get(text);
    if (known === undefined) numbers.set(text, numbers.size);
    return known ?? numbers.size - 1;
  });
  return { values: [...numbers.keys()].map((value) => normalName(value.trim())), codes };
}

/**
 * Whether an unnamed column may be labels: few distinct values for their range, and spread, where a corner pixel is
 * nearly always background.
 */
function canBeLabels({ values, codes }: CodedLabels): boolean {
  if (isIdentifier(codes.length, values.length)) return false;
  const numbers = values.map(Number);
  if (numbers.every(Number.isInteger) && Math.max(...numbers.slice(0, 2 ** 16)) >= Math.max(10, 2 * values.length))
    return false;
  const counts = new Array<number>(values.length).fill(0);
  for (let i = 0; i < codes.length; i++) counts[codes[i]]++;
  return counts.reduce((a, b) => Math.max(a, b), 0) <= 0.95 * codes.length;
}

/** Takes the columns that are no pixels out of (rows, columns), in place. */
function dropColumns({ table, rows }: PixelRows, columns: number, dropped: readonly number[]): Uint8Array {
  const edges = [...dropped].sort((a, b) => a - b);
  const runs = [-1, ...edges]
    .map((edge, i) => [edge + 1, (edges[i] ?? columns) - edge - 1] as const)
    .filter(([, length]) => length > 0);
  let to = 0;
  for (let row = 0; row < rows; row++) {
    for (const [begin, length] of runs) {
      const from = row * columns + begin;
      table.copyWithin(to, from, from + length);
      to += length;
    }
  }
  return table.subarray(0, to);
}

/** Writes a column that was read as texts among the pixels. @throws DataError naming the first that is none. */
function putPixels({ table, texts, firstLine }: PixelRows, file: string, columns: number, column: number): void {
  for (const [row, text] of (texts.get(column) as readonly string[]).entries()) {
    if (!/^\d{1,3}(\.0*)?$/.test(text.trim()) || Number(text) > 255)
      throw new DataError(
        `${file}:${firstLine + row}: field ${column + 1}: ${JSON.stringify(text.slice(0, 40))} is not an integer ` +
          `from 0 to 255`,
        { fix: worded`mend the line, or ${WHICH}` },
      );
    table[row * columns + column] = Number(text);
  }
}

/** Where the rows begin: after a line that `sep=` opens, and after the header. */
function firstRow(bytes: Uint8Array, { start, line, hasHeader }: TableHead): { start: number; line: number } {
  if (!hasHeader) return { start, line };
  let at = start;
  let isQuoted = false;
  for (; at < bytes.length && (isQuoted || (bytes[at] !== 10 && bytes[at] !== 13)); at++)
    if (bytes[at] === 34) isQuoted = !isQuoted;
  return { start: Math.min(bytes.length, afterLineEnd(bytes, at)), line: line + 1 };
}

/**
 * Reads bytes as a table of images: a row is H * H pixels, 0 to 255 (0 black), row-major, grey; and a label in any
 * column, a number or a text. Fields are separated by commas, semicolons, tabs or bars, and may stand in quotes; 7.0 is
 * 7. A header line is optional. Lines end with LF, CRLF or CR, blank lines may end the file.
 *
 * The label is what `--label` says; else the column that the header calls so (label, class, target, y); else the only
 * one that is not called or written like the others; else the first or the last, whichever can hold labels: its values
 * are few for their range, not each another, and no single one fills more than 95 % of the rows, as background does in
 * a corner pixel. When neither or both can, it is the first.
 *
 * Throws DataError naming file, line and field, all counted from 1: `file.csv:17: 783 fields, expected 785`.
 */
export function readPixelTable(given: Uint8Array, file: string, options: PixelTableOptions = {}): PixelTable {
  if (given.length === 0) throw new DataError(`${file}: the file is empty`, { fix: 'get the file again' });
  const bytes = asUtf8(given, file, options.encoding);
  const head = tableHead(bytes, file);
  if (tableKind(head) !== 'pixels' && options.label === undefined && !(head.header.length >= 5))
    throw noTable(file, head);
  const columns = head.header.length;
  const { side, label, skipped } = pixelColumns(head, file, options);
  const outer = [...head.header.keys()].filter((c) => !skipped.includes(c));
  const candidates = label === 'outer' ? [outer[0], outer[outer.length - 1]] : label === null ? [] : [label];
  const rows = parsePixelRows(bytes, file, {
    separator: head.separator,
    columns,
    ...firstRow(bytes, head),
    texts: candidates,
    skipped,
  });
  if (rows.rows === 0)
    throw new DataError(`${file}: no rows${head.hasHeader ? ' after the header' : ''}`, { fix: 'get the file again' });

  const coded = candidates.map((column) => ({ column, labels: code(rows.texts.get(column) as readonly string[]) }));
  const chosen = label === 'outer' ? (coded.find(({ labels }) => canBeLabels(labels)) ?? coded[0]) : coded[0];
  for (const { column } of coded) if (column !== chosen.column) putPixels(rows, file, columns, column);
  const images = dropColumns(rows, columns, chosen === undefined ? skipped : [...skipped, chosen.column]);
  const size = { images, count: rows.rows, side };
  const named = skipped.map((c) => (head.header[c] === '' ? 'a column without a name' : `column ${head.header[c]}`));
  const skippedSaid = named.length === 0 ? [] : [`not read: ${named.join(', ')}`];
  if (chosen === undefined) {
    return {
      file,
      ...size,
      labels: null,
      labelColumn: null,
      notes: [
        `${file}: has no column of labels: ${side * side} pixels a ` +
          `row${skipped.length === 0 ? '' : ` and ${skipped.map((c) => head.header[c] || 'a number').join(', ')}`}`,
      ],
    };
  }
  const { column, labels } = chosen;
  const empty = options.areLabelsIgnored === true ? -1 : labels.values.indexOf('');
  if (empty >= 0)
    throw new DataError(
      `${file}:${rows.firstLine + Array.from(labels.codes).indexOf(empty)}: field ${column + 1}: no label`,
      { fix: 'mend the line' },
    );
  if (options.label === undefined && options.areLabelsIgnored !== true) {
    requireNoIdentifier(
      labels,
      `${file}: column ${head.header[column]}`,
      worded`${WHICH}; the columns are ${columnsSaid(head)}`,
    );
  }
  return { file, ...size, labels, labelColumn: head.header[column], notes: skippedSaid };
}

/** Kaggle's two files of Fashion-MNIST are called so; nothing in them says what the labels mean. */
const FASHION_NAME = /^fashion[-_ ]?mnist[-_ ](?:train|test)\.csv(?:\.gz)?$/i;

/** Names of the classes, where the files' names say which they are. */
function knownNames(tables: readonly PixelTable[]): readonly string[] | null {
  const isFashion = tables.every(
    ({ file, side }) => side === 28 && FASHION_NAME.test(file.split(/[\\/]/).at(-1) ?? ''),
  );
  return isFashion ? FASHION_CLASSES : null;
}

/** @throws DataError for a table without labels. */
function labelsOf({ labels, notes }: PixelTable): CodedLabels {
  if (labels === null)
    throw new DataError(notes.join('; '), {
      fix: worded`give one with labels, or ${WHICH}; weft predict takes tables without`,
    });
  return labels;
}

/**
 * The parts of a data set, each a table; their labels are of the same classes. @throws DataError for a part without
 * labels, or of another size.
 */
export function joinPixelTables(
  train: PixelTable,
  validation: PixelTable | null,
  test: PixelTable | null,
  name = train.file,
): DatasetSplits<HeldDataset> {
  const trained = validation === null ? [train] : [train, validation];
  const unlabelled = test !== null && test.labels === null ? test : null;
  const tested = test !== null && test.labels !== null ? test : null;
  const parts = [...trained, ...(tested === null ? [] : [tested])];
  const { side } = train;
  const other = parts.find((part) => part.side !== side);
  if (other !== undefined)
    throw new DataError(
      `${other.file}: images of ${other.side}x${other.side}, but those of ${train.file} are ${side}x${side}`,
      { fix: 'give files that belong together' },
    );
  const { classes, labels, notes } = labelClasses(parts.map(labelsOf), knownNames(parts));
  const size = { channels: 1, height: side, width: side, classes };
  const images =
    trained.length === 1 ? train.images : new Uint8Array(trained.reduce((n, part) => n + part.images.length, 0));
  if (trained.length > 1) trained.reduce((at, part) => (images.set(part.images, at), at + part.images.length), 0);
  const trainLabels = Uint32Array.from(labels.slice(0, trained.length).flatMap((part) => [...part]));
  const count = trained.reduce((n, part) => n + part.count, 0);
  const hasSeveral = parts.length > 1 || unlabelled !== null;
  const { labelColumn } = train;
  return {
    train: {
      name: hasSeveral ? `${name} train` : name,
      images,
      labels: trainLabels,
      count,
      ...size,
      ...(validation === null ? {} : { validationStart: train.count }),
    },
    test:
      tested === null
        ? null
        : {
            name: `${name} test`,
            images: tested.images,
            labels: labels[parts.length - 1],
            count: tested.count,
            ...size,
          },
    notes: [
      ...parts.flatMap((part) => part.notes.map((note) => (hasSeveral ? `${part.file}: ${note}` : note))),
      ...notes,
      ...(unlabelled === null
        ? []
        : [
            `${unlabelled.file} is not used: ` +
              `${unlabelled.notes.join('; ').replace(`${unlabelled.file}: `, 'it ')} (weft predict takes it)`,
          ]),
    ],
    ...(labelColumn === null ? {} : { labelColumn }),
  };
}

/**
 * One table as a data set without a test part. @throws DataError as `readPixelTable`, and for a table without labels.
 */
export function parsePixelCsv(
  bytes: Uint8Array,
  file: string,
  options: PixelTableOptions = {},
): DatasetSplits<HeldDataset> {
  return joinPixelTables(readPixelTable(bytes, file, options), null, null);
}

/** The images of a table, labelled or not, as a data set whose labels mean nothing. */
export function unlabelledImages({ file, images, count, side }: PixelTable): HeldDataset {
  return {
    name: file,
    images,
    labels: new Uint32Array(count),
    count,
    channels: 1,
    height: side,
    width: side,
    classes: ['unknown'],
  };
}
