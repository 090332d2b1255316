import type { TopLevelSpec } from 'vega-lite';
import { fontFile } from '#platform';

/** Pixels per unit of the spec: charts stay sharp on dense screens and in print. */
export const CHART_SCALE = 2;
/** The only font that charts use; it comes with the package, so text also appears on a machine without any font. */
export const CHART_FONT = 'DejaVu Sans';

/** What Vega's layout asks about a piece of text. */
interface TextItem {
  readonly fontSize?: number;
  readonly fontWeight?: string | number;
  /** Width at which Vega will cut the text; 0 is none. */
  readonly limit?: number;
}

/**
 * Width of a text in the chart font, from its mean advance (in em; digits have 0.64, lower-case letters 0.58 on average). Vega's
 * own guess of 0.8 em leaves wide gaps, and it measures with whatever fonts there are when a canvas package is installed.
 */
function textWidth(item: TextItem, text: unknown): number {
  const em = item.fontWeight === 'bold' ? 0.7 : 0.62;
  const width = em * (item.fontSize ?? 11) * String(text ?? '').length;
  return item.limit !== undefined && item.limit > 0 ? Math.min(width, item.limit) : width;
}

/** Splits a text at spaces into lines that are at most `width` units wide, as a bold title of size `fontSize`. */
export function wrapTitle(text: string, width: number, fontSize: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && textWidth({ fontSize, fontWeight: 'bold' }, longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** A Vega-Lite spec as SVG text. Vega takes a while to load, so it is loaded on the first chart. */
async function toSvg(spec: TopLevelSpec): Promise<string> {
  const [vega, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
  (vega as unknown as { textMetrics: { width: typeof textWidth } }).textMetrics.width = textWidth; // its typings leave it out
  const logger = vega.logger(vega.Error);
  const view = new vega.View(vega.parse(compile(spec, { logger }).spec), { renderer: 'none', logger });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}

/** A Vega-Lite spec as the text of an SVG file. A reader without the chart font sees another sans-serif. */
export async function renderSvg(spec: TopLevelSpec): Promise<string> {
  return (await toSvg(spec)).replaceAll(`font-family="${CHART_FONT}"`, `font-family="${CHART_FONT}, sans-serif"`);
}

/** A Vega-Lite spec as the bytes of a PNG file, on white. The same spec gives the same bytes on every machine. */
export async function renderPng(spec: TopLevelSpec): Promise<Uint8Array> {
  const [svg, { Resvg }] = await Promise.all([toSvg(spec), import('@resvg/resvg-js')]);
  const image = new Resvg(svg, {
    font: {
      loadSystemFonts: false,
      fontFiles: [fontFile('DejaVuSans.ttf'), fontFile('DejaVuSans-Bold.ttf')],
      defaultFontFamily: CHART_FONT,
      sansSerifFamily: CHART_FONT,
    },
    background: 'white',
    fitTo: { mode: 'zoom', value: CHART_SCALE },
  });
  const png = image.render().asPng();
  return new Uint8Array(png.buffer, png.byteOffset, png.byteLength);
}
