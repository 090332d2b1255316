/** Colours for WGSL in the editor: words, numbers, attributes and comments, line by line. */
import { HighlightStyle, StreamLanguage, syntaxHighlighting, type StreamParser } from '@codemirror/language';
import type { Extension } from '@codemirror/state';
import { tags } from '@lezer/highlight';

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

/** Keywords of the WGSL standard (https://www.w3.org/TR/WGSL/#keyword-summary). */
const KEYWORDS = words(
  'alias break case const const_assert continue continuing default diagnostic discard else enable false fn for if ' +
    'let loop override requires return struct switch true var while',
);
const TYPES =
  /^(bool|[fiu]32|f16|vec[234][fiuh]?|mat[234]x[234][fh]?|array|atomic|ptr|sampler|texture_\w+|storage|uniform|workgroup|private|function|read|write|read_write)$/;

interface State {
  /** WGSL's block comments nest. */
  depth: number;
  /** Brackets that are open. */
  open: number;
}

const WGSL: StreamParser<State> = {
  name: 'wgsl',
  startState: () => ({ depth: 0, open: 0 }),
  copyState: (state) => ({ ...state }),
  token: (stream, state) => {
    if (state.depth > 0 || stream.match('/*')) {
      if (state.depth === 0) state.depth = 1;
      while (state.depth > 0 && !stream.eol()) {
        if (stream.match('*/')) state.depth--;
        else if (stream.match('/*')) state.depth++;
        else stream.next();
      }
      return 'comment';
    }
    if (stream.eatSpace()) return null;
    if (stream.match('//')) {
      stream.skipToEnd();
      return 'comment';
    }
    if (stream.match(/^@\w+/)) return 'meta';
    if (stream.match(/^(0[xX][\da-fA-F.]+([pP][+-]?\d+)?|(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?)[iufh]?/)) return 'number';
    const word = stream.match(/^[A-Za-z_]\w*/);
    if (word !== null && typeof word !== 'boolean') {
      if (KEYWORDS.has(word[0])) return 'keyword';
      if (TYPES.test(word[0])) return 'typeName';
      return stream.match(/^\s*\(/, false) ? 'function' : null;
    }
    const character = stream.next() ?? '';
    if ('({['.includes(character)) state.open++;
    else if (')}]'.includes(character)) state.open = Math.max(0, state.open - 1);
    return null;
  },
  indent: ({ open }, after, { unit }) => unit * Math.max(0, open - (/^\s*[)}\]]/.test(after) ? 1 : 0)),
  languageData: { commentTokens: { line: '//', block: { open: '/*', close: '*/' } }, indentOnInput: /^\s*[)}\]]$/ },
  tokenTable: { function: tags.function(tags.variableName) },
};

/** The colours are the page's: its style sheet's properties reach into the editor. */
const COLOURS = HighlightStyle.define([
  { tag: tags.comment, color: 'var(--soft)' },
  { tag: tags.keyword, color: 'var(--accent)', fontWeight: '600' },
  { tag: tags.typeName, color: 'var(--code-type)' },
  { tag: tags.number, color: 'var(--testing)' },
  { tag: tags.meta, color: 'var(--code-type)' },
  { tag: tags.function(tags.variableName), color: 'var(--training)' },
]);

/** The language and its colours. */
export const wgsl: Extension = [StreamLanguage.define(WGSL), syntaxHighlighting(COLOURS)];
