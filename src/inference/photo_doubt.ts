/** Whether a picture is of another kind than what a network has learned, as far as its form tells. */
import type { RgbaImage } from '../data/pictures/rgba_image.js';

/** Networks on so few pixels a side learn icons, digits and catalogue pictures, not photographs. */
const SMALL = 32;
/** A photograph has this many times the pixels a side that the network sees, at least. */
const LARGER = 4;
/** Mean distance of a pixel's colours from grey, of 255, above which a picture counts as coloured. */
const COLOURED = 8;
/** A border is plain where its grey values deviate less than this, of 255. */
const PLAIN = 12;
/** Pixels that are looked at, about. */
const SAMPLED = 10_000;

/** Mean colourfulness, and the deviation of grey along the border. */
function looks({ data, width, height }: RgbaImage): { readonly colour: number; readonly border: number } {
  const at = (x: number, y: number): [number, number, number] => {
    const i = 4 * (y * width + x);
    return [data[i], data[i + 1], data[i + 2]];
  };
  const step = Math.max(1, Math.floor(Math.sqrt((width * height) / SAMPLED)));
  let [colour, count] = [0, 0];
  for (let y = 0; y < height; y += step)
    for (let x = 0; x < width; x += step, count++) {
      const [r, g, b] = at(x, y);
      colour += Math.max(r, g, b) - Math.min(r, g, b);
    }
  const edge: number[] = [];
  for (let x = 0; x < width; x += step)
    for (const y of [0, height - 1]) edge.push(at(x, y).reduce((a, b) => a + b) / 3);
  for (let y = 0; y < height; y += step)
    for (const x of [0, width - 1]) edge.push(at(x, y).reduce((a, b) => a + b) / 3);
  const mean = edge.reduce((a, b) => a + b, 0) / edge.length;
  return { colour: colour / count, border: Math.sqrt(edge.reduce((s, v) => s + (v - mean) ** 2, 0) / edge.length) };
}

/**
 * Whether a network on small grey images is shown a photograph: much larger, and coloured or without a plain border.
 * @param input what the network takes: channels, and pixels a side.
 */
export function isPhotoForSmallNetwork(
  image: RgbaImage,
  { channels, side }: { readonly channels: number; readonly side: number },
): boolean {
  if (channels !== 1 || side > SMALL || Math.min(image.width, image.height) < LARGER * side) return false;
  const { colour, border } = looks(image);
  return colour > COLOURED || border > PLAIN;
}
