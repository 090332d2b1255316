/** From a picture's bytes to its pixels, by the browser's own decoders. */
import { requirePicture, withoutGamma } from '../../data/pictures/picture_header.js';
import type { RgbaImage } from '../../data/pictures/rgba_image.js';
import { DataError } from '../../device/errors.js';

/**
 * Decodes a JPEG, PNG or WebP picture, turned as its EXIF tag says.
 * @throws DataError naming it: too large, another kind of file, damaged, truncated.
 */
export async function decodePicture(
  blob: Blob,
  name: string,
): Promise<{ readonly pixels: RgbaImage; readonly bytes: Uint8Array<ArrayBuffer> }> {
  const bytes = new Uint8Array(await blob.slice(0, 64e6).arrayBuffer()); // what is larger is refused anyway
  requirePicture(bytes, name);
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(new Blob([withoutGamma(bytes) as Uint8Array<ArrayBuffer>]), {
      imageOrientation: 'from-image',
    });
  } catch (error) {
    throw new DataError(`${name}: is damaged, or too large for this browser`, {
      fix: 'get the file again, or scale it down',
      cause: error,
    });
  }
  try {
    return { pixels: pixelsOf(bitmap), bytes };
  } catch (error) {
    throw new DataError(`${name}: this browser has no room for ${bitmap.width}x${bitmap.height} pixels`, {
      fix: 'scale the picture down first',
      cause: error,
    });
  } finally {
    bitmap.close();
  }
}

/** The pixels of a decoded picture, or of a frame of the camera. */
export function pixelsOf(bitmap: ImageBitmap): RgbaImage {
  const { width, height } = bitmap;
  const context = new OffscreenCanvas(width, height).getContext('2d', { willReadFrequently: true });
  if (context === null) throw new Error('there is no canvas of this size');
  context.drawImage(bitmap, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  return { width, height, data: new Uint8Array(data.buffer) };
}
