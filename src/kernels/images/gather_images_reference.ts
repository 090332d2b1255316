/** A batch out of a data set of bytes. */
import { hostTensor, type HostTensor } from '../launch/host_tensor.js';

export interface ImageBytes {
  /** (N, C, H, W), a byte an element. */
  readonly bytes: Uint8Array;
  /** (N). */
  readonly labels: readonly number[];
  /** Image numbers in the order of the epoch. */
  readonly order: readonly number[];
  /** Mean and 1 / std of each channel, of values in 0..1. */
  readonly statistics: readonly (readonly [number, number])[];
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  /** The middle of so many pixels a side is what a batch holds. Default: all. */
  readonly crop?: number;
}

/** x[b, c, y, x] = (byte / 255 - mean[c]) / std[c] of image order[cursor + b], and its label. */
export function gatherImages(source: ImageBytes, cursor: number, batch: number): { x: HostTensor; label: HostTensor } {
  const { channels, height, width, crop } = source;
  const [outHeight, outWidth] = [crop ?? height, crop ?? width];
  const [top, left] = [Math.floor((height - outHeight) / 2), Math.floor((width - outWidth) / 2)];
  const x = hostTensor([batch, channels, outHeight, outWidth]);
  const label = hostTensor([batch]);
  for (let b = 0; b < batch; b++) {
    const image = source.order[cursor + b];
    label.data[b] = source.labels[image];
    for (let c = 0; c < channels; c++) {
      const [mean, inverseStd] = source.statistics[c];
      for (let p = 0; p < outHeight * outWidth; p++) {
        const [Y, X] = [top + Math.floor(p / outWidth), left + (p % outWidth)];
        const byte = source.bytes[((image * channels + c) * height + Y) * width + X];
        x.data[(b * channels + c) * outHeight * outWidth + p] = (byte / 255 - mean) * inverseStd;
      }
    }
  }
  return { x, label };
}
