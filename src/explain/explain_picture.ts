/** The tile of a product as a drawing: the matrix of results, the strips that a workgroup reads, its threads. */
import type { Tile } from './explain_tile.js';

/** Pixels. */
const SIDE = 300;
const STRIP = 70;
const MARGIN = { left: 130, top: 150 } as const;
const ZOOM = { x: 600, width: 420 } as const;
/** Threads that are drawn one by one at most, down and across. */
const MOST = 32;

const STYLE =
  'text { fill: #1b1f24; font: 13px "DejaVu Sans", sans-serif } .title { font-size: 16px; font-weight: bold } ' +
  '.dim { fill: #57606a; font-size: 11px } .matrix { fill: #f6f8fa; stroke: #57606a } ' +
  '.strip { fill: #ddf4ff; stroke: #0969da } .step { fill: #54aeff; stroke: #0969da } ' +
  '.tile { fill: #fff8c5; stroke: #9a6700 } .own { fill: #d4a72c; stroke: #9a6700 } .way { stroke: #9a6700 }';

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** @param lines stand below. @returns the text of an SVG file. */
export function tilePicture(t: Tile, title: string, lines: readonly string[]): string {
  const rect = (x: number, y: number, w: number, h: number, name: string): string =>
    `<rect x="${x}" y="${y}" width="${w}" height="${h}" class="${name}"/>`;
  const text = (x: number, y: number, words: string, name = ''): string =>
    `<text x="${x}" y="${y}" class="${name}">${escaped(words)}</text>`;
  // the tile is drawn at a size at which it can be seen, in the second row and column of such
  const [w, h] = [SIDE / 4, SIDE / 4];
  const [x, y] = [MARGIN.left + w, MARGIN.top + h];
  const down = Math.min(MOST, t.tileRows / t.threadRows);
  const across = Math.min(MOST, t.tileColumns / t.threadColumns);
  const scale = Math.min(ZOOM.width / (across * t.threadColumns), SIDE / (down * t.threadRows));
  const [cellWidth, cellHeight] = [t.threadColumns * scale, t.threadRows * scale];
  const cells = Array.from({ length: down * across }, (_, i) => {
    const [row, column] = [Math.floor(i / across), i % across];
    const [left, top] = [ZOOM.x + column * cellWidth, MARGIN.top + row * cellHeight];
    return rect(left, top, cellWidth, cellHeight, i === 0 ? 'own' : 'tile');
  });
  const height = MARGIN.top + SIDE + 60 + 20 * lines.length;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="1080" height="${height}" viewBox="0 0 1080 ${height}">`,
    `<style>${STYLE}</style><rect width="1080" height="${height}" fill="white"/>`,
    text(MARGIN.left - STRIP - 20, 32, title, 'title'),
    text(MARGIN.left, 56, `all results: ${t.rows} down, ${t.columns} across`, 'dim'),
    rect(MARGIN.left, MARGIN.top, SIDE, SIDE, 'matrix'),
    rect(x, MARGIN.top - STRIP - 10, w, STRIP, 'strip'),
    rect(x, MARGIN.top - STRIP - 10, w, STRIP / 4, 'step'),
    rect(MARGIN.left - STRIP - 10, y, STRIP, h, 'strip'),
    rect(MARGIN.left - STRIP - 10, y, STRIP / 4, h, 'step'),
    rect(x, y, w, h, 'tile'),
    text(x + w + 8, MARGIN.top - STRIP + 4, `a step: ${t.step} of the depth`, 'dim'),
    text(x + w + 8, MARGIN.top - STRIP + 20, `(${t.depth})`, 'dim'),
    text(MARGIN.left - STRIP - 10, y - 8, 'its rows', 'dim'),
    text(x - 78, MARGIN.top - STRIP + 4, 'its columns', 'dim'),
    text(x + 8, y + h / 2 + 4, `${t.tileRows} x ${t.tileColumns}`),
    `<line x1="${x + w}" y1="${y}" x2="${ZOOM.x}" y2="${MARGIN.top}" class="way"/>`,
    `<line x1="${x + w}" y1="${y + h}" x2="${ZOOM.x}" y2="${MARGIN.top + down * cellHeight}" class="way"/>`,
    text(ZOOM.x, MARGIN.top - 30, `the tile of a workgroup: ${t.tileRows} x ${t.tileColumns} results`),
    text(
      ZOOM.x,
      MARGIN.top - 12,
      `a cell is a ${t.worker}, with ${t.threadRows} x ${t.threadColumns} results each`,
      'dim',
    ),
    ...cells,
    ...lines.map((line, i) => text(MARGIN.left - STRIP - 10, MARGIN.top + SIDE + 40 + 20 * i, line)),
    '</svg>',
  ].join('\n');
}
