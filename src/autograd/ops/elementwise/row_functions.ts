/** From the rows of the elementwise tables to differentiable ops and their functions. */
import type { Tensor } from '../../../tensor/tensor.js';
import { constant } from '../../../tensor/creation.js';

import { binary, binaryArg, binaryBackward } from '../../../kernels/elementwise/binary.js';
import { BINARY, type BinaryName } from '../../../kernels/elementwise/binary_table.js';
import type { BinaryRow, UnaryRow } from '../../../kernels/elementwise/row.js';
import { UNARY, type UnaryName } from '../../../kernels/elementwise/unary_table.js';
import { sumTo } from '../../../kernels/reduce/reduce.js';
import { unary, unaryArgs, unaryBackward } from '../../../kernels/elementwise/unary.js';
import { apply, defineOp, noGradient, type Op } from '../../graph.js';

/** `leaky_relu` -> `leakyRelu`. */
export type CamelCase<Name extends string> = Name extends `${infer Head}_${infer Rest}`
  ? `${Head}${Capitalize<CamelCase<Rest>>}`
  : Name;

export function camelCase(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** Whether a union has one member. */
export type IsOne<T, All = T> = T extends unknown ? ([All] extends [T] ? true : false) : never;

/** The optional numbers that a row's function takes after the tensor. */
export type ArgumentsOf<Row> = Row extends { readonly args: infer A }
  ? IsOne<keyof A> extends true
    ? [argument?: number]
    : [first?: number, second?: number]
  : [];

interface Functions<Row> {
  readonly unary: (x: Tensor, ...rest: ArgumentsOf<Row>) => Tensor;
  readonly binary: (a: Tensor | number, b: Tensor | number) => Tensor;
}

/** One function per row that has none of its own. */
export type FunctionsOf<Table, Kind extends keyof Functions<unknown>> = {
  readonly [
    Name in keyof Table & string as Table[Name] extends { readonly handWritten: true } ? never : CamelCase<Name>
  ]: Functions<Table[Name]>[Kind];
};

/** Does not compile unless it is given never: names what is missing. */
export type NoneMissing<Names extends never> = Names;

type UnaryOp = Op<readonly [number, number], { saved: Tensor | null }>;

function unaryOp(name: UnaryName): UnaryOp {
  const row: UnaryRow = UNARY[name];
  return defineOp({
    name,
    precision: row.precision,
    forward: ([x], args) => {
      const y = unary(name, x, args);
      return { output: y, saved: { saved: row.saves === 'x' ? x : row.saves === 'y' ? y : null } };
    },
    backward: row.dx === null ? noGradient : (dy, { saved }, args) => [unaryBackward(name, saved ?? dy, dy, args)],
  });
}

interface BinarySaved {
  readonly a: Tensor;
  readonly b: Tensor;
  readonly y: Tensor;
}

function binaryOp(name: BinaryName): Op<number, BinarySaved> {
  const row: BinaryRow = BINARY[name];
  return defineOp<number, BinarySaved>({
    name,
    precision: row.precision,
    forward: ([a, b], p0) => {
      const y = binary(name, a, b, p0);
      return { output: y, saved: { a, b, y } };
    },
    backward:
      row.da === null
        ? noGradient
        : (dy, { a, b, y }, p0, needs) => {
            const gradient = (which: 'da' | 'db', operand: Tensor): Tensor =>
              sumTo(row[which] === 'dy' ? dy : binaryBackward(name, which, a, b, y, dy, p0), operand.shape);
            return [needs[0] ? gradient('da', a) : null, needs[1] ? gradient('db', b) : null];
          },
  });
}

const names = <T extends object>(table: T): (keyof T & string)[] => Object.keys(table) as (keyof T & string)[];
const unaryOps = Object.fromEntries(names(UNARY).map((n) => [n, unaryOp(n)])) as Record<UnaryName, UnaryOp>;
const binaryOps = Object.fromEntries(names(BINARY).map((n) => [n, binaryOp(n)])) as Record<
  BinaryName,
  Op<number, BinarySaved>
>;

/**
 * A row of the table by name; arguments by name, e.g. `elementwise('leaky_relu', x, { negativeSlope: 0.2 })`.
 * x (…), y (…).
 */
export function elementwise(name: UnaryName, x: Tensor, args?: Readonly<Record<string, number>>): Tensor {
  return apply(unaryOps[name], [x], unaryArgs(name, args));
}

/** A binary row by name; a number stands for a tensor of that number. Shapes broadcast. */
export function elementwise2(
  name: BinaryName,
  a: Tensor | number,
  b: Tensor | number,
  args?: Readonly<Record<string, number>>,
): Tensor {
  const device = typeof a === 'number' ? (b as Tensor).device : a.device;
  const operands = [a, b].map((v) => (typeof v === 'number' ? constant(device, v) : v));
  return apply(binaryOps[name], operands, binaryArg(name, args));
}

/** The functions of the unary rows by name, y (…) of x (…): arguments in the row's order, its defaults filled in. */
export const unaryFunctions = Object.fromEntries(
  names(UNARY).map((name) => {
    const keys = Object.keys((UNARY[name] as UnaryRow).args ?? {});
    return [
      camelCase(name),
      (x: Tensor, ...given: readonly number[]) =>
        elementwise(name, x, Object.fromEntries(given.map((value, i) => [keys[i], value]))),
    ];
  }),
) as unknown as FunctionsOf<typeof UNARY, 'unary'>;

/** The functions of the binary rows by name; shapes broadcast, and a number stands for a tensor of that number. */
export const binaryFunctions = Object.fromEntries(
  names(BINARY).map((name) => [camelCase(name), (a: Tensor | number, b: Tensor | number) => elementwise2(name, a, b)]),
) as unknown as FunctionsOf<typeof BINARY, 'binary'>;
