/** Batches out of a data set that lies on the GPU as bytes. */
import type { Device } from '../../device/device.js';
import { ShapeError } from '../../device/errors.js';
import { defineKernel } from '../../device/kernel.js';
import { empty, rows, type Tensor } from '../../tensor/tensor.js';
import { requireBindable } from '../launch/checks.js';
import { rowWindows } from '../launch/windows.js';

const includes = ['common/grid.wgsl'];
const gatherKernel = defineKernel({
  name: 'gather_images',
  file: 'images/gather_images.wgsl',
  includes,
  bindings: ['read', 'read', 'read', 'read', 'read', 'write', 'write', 'params'],
});
const advanceKernel = defineKernel({
  name: 'advance_cursor',
  file: 'images/advance_cursor.wgsl',
  includes,
  bindings: ['write', 'params'],
});

/** A thread makes the four bytes of a word. */
const QUADS = { V: 'vec4f', STEP: '4u', 'fn unpack': 'vec4f((vec4u(word) >> vec4u(0, 8, 16, 24)) & vec4u(0xffu))' };

export interface ImageSource {
  /** u32 words of the packed bytes of (N, C, H, W): of all images, or of the batch's in its order. */
  readonly images: Tensor;
  /** The bytes are those of the batch only. Default false. */
  readonly isStaged?: boolean;
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
  /** What a network sees of an image: this many pixels a side. Default: all of it. */
  readonly crop?: number;
}

/** Height and width of what a network sees. */
export function seenSize({
  height,
  width,
  crop,
}: Pick<ImageSource, 'height' | 'width' | 'crop'>): readonly [number, number] {
  return crop === undefined ? [height, width] : [crop, crop];
}

/** What the kernels that read images are compiled for. */
export function imageConstants(source: ImageSource): Record<string, number> {
  const [outHeight, outWidth] = seenSize(source);
  return {
    CHANNELS: source.channels,
    HEIGHT: source.height,
    WIDTH: source.width,
    OUT_HEIGHT: outHeight,
    OUT_WIDTH: outWidth,
  };
}

/**
 * @throws ShapeError when there are not so many images, the crop is larger than they are, or the bytes cannot be bound.
 */
export function requireBatch(op: string, source: ImageSource, batch: number): void {
  const { images, labels, order, crop = 1, height, width } = source;
  if (batch < 1 || batch > order.size) throw new ShapeError(`[${op}] a batch of ${batch} out of ${order.size} images`);
  if (!Number.isInteger(crop) || crop < 1 || crop > Math.min(height, width))
    throw new ShapeError(`[${op}] a crop of ${crop} pixels out of images of ${height}x${width}`);
  requireBindable(op, { images, labels, order });
}

/**
 * A batch's pictures, unfilled, and the parts in which they are bound: [first sample, end sample, elements of a
 * sample].
 */
export function emptyBatch(
  op: string,
  device: Device,
  source: ImageSource,
  batch: number,
): { x: Tensor; parts: (readonly [number, number])[]; size: number } {
  const shape = [source.channels, ...seenSize(source)];
  const size = shape.reduce((a, b) => a * b, 1);
  return { x: empty(device, [batch, ...shape]), parts: rowWindows(op, device, batch, [size]), size };
}

/** Moves on by a batch. */
export function advanceCursor(source: ImageSource, batch: number): void {
  source.cursor.device.dispatch(advanceKernel, { buffers: [source.cursor.range], params: [batch], workgroups: 1 });
}

/**
 * The next `batch` images, normalised (batch, C, H, W), their middle only where there is a crop, and their labels
 * (batch) u32. Moves the cursor on.
 */
export function gatherImages(source: ImageSource, batch: number): { x: Tensor; label: Tensor } {
  requireBatch('gather_images', source, batch);
  const { device } = source.images;
  const { x, parts, size } = emptyBatch('gather_images', device, source, batch);
  const label = empty(device, [batch], 'u32');
  const [outHeight, outWidth] = seenSize(source);
  const constants = {
    ...imageConstants(source),
    STAGED: source.isStaged ? 1 : 0,
    TOP: Math.floor((source.height - outHeight) / 2),
    LEFT: Math.floor((source.width - outWidth) / 2),
  };
  const step = [source.width, outWidth, constants.LEFT].every((n) => n % 4 === 0) ? 4 : 1;
  for (const [start, end] of parts) {
    const count = ((end - start) * size) / step;
    device.dispatch(gatherKernel, {
      buffers: [
        source.images,
        source.labels,
        source.order,
        source.cursor,
        source.statistics,
        rows(x, start, end),
        label,
      ].map((t) => t.range),
      params: [count, start],
      constants,
      ...(step === 4 ? { specialise: QUADS } : {}),
      workgroups: Math.ceil(count / 64),
    });
  }
  advanceCursor(source, batch);
  return { x, label };
}
