/**
 * Batches of augmented images: drawn from counters on the GPU, so that a recorded step draws new ones at every replay.
 */
import { ShapeError } from '../../device/errors.js';
import { defineKernel, floatBits } from '../../device/kernel.js';
import { empty, rows, type Tensor } from '../../tensor/tensor.js';
import type { Augmentation } from './augment_settings.js';
import {
  advanceCursor,
  emptyBatch,
  imageConstants,
  requireBatch,
  seenSize,
  type ImageSource,
} from './gather_images.js';
import { applyPolicy, policyOf, windowBytes } from './policy.js';
import { nextCall } from '../random/random.js';

const drawKernel = defineKernel({
  name: 'augment_draw',
  file: 'images/augment_draw.wgsl',
  includes: ['common/grid.wgsl', 'common/philox.wgsl'],
  bindings: ['read', 'read', 'read', 'read', 'write', 'write', 'write', 'write', 'params'],
});
const imagesKernel = defineKernel({
  name: 'augment_images',
  file: 'images/augment_images.wgsl',
  includes: ['common/grid.wgsl', 'images/sample_image.wgsl'],
  bindings: ['read', 'read', 'read', 'write', 'params'],
});

/** A batch of changed images, and with mixup or cutmix the other labels. */
export interface AugmentedBatch {
  /** (batch, C, H, W). */
  readonly x: Tensor;
  /** (batch) u32. */
  readonly label: Tensor;
  /**
   * With mixup or cutmix: the label of the image mixed in (batch) u32, and the share of the own one (batch), 0 to 1,
   * with mixup alone 0.5 to 1.
   */
  readonly mixed: { readonly other: Tensor; readonly share: Tensor } | null;
}

const DATASET_LIMIT = 2 ** 24;
const RADIANS = Math.PI / 180;

/** Numbers of a sample in the table. */
export const TABLE_ROW = 20;

/** Whether labels are of two classes. */
const isMixing = (a: Augmentation): boolean => a.mixup > 0 || a.cutmix > 0;

/**
 * The table of images/augment_draw.wgsl (batch, 20) for the next `batch` images, and their labels. Does not move the
 * cursor.
 */
export function drawAugmentation(
  source: ImageSource,
  a: Augmentation,
  batch: number,
): { table: Tensor; label: Tensor; other: Tensor; share: Tensor } {
  const { device } = source.images;
  requireBatch('augment', source, batch);
  if (source.channels !== 1 && source.channels !== 3)
    throw new ShapeError(`[augment] images of ${source.channels} channels, expected 1 or 3`);
  if (source.labels.size >= DATASET_LIMIT)
    throw new ShapeError(`[augment] ${source.labels.size} images, at most ${DATASET_LIMIT - 1}`);
  const [table, label, other, share] = [
    empty(device, [batch, TABLE_ROW]),
    empty(device, [batch], 'u32'),
    empty(device, [batch], 'u32'),
    empty(device, [batch]),
  ];
  const [outHeight, outWidth] = seenSize(source);
  const { state, call } = nextCall(device);
  const sizes = [
    source.height,
    source.width,
    outHeight,
    outWidth,
    a.flip,
    a.shift,
    a.rotate * RADIANS,
    a.scale,
    a.shear * RADIANS,
  ].map(floatBits);
  const rest = [a.crop ?? 0, a.resize ?? 1, a.brightness, a.contrast, a.saturation, a.erase, a.mixup, a.cutmix].map(
    floatBits,
  );
  device.dispatch(drawKernel, {
    buffers: [state, source.labels, source.order, source.cursor, table, label, other, share].map((t) => t.range),
    params: [batch, call, ...sizes, a.resize !== null ? 2 : a.crop !== null ? 1 : 0, ...rest],
    constants: { STAGED: source.isStaged ? 1 : 0 },
    workgroups: Math.ceil(batch / 64),
  });
  return { table, label, other, share };
}

/**
 * The images that a table describes, normalised (batch, C, H, W).
 * @param placed packed bytes of the batch that have been through the table's map, instead of the source's.
 */
export function augmentImages(
  source: ImageSource,
  table: Tensor,
  a: Augmentation,
  batch: number,
  placed: Tensor | null = null,
): Tensor {
  const { device } = source.images;
  const { x, parts, size } = emptyBatch('augment', device, source, batch);
  const isColoured = a.brightness > 0 || a.contrast > 0 || a.saturation > 0;
  const constants = {
    ...imageConstants(source),
    COLOURED: isColoured ? 1 : 0,
    ERASED: a.erase > 0 ? 1 : 0,
    MIXED: isMixing(a) ? 1 : 0,
    PLACED: placed === null ? 0 : 1,
  };
  for (const [start, end] of parts) {
    const count = ((end - start) * size) / source.channels;
    device.dispatch(imagesKernel, {
      buffers: [placed ?? source.images, source.statistics, table, rows(x, start, end)].map((t) => t.range),
      params: [count, start, batch],
      constants,
      workgroups: Math.ceil(count / 64),
    });
  }
  return x;
}

/** The next `batch` images, augmented and normalised, and their labels. Moves the cursor on. */
export function augmentedBatch(source: ImageSource, a: Augmentation, batch: number): AugmentedBatch {
  const { table, label, other, share } = drawAugmentation(source, a, batch);
  const policy = policyOf(a, seenSize(source));
  const placed = policy && applyPolicy(source, policy, windowBytes(source, table, batch), batch);
  const x = augmentImages(source, table, a, batch, placed);
  advanceCursor(source, batch);
  return { x, label, mixed: isMixing(a) ? { other, share } : null };
}
