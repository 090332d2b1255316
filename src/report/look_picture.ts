/** What a network looks at, as a picture: the input, and maps of places laid over it, side by side. */
import { encodePng } from '../data/pictures/png.js';
import { visible } from '../text/visible.js';
import { CHART_FONT } from './glyphs.js';
import { renderPicture } from './render.js';

/** A map of places, of any scale: its largest value is drawn in full colour, 0 and less not at all. */
export interface PlaceMap {
  readonly title: string;
  readonly map: Float32Array;
  readonly height: number;
  readonly width: number;
}

/** Units a side of a panel, and between panels. */
const SIDE = 224;
const GAP = 12;
const HEAD = 26;
const FOOT = 20;
/** How much of a place with the largest value is colour. */
const OPAQUE = 0.65;

const escaped = (text: string): string =>
  visible(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Blue over green and yellow to red, of 0 to 1: as Grad-CAM is usually drawn. */
function colourOf(v: number): readonly [number, number, number] {
  const ramp = (centre: number): number => Math.round(255 * Math.max(0, Math.min(1, 1.5 - Math.abs(4 * v - centre))));
  return [ramp(3), ramp(2), ramp(1)];
}

/** The map at a place of a picture, both with their pixels' centres within the same square; between pixels linear. */
function sampled({ map, height, width }: PlaceMap, u: number, v: number): number {
  const at = (t: number, size: number): readonly [number, number, number] => {
    const p = Math.max(0, Math.min(size - 1, t * size - 0.5));
    const low = Math.floor(p);
    return [low, Math.min(size - 1, low + 1), p - low];
  };
  const [x0, x1, fx] = at(u, width);
  const [y0, y1, fy] = at(v, height);
  const row = (y: number): number => map[y * width + x0] * (1 - fx) + map[y * width + x1] * fx;
  return row(y0) * (1 - fy) + row(y1) * fy;
}

/** @param rgb (side, side, 3). */
function overlay(rgb: Uint8Array, side: number, map: PlaceMap): Uint8Array {
  const most = map.map.reduce((a, b) => Math.max(a, b), 0);
  const result = rgb.slice();
  if (most === 0) return result;
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const value = Math.max(0, sampled(map, (x + 0.5) / side, (y + 0.5) / side) / most);
      const share = OPAQUE * Math.sqrt(value);
      const colour = colourOf(value);
      for (let c = 0; c < 3; c++) {
        const at = 3 * (y * side + x) + c;
        result[at] = Math.round(rgb[at] * (1 - share) + colour[c] * share);
      }
    }
  }
  return result;
}

/**
 * The bytes of a PNG: the input, then it under each map.
 * @param pixels (C, side, side) bytes, C 1 or 3. @param heading above all: the class and its probability, say.
 */
export function lookPicture(
  pixels: Uint8Array,
  side: number,
  maps: readonly PlaceMap[],
  heading: string,
): Promise<Uint8Array> {
  const area = side * side;
  const channels = pixels.length / area;
  const rgb = Uint8Array.from(
    { length: 3 * area },
    (_, i) => pixels[(channels === 3 ? i % 3 : 0) * area + Math.floor(i / 3)],
  );
  const panels = [
    { title: 'what the network is given', bytes: rgb },
    ...maps.map((m) => ({ title: m.title, bytes: overlay(rgb, side, m) })),
  ];
  const width = GAP + panels.length * (SIDE + GAP);
  const text = (x: number, y: number, size: number, words: string): string =>
    `<text x="${x}" y="${y}" font-family="${CHART_FONT}" font-size="${size}" fill="#222">${escaped(words)}</text>`;
  const drawn = panels.map(({ title, bytes }, i) => {
    const x = GAP + i * (SIDE + GAP);
    const png = Buffer.from(encodePng(bytes, side, side)).toString('base64');
    return (
      `<image x="${x}" y="${HEAD}" width="${SIDE}" height="${SIDE}" image-rendering="optimizeSpeed" ` +
      `href="data:image/png;base64,${png}"/>${text(x, HEAD + SIDE + 14, 10, title)}`
    );
  });
  return renderPicture(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${HEAD + SIDE + FOOT}">` +
      `${text(GAP, 17, 12, heading)}${drawn.join('')}</svg>`,
  );
}
