/**
 * RandAugment and TrivialAugment: operations drawn for each image of a batch and done one after the other, on its bytes
 * in GPU memory. Formulas: shaders/images/policy_draw.wgsl and shaders/images/augment_policy.wgsl.
 */
import { defineKernel, floatBits } from '../../device/kernel.js';
import { empty, type Tensor } from '../../tensor/tensor.js';
import { requireBindable } from '../launch/checks.js';
import { nextCall } from '../random/random.js';
import type { Augmentation } from './augment_settings.js';
import { imageConstants, seenSize, type ImageSource } from './gather_images.js';

const windowKernel = defineKernel({
  name: 'augment_window',
  file: 'images/augment_window.wgsl',
  includes: ['common/grid.wgsl', 'images/sample_image.wgsl'],
  bindings: ['read', 'read', 'write', 'params'],
});
const drawKernel = defineKernel({
  name: 'policy_draw',
  file: 'images/policy_draw.wgsl',
  includes: ['common/grid.wgsl', 'common/philox.wgsl', 'images/policy_ops.wgsl'],
  bindings: ['read', 'write', 'params'],
});
const applyKernel = defineKernel({
  name: 'augment_policy',
  file: 'images/augment_policy.wgsl',
  includes: ['common/grid.wgsl', 'images/policy_ops.wgsl'],
  bindings: ['read', 'read', 'write', 'params'],
});

/** The operations by their number in a table, under torchvision's names. */
export const POLICY_OPS = [
  'Identity',
  'ShearX',
  'ShearY',
  'TranslateX',
  'TranslateY',
  'Rotate',
  'Brightness',
  'Color',
  'Contrast',
  'Sharpness',
  'Posterize',
  'Solarize',
  'AutoContrast',
  'Equalize',
] as const;

/** Magnitudes are bins of so many, the first 0. */
export const BINS = 31;

/** What is drawn for an image: how many operations, how strong, and what a bin of each is worth. */
export interface Policy {
  readonly ops: number;
  /** The bin of all; BINS: drawn for each. */
  readonly bin: number;
  /** Tangent of a shear, pixels of a translation, degrees, what a factor differs from 1 by, bits taken away. */
  readonly shear: number;
  readonly moveX: number;
  readonly moveY: number;
  readonly degrees: number;
  readonly factor: number;
  readonly bits: number;
}

const STEPS = BINS - 1;

/** torchvision's RandAugment and TrivialAugmentWide, for images of these sides; null where neither is asked for. */
export function policyOf(
  { randaugment, trivialaugment }: Augmentation,
  [height, width]: readonly [number, number],
): Policy | null {
  if (trivialaugment)
    return {
      ops: 1,
      bin: BINS,
      shear: 0.99 / STEPS,
      moveX: 32 / STEPS,
      moveY: 32 / STEPS,
      degrees: 135 / STEPS,
      factor: 0.99 / STEPS,
      bits: 6 / STEPS,
    };
  if (randaugment === null) return null;
  return {
    ops: randaugment.ops,
    bin: randaugment.magnitude,
    shear: 0.3 / STEPS,
    moveX: ((150 / 331) * width) / STEPS,
    moveY: ((150 / 331) * height) / STEPS,
    degrees: 30 / STEPS,
    factor: 0.9 / STEPS,
    bits: 4 / STEPS,
  };
}

/** Words of an image's bytes. */
function wordsOf(source: ImageSource): number {
  const [height, width] = seenSize(source);
  return Math.ceil((source.channels * height * width) / 4);
}

/**
 * What a table of images/augment_draw.wgsl makes of the batch's images, as packed bytes u32 (batch, words of an image).
 * @throws ShapeError where these cannot be bound.
 */
export function windowBytes(source: ImageSource, table: Tensor, batch: number): Tensor {
  const { device } = source.images;
  const words = wordsOf(source);
  const bytes = empty(device, [batch, words], 'u32');
  requireBindable('augment_window', { bytes });
  device.dispatch(windowKernel, {
    buffers: [source.images, table, bytes].map((t) => t.range),
    params: [batch * words, words],
    constants: imageConstants(source),
    workgroups: Math.ceil((batch * words) / 64),
  });
  return bytes;
}

/** The operations of a batch (batch, ops, 4): number, value, cosine and sine. */
export function drawPolicy(source: ImageSource, policy: Policy, batch: number): Tensor {
  const { device } = source.images;
  const table = empty(device, [batch, policy.ops, 4]);
  const { state, call } = nextCall(device);
  const { shear, moveX, moveY, degrees, factor, bits } = policy;
  const angle = (degrees * Math.PI) / 180;
  const values = [shear, moveX, moveY, degrees, Math.cos(angle), Math.sin(angle), factor, bits];
  device.dispatch(drawKernel, {
    buffers: [state.range, table.range],
    params: [batch, call, policy.ops, policy.bin, ...values.map(floatBits)],
    workgroups: Math.ceil(batch / 64),
  });
  return table;
}

/** Bytes of `windowBytes` after the operations of a table (batch, ops, 4). */
export function applyOps(source: ImageSource, table: Tensor, bytes: Tensor): Tensor {
  const { device } = source.images;
  const [batch, ops] = table.shape;
  const [height, width] = seenSize(source);
  const words = wordsOf(source);
  let now = bytes;
  for (let op = 0; op < ops; op++) {
    const next = empty(device, bytes.shape, 'u32');
    device.dispatch(applyKernel, {
      buffers: [now, table, next].map((t) => t.range),
      params: [batch, op, ops, words],
      constants: { CHANNELS: source.channels, HEIGHT: height, WIDTH: width },
      workgroups: batch,
    });
    now = next;
  }
  return now;
}

/** Draws operations for each image of a batch and does them. */
export function applyPolicy(source: ImageSource, policy: Policy, bytes: Tensor, batch: number): Tensor {
  return applyOps(source, drawPolicy(source, policy, batch), bytes);
}
