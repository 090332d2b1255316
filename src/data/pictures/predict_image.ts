import type { RgbaImage } from './rgba_image.js';

/** The object's box grows by this share on each side, so that soft edges below the threshold are kept. */
const MARGIN = 0.01;

/** A window of a grey picture, in pixels; right and bottom are exclusive. */
interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

function border(width: number, height: number): number[] {
  const at: number[] = [];
  for (let x = 0; x < width; x++) at.push(x, (height - 1) * width + x);
  for (let y = 1; y < height - 1; y++) at.push(y * width, y * width + width - 1);
  return at;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1];
}

/** Luma of Rec. 601 in whole numbers, so that a grey pixel keeps its value. (H, W) */
function luma(image: RgbaImage): Uint8Array {
  const grey = new Uint8Array(image.width * image.height);
  for (let i = 0, p = 0; i < grey.length; i++, p += 4) {
    grey[i] = Math.round((299 * image.data[p] + 587 * image.data[p + 1] + 114 * image.data[p + 2]) / 1000);
  }
  return grey;
}

/**
 * What lies behind the object: the median of the border's opaque pixels. Where the border is transparent, as around a
 * cut-out, white behind a dark object and black behind a light one.
 */
function senseBackground(image: RgbaImage, grey: Uint8Array): number {
  const opaque = border(image.width, image.height).filter((i) => image.data[4 * i + 3] >= 128);
  if (opaque.length > 0) return median(opaque.map((i) => grey[i]));
  let sum = 0;
  let weight = 0;
  for (let i = 0; i < grey.length; i++) {
    sum += grey[i] * image.data[4 * i + 3];
    weight += image.data[4 * i + 3];
  }
  return sum < 128 * weight ? 255 : 0;
}

/** The box of all pixels well above the background; the whole picture when there are none. */
function objectBox(value: Float32Array, width: number, height: number, threshold: number): Box {
  let left = width;
  let top = height;
  let right = 0;
  let bottom = 0;
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      if (value[i] <= threshold) continue;
      left = Math.min(left, x);
      right = Math.max(right, x + 1);
      top = Math.min(top, y);
      bottom = y + 1;
    }
  }
  return right === 0 ? { left: 0, top: 0, right: width, bottom: height } : { left, top, right, bottom };
}

/**
 * How much of each source pixel lies in [from, to): pairs of index and share; the shares sum to 1. Outside the picture
 * is nothing.
 */
function overlaps(from: number, to: number, size: number): [index: number, share: number][] {
  const found: [number, number][] = [];
  for (let i = Math.max(0, Math.floor(from)); i < Math.min(size, Math.ceil(to)); i++) {
    found.push([i, (Math.min(to, i + 1) - Math.max(from, i)) / (to - from)]);
  }
  return found;
}

/**
 * Turns a picture of a garment into what a network trained on Fashion-MNIST expects: grey (side, side), the background
 * 0, the garment bright, filling the square.
 *
 * Alpha is flattened onto the background that the border shows; a light background is inverted; the object's box, its
 * longest edge fitted to `side` with the aspect kept, is centred and averaged by area; brightness is stretched to 0 …
 * 255. These are the steps of Fashion-MNIST itself (Xiao et al. 2017, section 2). A picture that already is side x side
 * with a dark background passes unchanged.
 */
export function toGreySquare(image: RgbaImage, side: number): Uint8Array {
  const { width, height } = image;
  const grey = luma(image);
  const background = senseBackground(image, grey);
  const light = background > 127;
  if (width === side && height === side && !light) {
    return Uint8Array.from(grey, (g, i) => Math.round(background + ((g - background) * image.data[4 * i + 3]) / 255));
  }

  // Height above the background: 0 is background, positive is object, whichever way round the picture was.
  const value = new Float32Array(grey.length);
  let highest = 0;
  for (let i = 0; i < grey.length; i++) {
    value[i] = Math.max(0, ((light ? background - grey[i] : grey[i] - background) * image.data[4 * i + 3]) / 255);
    highest = Math.max(highest, value[i]);
  }
  const out = new Uint8Array(side * side);
  if (highest === 0) return out;
  const box = objectBox(value, width, height, Math.max(8, 0.1 * highest));
  const longest = Math.max(box.right - box.left, box.bottom - box.top);
  const scale = (longest * (1 + 2 * MARGIN)) / side; // source pixels for each pixel of the result
  const x0 = (box.left + box.right - side * scale) / 2;
  const y0 = (box.top + box.bottom - side * scale) / 2;
  const columns = Array.from({ length: side }, (_, x) => overlaps(x0 + x * scale, x0 + (x + 1) * scale, width));
  for (let y = 0; y < side; y++) {
    const rows = overlaps(y0 + y * scale, y0 + (y + 1) * scale, height);
    for (let x = 0; x < side; x++) {
      let sum = 0;
      for (const [row, rowShare] of rows)
        for (const [column, share] of columns[x]) sum += value[row * width + column] * rowShare * share;
      out[y * side + x] = Math.min(255, Math.round((sum * 255) / highest));
    }
  }
  return out;
}
