/** A table of pictures: a CSV whose rows name a file and what it shows. */
import { parentFolder } from '#platform';
import { DataError, UsageError } from '../device/errors.js';
import { inClassOrder } from './class_order.js';
import { parseCsv, type CsvRow } from './csv_fields.js';
import { inParallel } from './in_parallel.js';
import { LABEL_NAMES } from './labels.js';
import { locatePicture, nameSome, partNamed, type ListedPicture, type Part, type PictureList } from './picture_list.js';
import { isCondition, parseRowFilter, type RowCondition } from './row_filter.js';

export interface TableOptions {
  /** The column that the classes are values of. Default: the one called label, class or target. */
  readonly label?: string;
  /** The column of file names. Default: the one called file, filename, image or path. */
  readonly imageColumn?: string;
  /** Rows with the same value in this column stay in one part. Default: each by itself. */
  readonly group?: string;
  /** Rows to read: `category=Footwear,gender=Men`. Default: all. */
  readonly where?: string;
  /** Share of each class that is for testing, where no column says it. Default 0.2. */
  readonly testSplit?: number;
}

const IMAGE_COLUMNS = ['file', 'filename', 'image', 'path'];
const SPLIT_COLUMN = 'split';
const TEST_SPLIT = 0.2;
/** Columns that a message lists. */
const LISTED = 30;

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes); // drops a byte order mark
}

/** Index of the column of that name, in any case; of a list of names, the first that there is. */
function columnOf(header: readonly string[], names: readonly string[]): number {
  const known = header.map((name) => name.trim().toLowerCase());
  return names.map((name) => known.indexOf(name.toLowerCase())).find((i) => i >= 0) ?? -1;
}

/** Whether a CSV names pictures, and does not hold pixels: its header, or what is asked for, says so. */
export function isLabelledCsv(bytes: Uint8Array, { label, imageColumn }: TableOptions): boolean {
  if (bytes.subarray(0, 512).includes(0)) return false;
  const end = bytes.indexOf(10);
  const header = textOf(bytes.subarray(0, end < 0 ? bytes.length : end)).replaceAll('"', '').split(',');
  return label !== undefined || imageColumn !== undefined || columnOf(header, IMAGE_COLUMNS) >= 0;
}

/** The columns of a header that are read; -1: there is none. */
interface Columns {
  readonly file: number;
  readonly label: number;
  readonly group: number;
  readonly split: number;
  /** The conditions on the rows, and their columns. */
  readonly where: readonly (readonly [column: number, RowCondition])[];
}

function columnsOf(header: readonly string[], path: string, { label, imageColumn, group, where }: TableOptions): Columns {
  const listed = `${header.slice(0, LISTED).join(', ')}${header.length > LISTED ? ', …' : ''}`;
  const required = (name: string): number => {
    const at = columnOf(header, [name]);
    if (at < 0) throw new DataError(`${path}: has no column ${JSON.stringify(name)}`, { fix: `its columns are ${listed}` });
    return at;
  };
  const file = imageColumn === undefined ? columnOf(header, IMAGE_COLUMNS) : required(imageColumn);
  if (file < 0) throw new DataError(`${path}: no column is called ${IMAGE_COLUMNS.join(', ')}`, { fix: `say which names the pictures: --image-column with one of ${listed}` });
  const classes = label === undefined ? columnOf(header, LABEL_NAMES) : required(label);
  if (classes < 0) throw new UsageError(`${path}: which column has the classes?`, { fix: `--label with one of ${listed}` });
  const conditions = where === undefined ? [] : parseRowFilter(where, 'where').map((condition) => [required(condition.column), condition] as const);
  return { file, label: classes, group: group === undefined ? -1 : required(group), split: columnOf(header, [SPLIT_COLUMN]), where: conditions };
}

/** Rows by their parts; null where no column says them. */
function partsOf(rows: readonly CsvRow[], column: number, notes: string[]): ((row: CsvRow) => Part | null) | null {
  if (column < 0) return null;
  const values = [...new Set(rows.map((row) => row.fields[column].trim()))].filter((v) => v !== '');
  const strange = values.find((v) => partNamed(v) === null);
  if (strange === undefined && values.some((v) => partNamed(v) === 'train')) return (row) => partNamed(row.fields[column].trim());
  notes.push(`the column ${SPLIT_COLUMN} is not used: ${strange === undefined ? 'no row is for training' : `${JSON.stringify(strange)} is none of train, validation and test`}`);
  return null;
}

function rowsSaid(n: number, why: string): string {
  return `left out ${n} ${n === 1 ? 'row' : 'rows'} ${why}`;
}

/**
 * Lists the pictures of a table: a header line, then a row for each. Files lie beside it or below its `images`. The distinct values of the
 * label column are the classes, sorted; rows that `where` does not mean, without one, without a file name or with more or fewer fields than the header are left out
 * and counted. A column called split, of train, validation and test, says the parts.
 * @throws DataError for a column that there is not, or no rows; UsageError when nobody says which column has the classes.
 */
export async function listLabelledCsv(bytes: Uint8Array, path: string, options: TableOptions = {}): Promise<PictureList> {
  const [header, ...all] = parseCsv(textOf(bytes), path);
  if (header === undefined) throw new DataError(`${path}: the file is empty`, { fix: 'give a table with a header line' });
  const columns = columnsOf(header.fields, path, options);
  const labelColumn = header.fields[columns.label].trim();
  const notes: string[] = [];
  const take = (rows: readonly CsvRow[], keep: (row: CsvRow) => boolean, why: (left: readonly CsvRow[]) => string): CsvRow[] => {
    const left = rows.filter((row) => !keep(row));
    if (left.length > 0) notes.push(rowsSaid(left.length, why(left)));
    return rows.filter(keep);
  };
  let rows = take(all, (row) => row.fields.length === header.fields.length, (left) => `of other than ${header.fields.length} fields: ${nameSome(left.map((row) => `line ${row.line}`))}`);
  rows = take(rows, (row) => columns.where.every(([at, condition]) => isCondition(condition, row.fields[at])), () => `that are not ${options.where}`);
  rows = take(rows, (row) => row.fields[columns.file].trim() !== '', () => 'without a file');
  rows = take(rows, (row) => row.fields[columns.label].trim() !== '', () => `without a value of ${labelColumn}`);
  const partOf = partsOf(rows, columns.split, notes);
  if (partOf !== null) rows = take(rows, (row) => partOf(row) !== null, () => `without a value of ${SPLIT_COLUMN}`);
  if (rows.length === 0) throw new DataError(`${path}: no rows that name a picture and its ${labelColumn}${notes.length > 0 ? `; ${notes.join('; ')}` : ''}`, { fix: 'see what is in the file' });

  const folder = parentFolder(path);
  const classes = inClassOrder(rows.map((row) => row.fields[columns.label].trim()));
  const numbers = new Map(classes.map((name, c) => [name, c]));
  const pictures = new Array<ListedPicture>(rows.length);
  await inParallel(rows.length, async (i) => {
    const { fields } = rows[i];
    const group = columns.group < 0 ? '' : fields[columns.group].trim();
    pictures[i] = {
      file: await locatePicture(folder, fields[columns.file].trim()),
      label: numbers.get(fields[columns.label].trim()) as number,
      part: partOf === null ? null : partOf(rows[i]),
      ...(group === '' ? {} : { group }),
      fields: Object.fromEntries(header.fields.map((name, at) => [name.trim(), fields[at].trim()] as const).filter((_, at) => at !== columns.file)),
    };
  });
  return { name: path, classes, pictures, testSplit: options.testSplit ?? TEST_SPLIT, notes, labelColumn };
}
