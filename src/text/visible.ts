/**
 * Text that came from data (names of classes, files, columns, products) as a reader can see it. Whatever would move a
 * cursor, colour a terminal, turn the direction of what follows, or be there without being seen, is written as its
 * number: ESC as `\u001b`.
 */

/**
 * Controls, lone surrogates, separators of lines, numbers that are no characters, and all that has no look of its own.
 */
const HIDDEN =
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Noncharacter_Code_Point}\p{Default_Ignorable_Code_Point}\u{fff9}-\u{fffb}]/gu;

/**
 * Hidden ones that shape the letter before them: how an emoji is drawn, which are joined, which form a letter of some
 * scripts has.
 */
const SHAPING = [
  /(?<=[^\p{Cc}\p{Z}\p{Default_Ignorable_Code_Point}])[\u{fe00}-\u{fe0f}]/gu,
  /(?<=\p{Script=Han})[\u{e0100}-\u{e01ef}]/gu,
  /(?<=[\p{Extended_Pictographic}\u{fe0f}\p{Emoji_Modifier}])\u{200d}(?=\p{Extended_Pictographic})/gu,
  /(?<=\u{1f3f4}[\u{e0020}-\u{e007f}]*)[\u{e0020}-\u{e007f}]/gu,
  /(?<=[\p{scx=Arab}\p{scx=Syrc}\p{scx=Mong}\p{scx=Deva}\p{scx=Beng}\p{scx=Guru}\p{scx=Gujr}\p{scx=Taml}\p{scx=Telu}\p{scx=Knda}\p{scx=Mlym}\p{scx=Sinh}])[\u{200c}\u{200d}](?=\p{L})/gu,
];

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function numbered(character: string): string {
  const code = character.codePointAt(0) as number;
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** Plain text that has nothing to be prepared: nearly all. */
const PLAIN = /^[ -~]*$/;

function reveal(text: string, shown: (hidden: string) => string): string {
  if (PLAIN.test(text)) return text;
  const kept = new Set<number>();
  for (const pattern of SHAPING) for (const { index } of text.matchAll(pattern)) kept.add(index);
  return text.replace(HIDDEN, (hidden, at: number) => (kept.has(at) ? hidden : shown(hidden)));
}

/** One line, whatever it is given: for names and cells of tables. */
export function visible(text: string): string {
  return reveal(text, (hidden) => SHORT[hidden] ?? numbered(hidden));
}

/** The same for text of several lines, whose line ends and tabs stay. */
export function visibleLines(text: string): string {
  return reveal(text, (hidden) => (hidden === '\n' || hidden === '\t' ? hidden : numbered(hidden)));
}

/**
 * What XML 1.0 has no place for, or an editor would not show: the text of a chart. Line ends stay, as Vega's
 * expressions may have them.
 */
export const forXml = visibleLines;

/**
 * A value as JSON that is safe to look at: what JSON would leave as it is but nobody sees is escaped, so the value
 * stays the same.
 */
export function forJson(value: unknown, indent?: number): string {
  const escaped = (hidden: string): string =>
    hidden
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
      .join('');
  return reveal(JSON.stringify(value, null, indent), (hidden) => (hidden === '\n' ? hidden : escaped(hidden)));
}
