import { PNG } from 'pngjs';
import { asBuffer } from '#platform';

/**
 * PNG bytes of an 8-bit picture: grey (H, W), RGB (H, W, 3) or RGBA (H, W, 4), told apart by the length of `pixels`.
 */
export function encodePng(pixels: Uint8Array, width: number, height: number): Uint8Array {
  const channels = pixels.length / (width * height);
  const colorType = channels === 1 ? 0 : channels === 3 ? 2 : channels === 4 ? 6 : null;
  if (colorType === null)
    throw new RangeError(`${pixels.length} bytes are no ${width}x${height} picture of 1, 3 or 4 channels`);
  const png = new PNG({ width, height });
  png.data = asBuffer(pixels) as typeof png.data;
  return new Uint8Array(PNG.sync.write(png, { colorType, inputColorType: colorType, inputHasAlpha: channels === 4 }));
}
