import type { ImageDataset } from './dataset.js';

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

/**
 * Mean and standard deviation (of the population) of each channel, bytes counted as 0 … 1: two arrays (C). Over the
 * images of `indices`, by default all. A constant channel has std 1, so that (x - mean) / std is 0 and not NaN.
 */
export function meanStd(dataset: ImageDataset, indices?: Uint32Array): { mean: number[]; std: number[] } {
  const area = dataset.height * dataset.width;
  const count = indices === undefined ? dataset.count : indices.length;
  const mean: number[] = [];
  const std: number[] = [];
  for (let c = 0; c < dataset.channels; c++) {
    // 256 counts hold all there is to know, and are exact however many images there are.
    const histogram = new Float64Array(256);
    for (let n = 0; n < count; n++) {
      const begin = ((indices === undefined ? n : indices[n]) * dataset.channels + c) * area;
      for (let i = begin; i < begin + area; i++) histogram[dataset.images[i]]++;
    }
    const total = Math.max(1, count * area);
    const m = histogram.reduce((sum, k, v) => sum + k * v, 0) / total;
    const variance = histogram.reduce((sum, k, v) => sum + k * (v - m) ** 2, 0) / total;
    mean.push(m / 255);
    std.push(variance === 0 ? 1 : Math.sqrt(variance) / 255);
  }
  return { mean, std };
}
