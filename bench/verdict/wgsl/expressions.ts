/** The words of a program, its types, attributes and expressions. */
import { tokenize, type Token } from './tokens.js';
import { UnknownSyntax, type Expression, type TypeName } from './syntax.js';

/** Names after which `<` opens a template; after all others it compares. */
const TEMPLATES = /^(?:array|vec[234]|mat[234]x[234]|bitcast|ptr|atomic|subgroup_?[mM]atrix\w*)$/;
/** How strongly they bind; shifts are two words (see tokens.ts). */
const BINDING: Readonly<Record<string, number>> = {
  '||': 1,
  '&&': 2,
  '|': 3,
  '^': 4,
  '&': 5,
  '==': 6,
  '!=': 6,
  '<': 7,
  '>': 7,
  '<=': 7,
  '>=': 7,
  '<<': 8,
  '>>': 8,
  '+': 9,
  '-': 9,
  '*': 10,
  '/': 10,
  '%': 10,
};

export class ExpressionParser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  #ids = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenize(text);
  }

  get atEnd(): boolean {
    return this.#next >= this.#tokens.length;
  }

  peek(ahead = 0): string {
    return this.#tokens[this.#next + ahead]?.text ?? '';
  }

  take(): string {
    if (this.atEnd) throw new UnknownSyntax('the text ends too early');
    return this.#tokens[this.#next++].text;
  }

  accept(text: string): boolean {
    if (this.peek() !== text) return false;
    this.#next++;
    return true;
  }

  expect(text: string): void {
    const found = this.take();
    if (found !== text) throw new UnknownSyntax(`${found} where ${text} is expected`);
  }

  /** `@workgroup_size(8, 8)`, by name. */
  attributes(): Map<string, readonly Expression[]> {
    const found = new Map<string, readonly Expression[]>();
    while (this.accept('@')) {
      const name = this.take();
      found.set(name, this.accept('(') ? this.list(')') : []);
    }
    return found;
  }

  list(end: string): Expression[] {
    const items: Expression[] = [];
    while (!this.accept(end)) {
      items.push(this.expression());
      this.accept(',');
    }
    return items;
  }

  type(): TypeName {
    const name = this.take();
    const types: TypeName[] = [];
    let size: Expression | null = null;
    if (TEMPLATES.test(name) && this.accept('<')) {
      while (!this.accept('>')) {
        if (types.length === 1 && name === 'array')
          size = this.binary(9); // not a comparison with what closes it
        else types.push(this.type());
        this.accept(',');
      }
    }
    return { name, types, size };
  }

  expression(): Expression {
    return this.binary(1);
  }

  binary(least: number): Expression {
    let left = this.unary();
    for (;;) {
      const isShift = this.peek() === '>' && this.peek(1) === '>' && this.#touch();
      const op = isShift ? '>>' : this.peek();
      const binding = BINDING[op] as number | undefined;
      if (binding === undefined || binding < least) return left;
      this.take();
      if (isShift) this.take();
      left = { kind: 'binary', op, left, right: this.binary(binding + 1) };
    }
  }

  /** Whether the next two words stand side by side. */
  #touch(): boolean {
    return this.#tokens[this.#next + 1].at === this.#tokens[this.#next].at + 1;
  }

  unary(): Expression {
    const op = this.peek();
    if (/^[-!~&*]$/.test(op)) {
      this.take();
      return { kind: 'unary', op, of: this.unary() };
    }
    return this.postfix();
  }

  postfix(): Expression {
    const start = this.#tokens[this.#next]?.at ?? 0;
    let of = this.primary();
    for (;;) {
      if (this.accept('[')) {
        const at = this.expression();
        const end = this.#tokens[this.#next].at + 1;
        this.expect(']');
        const text = this.#text.slice(start, end).replace(/\s+/g, ' ');
        of = { kind: 'index', of, at, id: this.#ids++, text };
      } else if (this.accept('.')) of = { kind: 'member', of, name: this.take(), id: this.#ids++ };
      else return of;
    }
  }

  primary(): Expression {
    const word = this.peek();
    if (this.accept('(')) {
      const inside = this.expression();
      this.expect(')');
      return inside;
    }
    if (/^[.\d]/.test(word)) {
      this.take();
      return numberOf(word);
    }
    if (word === 'true' || word === 'false') {
      this.take();
      return { kind: 'number', value: word === 'true' ? 1 : 0, type: 'bool' };
    }
    if (!/^[A-Za-z_]/.test(word)) throw new UnknownSyntax(`an expression that begins with ${word}`);
    const type = this.type();
    if (this.accept('(')) return { kind: 'call', type, args: this.list(')'), id: this.#ids++ };
    return { kind: 'name', name: type.name };
  }
}

/** `0x1.8p-3f` */
function hexadecimalFloat(word: string): Expression | null {
  const [, whole, part = '', exponent] = /^0x([0-9a-f]*)\.?([0-9a-f]*)p([+-]?\d+)[fh]?$/i.exec(word) ?? [];
  if (exponent === undefined) return null;
  const value = parseInt(`${whole}${part}`, 16) * 2 ** (Number(exponent) - 4 * part.length);
  return { kind: 'number', value, type: 'float' };
}

function numberOf(word: string): Expression {
  const hexadecimal = hexadecimalFloat(word);
  if (hexadecimal !== null) return hexadecimal;
  const isHex = /^0x/i.test(word);
  const suffix = /[uifh]$/.exec(word)?.[0];
  const isSuffix = suffix !== undefined && !(isHex && suffix === 'f');
  const value = Number(isSuffix ? word.slice(0, -1) : word);
  const isFloat = !isHex && (suffix === 'f' || suffix === 'h' || /[.eE]/.test(word));
  return { kind: 'number', value, type: isFloat ? 'float' : suffix === 'u' ? 'u32' : suffix === 'i' ? 'i32' : 'int' };
}
