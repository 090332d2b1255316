import type { ImageDataset } from './dataset.js';
import { isStored, type Images } from './images.js';
import { selectStored } from './image_views.js';

type Pixels = Pick<ImageDataset, 'images' | 'channels' | 'height' | 'width'>;

function selected({ images, channels, height, width }: Pixels, indices: Uint32Array): Images {
  if (isStored(images)) return selectStored(images, indices);
  const size = channels * height * width;
  const copies = new Uint8Array(indices.length * size);
  for (const [i, n] of indices.entries()) copies.set(images.subarray(n * size, (n + 1) * size), i * size);
  return copies;
}

/**
 * The images of `indices`, in that order; copies of those that are in memory. What is said about parts and groups of
 * the whole is dropped.
 * @param validationStart from this image of the new data set on they are its validation part; null: it has none.
 */
export function selectImages(
  { validationStart: _, groups, origins, ...data }: ImageDataset,
  indices: Uint32Array,
  validationStart: number | null = null,
): ImageDataset {
  return {
    ...data,
    images: selected(data, indices),
    labels: Uint32Array.from(indices, (n) => data.labels[n]),
    count: indices.length,
    ...(origins === undefined ? {} : { origins: Array.from(indices, (n) => origins[n]) }),
    ...(validationStart === null ? {} : { validationStart }),
  };
}
