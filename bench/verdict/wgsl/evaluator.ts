/** Expressions of a shader as a lane evaluates them, without any memory: what matters is where it reads and writes. */
import { bitcast, builtin, constructed, truth } from './builtins.js';
import { offsetOf, readWords, resolveType, sizeOf, strideOf, zeroOf, type Type } from './layout.js';
import type { Expression, FunctionDeclaration, Program } from './syntax.js';
import { binary, copied, held, mapped, numberOf, scalar, swizzle, UNKNOWN, type Kind, type Value } from './values.js';

export interface Access {
  /** The same for the same place of the program, reached the same way: lanes of a subgroup meet there. */
  readonly path: string;
  readonly id: number;
  readonly text: string;
  readonly variable: string;
  readonly space: 'storage' | 'workgroup';
  readonly isWrite: boolean;
  /** Byte in the variable; null where it depends on what memory holds. */
  readonly offset: number | null;
  readonly bytes: number;
  /** Loops around it. */
  readonly depth: number;
}

/** What a variable holds. */
export interface Cell {
  value: Value;
}
interface Memory {
  readonly variable: string;
  readonly space: 'storage' | 'workgroup';
  readonly type: Type;
  readonly offset: number | null;
}
/** A number as another kind holds it. */
export const cast = (kind: Kind, value: Value): Value => mapped(value, (x) => held(kind, x), kind);

export abstract class Evaluator {
  protected readonly program: Program;
  protected readonly constants: Readonly<Record<string, number>>;
  protected readonly words: DataView;
  protected readonly onAccess: (access: Access) => void;
  protected readonly globals = new Map<string, Cell>();
  protected readonly types = new Map<string, Type>();
  protected scopes: Map<string, Cell>[] = [];
  protected path: (number | string)[] = [];
  protected depth = 0;
  /** Accesses so far. */
  protected noted = 0;

  /** @param words of the uniform. */
  constructor(
    program: Program,
    constants: Readonly<Record<string, number>>,
    words: readonly number[],
    onAccess: (access: Access) => void,
  ) {
    this.program = program;
    this.constants = constants;
    this.words = new DataView(Uint32Array.from(words).buffer);
    this.onAccess = onAccess;
  }

  protected abstract call(of: FunctionDeclaration, args: readonly Value[]): Value;

  protected typeOf(name: Parameters<typeof resolveType>[1]): Type {
    return resolveType(this.program, name, (e) => numberOf(this.evaluate(e)) ?? NaN);
  }

  /** The memory that an expression names; null where it names none. */
  protected memory(e: Expression): Memory | null {
    if (e.kind === 'name') {
      if (this.cell(e.name) !== null) return null;
      const variable = this.program.variables.get(e.name);
      if (variable === undefined || (variable.space !== 'storage' && variable.space !== 'workgroup')) return null;
      let type = this.types.get(e.name);
      if (type === undefined) this.types.set(e.name, (type = this.typeOf(variable.type)));
      return { variable: e.name, space: variable.space, type, offset: 0 };
    }
    if (e.kind !== 'index' && e.kind !== 'member') return null;
    const base = this.memory(e.of);
    if (base === null) return null;
    const { type } = base;
    const moved = (to: Type, by: number | null): Memory => ({
      ...base,
      type: to,
      offset: base.offset === null || by === null ? null : base.offset + by,
    });
    if (e.kind === 'member') {
      if (type.is === 'struct')
        return moved((type.fields.find((f) => f.name === e.name) ?? type.fields[0]).type, offsetOf(type, e.name));
      const at = swizzle(e.name);
      return type.is === 'vector' && at?.length === 1 ? moved(type.of, at[0] * type.of.bytes) : base;
    }
    const i = numberOf(this.evaluate(e.at));
    if (type.is === 'array') return moved(type.of, i === null ? null : i * strideOf(type.of));
    if (type.is === 'matrix') return moved(type.column, i === null ? null : i * strideOf(type.column));
    return type.is === 'vector' ? moved(type.of, i === null ? null : i * type.of.bytes) : base;
  }

  protected note(e: Expression, { variable, space, type, offset }: Memory, isWrite: boolean): void {
    this.noted++;
    const id = 'id' in e ? e.id : -1;
    const text = e.kind === 'index' ? e.text : e.kind === 'member' && e.of.kind === 'index' ? e.of.text : variable;
    const path = `${id}${isWrite ? 'w' : 'r'}${this.path.join()}`;
    const bytes = Math.min(16, sizeOf(type));
    this.onAccess({ path, id, text, variable, space, isWrite, offset, bytes, depth: this.depth });
  }

