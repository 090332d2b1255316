import type { RgbaImage } from './rgba_image.js';

/** Which source pixels make one of the result, and how much each counts; the shares sum to 1. */
interface Tap {
  readonly first: number;
  readonly share: Float64Array;
}

/**
 * The triangle filter at `count` places, each `scale` pixels apart, about the middle of a line of `size` pixels;
 * widened where the line shrinks. As in libvips, the resized line has a whole number of pixels and lies centred on the
 * original; where the line grows, both begin together, and the result lies half a pixel of its own behind.
 */
function taps(size: number, scale: number, count: number): Tap[] {
  const reach = Math.max(1, scale);
  const resized = Math.max(count, Math.round(size / scale));
  const from = Math.floor((resized - count + 1) / 2);
  const [margin, phase] = scale < 1 ? [0, 0] : [(size - resized * scale) / 2, 0.5];
  return Array.from({ length: count }, (_, i) => {
    const centre = margin + (from + i + phase) * scale;
    const lowest = Math.floor(centre - reach);
    const first = Math.min(size - 1, Math.max(0, lowest));
    const last = Math.max(0, Math.min(size - 1, Math.ceil(centre + reach) - 1));
    const share = new Float64Array(last - first + 1);
    for (let j = lowest; j <= Math.ceil(centre + reach) - 1; j++) {
      // the outermost pixels go on outside
      share[Math.min(last, Math.max(first, j)) - first] += Math.max(0, 1 - Math.abs((j + 0.5 - centre) / reach));
    }
    const sum = share.reduce((x, y) => x + y, 0);
    return { first, share: share.map((w) => w / sum) };
  });
}

/** One pixel's channel on white, 0 … 255. */
function onWhite({ data }: RgbaImage, pixel: number, channel: number): number {
  const alpha = data[4 * pixel + 3];
  return alpha === 255 ? data[4 * pixel + channel] : (data[4 * pixel + channel] * alpha + 255 * (255 - alpha)) / 255;
}

/**
 * A picture as a square (3, side, side): transparency on white, the shorter side resized to `side` with the triangle
 * filter that torchvision uses, the middle kept. What `decodeSquare` has libvips do, in plain arithmetic, so that a
 * page and the command line hand a network the same bytes. From half the size on both agree within two levels; below,
 * libvips takes shortcuts (it halves a JPEG while it decodes, and averages blocks).
 */
export function toColourSquare(image: RgbaImage, side: number): Uint8Array {
  const { width, height } = image;
  const scale = Math.min(width, height) / side;
  const columns = taps(width, scale, side);
  const rows = taps(height, scale, side);
  const top = rows[0].first;
  const bottom = rows[side - 1].first + rows[side - 1].share.length;
  const narrow = new Float32Array(3 * (bottom - top) * side); // only the rows that the result needs
  for (let c = 0, at = 0; c < 3; c++) {
    for (let y = top; y < bottom; y++) {
      for (const { first, share } of columns) {
        let sum = 0;
        for (let j = 0; j < share.length; j++) sum += share[j] * onWhite(image, y * width + first + j, c);
        narrow[at++] = sum;
      }
    }
  }
  const planes = new Uint8Array(3 * side * side);
  for (let c = 0, at = 0; c < 3; c++) {
    const plane = c * (bottom - top) * side;
    for (const { first, share } of rows) {
      for (let x = 0; x < side; x++) {
        let sum = 0;
        for (let j = 0; j < share.length; j++) sum += share[j] * narrow[plane + (first + j - top) * side + x];
        planes[at++] = Math.round(sum);
      }
    }
  }
  return planes;
}

/**
 * The middle of planes (C, from, from): (C, to, to), as a network with --crop saw the images that it was evaluated on.
 */
export function middleOf(planes: Uint8Array, from: number, to: number): Uint8Array {
  if (from === to) return planes;
  const first = Math.floor((from - to) / 2);
  return Uint8Array.from(
    { length: (planes.length / (from * from)) * to * to },
    (_, i) => planes[(Math.floor(i / (to * to)) * from + first + (Math.floor(i / to) % to)) * from + first + (i % to)],
  );
}
