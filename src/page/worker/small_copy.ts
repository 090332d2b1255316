/** Pictures as the browser keeps them: no larger than networks need them. */
import { decodePicture } from './picture.js';

/** Pixels of the longer side. What is no larger is kept as it is. */
const LARGEST = 640;
const THUMBNAIL = 96;
const QUALITY = 0.95;

export interface SmallCopy {
  readonly picture: Blob;
  readonly thumbnail: Blob;
}

/** @throws DataError as `decodePicture`. */
export async function smallCopy(file: Blob, name: string): Promise<SmallCopy> {
  const { pixels, bytes } = await decodePicture(file, name);
  const { width, height } = pixels;
  const image = new ImageData(new Uint8ClampedArray(pixels.data.buffer as ArrayBuffer), width, height);
  const largest = Math.max(width, height);
  return {
    picture: largest <= LARGEST ? new Blob([bytes]) : await scaled(image, LARGEST / largest, QUALITY),
    thumbnail: await scaled(image, Math.min(1, THUMBNAIL / Math.min(width, height)), 0.8),
  };
}

async function scaled(image: ImageData, scale: number, quality: number): Promise<Blob> {
  const size = (pixels: number): number => Math.max(1, Math.round(pixels * scale));
  const [resizeWidth, resizeHeight] = [size(image.width), size(image.height)];
  const bitmap = await createImageBitmap(image, { resizeWidth, resizeHeight, resizeQuality: 'high' });
  const canvas = new OffscreenCanvas(resizeWidth, resizeHeight);
  const context = canvas.getContext('2d');
  if (context !== null) {
    context.fillStyle = 'white'; // JPEG has no alpha
    context.fillRect(0, 0, resizeWidth, resizeHeight);
    context.drawImage(bitmap, 0, 0);
  }
  bitmap.close();
  return canvas.convertToBlob({ type: 'image/jpeg', quality });
}
