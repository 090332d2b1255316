/** A table of pictures: rows that name a file and what it shows. */
import { DataError, UsageError } from '../../device/errors.js';
import { inClassOrder } from '../class_order.js';
import { parseCsv, type CsvRow } from './csv_fields.js';
import { inParallel } from '../in_parallel.js';
import { isIdentifier } from './labels.js';
import { normalName } from '../names.js';
import { fileColumn, labelColumn } from './picture_columns.js';
import { nameSome, partNamed, type ListedPicture, type Part, type PictureList } from '../pictures/picture_list.js';
import { isCondition, parseRowFilter } from './row_filter.js';
import { columnIndex, columnsSaid, tableHead, type TableHead } from './table_head.js';
import { locatePicture, rootOf } from './table_paths.js';
import { asUtf8, decodeText } from './text.js';
import { worded } from '../../text/wording.js';

/** How a table of picture names is read. */
export interface TableOptions {
  /**
   * The column that the classes are values of, by name or number from 1. Default: the one called label, class or
   * target.
   */
  readonly label?: string;
  /**
   * The column of file names. Default: the one whose values end as pictures do, or that is called file, filename, image
   * or path.
   */
  readonly imageColumn?: string;
  /** Rows with the same value in this column stay in one part. Default: each by itself. */
  readonly group?: string;
  /** Rows to read: `category=Footwear,gender=Men`. Default: all. */
  readonly where?: string;
  /** Share of each class that is for testing, where no column says it. Default 0.2. */
  readonly testSplit?: number;
  /** Of the text. Default: UTF-8, or what a byte order mark says. */
  readonly encoding?: string;
  /** The folder that the files' paths count from and stay in. Default: the table's own. */
  readonly imageRoot?: string;
}

const SPLIT_COLUMN = 'split';
const TEST_SPLIT = 0.2;

/** A row's picture; its class is a name. */
export interface TablePicture extends Omit<ListedPicture, 'label'> {
  readonly className: string;
}

export interface PictureTable {
  readonly pictures: readonly TablePicture[];
  readonly labelColumn: string | null;
  readonly notes: readonly string[];
}

/** All rows of a table, its header not among them. */
export function tableRows(bytes: Uint8Array, path: string, { separator, start, line, hasHeader }: TableHead): CsvRow[] {
  return parseCsv(decodeText(bytes.subarray(start), path).text, path, separator, line).slice(hasHeader ? 1 : 0);
}

/** Rows by their parts; null where no column says them. */
function partsOf(rows: readonly CsvRow[], column: number, notes: string[]): ((row: CsvRow) => Part | null) | null {
  if (column < 0) return null;
  const values = [...new Set(rows.map((row) => row.fields[column].trim()))].filter((v) => v !== '');
  const strange = values.find((v) => partNamed(v) === null);
  if (strange === undefined && values.some((v) => partNamed(v) === 'train'))
    return (row) => partNamed(row.fields[column].trim());
  const why =
    strange === undefined
      ? 'no row is for training'
      : `${JSON.stringify(strange)} is none of train, validation and test`;
  notes.push(`the column ${SPLIT_COLUMN} is not used: ${why}`);
  return null;
}

function rowsSaid(n: number, why: string): string {
  return `left out ${n} ${n === 1 ? 'row' : 'rows'} ${why}`;
}

/** The folder that a file is in, by the last but one name of its path. */
function folderOf(name: string): string {
  return name.trim().replaceAll('\\', '/').split('/').at(-2) ?? '';
}

/**
 * Reads a table: perhaps a header line, then a row for each picture. Files lie beside it or below its `images`; see
 * table_paths.ts for paths that lead elsewhere. Rows that `where` does not mean, without a class, without a file name
 * or with more or fewer fields than the first are left out and counted.
 * @param inFolders a picture's folder says its class where no column does; further names of such columns.
 * @throws DataError for a column that there is not, a path that leads out, or no rows; UsageError when nobody says
 * which column has the classes.
 */
