/** A reader of the WGSL that Weft's kernels are written in: declarations and statements. */
import { ExpressionParser } from './expressions.js';
import {
  UnknownSyntax,
  type FunctionDeclaration,
  type Parameter,
  type Program,
  type Statement,
  type TypeName,
  type Variable,
} from './syntax.js';

class Parser extends ExpressionParser {
  readonly constants = new Map<string, Program['constants'] extends ReadonlyMap<string, infer V> ? V : never>();
  readonly aliases = new Map<string, TypeName>();
  readonly structs = new Map<string, { name: string; type: TypeName }[]>();
  readonly variables = new Map<string, Variable>();
  readonly functions = new Map<string, FunctionDeclaration>();

  program(): Program {
    while (!this.atEnd) this.declaration();
    return this;
  }

  declaration(): void {
    const attributes = this.attributes();
    const word = this.take();
    switch (word) {
      case ';':
        return;
      case 'enable':
      case 'requires':
      case 'diagnostic':
        while (!this.accept(';')) this.take();
        return;
      case 'alias': {
        const name = this.take();
        this.expect('=');
        this.aliases.set(name, this.type());
        this.expect(';');
        return;
      }
      case 'const':
      case 'override': {
        const name = this.take();
        const type = this.accept(':') ? this.type() : null;
        this.constants.set(name, { value: this.accept('=') ? this.expression() : null, type });
        this.expect(';');
        return;
      }
      case 'struct': {
        const name = this.take();
        this.structs.set(name, this.fields());
        return;
      }
      case 'var': {
        const space = this.accept('<') ? this.take() : 'private';
        while (!this.accept('>')) this.take();
        const name = this.take();
        this.expect(':');
        this.variables.set(name, { name, space, type: this.type() });
        this.expect(';');
        return;
      }
      case 'fn':
        this.fn(attributes);
        return;
      default:
        throw new UnknownSyntax(`a declaration that begins with ${word}`);
    }
  }

  fields(): { name: string; type: TypeName }[] {
    const fields: { name: string; type: TypeName }[] = [];
    this.expect('{');
    while (!this.accept('}')) {
      this.attributes();
      const name = this.take();
      this.expect(':');
      fields.push({ name, type: this.type() });
      this.accept(',');
    }
    return fields;
  }

  fn(attributes: ReturnType<ExpressionParser['attributes']>): void {
    const name = this.take();
    const parameters: Parameter[] = [];
    this.expect('(');
    while (!this.accept(')')) {
      const own = this.attributes();
      const parameter = this.take();
      this.expect(':');
      const builtin = own.get('builtin')?.[0];
      const type = this.type();
      parameters.push({ name: parameter, type, builtin: builtin?.kind === 'name' ? builtin.name : null });
      this.accept(',');
    }
    if (this.accept('->')) {
      this.attributes();
      this.type();
    }
    const workgroupSize = attributes.get('workgroup_size') ?? [];
    this.functions.set(name, { name, parameters, body: this.block(), workgroupSize });
  }

  block(): Statement[] {
    const body: Statement[] = [];
    this.expect('{');
    while (!this.accept('}')) {
      const statement = this.statement();
      if (statement !== null) body.push(statement);
    }
    return body;
  }

  statement(): Statement | null {
    switch (this.peek()) {
      case ';':
        this.take();
        return null;
      case '{':
        return { kind: 'block', body: this.block() };
      case 'if':
        this.take();
        return this.ifStatement();
      case 'for': {
        this.take();
        this.expect('(');
        const first = this.peek() === ';' ? null : this.simple();
        this.expect(';');
        const condition = this.peek() === ';' ? null : this.expression();
        this.expect(';');
        const next = this.peek() === ')' ? null : this.simple();
        this.expect(')');
        return { kind: 'loop', first, condition, next, body: this.block() };
      }
      case 'while': {
        this.take();
        const condition = this.expression();
        return { kind: 'loop', first: null, condition, next: null, body: this.block() };
      }
      case 'loop':
        this.take();
        return { kind: 'loop', first: null, condition: null, next: null, body: this.block() };
      case 'return': {
        this.take();
        const value = this.peek() === ';' ? null : this.expression();
        this.expect(';');
        return { kind: 'return', value };
      }
      case 'break':
      case 'continue': {
        const kind = this.take() as 'break' | 'continue';
        this.expect(';');
        return { kind };
      }
      default: {
        const simple = this.simple();
        this.expect(';');
        return simple;
      }
    }
  }

  ifStatement(): Statement {
    const condition = this.expression();
    const then = this.block();
    if (!this.accept('else')) return { kind: 'if', condition, then, otherwise: [] };
    return { kind: 'if', condition, then, otherwise: this.accept('if') ? [this.ifStatement()] : this.block() };
  }

  /** What may stand in the head of a loop as well. */
  simple(): Statement {
    const word = this.peek();
    if (word === 'let' || word === 'var' || word === 'const') {
      this.take();
      const name = this.take();
      const type = this.accept(':') ? this.type() : null;
      return { kind: 'declare', name, type, value: this.accept('=') ? this.expression() : null };
    }
    const to = this.unary();
    const op = this.peek();
    if (op === '++' || op === '--') {
      this.take();
      return { kind: 'assign', op: op[0], to, value: { kind: 'number', value: 1, type: 'int' } };
    }
    if (/^[-+*/%&|^]?=$/.test(op) || op === '<<=' || op === '>>=') {
      this.take();
      return { kind: 'assign', op: op.slice(0, -1), to, value: this.expression() };
    }
    return { kind: 'evaluate', value: to };
  }
}

/** @throws UnknownSyntax for what the reader does not know. */
export function parseProgram(text: string): Program {
  return new Parser(text).program();
}
