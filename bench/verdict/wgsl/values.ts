/**
 * The values of a shader as far as they are known without its inputs: numbers, vectors, structs and arrays of them.
 * What was loaded from memory is UNKNOWN, and so is whatever is made of it.
 */

export type Kind = 'u32' | 'i32' | 'f32' | 'bool' | 'int' | 'float';

export interface Scalar {
  readonly is: 'scalar';
  readonly kind: Kind;
  readonly value: number;
}
export interface Vector {
  readonly is: 'vector';
  readonly kind: Kind;
  readonly values: readonly number[];
}
/** A struct or an array: places that hold values. */
export interface Compound {
  readonly is: 'record';
  readonly places: Map<string | number, Value>;
}
export type Value = Scalar | Vector | Compound | { readonly is: 'unknown' };

export const UNKNOWN: Value = { is: 'unknown' };

export const scalar = (kind: Kind, value: number): Scalar => ({ is: 'scalar', kind, value });

/** A number as a value of that kind holds it. */
export function held(kind: Kind, value: number): number {
  switch (kind) {
    case 'u32':
      return value >= 0 && value < 2 ** 32 && Number.isInteger(value) ? value : Math.trunc(value) >>> 0;
    case 'i32':
      return Math.trunc(value) | 0;
    case 'f32':
      return Math.fround(value);
    case 'bool':
      return value === 0 ? 0 : 1;
    default:
      return value;
  }
}

/** Conversion, as `u32(x)` does it: floats are cut off and held inside, integers keep their bits. */
export function converted(to: Kind, from: Kind, value: number): number {
  if (from === 'f32' || from === 'float') {
    if (to === 'u32') return Math.min(Math.max(Math.trunc(value), 0), 2 ** 32 - 1);
    if (to === 'i32') return Math.min(Math.max(Math.trunc(value), -(2 ** 31)), 2 ** 31 - 1);
  }
  return held(to, value);
}

const isAbstract = (kind: Kind): boolean => kind === 'int' || kind === 'float';

/** What two operands become: an abstract number takes the other's kind. */
function joined(a: Kind, b: Kind): Kind {
  if (isAbstract(a) && isAbstract(b)) return a === 'float' || b === 'float' ? 'float' : 'int';
  return isAbstract(a) ? b : a;
}

const isFloat = (kind: Kind): boolean => kind === 'f32' || kind === 'float';

function arithmetic(op: string, kind: Kind, a: number, b: number): number {
  switch (op) {
    case '+':
      return held(kind, a + b);
    case '-':
      return held(kind, kind === 'u32' ? (a - b) % 2 ** 32 : a - b);
    case '*':
      return kind === 'u32' ? Math.imul(a, b) >>> 0 : kind === 'i32' ? Math.imul(a, b) : held(kind, a * b);
    case '/':
      if (isFloat(kind)) return held(kind, a / b);
      return b === 0 ? a : Math.trunc(a / b);
    case '%':
      return b === 0 ? 0 : a % b;
    case '<<':
      return held(kind, kind === 'u32' ? (a << b) >>> 0 : a << b);
    case '>>':
      return kind === 'i32' ? a >> b : a >>> b;
    case '&':
      return held(kind, kind === 'u32' ? (a & b) >>> 0 : a & b);
    case '|':
      return held(kind, kind === 'u32' ? (a | b) >>> 0 : a | b);
    case '^':
      return held(kind, kind === 'u32' ? (a ^ b) >>> 0 : a ^ b);
    default:
      throw new Error(`no operator ${op}`);
  }
}

const COMPARISONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '>': (a, b) => a > b,
  '<=': (a, b) => a <= b,
  '>=': (a, b) => a >= b,
  '&&': (a, b) => a !== 0 && b !== 0,
  '||': (a, b) => a !== 0 || b !== 0,
};

/** Applies a function of numbers to scalars and vectors alike; a scalar beside a vector is repeated. */
export function zip(kind: Kind, a: Value, b: Value, f: (a: number, b: number) => number): Value {
  if ((a.is !== 'scalar' && a.is !== 'vector') || (b.is !== 'scalar' && b.is !== 'vector')) return UNKNOWN;
  if (a.is === 'scalar' && b.is === 'scalar') return scalar(kind, f(a.value, b.value));
  const [x, y] = [a, b].map((v) => (i: number) => (v.is === 'scalar' ? v.value : v.values[i]));
  const length = a.is === 'vector' ? a.values.length : b.is === 'vector' ? b.values.length : 0;
  return { is: 'vector', kind, values: Array.from({ length }, (_, i) => f(x(i), y(i))) };
}

export function binary(op: string, a: Value, b: Value): Value {
  if ((a.is !== 'scalar' && a.is !== 'vector') || (b.is !== 'scalar' && b.is !== 'vector')) return UNKNOWN;
  const compare = COMPARISONS[op] as ((a: number, b: number) => boolean) | undefined;
  if (compare !== undefined) return zip('bool', a, b, (x, y) => (compare(x, y) ? 1 : 0));
  const kind = op === '<<' || op === '>>' ? a.kind : joined(a.kind, b.kind);
  return zip(kind, a, b, (x, y) => arithmetic(op, kind, held(kind, x), held(kind, y)));
}

/** A scalar's number; null where it is not known. */
export function numberOf(value: Value): number | null {
  return value.is === 'scalar' ? value.value : null;
}

export function mapped(value: Value, f: (x: number, kind: Kind) => number, kind?: Kind): Value {
  if (value.is === 'scalar') return scalar(kind ?? value.kind, f(value.value, value.kind));
  if (value.is === 'vector')
    return { is: 'vector', kind: kind ?? value.kind, values: value.values.map((x) => f(x, value.kind)) };
  return UNKNOWN;
}

const COMPONENTS: Readonly<Record<string, number>> = { x: 0, y: 1, z: 2, w: 3, r: 0, g: 1, b: 2, a: 3 };

/** `.x`, `.xz`: the components that a name means; null where it is no such name. */
export function swizzle(name: string): number[] | null {
  const at = [...name].map((letter) => COMPONENTS[letter] as number | undefined);
  return at.every((i) => i !== undefined) ? (at as number[]) : null;
}

/** A copy: what is assigned is a value of its own. */
export function copied(value: Value): Value {
  if (value.is !== 'record') return value;
  return { is: 'record', places: new Map([...value.places].map(([k, v]) => [k, copied(v)])) };
}
