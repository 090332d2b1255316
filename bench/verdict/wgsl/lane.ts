/**
 * Runs a kernel's `main` as one lane, without any memory: what matters is where it reads and writes. Loops end after a
 * few turns, because later ones repeat them at other places; a condition on what memory holds is taken to hold, unless
 * it leaves.
 */
import { bitcast, builtin, constructed, truth } from './builtins.js';
import { offsetOf, readWords, resolveType, sizeOf, strideOf, zeroOf, type Type } from './layout.js';
import { UnknownSyntax, type Expression, type FunctionDeclaration, type Program, type Statement } from './syntax.js';
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

/** Where a lane stands. */
export interface Position {
  readonly lane: number;
  readonly workgroup: readonly [number, number, number];
  readonly grid: readonly [number, number, number];
  readonly subgroup: number;
}

interface Cell {
  value: Value;
}
interface Memory {
  readonly variable: string;
  readonly space: 'storage' | 'workgroup';
  readonly type: Type;
  readonly offset: number | null;
}
type Signal = 'break' | 'continue' | 'return' | null;

/** Turns of an outermost loop, of those inside, and statements of a lane. */
const TURNS = { outer: 2, inner: 8 };
const MOST_STATEMENTS = 20000;
class TooLong extends Error {}

export class Lane {
  readonly #program: Program;
  readonly #constants: Readonly<Record<string, number>>;
  readonly #words: DataView;
  readonly #onAccess: (access: Access) => void;
  readonly #globals = new Map<string, Cell>();
  readonly #types = new Map<string, Type>();
  #scopes: Map<string, Cell>[] = [];
  #result: Value = UNKNOWN;
  #path: (number | string)[] = [];
  #depth = 0;
  #statements = 0;

  /** @param words of the uniform. */
  constructor(
    program: Program,
    constants: Readonly<Record<string, number>>,
    words: readonly number[],
    onAccess: (access: Access) => void,
  ) {
    this.#program = program;
    this.#constants = constants;
    this.#words = new DataView(Uint32Array.from(words).buffer);
    this.#onAccess = onAccess;
  }

  /** Threads of a workgroup. */
  get threads(): number {
    return this.#main.workgroupSize.reduce((n, e) => n * (numberOf(this.#evaluate(e)) ?? NaN), 1);
  }

