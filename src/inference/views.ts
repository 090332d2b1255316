/**
 * Looking at an image several times before answering: mirrored and in several windows, whose probabilities are
 * averaged.
 */
import * as F from '../autograd/ops/index.js';
import type { ImageDataset } from '../data/dataset.js';
import { UsageError } from '../device/errors.js';
import type { ModelInput } from '../nn/models/registry.js';
import type { Module } from '../nn/module.js';
import type { Tensor } from '../tensor/tensor.js';
import { worded } from '../text/wording.js';

/** What is looked at besides the image as it is. */
export interface Views {
  /** Mirrored left and right. */
  readonly flip: boolean;
  /** The windows of the four corners. */
  readonly crops: boolean;
}

/**
 * Where nothing lies beside what the network sees, the windows move by this share of its side: 2 pixels of 28, 16 of
 * 224.
 */
const SHIFT = 1 / 14;

/** @throws UsageError for a word that is no view. */
export function parseViews(text: string): Views {
  const words = text.split(',').map((word) => word.trim());
  const wrong = words.find((word, i) => !['flip', 'crops'].includes(word) || words.indexOf(word) !== i);
  if (wrong !== undefined)
    throw new UsageError(worded`{tta} "${text}" is no list of flip and crops`, {
      fix: 'give flip, crops, or flip,crops',
    });
  return { flip: words.includes('flip'), crops: words.includes('crops') };
}

/** How many times an image is looked at: 2, 5 or 10. */
export function viewCount({ flip, crops }: Views): number {
  return (flip ? 2 : 1) * (crops ? 5 : 1);
}

/** The images of a data set as their views are taken: whole, not their middle only. */
export function uncropped({ crop: _, ...data }: ImageDataset): ImageDataset {
  return data;
}

/** What a network sees of an image, in pixels. */
type Seen = Pick<ModelInput, 'height' | 'width'>;

/**
 * The views of images x (N, C, H, W), each (N, C, height, width): first the middle, which a network sees otherwise;
 * with `crops` also the windows of the four corners, and with `flip` all of these mirrored: torchvision's FiveCrop and
 * TenCrop. Where a network sees all of the image, the corners are those of the image with a frame of mirrored pixels,
 * so that the windows are the image moved by a few pixels.
 */
export function viewsOf(x: Tensor, { height, width }: Seen, { flip, crops }: Views): Tensor[] {
  const shift = Math.max(1, Math.round(Math.min(height, width) * SHIFT));
  const isFramed = crops && x.shape[2] === height && x.shape[3] === width;
  const framed = isFramed ? F.pad(x, [shift, shift, shift, shift], { mode: 'reflect' }) : x;
  const [down, right] = [framed.shape[2] - height, framed.shape[3] - width];
  const corners = crops
    ? [
        [0, 0],
        [0, right],
        [down, 0],
        [down, right],
      ]
    : [];
  const windows = [[Math.floor(down / 2), Math.floor(right / 2)], ...corners].map(([top, left]) =>
    F.pad(framed, [-left, left - right, -top, top - down]),
  );
  return flip ? [...windows, ...windows.map((w) => F.flip(w, 3))] : windows;
}

/**
 * Logits (N, classes) whose softmax is the mean of the softmax of all views: log of the mean of exp(log-probability),
 * without overflow.
 * @param x (N, C, H, W) whole images. @param seen what the network sees of them.
 */
export function logitsOfViews(model: Module, x: Tensor, seen: Seen, views: Views): Tensor {
  const each = viewsOf(x, seen, views).map((view) => F.logSoftmax(model.forward(view)));
  return F.sub(F.logsumexp(F.stack(each), { dim: 0 }), Math.log(each.length));
}
