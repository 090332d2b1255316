/** Batches out of a data set that lies on the GPU as bytes. */
import { ShapeError } from '../device/errors.js';
import { defineKernel } from '../device/kernel.js';
import { empty, type Tensor } from '../tensor/tensor.js';
import { requireBindable } from './common.js';

const includes = ['common/grid.wgsl'];
const gatherKernel = defineKernel({
  name: 'gather_images',
  includes,
  bindings: ['read', 'read', 'read', 'read', 'read', 'write', 'write', 'params'],
});
const advanceKernel = defineKernel({ name: 'advance_cursor', includes, bindings: ['write', 'params'] });

export interface ImageSource {
  /** u32 words of the packed bytes of (N, C, H, W). */
  readonly images: Tensor;
  /** (N) u32. */
  readonly labels: Tensor;
  /** u32 image numbers in the order of the epoch. */
  readonly order: Tensor;
  /** (1) u32: how many of `order` are done. */
  readonly cursor: Tensor;
  /** (C, 2) f32: mean and 1 / std, of values in 0..1. */
  readonly statistics: Tensor;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** The next `batch` images, normalised (batch, C, H, W), and their labels (batch) u32. Moves the cursor on. */
export function gatherImages(source: ImageSource, batch: number): { x: Tensor; label: Tensor } {
  const { images, channels, height, width } = source;
  if (batch < 1 || batch > source.order.size) throw new ShapeError(`[gather_images] a batch of ${batch} out of ${source.order.size} images`);
  requireBindable('gather_images', { images, labels: source.labels, order: source.order });
  const x = empty(images.device, [batch, channels, height, width]);
  const label = empty(images.device, [batch], 'u32');
  requireBindable('gather_images', { x });
  images.device.dispatch(gatherKernel, {
    buffers: [images, source.labels, source.order, source.cursor, source.statistics, x, label].map((t) => t.range),
    params: [batch, channels, height * width],
    workgroups: Math.ceil(x.size / 64),
  });
  images.device.dispatch(advanceKernel, { buffers: [source.cursor.range], params: [batch], workgroups: 1 });
  return { x, label };
}