export async function readPictureTable(
  given: Uint8Array,
  path: string,
  options: TableOptions = {},
  inFolders: readonly string[] | null = null,
): Promise<PictureTable> {
  if (given.length === 0)
    throw new DataError(`${path}: the file is empty`, { fix: 'give a table with a row for each picture' });
  const bytes = asUtf8(given, path, options.encoding);
  const head = tableHead(bytes, path);
  const root = rootOf(path, options.imageRoot);
  const all = tableRows(bytes, path, head);
  if (head.header.length === 0)
    throw new DataError(`${path}: the file is empty`, { fix: 'give a table with a row for each picture' });
  const file = await fileColumn(head, path, root, options.imageColumn);
  const label = labelColumn(head, path, file, options.label, inFolders ?? []);
  const hasFolders = inFolders !== null && label < 0;
  if (label < 0 && !hasFolders)
    throw new UsageError(`${path}: which column has the classes?`, {
      fix: worded`{label} with one of ${columnsSaid(head)}`,
    });
  const required = (name: string): number => {
    const at = columnIndex(head, name);
    if (at < 0)
      throw new DataError(`${path}: has no column ${JSON.stringify(name)}`, {
        fix: `its columns are ${columnsSaid(head)}`,
      });
    return at;
  };
  const group = options.group === undefined ? -1 : required(options.group);
  const conditions =
    options.where === undefined
      ? []
      : parseRowFilter(options.where, 'where').map((condition) => [required(condition.column), condition] as const);
  const labelName = hasFolders ? null : head.header[label];
  const classOf = ({ fields }: CsvRow): string =>
    normalName((hasFolders ? folderOf(fields[file]) || (fields[file + 1] ?? '') : fields[label]).trim());

  const notes: string[] = [];
  const take = (
    rows: readonly CsvRow[],
    keep: (row: CsvRow) => boolean,
    why: (left: readonly CsvRow[]) => string,
  ): CsvRow[] => {
    const left = rows.filter((row) => !keep(row));
    if (left.length > 0) notes.push(rowsSaid(left.length, why(left)));
    return rows.filter(keep);
  };
  const width = head.header.length;
  let rows = take(
    all,
    (row) => row.fields.length === width,
    (left) => `of other than ${width} fields: ${nameSome(left.map((row) => `line ${row.line}`))}`,
  );
  rows = take(
    rows,
    (row) => conditions.every(([at, condition]) => isCondition(condition, row.fields[at])),
    () => `that are not ${options.where}`,
  );
  rows = take(
    rows,
    (row) => row.fields[file].trim() !== '',
    () => 'without a file',
  );
  rows = take(
    rows,
    (row) => classOf(row) !== '',
    () => `without a value of ${labelName ?? 'a class'}`,
  );
  const partOf = partsOf(rows, columnIndex({ header: head.header }, SPLIT_COLUMN), notes);
  if (partOf !== null)
    rows = take(
      rows,
      (row) => partOf(row) !== null,
      () => `without a value of ${SPLIT_COLUMN}`,
    );
  if (rows.length === 0)
    throw new DataError(
      `${path}: no rows that name a picture and its ` +
        `${labelName ?? 'class'}${notes.length > 0 ? `; ${notes.join('; ')}` : ''}`,
      { fix: 'see what is in the file' },
    );
  if (isIdentifier(rows.length, new Set(rows.map(classOf)).size)) {
    const what =
      `${path}: ${labelName === null ? 'the folder of' : `the column ${labelName} has`} another value in each of ` +
      `${rows.length} rows: it tells rows apart`;
    if (options.label === undefined)
      throw new UsageError(`${what} and is no class`, { fix: worded`{label} with one of ${columnsSaid(head)}` });
    notes.push(`${what}; each class has one picture`);
  }

  const pictures = new Array<TablePicture>(rows.length);
  await inParallel(rows.length, async (i) => {
    const { fields, line } = rows[i];
    const ofGroup = group < 0 ? '' : normalName(fields[group].trim());
    pictures[i] = {
      file: await locatePicture(root, fields[file].trim(), `${path}:${line}`),
      className: classOf(rows[i]),
      part: partOf === null ? null : partOf(rows[i]),
      ...(ofGroup === '' ? {} : { group: ofGroup }),
      fields: Object.fromEntries(
        head.header.map((name, at) => [name, normalName(fields[at].trim())] as const).filter((_, at) => at !== file),
      ),
    };
  });
  return { pictures, labelColumn: labelName, notes };
}

/** The pictures with the numbers of their classes. */
export function withClasses(pictures: readonly TablePicture[]): {
  classes: readonly string[];
  pictures: ListedPicture[];
} {
  const classes = inClassOrder(pictures.map((p) => p.className));
  const numbers = new Map(classes.map((name, c) => [name, c]));
  return {
    classes,
    pictures: pictures.map(({ className, ...picture }) => ({ ...picture, label: numbers.get(className) as number })),
  };
}

/**
 * One table as a list: its label's distinct values are the classes, a column called split may say the parts. @throws as
 * `readPictureTable`.
 */
export async function listLabelledCsv(
  bytes: Uint8Array,
  path: string,
  options: TableOptions = {},
): Promise<PictureList> {
  const { pictures, labelColumn: column, notes } = await readPictureTable(bytes, path, options);
  return {
    name: path,
    ...withClasses(pictures),
    testSplit: options.testSplit ?? TEST_SPLIT,
    notes,
    ...(column === null ? {} : { labelColumn: column }),
  };
}