  protected cell(name: string): Cell | null {
    for (let i = this.scopes.length - 1; i >= 0; i--) {
      const cell = this.scopes[i].get(name);
      if (cell !== undefined) return cell;
    }
    return this.globals.get(name) ?? null;
  }

  protected evaluate(e: Expression): Value {
    switch (e.kind) {
      case 'number':
        return scalar(e.type, e.value);
      case 'name':
        return this.named(e);
      case 'unary': {
        if (e.op === '&') return UNKNOWN; // nothing is read
        const of = this.evaluate(e.of);
        if (e.op === '!') return mapped(of, (x) => (x === 0 ? 1 : 0), 'bool');
        if (e.op === '-') return mapped(of, (x, kind) => held(kind, -x));
        return e.op === '~' ? mapped(of, (x, kind) => held(kind, kind === 'u32' ? ~x >>> 0 : ~x)) : UNKNOWN;
      }
      case 'binary': {
        const left = this.evaluate(e.left);
        const known = truth(left);
        if (e.op === '&&' && known === false) return left;
        if (e.op === '||' && known === true) return left;
        return binary(e.op, left, this.evaluate(e.right));
      }
      case 'call':
        return this.called(e);
      default: {
        const memory = this.memory(e);
        if (memory !== null) {
          this.note(e, memory, false);
          return UNKNOWN;
        }
        return this.part(e);
      }
    }
  }

  /** A component, an element or a field of a value. */
  protected part(e: Expression & { kind: 'index' | 'member' }): Value {
    const of = this.evaluate(e.of);
    const key = e.kind === 'member' ? e.name : numberOf(this.evaluate(e.at));
    if (of.is === 'record') return key === null ? UNKNOWN : (of.places.get(key) ?? UNKNOWN);
    if (of.is !== 'vector' || key === null) return UNKNOWN;
    const at = typeof key === 'string' ? (swizzle(key) ?? []) : [key];
    if (at.length === 1) return at[0] < of.values.length ? scalar(of.kind, of.values[at[0]]) : UNKNOWN;
    return { ...of, values: at.map((i) => of.values[i]) };
  }

  protected named(e: Expression & { kind: 'name' }): Value {
    const cell = this.cell(e.name);
    if (cell !== null) return cell.value;
    const constant = this.program.constants.get(e.name);
    if (constant !== undefined) {
      const kind = constant.type === null ? null : this.typeOf(constant.type);
      const given = this.constants[e.name] as number | undefined;
      const own = constant.value === null ? UNKNOWN : this.evaluate(constant.value);
      const value = given === undefined ? own : scalar(own.is === 'scalar' ? own.kind : 'int', given);
      const made = kind?.is === 'scalar' ? cast(kind.kind, value) : value;
      this.globals.set(e.name, { value: made });
      return made;
    }
    const variable = this.program.variables.get(e.name);
    if (variable?.space === 'uniform') {
      const value = readWords(this.typeOf(variable.type), this.words, 0);
      this.globals.set(e.name, { value });
      return value;
    }
    const memory = this.memory(e);
    if (memory !== null) this.note(e, memory, false);
    return UNKNOWN;
  }

  protected called(e: Expression & { kind: 'call' }): Value {
    const { name } = e.type;
    const own = this.program.functions.get(name);
    const args = e.args.map((a) => this.evaluate(a));
    if (own !== undefined) {
      this.path.push(`c${e.id}`);
      const value = this.call(own, args.map(copied));
      this.path.pop();
      return value;
    }
    if (name.startsWith('subgroupMatrix') || name.startsWith('subgroup_matrix')) return UNKNOWN;
    if (name === 'bitcast') {
      const to = this.typeOf(e.type.types[0]);
      const of = to.is === 'vector' ? to.of : to;
      return of.is === 'scalar' ? bitcast(of.kind, args[0]) : UNKNOWN;
    }
    const known = e.type.types.length === 0 ? builtin(name, args) : undefined;
    if (known !== undefined) return known;
    const array = name === 'array' && e.type.types.length === 0;
    const type = array ? null : this.typeOf(e.type);
    if (type?.is === 'scalar') return constructed(type.kind, 1, args);
    if (type?.is === 'vector') return constructed(type.of.kind, type.length, args);
    if (type?.is === 'matrix') return UNKNOWN;
    if (type !== null && args.length === 0) return zeroOf(type);
    const names = type?.is === 'struct' ? type.fields.map((f) => f.name) : null;
    return { is: 'record', places: new Map(args.map((v, i) => [names?.[i] ?? i, v])) };
  }
}
