import type { TopLevelSpec } from 'vega-lite';
import { columnsOf } from '../text/width.js';
import { visibleLines } from '../text/visible.js';
import { drawableSpec, titleWord } from './chart_text.js';
import { CHART_FONT, chartFonts, needsSystemFonts } from './glyphs.js';

/** Pixels per unit of the spec: charts stay sharp on dense screens and in print. */
export const CHART_SCALE = 2;
/** What Vega's layout asks about a piece of text. */
interface TextItem {
  readonly fontSize?: number;
  readonly fontWeight?: string | number;
  /** Width at which Vega will cut the text; 0 is none. */
  readonly limit?: number;
}

/**
 * Width of a text in the chart font, from its mean advance (in em; digits have 0.64, lower-case letters 0.58 on
 * average). Vega's own guess of 0.8 em leaves wide gaps, and it measures with whatever fonts there are when a canvas
 * package is installed.
 */
function textWidth(item: TextItem, text: unknown): number {
  const em = item.fontWeight === 'bold' ? 0.7 : 0.62;
  const width = em * (item.fontSize ?? 11) * columnsOf(String(text ?? ''));
  return item.limit !== undefined && item.limit > 0 ? Math.min(width, item.limit) : width;
}

/** Splits a text at spaces into lines that are at most `width` units wide, as a bold title of size `fontSize`. */
export function wrapTitle(text: string, width: number, fontSize: number): string[] {
  const lines: string[] = [];
  const columns = Math.max(1, Math.floor(width / textWidth({ fontSize, fontWeight: 'bold' }, 'x')));
  for (const word of text.split(/\s+/).map((w) => titleWord(w, columns))) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && textWidth({ fontSize, fontWeight: 'bold' }, longer) <= width)
      lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** A Vega-Lite spec as SVG text. Vega takes a while to load, so it is loaded on the first chart. */
async function toSvg(spec: TopLevelSpec): Promise<string> {
  const [vega, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
  // its typings leave it out
  (vega as unknown as { textMetrics: { width: typeof textWidth } }).textMetrics.width = textWidth;
  const logger = vega.logger(vega.Error);
  const view = new vega.View(vega.parse(compile(await drawableSpec(spec), { logger }).spec), {
    renderer: 'none',
    logger,
  });
  try {
    return visibleLines(await view.toSVG()); // Vega cuts texts between any two units: half a letter is none of XML
  } finally {
    view.finalize();
  }
}

/** A Vega-Lite spec as the text of an SVG file. A reader without the chart font sees another sans-serif. */
export async function renderSvg(spec: TopLevelSpec): Promise<string> {
  return (await toSvg(spec)).replaceAll(`font-family="${CHART_FONT}"`, `font-family="${CHART_FONT}, sans-serif"`);
}

/**
 * A Vega-Lite spec as the bytes of a PNG file, on white. The same spec gives the same bytes on every machine, unless
 * its text needs letters that only the machine's own fonts have. */
export async function renderPng(spec: TopLevelSpec): Promise<Uint8Array> {
  return renderPicture(await toSvg(spec));
}

/** The text of an SVG file as the bytes of a PNG file, on white. @param scale pixels of a unit. */
export async function renderPicture(svg: string, scale = CHART_SCALE): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js');
  const image = new Resvg(svg, {
    font: chartFonts(await needsSystemFonts(svg)),
    background: 'white',
    fitTo: { mode: 'zoom', value: scale },
  });
  const png = image.render().asPng();
  return new Uint8Array(png.buffer, png.byteOffset, png.byteLength);
}
