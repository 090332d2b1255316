/** PNGs that the project writes, read by another library than it reads with. */
import { PNG } from 'pngjs';
import type { RgbaImage } from '../../src/data/pictures/rgba_image.js';

export function decodePng(bytes: Uint8Array): RgbaImage {
  const { width, height, data } = PNG.sync.read(Buffer.from(bytes));
  return { width, height, data };
}

/** Colour type: 0 grey, 2 RGB, 6 RGBA. */
export function readPngHeader(bytes: Uint8Array): { width: number; height: number; colorType: number } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { width: view.getUint32(16), height: view.getUint32(20), colorType: bytes[25] };
}
