/** Looking at an image several times before answering: mirrored and in several windows, whose probabilities are averaged. */
import * as F from '../autograd/ops/index.js';
import type { ImageDataset } from '../data/dataset.js';
import { UsageError } from '../device/errors.js';
import type { Module } from '../nn/module.js';
import type { Tensor } from '../tensor/tensor.js';

/** What is looked at besides the image as it is. */
export interface Views {
  /** Mirrored left and right. */
  readonly flip: boolean;
  /** The windows of the four corners. */
  readonly crops: boolean;
}

/** Where nothing lies beside what the network sees, the windows move by this share of its side: 2 pixels of 28, 16 of 224. */
const SHIFT = 1 / 14;

/** @throws UsageError for a word that is no view. */
export function parseViews(text: string): Views {
  const words = text.split(',').map((word) => word.trim());
  const wrong = words.find((word, i) => !['flip', 'crops'].includes(word) || words.indexOf(word) !== i);
  if (wrong !== undefined) throw new UsageError(`--tta "${text}" is no list of flip and crops`, { fix: 'give flip, crops, or flip,crops' });
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

/**
 * The views of images x (N, C, S, S), each (N, C, side, side): first the middle, which a network sees otherwise; with `crops` also the
 * windows of the four corners, and with `flip` all of these mirrored: torchvision's FiveCrop and TenCrop. Where side is S, the corners
 * are those of the image with a frame of mirrored pixels, so that the windows are the image moved by a few pixels.
 */
export function viewsOf(x: Tensor, side: number, { flip, crops }: Views): Tensor[] {
  const shift = Math.max(1, Math.round(side * SHIFT));
  const isFramed = crops && x.shape[3] === side;
  const framed = isFramed ? F.pad(x, [shift, shift, shift, shift], { mode: 'reflect' }) : x;
  const rest = framed.shape[3] - side;
  const middle = isFramed ? shift : Math.floor(rest / 2);
  const corners = crops ? [[0, 0], [0, rest], [rest, 0], [rest, rest]] : [];
  const windows = [[middle, middle], ...corners].map(([top, left]) => (rest === 0 ? framed : F.pad(framed, [-left, left - rest, -top, top - rest])));
  return flip ? [...windows, ...windows.map((w) => F.flip(w, 3))] : windows;
}

/**
 * Logits (N, classes) whose softmax is the mean of the softmax of all views: log of the mean of exp(log-probability), without overflow.
 * @param x (N, C, S, S) whole images. @param side what the network sees of them.
 */
export function logitsOfViews(model: Module, x: Tensor, side: number, views: Views): Tensor {
  const each = viewsOf(x, side, views).map((view) => F.logSoftmax(model.forward(view)));
  return F.sub(F.logsumexp(F.stack(each), { dim: 0 }), Math.log(each.length));
}
