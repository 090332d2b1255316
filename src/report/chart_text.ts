/** Names and titles out of data as charts show them. */
import { visible, visibleLines } from '../text/visible.js';
import { shortened, shortenedApart } from '../text/width.js';
import { drawable } from './glyphs.js';

/** Of names in axes and legends. */
const NAME_COLUMNS = 26;
/** Names that a note lists at most. */
const MAX_NOTED = 6;

export interface ChartNames {
  /** One for each name, no two alike. */
  readonly labels: readonly string[];
  /** What the numbers among them mean; null where there are none. */
  readonly note: string | null;
}

/**
 * Names that can be drawn, as they are or cut. One with letters that no font has is its number, `#3`, with what can be
 * drawn of it.
 * @param where what the numbers are of, where the names can be looked up: `rows of confusion_matrix.csv`.
 */
export async function chartNames(names: readonly string[], where: string): Promise<ChartNames> {
  const shown = names.map(visible);
  const drawn = await drawable(shown);
  const rest = (text: string): string =>
    text
      .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
      .replace(/^[^\p{L}\p{N}]+/u, '')
      .trimEnd();
  const labels = shortenedApart(
    shown.map((name, i) => (drawn[i] === null ? name : `#${i + 1} ${rest(drawn[i])}`.trimEnd())),
    NAME_COLUMNS,
  );
  const numbered = drawn.flatMap((text, i) => (text === null ? [] : [`#${i + 1}`]));
  const listed = numbered.length > MAX_NOTED ? `${numbered.slice(0, MAX_NOTED).join(', ')}, …` : numbered.join(', ');
  return {
    labels,
    note:
      numbered.length === 0 ? null : `${listed}: ${where}, whose names have letters that no font of this machine has`,
  };
}

/**
 * All text of a spec as it can be drawn: hidden characters, and letters that no font has, by their numbers. The spec's
 * own words stay.
 */
export async function drawableSpec<T>(spec: T): Promise<T> {
  const texts = new Map<string, string>();
  const visit = (value: unknown): void => {
    if (typeof value === 'string') texts.set(value, visibleLines(value));
    else if (typeof value === 'object' && value !== null) for (const inner of Object.values(value)) visit(inner);
  };
  visit(spec);
  const shown = [...texts.values()];
  const drawn = await drawable(shown);
  for (const [i, key] of [...texts.keys()].entries())
    if (drawn[i] !== null) texts.set(key, numbersFor(shown[i], drawn[i]));
  const rewrite = (value: unknown): unknown => {
    if (typeof value === 'string') return texts.get(value);
    if (Array.isArray(value)) return value.map(rewrite);
    if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype)
      return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, rewrite(inner)]));
    return value;
  };
  return rewrite(spec) as T;
}

/** `text` with numbers for the letters that `drawn` has not. */
function numbersFor(text: string, drawn: string): string {
  const kept = [...drawn];
  let next = 0;
  return [...text]
    .map((letter) =>
      letter === kept[next] ? (next++, letter) : `\\u${(letter.codePointAt(0) as number).toString(16)}`,
    )
    .join('');
}

/** A word of a title that is longer than its line. */
export function titleWord(word: string, columns: number): string {
  return shortened(visible(word), columns);
}