  get #main(): FunctionDeclaration {
    const main = this.#program.functions.get('main');
    if (main === undefined) throw new UnknownSyntax('a program without main');
    return main;
  }

  run({ lane, workgroup, grid, subgroup }: Position): void {
    for (const [name, { space, type }] of this.#program.variables)
      if (space === 'private') this.#globals.set(name, { value: zeroOf(this.#typeOf(type)) });
    const vector = (values: readonly number[]): Value => ({ is: 'vector', kind: 'u32', values });
    const given: Readonly<Record<string, Value>> = {
      local_invocation_index: scalar('u32', lane),
      local_invocation_id: vector([lane, 0, 0]),
      workgroup_id: vector(workgroup),
      num_workgroups: vector(grid),
      global_invocation_id: vector([workgroup[0] * this.threads + lane, workgroup[1], workgroup[2]]),
      subgroup_invocation_id: scalar('u32', lane % subgroup),
      subgroup_size: scalar('u32', subgroup),
    };
    this.#path = [];
    this.#depth = this.#statements = 0;
    const args = this.#main.parameters.map((p) => given[p.builtin ?? ''] ?? UNKNOWN);
    try {
      this.#call(this.#main, args);
    } catch (error) {
      if (!(error instanceof TooLong)) throw error;
    }
  }

  #typeOf(name: Parameters<typeof resolveType>[1]): Type {
    return resolveType(this.#program, name, (e) => numberOf(this.#evaluate(e)) ?? NaN);
  }

  #call({ parameters, body }: FunctionDeclaration, args: readonly Value[]): Value {
    const [scopes, result] = [this.#scopes, this.#result];
    this.#scopes = [new Map(parameters.map((p, i) => [p.name, { value: args[i] ?? UNKNOWN }]))];
    this.#result = UNKNOWN;
    this.#run(body);
    const returned = this.#result;
    [this.#scopes, this.#result] = [scopes, result];
    return returned;
  }

  #run(body: readonly Statement[]): Signal {
    this.#scopes.push(new Map());
    try {
      for (const statement of body) {
        const signal = this.#execute(statement);
        if (signal !== null) return signal;
      }
      return null;
    } finally {
      this.#scopes.pop();
    }
  }

  #execute(s: Statement): Signal {
    if (++this.#statements > MOST_STATEMENTS) throw new TooLong();
    switch (s.kind) {
      case 'declare': {
        const type = s.type === null ? null : this.#typeOf(s.type);
        const value = s.value === null ? (type === null ? UNKNOWN : zeroOf(type)) : copied(this.#evaluate(s.value));
        const kind = type?.is === 'scalar' ? type.kind : s.type === null ? concrete(value) : null;
        this.#scopes[this.#scopes.length - 1].set(s.name, { value: kind === null ? value : cast(kind, value) });
        return null;
      }
      case 'assign':
        this.#assign(s.to, s.op, s.value);
        return null;
      case 'evaluate':
        this.#evaluate(s.value);
        return null;
      case 'block':
        return this.#run(s.body);
      case 'if': {
        const last = s.then.at(-1)?.kind ?? '';
        const leaves = last === 'return' || last === 'break' || last === 'continue';
        return this.#run((truth(this.#evaluate(s.condition)) ?? !leaves) ? s.then : s.otherwise);
      }
      case 'loop':
        return this.#loop(s);
      case 'return':
        this.#result = s.value === null ? UNKNOWN : this.#evaluate(s.value);
        return 'return';
      default:
        return s.kind;
    }
  }

  #loop(s: Statement & { kind: 'loop' }): Signal {
    const most = this.#depth === 0 ? TURNS.outer : TURNS.inner;
    this.#scopes.push(new Map());
    this.#depth++;
    try {
      if (s.first !== null) this.#execute(s.first);
      for (let turn = 0; turn < most; turn++) {
        if (s.condition !== null && truth(this.#evaluate(s.condition)) === false) return null;
        this.#path.push(turn);
        const signal = this.#run(s.body);
        this.#path.pop();
        if (signal === 'return') return signal;
        if (signal === 'break') return null;
        if (s.next !== null) this.#execute(s.next);
      }
      return null;
    } finally {
      this.#depth--;
      this.#scopes.pop();
    }
  }

  /** The memory that an expression names; null where it names none. */
  #memory(e: Expression): Memory | null {
    if (e.kind === 'name') {
      if (this.#cell(e.name) !== null) return null;
      const variable = this.#program.variables.get(e.name);
      if (variable === undefined || (variable.space !== 'storage' && variable.space !== 'workgroup')) return null;
      let type = this.#types.get(e.name);
      if (type === undefined) this.#types.set(e.name, (type = this.#typeOf(variable.type)));
      return { variable: e.name, space: variable.space, type, offset: 0 };
    }
    if (e.kind !== 'index' && e.kind !== 'member') return null;
    const base = this.#memory(e.of);
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
    const i = numberOf(this.#evaluate(e.at));
    if (type.is === 'array') return moved(type.of, i === null ? null : i * strideOf(type.of));
    if (type.is === 'matrix') return moved(type.column, i === null ? null : i * strideOf(type.column));
    return type.is === 'vector' ? moved(type.of, i === null ? null : i * type.of.bytes) : base;
  }

  #note(e: Expression, { variable, space, type, offset }: Memory, isWrite: boolean): void {
    const id = 'id' in e ? e.id : -1;
    const text = e.kind === 'index' ? e.text : e.kind === 'member' && e.of.kind === 'index' ? e.of.text : variable;
    const path = `${id}${isWrite ? 'w' : 'r'}${this.#path.join()}`;
    const bytes = Math.min(16, sizeOf(type));
    this.#onAccess({ path, id, text, variable, space, isWrite, offset, bytes, depth: this.#depth });
  }

  #cell(name: string): Cell | null {
    for (let i = this.#scopes.length - 1; i >= 0; i--) {
      const cell = this.#scopes[i].get(name);
      if (cell !== undefined) return cell;
    }
    return this.#globals.get(name) ?? null;
  }

  #assign(to: Expression, op: string, from: Expression): void {
    const given = this.#evaluate(from);
    const memory = to.kind === 'name' && to.name === '_' ? null : this.#memory(to);
    if (memory !== null) {
      if (op !== '') this.#note(to, memory, false);
      this.#note(to, memory, true);
      return;
    }
    if (to.kind === 'name' && to.name === '_') return;
    const value = op === '' ? copied(given) : binary(op, this.#evaluate(to), given);
    this.#store(to, value);
  }

  #store(to: Expression, value: Value): void {
    if (to.kind === 'name') {
      const cell = this.#cell(to.name);
      if (cell !== null) cell.value = like(cell.value, value);
      return;
    }
    if (to.kind !== 'index' && to.kind !== 'member') return; // through a pointer
    const base = this.#evaluate(to.of);
    const key = to.kind === 'member' ? to.name : numberOf(this.#evaluate(to.at));
    if (base.is === 'record') {
      if (key !== null) base.places.set(key, value);
      return;
    }
    if (base.is !== 'vector') return;
    const at = typeof key === 'string' ? swizzle(key)?.[0] : key;
    const number = numberOf(value);
    const values = at === null || at === undefined || number === null ? null : base.values.with(at, number);
    this.#store(to.of, values === null ? UNKNOWN : { ...base, values });
  }

  #evaluate(e: Expression): Value {
    switch (e.kind) {
      case 'number':
        return scalar(e.type, e.value);
      case 'name':
        return this.#named(e);
      case 'unary': {
        const of = this.#evaluate(e.of);
        if (e.op === '!') return mapped(of, (x) => (x === 0 ? 1 : 0), 'bool');
        if (e.op === '-') return mapped(of, (x, kind) => held(kind, -x));
        return e.op === '~' ? mapped(of, (x, kind) => held(kind, kind === 'u32' ? ~x >>> 0 : ~x)) : UNKNOWN;
      }
      case 'binary': {
        const left = this.#evaluate(e.left);
        const known = truth(left);
        if (e.op === '&&' && known === false) return left;
        if (e.op === '||' && known === true) return left;
        return binary(e.op, left, this.#evaluate(e.right));
      }
      case 'call':
        return this.#called(e);
      default: {
        const memory = this.#memory(e);
        if (memory !== null) {
          this.#note(e, memory, false);
          return UNKNOWN;
        }
        return this.#part(e);
      }
    }
  }

  /** A component, an element or a field of a value. */
  #part(e: Expression & { kind: 'index' | 'member' }): Value {
    const of = this.#evaluate(e.of);
    const key = e.kind === 'member' ? e.name : numberOf(this.#evaluate(e.at));
    if (of.is === 'record') return key === null ? UNKNOWN : (of.places.get(key) ?? UNKNOWN);
    if (of.is !== 'vector' || key === null) return UNKNOWN;
    const at = typeof key === 'string' ? (swizzle(key) ?? []) : [key];
    if (at.length === 1) return at[0] < of.values.length ? scalar(of.kind, of.values[at[0]]) : UNKNOWN;
    return { ...of, values: at.map((i) => of.values[i]) };
  }

  #named(e: Expression & { kind: 'name' }): Value {
    const cell = this.#cell(e.name);
    if (cell !== null) return cell.value;
    const constant = this.#program.constants.get(e.name);
    if (constant !== undefined) {
      const kind = constant.type === null ? null : this.#typeOf(constant.type);
      const given = this.#constants[e.name] as number | undefined;
      const own = constant.value === null ? UNKNOWN : this.#evaluate(constant.value);
      const value = given === undefined ? own : scalar(own.is === 'scalar' ? own.kind : 'int', given);
      const made = kind?.is === 'scalar' ? cast(kind.kind, value) : value;
      this.#globals.set(e.name, { value: made });
      return made;
    }
    const variable = this.#program.variables.get(e.name);
    if (variable?.space === 'uniform') {
      const value = readWords(this.#typeOf(variable.type), this.#words, 0);
      this.#globals.set(e.name, { value });
      return value;
    }
    const memory = this.#memory(e);
    if (memory !== null) this.#note(e, memory, false);
    return UNKNOWN;
  }

  #called(e: Expression & { kind: 'call' }): Value {
    const { name } = e.type;
    const own = this.#program.functions.get(name);
    const args = e.args.map((a) => this.#evaluate(a));
    if (own !== undefined) {
      this.#path.push(`c${e.id}`);
      const value = this.#call(own, args.map(copied));
      this.#path.pop();
      return value;
    }
    if (name === 'bitcast') {
      const to = this.#typeOf(e.type.types[0]);
      const of = to.is === 'vector' ? to.of : to;
      return of.is === 'scalar' ? bitcast(of.kind, args[0]) : UNKNOWN;
    }
    const known = e.type.types.length === 0 ? builtin(name, args) : undefined;
    if (known !== undefined) return known;
    const array = name === 'array' && e.type.types.length === 0;
    const type = array ? null : this.#typeOf(e.type);
    if (type?.is === 'scalar') return constructed(type.kind, 1, args);
    if (type?.is === 'vector') return constructed(type.of.kind, type.length, args);
    if (type?.is === 'matrix') return UNKNOWN;
    if (type !== null && args.length === 0) return zeroOf(type);
    const names = type?.is === 'struct' ? type.fields.map((f) => f.name) : null;
    return { is: 'record', places: new Map(args.map((v, i) => [names?.[i] ?? i, v])) };
  }
}

/** What a declared variable's abstract number becomes. */
function concrete(value: Value): Kind | null {
  if (value.is !== 'scalar') return null;
  return value.kind === 'int' ? 'i32' : value.kind === 'float' ? 'f32' : null;
}

const cast = (kind: Kind, value: Value): Value => mapped(value, (x) => held(kind, x), kind);

/** Assigned to a variable of a kind, an abstract number becomes one of that kind. */
function like(was: Value, value: Value): Value {
  return was.is === 'scalar' && value.is === 'scalar' && was.kind !== value.kind ? cast(was.kind, value) : value;
}
