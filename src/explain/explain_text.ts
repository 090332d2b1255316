/**
 * What an op computes, in words and formulas. Elementwise ops derive it from their row; of the others there is one
 * entry each, by idea.
 */
import { BINARY } from '../kernels/elementwise/binary_table.js';
import type { BinaryRow, UnaryRow } from '../kernels/elementwise/row.js';
import { UNARY } from '../kernels/elementwise/unary_table.js';
import type { OpText } from './explain_entry.js';
import { MOVEMENT_TEXTS } from './explain_movement.js';
import { PRODUCT_TEXTS } from './explain_products.js';
import { REDUCTION_TEXTS } from './explain_reductions.js';

/** WGSL as one would write it on paper: `V(1) - y * y` is `1 - y * y`. */
export function plain(expression: string, args: Readonly<Record<string, number>> = {}): string {
  const names = Object.keys(args);
  return expression
    .replace(/\bV\(([^()]*)\)/g, '$1')
    .replace(/\bp([01])\b/g, (word: string, i: string) => names[Number(i)] ?? word)
    .replace(/(\w)_(?:accurate|kept)\(/g, '$1(');
}

function fromUnary(row: UnaryRow): OpText {
  return {
    idea: 'elementwise, of one tensor',
    formula: `y = ${plain(row.y, row.args)}`,
    gradient: row.dx === null ? {} : { x: plain(row.dx, row.args) },
    note: row.doc,
  };
}

function fromBinary(row: BinaryRow): OpText {
  const gradient = Object.entries({ a: row.da, b: row.db }).flatMap(([name, d]) =>
    d === null ? [] : [[name, plain(d, row.args)] as const],
  );
  return {
    idea: 'elementwise, of two tensors',
    formula: `y = ${plain(row.y, row.args)}`,
    gradient: Object.fromEntries(gradient),
    note: `${row.doc} Shapes broadcast: the gradient of a smaller operand is summed over what was repeated.`,
  };
}

const texts: ReadonlyMap<string, OpText> = new Map([
  ...Object.entries(UNARY).map(([op, row]) => [op, fromUnary(row)] as const),
  ...Object.entries(BINARY).map(([op, row]) => [op, fromBinary(row)] as const),
  ...[...PRODUCT_TEXTS, ...REDUCTION_TEXTS, ...MOVEMENT_TEXTS].flatMap(([idea, entries]) =>
    Object.entries(entries).map(([op, text]) => [op, { idea, ...text }] as const),
  ),
]);

/** Undefined where an op has no text: a test looks for such. */
export function textOf(op: string): OpText | undefined {
  return texts.get(op);
}

/** The names that have a text, in the order in which they are listed. */
export function textNames(): string[] {
  return [...texts.keys()];
}
