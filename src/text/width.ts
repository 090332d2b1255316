/** How many columns of a terminal a text takes, and texts cut to so many. */
import { visible } from './visible.js';

/** Two columns each: East Asian Wide and Fullwidth (Unicode's UAX 11), in ranges. */
const WIDE =
  /[\u{1100}-\u{115f}\u{231a}\u{231b}\u{2329}\u{232a}\u{2e80}-\u{303e}\u{3041}-\u{33ff}\u{3400}-\u{4dbf}\u{4e00}-\u{a4cf}\u{a960}-\u{a97c}\u{ac00}-\u{d7a3}\u{f900}-\u{faff}\u{fe10}-\u{fe19}\u{fe30}-\u{fe6f}\u{ff01}-\u{ff60}\u{ffe0}-\u{ffe6}\u{16fe0}-\u{18cff}\u{1aff0}-\u{1b2fb}\u{20000}-\u{3fffd}]/u;
const EMOJI = /\p{Emoji_Presentation}|\p{Extended_Pictographic}\u{fe0f}|[#*0-9]\u{fe0f}\u{20e3}/u;
const ONLY_MARKS = /^[\p{M}\p{Default_Ignorable_Code_Point}]+$/u;
/** What a terminal surely draws one column each. */
const NARROW = /^[ -~\u{a1}-\u{ac}\u{ae}-\u{2ff}\u{370}-\u{482}\u{48a}-\u{58f}]*$/u;

const segmenter = new Intl.Segmenter('en', { granularity: 'grapheme' });

function graphemes(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

function widthOf(grapheme: string): number {
  if (ONLY_MARKS.test(grapheme)) return 0;
  return WIDE.test(grapheme) || EMOJI.test(grapheme) ? 2 : 1;
}

/** Columns: 2 for a Chinese character or an emoji, 0 for a combining mark. Of text that has been made visible. */
export function columnsOf(text: string): number {
  if (NARROW.test(text)) return text.length;
  return graphemes(text).reduce((sum, grapheme) => sum + widthOf(grapheme), 0);
}

/** UTF-16 units that a column may have: letters with a few marks, and no heap of them. */
const UNITS_PER_COLUMN = 12;

/** At most so many columns: a longer text ends with `…`. Letters and their marks stay together. */
export function shortened(text: string, columns: number): string {
  if (text.length <= columns && NARROW.test(text)) return text;
  const parts = graphemes(text);
  let [width, units, kept] = [0, 0, 0];
  let fitting = 0; // how many parts leave room for the ellipsis
  for (const part of parts) {
    width += widthOf(part);
    units += part.length;
    if (width > columns || units > columns * UNITS_PER_COLUMN) return `${parts.slice(0, fitting).join('').trimEnd()}…`;
    kept++;
    if (width < columns) fitting = kept;
  }
  return text;
}

/** Each at most so many columns and no two alike: those that are cut to the same text are numbered. */
export function shortenedApart(texts: readonly string[], columns: number): string[] {
  const counts = new Map<string, number>();
  const cut = texts.map((text) => shortened(text, columns));
  for (const text of cut) counts.set(text, (counts.get(text) ?? 0) + 1);
  return cut.map((text, i) => {
    if (counts.get(text) === 1) return text;
    const tail = ` (${i + 1})`;
    return shortened(text.replace(/…$/, ''), columns - tail.length) + tail;
  });
}

/** Of a name within a sentence. */
const NAME_COLUMNS = 60;

/** A name out of data within a sentence: one line, nothing hidden, not endless. */
export function named(name: string): string {
  return shortened(visible(name), NAME_COLUMNS);
}

/** Of more only the first are named. */
const MOST_NAMED = 20;

/** Names out of data within a sentence: `a, b, c and 17 more`. */
export function namedAll(names: readonly string[], most = MOST_NAMED): string {
  const rest = names.length > most ? ` and ${names.length - most} more` : '';
  return `${names.slice(0, most).map(named).join(', ')}${rest}`;
}
