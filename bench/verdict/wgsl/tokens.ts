/** WGSL's text as words. */
import { UnknownSyntax } from './syntax.js';

export interface Token {
  readonly text: string;
  readonly at: number;
}

const TOKEN =
  /\s+|\/\/[^\n]*|\/\*[\s\S]*?\*\/|(0[xX][0-9a-fA-F]*\.?[0-9a-fA-F]+[pP][+-]?\d+[fh]?|0[xX][0-9a-fA-F]+[ui]?|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[uifh]?|[A-Za-z_]\w*|->|<<=|>>=|\+\+|--|&&|\|\||[-+*/%&|^<>=!]=|<<|[-+*/%&|^~!<>=(){}[\],;:.@?])/y;

/** `>>` is two words: it closes two templates, or is a shift (see parse.ts). */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const at = TOKEN.lastIndex;
    const found = TOKEN.exec(text);
    if (found === null) throw new UnknownSyntax(`at "${text.slice(at, at + 20)}"`);
    if (found[1] !== undefined) tokens.push({ text: found[1], at });
  }
  return tokens;
}
