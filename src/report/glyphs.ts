/** Which letters charts can draw: those of the font that comes with the package, else those of the machine's fonts. */
import { fontFile } from '#platform';
import type { ResvgRenderOptions } from '@resvg/resvg-js';

/** The only font that charts need; it comes with the package, so text also appears on a machine without any font. */
export const CHART_FONT = 'DejaVu Sans';

/** @param withSystem the machine's fonts too, for letters that the package's has not. */
export function chartFonts(withSystem: boolean): NonNullable<ResvgRenderOptions['font']> {
  return {
    loadSystemFonts: withSystem,
    fontFiles: [fontFile('DejaVuSans.ttf'), fontFile('DejaVuSans-Bold.ttf')],
    defaultFontFamily: CHART_FONT,
    sansSerifFamily: CHART_FONT,
  };
}

/** Where a letter is found. */
type Source = 'own' | 'system' | 'nowhere';

/** Latin, Greek and Cyrillic: in the package's font. */
const SURE =
  /^[ -~\u{a0}-\u{ac}\u{ae}-\u{24f}\u{370}-\u{373}\u{37a}-\u{37e}\u{388}-\u{52f}\u{2010}-\u{2027}\u{2190}-\u{21ff}\n]*$/u;
/** Letters of their own; what only joins or shapes others is drawn with them. */
const DRAWN = /[^\p{Default_Ignorable_Code_Point}\p{Cc}\p{Z}]/gu;
/** No font has it: what is drawn for it is what is drawn for all that are missing. */
const MISSING = '\u{10fffd}';
const CELL = 48;
const PER_ROW = 32;

const known = new Map<string, Source>();

/** Draws each letter in a square of its own and compares it with what a missing one looks like. */
async function undrawn(letters: readonly string[], withSystem: boolean): Promise<Set<string>> {
  const { Resvg } = await import('@resvg/resvg-js');
  const cells = [MISSING, ...letters];
  const [width, height] = [PER_ROW * CELL, Math.ceil(cells.length / PER_ROW) * CELL];
  const drawn = cells.map(
    (letter, i) =>
      `<svg x="${(i % PER_ROW) * CELL}" y="${Math.floor(i / PER_ROW) * CELL}" width="${CELL}" ` +
      `height="${CELL}"><text x="12" y="32" font-size="20" ` +
      `font-family="${CHART_FONT}">&#${letter.codePointAt(0)};</text></svg>`,
  );
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${drawn.join('')}</svg>`;
  const { pixels } = new Resvg(svg, { font: chartFonts(withSystem) }).render();
  const cell = (i: number): Buffer => {
    const left = (i % PER_ROW) * CELL;
    const top = Math.floor(i / PER_ROW) * CELL;
    return Buffer.concat(
      Array.from({ length: CELL }, (_, y) =>
        pixels.subarray(((top + y) * width + left) * 4, ((top + y) * width + left + CELL) * 4),
      ),
    );
  };
  const missing = cell(0);
  return new Set(letters.filter((_, i) => cell(i + 1).equals(missing)));
}

async function look(texts: readonly string[]): Promise<void> {
  const letters = [...new Set(texts.flatMap((text) => (SURE.test(text) ? [] : (text.match(DRAWN) ?? []))))].filter(
    (letter) => !known.has(letter),
  );
  if (letters.length === 0) return;
  const foreign = await undrawn(letters, false);
  for (const letter of letters) known.set(letter, 'own');
  if (foreign.size === 0) return;
  const nowhere = await undrawn([...foreign], true);
  for (const letter of foreign) known.set(letter, nowhere.has(letter) ? 'nowhere' : 'system');
}

/** Whether the letters of a picture ask for the machine's fonts. */
export async function needsSystemFonts(text: string): Promise<boolean> {
  if (SURE.test(text)) return false;
  await look([text]);
  return (text.match(DRAWN) ?? []).some((letter) => known.get(letter) === 'system');
}

/** What of each text can be drawn: null where all can, else the text with nothing for the letters that no font has. */
export async function drawable(texts: readonly string[]): Promise<(string | null)[]> {
  await look(texts);
  const has = (letter: string): boolean => SURE.test(letter) || known.get(letter) !== 'nowhere';
  return texts.map((text) =>
    (text.match(DRAWN) ?? []).every(has) ? null : text.replace(DRAWN, (letter) => (has(letter) ? letter : '')),
  );
}
