/** From what a column, a file or a record says about images to classes that count from 0. */
import { DataError } from '../../device/errors.js';
import { inClassOrder } from '../class_order.js';
import { normalName } from '../names.js';
import type { Text } from '../../text/wording.js';

/** Header names that mark the label column (Kaggle writes label, OpenML class), as `columnKey` makes them. */
export const LABEL_NAMES: readonly string[] = [
  'label',
  'labels',
  'class',
  'target',
  'y',
  'classname',
  'labelname',
  'classid',
  'labelid',
];

/** Header names of what only tells rows apart; an unnamed column is the index that pandas writes. */
const IDENTIFIERS: ReadonlySet<string> = new Set([
  '',
  'id',
  'index',
  'idx',
  'rowid',
  'row',
  'no',
  'number',
  'uuid',
  'guid',
  'key',
  'unnamed0',
  'imageid',
  'imgid',
  'productid',
  'itemid',
  'sampleid',
  'filename',
  'file',
  'path',
]);

/** A column's name without what differs from table to table: `Image_ID`, `image id` and `imageId` are one. */
export function columnKey(name: string): string {
  return normalName(name)
    .toLowerCase()
    .replace(/[\s_.:-]+/g, '');
}

export function isIdentifierName(name: string): boolean {
  return IDENTIFIERS.has(columnKey(name));
}

/** So many rows with another value each are no accident. */
const MANY = 16;

/** Whether each of many rows has a value of its own: then it names the row, and nothing can be learned about it. */
export function isIdentifier(rows: number, distinct: number): boolean {
  return rows >= MANY && distinct === rows;
}

/** A column of labels: row n has `values[codes[n]]`. */
export interface CodedLabels {
  readonly values: readonly string[];
  readonly codes: ArrayLike<number>;
}

/** The labels of bytes (N). */
export function codedBytes(labels: Uint8Array): CodedLabels {
  return { values: Array.from({ length: 256 }, (_, v) => String(v)), codes: labels };
}

/** `3.0`, as floating-point columns are written, is 3. */
function valueOf(text: string): string {
  const name = normalName(text.trim());
  return /^[+-]?\d+\.0*$/.test(name) ? name.slice(0, name.indexOf('.')) : name;
}

/** Whether these are 0, 1, … k - 1 in order. */
export function isNumbered(classes: readonly string[]): boolean {
  return classes.every((name, k) => name === String(k));
}

/**
 * The classes of the parts of one data set: the distinct values of all of them, in order, by value where they are
 * numbers; and each part's labels in these. `names` are of the values 0, 1, …, where they are known.
 */
export function labelClasses(
  parts: readonly CodedLabels[],
  names: readonly string[] | null = null,
): { classes: readonly string[]; labels: Uint32Array[]; notes: string[] } {
  const used = parts.map(({ codes }) => {
    const seen = new Set<number>();
    for (let i = 0; i < codes.length; i++) seen.add(codes[i]);
    return seen;
  });
  const values = inClassOrder(parts.flatMap((part, p) => [...used[p]].map((code) => valueOf(part.values[code]))));
  const isNamed = names !== null && values.every((value) => names[Number(value)] !== undefined);
  const classOf = new Map(values.map((value, c) => [value, c]));
  const labels = parts.map((part, p) => {
    const table = new Map([...used[p]].map((code) => [code, classOf.get(valueOf(part.values[code])) as number]));
    return Uint32Array.from({ length: part.codes.length }, (_, i) => table.get(part.codes[i]) as number);
  });
  const isPlain = isNamed ? values.length === names.length : isNumbered(values);
  const notes =
    isPlain || values.length === 0
      ? []
      : [
          `the labels are ${values.length} classes, in this order: ` +
            `${values.length > 40 ? `${values.slice(0, 20).join(', ')}, … ${values.at(-1)}` : values.join(', ')}`,
        ];
  return { classes: isNamed ? values.map((value) => names[Number(value)]) : values, labels, notes };
}

/** @throws DataError when a column of labels has another value in each of many rows. */
export function requireNoIdentifier({ values, codes }: CodedLabels, where: string, fix: Text): void {
  if (isIdentifier(codes.length, new Set(Array.from(codes, (code) => values[code])).size)) {
    throw new DataError(
      `${where} has another value in each of its ${codes.length} rows: it tells rows apart and is no label`,
      { fix },
    );
  }
}
