import type { ImageDataset } from './dataset.js';

/**
 * Some images of a data set, copied in the order of `indices`.
 * @param validationStart from this image of the new data set on they are its validation part; null: it has none.
 */
export function selectImages(data: ImageDataset, indices: Uint32Array, validationStart: number | null = null): ImageDataset {
  const size = data.channels * data.height * data.width;
  const images = new Uint8Array(indices.length * size);
  for (const [k, i] of indices.entries()) images.set(data.images.subarray(i * size, (i + 1) * size), k * size);
  const { validationStart: _, ...rest } = data;
  return { ...rest, images, labels: Uint32Array.from(indices, (i) => data.labels[i]), count: indices.length, ...(validationStart === null ? {} : { validationStart }) };
}
