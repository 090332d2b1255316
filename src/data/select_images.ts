import type { ImageDataset } from './dataset.js';

/**
 * The images of `indices`, in that order; copies. What is said about parts and groups of the whole is dropped.
 * @param validationStart from this image of the new data set on they are its validation part; null: it has none.
 */
export function selectImages(
  { validationStart: _, groups, origins, ...data }: ImageDataset,
  indices: Uint32Array,
  validationStart: number | null = null,
): ImageDataset {
  const size = data.channels * data.height * data.width;
  const images = new Uint8Array(indices.length * size);
  for (const [i, n] of indices.entries()) images.set(data.images.subarray(n * size, (n + 1) * size), i * size);
  return {
    ...data,
    images,
    labels: Uint32Array.from(indices, (n) => data.labels[n]),
    count: indices.length,
    ...(origins === undefined ? {} : { origins: Array.from(indices, (n) => origins[n]) }),
    ...(validationStart === null ? {} : { validationStart }),
  };
}
