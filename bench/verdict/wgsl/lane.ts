/**
 * Runs a kernel's `main` as one lane. Loops end after a few turns, because later ones repeat them at other places; a
 * condition on what memory holds is taken to hold, unless it leaves.
 */
import { truth } from './builtins.js';
import { cast, Evaluator } from './evaluator.js';
import { zeroOf } from './layout.js';
import { UnknownSyntax, type Expression, type FunctionDeclaration, type Statement } from './syntax.js';
import { binary, copied, numberOf, scalar, swizzle, UNKNOWN, type Kind, type Value } from './values.js';

/** Where a lane stands. */
export interface Position {
  readonly lane: number;
  readonly workgroup: readonly [number, number, number];
  readonly grid: readonly [number, number, number];
  readonly subgroup: number;
}

type Signal = 'break' | 'continue' | 'return' | null;

/** Turns of an outermost loop, of those inside, of those without memory (they find places); statements of a lane. */
const TURNS = { outer: 2, inner: 8, silent: 64 };
const MOST_STATEMENTS = 20000;
class TooLong extends Error {}

export class Lane extends Evaluator {
  protected result: Value = UNKNOWN;
  protected statements = 0;

  /** Threads of a workgroup. */
  get threads(): number {
    return this.main.workgroupSize.reduce((n, e) => n * (numberOf(this.evaluate(e)) ?? NaN), 1);
  }

  protected get main(): FunctionDeclaration {
    const main = this.program.functions.get('main');
    if (main === undefined) throw new UnknownSyntax('a program without main');
    return main;
  }

  run({ lane, workgroup, grid, subgroup }: Position): void {
    for (const [name, { space, type }] of this.program.variables)
      if (space === 'private') this.globals.set(name, { value: zeroOf(this.typeOf(type)) });
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
    this.path = [];
    this.depth = this.statements = 0;
    const args = this.main.parameters.map((p) => given[p.builtin ?? ''] ?? UNKNOWN);
    try {
      this.call(this.main, args);
    } catch (error) {
      if (!(error instanceof TooLong)) throw error;
    }
  }

  protected call({ parameters, body }: FunctionDeclaration, args: readonly Value[]): Value {
    const [scopes, result] = [this.scopes, this.result];
    this.scopes = [new Map(parameters.map((p, i) => [p.name, { value: args[i] ?? UNKNOWN }]))];
    this.result = UNKNOWN;
    this.block(body);
    const returned = this.result;
    [this.scopes, this.result] = [scopes, result];
    return returned;
  }

  protected block(body: readonly Statement[]): Signal {
    this.scopes.push(new Map());
    try {
      for (const statement of body) {
        const signal = this.execute(statement);
        if (signal !== null) return signal;
      }
      return null;
    } finally {
      this.scopes.pop();
    }
  }

  protected execute(s: Statement): Signal {
    if (++this.statements > MOST_STATEMENTS) throw new TooLong();
    switch (s.kind) {
      case 'declare': {
        const type = s.type === null ? null : this.typeOf(s.type);
        const value = s.value === null ? (type === null ? UNKNOWN : zeroOf(type)) : copied(this.evaluate(s.value));
        const kind = type?.is === 'scalar' ? type.kind : s.type === null ? concrete(value) : null;
        this.scopes[this.scopes.length - 1].set(s.name, { value: kind === null ? value : cast(kind, value) });
        return null;
      }
      case 'assign':
        this.assign(s.to, s.op, s.value);
        return null;
      case 'evaluate':
        this.evaluate(s.value);
        return null;
      case 'block':
        return this.block(s.body);
      case 'if': {
        const last = s.then.at(-1)?.kind ?? '';
        const leaves = last === 'return' || last === 'break' || last === 'continue';
        return this.block((truth(this.evaluate(s.condition)) ?? !leaves) ? s.then : s.otherwise);
      }
      case 'loop':
        return this.loop(s);
      case 'return':
        this.result = s.value === null ? UNKNOWN : this.evaluate(s.value);
        return 'return';
      default:
        return s.kind;
    }
  }

  protected loop(s: Statement & { kind: 'loop' }): Signal {
    const most = this.depth === 0 ? TURNS.outer : TURNS.inner;
    this.scopes.push(new Map());
    this.depth++;
    try {
      if (s.first !== null) this.execute(s.first);
      const noted = this.noted;
      for (let turn = 0; turn < (this.noted === noted ? TURNS.silent : most); turn++) {
        if (s.condition !== null && truth(this.evaluate(s.condition)) === false) return null;
        this.path.push(turn);
        const signal = this.block(s.body);
        this.path.pop();
        if (signal === 'return') return signal;
        if (signal === 'break') return null;
        if (s.next !== null) this.execute(s.next);
      }
      return null;
    } finally {
      this.depth--;
      this.scopes.pop();
    }
  }

  protected assign(to: Expression, op: string, from: Expression): void {
    const given = this.evaluate(from);
    const memory = to.kind === 'name' && to.name === '_' ? null : this.memory(to);
    if (memory !== null) {
      if (op !== '') this.note(to, memory, false);
      this.note(to, memory, true);
      return;
    }
    if (to.kind === 'name' && to.name === '_') return;
    const value = op === '' ? copied(given) : binary(op, this.evaluate(to), given);
    this.store(to, value);
  }

  protected store(to: Expression, value: Value): void {
    if (to.kind === 'name') {
      const cell = this.cell(to.name);
      if (cell !== null) cell.value = like(cell.value, value);
      return;
    }
    if (to.kind !== 'index' && to.kind !== 'member') return; // through a pointer
    const base = this.evaluate(to.of);
    const key = to.kind === 'member' ? to.name : numberOf(this.evaluate(to.at));
    if (base.is === 'record') {
      if (key !== null) base.places.set(key, value);
      return;
    }
    if (base.is !== 'vector') return;
    const at = typeof key === 'string' ? swizzle(key)?.[0] : key;
    const number = numberOf(value);
    const values = at === null || at === undefined || number === null ? null : base.values.with(at, number);
    this.store(to.of, values === null ? UNKNOWN : { ...base, values });
  }
}

/** What a declared variable's abstract number becomes. */
function concrete(value: Value): Kind | null {
  if (value.is !== 'scalar') return null;
  return value.kind === 'int' ? 'i32' : value.kind === 'float' ? 'f32' : null;
}

/** Assigned to a variable of a kind, an abstract number becomes one of that kind. */
function like(was: Value, value: Value): Value {
  return was.is === 'scalar' && value.is === 'scalar' && was.kind !== value.kind ? cast(was.kind, value) : value;
}
