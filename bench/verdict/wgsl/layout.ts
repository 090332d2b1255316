/** How WGSL's types lie in memory, and what of a uniform is where. */
import { UnknownSyntax, type Expression, type Program, type TypeName } from './syntax.js';
import { scalar, UNKNOWN, type Kind, type Value } from './values.js';

/** A type with its names resolved. */
export type Type =
  | { readonly is: 'scalar'; readonly kind: Kind; readonly bytes: number }
  | { readonly is: 'vector'; readonly of: Type & { is: 'scalar' }; readonly length: number }
  | { readonly is: 'matrix'; readonly column: Type & { is: 'vector' }; readonly columns: number }
  | { readonly is: 'array'; readonly of: Type; readonly length: number | null }
  | { readonly is: 'struct'; readonly fields: readonly { readonly name: string; readonly type: Type }[] };

const SCALARS: Readonly<Record<string, Type & { is: 'scalar' }>> = {
  u32: { is: 'scalar', kind: 'u32', bytes: 4 },
  i32: { is: 'scalar', kind: 'i32', bytes: 4 },
  f32: { is: 'scalar', kind: 'f32', bytes: 4 },
  f16: { is: 'scalar', kind: 'f32', bytes: 2 },
  bool: { is: 'scalar', kind: 'bool', bytes: 4 },
};
const LETTERS: Readonly<Record<string, string>> = { u: 'u32', i: 'i32', f: 'f32', h: 'f16' };

/** @param size a constant expression's number. @throws UnknownSyntax for a type that is none. */
export function resolveType(program: Program, name: TypeName, size: (e: Expression) => number): Type {
  const known = SCALARS[name.name] as Type | undefined;
  if (known !== undefined) return known;
  if (name.name === 'atomic') return resolveType(program, name.types[0], size);
  const vector = /^vec([234])([uifh]?)$/.exec(name.name);
  if (vector !== null) {
    const of = vector[2] === '' ? resolveType(program, name.types[0], size) : SCALARS[LETTERS[vector[2]]];
    return { is: 'vector', of: of as Type & { is: 'scalar' }, length: Number(vector[1]) };
  }
  const matrix = /^mat([234])x([234])([fh]?)$/.exec(name.name);
  if (matrix !== null) {
    const of = matrix[3] === '' ? resolveType(program, name.types[0], size) : SCALARS[LETTERS[matrix[3]]];
    const column = { is: 'vector' as const, of: of as Type & { is: 'scalar' }, length: Number(matrix[2]) };
    return { is: 'matrix', column, columns: Number(matrix[1]) };
  }
  if (name.name.startsWith('subgroup_matrix'))
    return { is: 'matrix', column: { is: 'vector', of: SCALARS['f32'], length: 4 }, columns: 4 }; // spread over lanes
  if (name.name === 'array') {
    const length = name.size === null ? null : size(name.size);
    return { is: 'array', of: resolveType(program, name.types[0], size), length };
  }
  const alias = program.aliases.get(name.name);
  if (alias !== undefined) return resolveType(program, alias, size);
  const fields = program.structs.get(name.name);
  if (fields !== undefined)
    return { is: 'struct', fields: fields.map((f) => ({ name: f.name, type: resolveType(program, f.type, size) })) };
  throw new UnknownSyntax(`the type ${name.name}`);
}

const up = (n: number, step: number): number => Math.ceil(n / step) * step;

export function alignOf(type: Type): number {
  switch (type.is) {
    case 'scalar':
      return type.bytes;
    case 'vector':
      return type.of.bytes * (type.length === 2 ? 2 : 4);
    case 'matrix':
      return alignOf(type.column);
    case 'array':
      return alignOf(type.of);
    default:
      return Math.max(...type.fields.map((f) => alignOf(f.type)));
  }
}

/** Bytes; of an array without a length those of one element. */
export function sizeOf(type: Type): number {
  switch (type.is) {
    case 'scalar':
      return type.bytes;
    case 'vector':
      return type.of.bytes * type.length;
    case 'matrix':
      return type.columns * strideOf(type.column);
    case 'array':
      return (type.length ?? 1) * strideOf(type.of);
    default: {
      const last = type.fields[type.fields.length - 1];
      return up(offsetOf(type, last.name) + sizeOf(last.type), alignOf(type));
    }
  }
}

/** From one element of an array to the next. */
export function strideOf(type: Type): number {
  return up(sizeOf(type), alignOf(type));
}

export function offsetOf(type: Type & { is: 'struct' }, name: string): number {
  let at = 0;
  for (const field of type.fields) {
    at = up(at, alignOf(field.type));
    if (field.name === name) return at;
    at += sizeOf(field.type);
  }
  throw new UnknownSyntax(`the field ${name}`);
}

/** A value of a uniform, from its words on. */
export function readWords(type: Type, words: DataView, at: number): Value {
  switch (type.is) {
    case 'scalar':
      if (at + 4 > words.byteLength || type.bytes !== 4) return UNKNOWN;
      if (type.kind === 'f32') return scalar('f32', words.getFloat32(at, true));
      return scalar(type.kind, type.kind === 'i32' ? words.getInt32(at, true) : words.getUint32(at, true));
    case 'vector': {
      const of = Array.from({ length: type.length }, (_, i) => readWords(type.of, words, at + i * type.of.bytes));
      const values = of.flatMap((v) => (v.is === 'scalar' ? [v.value] : []));
      return values.length === type.length ? { is: 'vector', kind: type.of.kind, values } : UNKNOWN;
    }
    case 'array': {
      const stride = strideOf(type.of);
      const places = Array.from(
        { length: type.length ?? 0 },
        (_, i) => [i, readWords(type.of, words, at + i * stride)] as const,
      );
      return { is: 'record', places: new Map<string | number, Value>(places) };
    }
    case 'struct': {
      const places = type.fields.map((f) => [f.name, readWords(f.type, words, at + offsetOf(type, f.name))] as const);
      return { is: 'record', places: new Map<string | number, Value>(places) };
    }
    default:
      return UNKNOWN;
  }
}

/** The value of a variable that nothing was written to. */
export function zeroOf(type: Type): Value {
  switch (type.is) {
    case 'scalar':
      return scalar(type.kind, 0);
    case 'vector':
      return { is: 'vector', kind: type.of.kind, values: Array<number>(type.length).fill(0) };
    case 'array': {
      const places = Array.from({ length: type.length ?? 0 }, (_, i) => [i, zeroOf(type.of)] as const);
      return { is: 'record', places: new Map<string | number, Value>(places) };
    }
    case 'struct':
      return { is: 'record', places: new Map(type.fields.map((f) => [f.name, zeroOf(f.type)])) };
    default:
      return UNKNOWN;
  }
}
