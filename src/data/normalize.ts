import type { ImageDataset } from './dataset.js';
import { imageReader, isStored } from './images.js';

/** Mean and standard deviation of each channel, of values in 0..1. */
export interface Normalization {
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** The statistics with which torchvision's networks were trained on ImageNet. */
export const IMAGENET: Normalization = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

/**
 * What torchvision's `transform_input` makes of images that were normalised with ImageNet's statistics: its GoogLeNet's
 * weights were trained elsewhere, on values from -1 to 1.
 */
export const HALF: Normalization = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };

/** How often each byte occurs in each channel: (C, 256). */
function byteCounts({ images, count, channels, height, width }: ImageDataset, indices?: Uint32Array): Float64Array {
  const area = height * width;
  const counts = new Float64Array(256 * channels);
  if (isStored(images)) {
    const times = new Uint32Array(count).fill(indices === undefined ? 1 : 0);
    for (const n of indices ?? []) times[n]++;
    if (images.countBytes(times, counts)) return counts;
  }
  const read = imageReader(images, channels * area);
  const visited = indices?.length ?? count;
  for (let k = 0; k < visited; k++) addCounts(read(indices?.[k] ?? k), area, counts);
  return counts;
}

/** Adds how often each byte occurs in each channel of an image to (C, 256). @param area pixels of the image. */
export function addCounts(image: Uint8Array, area: number, into: Float64Array | Uint32Array): void {
  for (let begin = 0, at = 0; begin < image.length; begin += area, at += 256)
    for (let i = begin; i < begin + area; i++) into[at + image[i]]++;
}

/**
 * Mean and standard deviation (of the population) of each channel, bytes counted as 0 … 1: two arrays (C). Over the
 * images of `indices`, by default all. A constant channel has std 1, so that (x - mean) / std is 0 and not NaN.
 */
export function meanStd(dataset: ImageDataset, indices?: Uint32Array): { mean: number[]; std: number[] } {
  const total = Math.max(1, (indices?.length ?? dataset.count) * dataset.height * dataset.width);
  const counts = byteCounts(dataset, indices);
  const mean: number[] = [];
  const std: number[] = [];
  for (let c = 0; c < dataset.channels; c++) {
    // 256 counts hold all there is to know, and are exact however many images there are.
    const histogram = counts.subarray(256 * c, 256 * (c + 1));
    const m = histogram.reduce((sum, k, v) => sum + k * v, 0) / total;
    const variance = histogram.reduce((sum, k, v) => sum + k * (v - m) ** 2, 0) / total;
    mean.push(m / 255);
    std.push(variance === 0 ? 1 : Math.sqrt(variance) / 255);
  }
  return { mean, std };
}
