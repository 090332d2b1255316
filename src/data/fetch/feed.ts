/** A feed of products: a table, or a JSON object a line, whose rows name a picture each. */
import { DataError, UsageError } from '../../device/errors.js';
import { worded } from '../../text/wording.js';
import { readDataFile } from '../files/data_file.js';
import { tableRows } from '../tables/labelled_csv.js';
import { columnKey } from '../tables/labels.js';
import { isCondition, parseRowFilter } from '../tables/row_filter.js';
import { columnIndex, columnsSaid, tableHead, type TableHead } from '../tables/table_head.js';
import { asUtf8, decodeText, MAX_TEXT } from '../tables/text.js';

export interface FeedRow {
  readonly line: number;
  readonly fields: readonly string[];
}

export interface Feed {
  readonly columns: readonly string[];
  readonly rows: readonly FeedRow[];
  /** Rows with more or fewer fields than the first. */
  readonly badRows: readonly FeedRow[];
  readonly urlColumn: number;
  /** What tells products apart; -1: no column is called so. */
  readonly idColumn: number;
  /** Rows that `where` does not mean. */
  readonly leftOut: number;
}

export interface FeedOptions {
  /** The column of addresses. Default: the one that is called as in feeds of shops. */
  readonly urlColumn?: string;
  /** Rows to take: `product_type=Shoes`. Default: all. */
  readonly where?: string;
  readonly encoding?: string;
}

/** Names of the column of pictures, as `columnKey` makes them, those that are clearest first. */
const URL_NAMES = ['imagelink', 'gimagelink', 'imageurl', 'imagesrc', 'pictureurl', 'photourl', 'imguri', 'imgurl'];
const MAYBE_URL_NAMES = ['image', 'img', 'picture', 'photo', 'url'];
const ID_NAMES = ['id', 'gid', 'productid', 'itemid', 'sku', 'offerid'];

type Table = Pick<Feed, 'columns' | 'rows' | 'badRows'>;

/** A value of a JSON object as a field: text as it is, nothing for null, all else as JSON. */
const asField = (value: unknown): string =>
  value === null || value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value);

function jsonLines(text: string, path: string): Table {
  const objects: { line: number; values: Record<string, unknown> }[] = [];
  const columns = new Set<string>();
  text.split('\n').forEach((line, i) => {
    if (line.trim() === '') return;
    let values: unknown;
    try {
      values = JSON.parse(line);
    } catch (error) {
      throw new DataError(`${path}:${i + 1}: is no JSON (${(error as Error).message})`, {
        fix: 'give an object a line',
        cause: error,
      });
    }
    if (typeof values !== 'object' || values === null || Array.isArray(values))
      throw new DataError(`${path}:${i + 1}: is no JSON object`, { fix: 'give an object a line' });
    for (const name of Object.keys(values)) columns.add(name);
    objects.push({ line: i + 1, values: values as Record<string, unknown> });
  });
  const names = [...columns];
  const rows = objects.map(({ line, values }) => ({
    line,
    fields: names.map((name) => (Object.hasOwn(values, name) ? asField(values[name]) : '')),
  }));
  return { columns: names, rows, badRows: [] };
}

function tableOf(bytes: Uint8Array, path: string, head: TableHead): Table {
  const all = tableRows(bytes, path, head);
  const columns = head.hasHeader ? head.header : head.header.map((n) => `column_${n}`);
  const isRight = ({ fields }: FeedRow): boolean => fields.length === columns.length;
  return { columns, rows: all.filter(isRight), badRows: all.filter((row) => !isRight(row)) };
}

/** @throws UsageError where no column, or more than one, may have the addresses. */
function urlColumnOf({ columns, rows }: Table, path: string): number {
  const keys = columns.map(columnKey);
  const hasAddresses = (c: number): boolean =>
    rows.slice(0, 20).some(({ fields }) => /^(?:https?:)?\/\//i.test(fields[c].trim()));
  const named = URL_NAMES.map((name) => keys.indexOf(name)).find((c) => c >= 0);
  if (named !== undefined) return named;
  const maybe = [...columns.keys()].filter((c) => MAYBE_URL_NAMES.includes(keys[c]) && hasAddresses(c));
  if (maybe.length === 1) return maybe[0];
  throw new UsageError(`${path}: which column has the addresses of the pictures?`, {
    fix: worded`{urlColumn} with one of ${columnsSaid({ header: columns, hasHeader: true })}`,
  });
}

/** @throws DataError for a file that is no feed, a column that there is not, no rows; UsageError as `urlColumnOf`. */
export async function readFeed(path: string, options: FeedOptions = {}): Promise<Feed> {
  const bytes = asUtf8(await readDataFile(path, { maxBytes: MAX_TEXT }), path, options.encoding);
  const start = new TextDecoder().decode(bytes.subarray(0, 200)).trimStart();
  if (start.startsWith('<'))
    throw new DataError(`${path}: is XML or HTML, which is not read`, {
      fix: 'export the feed as CSV, TSV or JSON lines',
    });
  if (start.startsWith('['))
    throw new DataError(`${path}: is one JSON array`, { fix: 'give an object a line: jq -c ".[]" FEED > FEED.jsonl' });
  const table = start.startsWith('{')
    ? jsonLines(decodeText(bytes, path).text, path)
    : tableOf(bytes, path, tableHead(bytes, path));
  const column = (name: string): number => {
    const at = columnIndex({ header: table.columns }, name);
    if (at >= 0) return at;
    throw new DataError(`${path}: has no column ${JSON.stringify(name)}`, {
      fix: `its columns are ${columnsSaid({ header: table.columns, hasHeader: true })}`,
    });
  };
  const conditions = (options.where === undefined ? [] : parseRowFilter(options.where, 'where')).map(
    (condition) => [column(condition.column), condition] as const,
  );
  const rows = table.rows.filter(({ fields }) => conditions.every(([at, c]) => isCondition(c, fields[at])));
  if (rows.length === 0)
    throw new DataError(`${path}: no rows${options.where === undefined ? '' : ` that are ${options.where}`}`, {
      fix: 'see what is in the file',
    });
  const keys = table.columns.map(columnKey);
  return {
    columns: table.columns,
    rows,
    badRows: table.badRows,
    urlColumn: options.urlColumn === undefined ? urlColumnOf(table, path) : column(options.urlColumn),
    idColumn: ID_NAMES.map((name) => keys.indexOf(name)).find((c) => c >= 0) ?? -1,
    leftOut: table.rows.length - rows.length,
  };
}
