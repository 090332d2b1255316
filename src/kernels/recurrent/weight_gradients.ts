/**
 * The gradients of all weights of a recurrent layer as one product and the sum of its parts, in all directions: for
 * GPUs, on which a launch each for w_ih and w_hh of each direction, and for the sums of each, leaves most of the card
 * idle.
 */
import { defineKernel, type BufferRange } from '../../device/kernel.js';
import { sizeOf, type Shape } from '../../tensor/shape.js';
import { Tensor, empty } from '../../tensor/tensor.js';
import { BUSY_WORKGROUPS } from '../launch/targets.js';
import type { Directions } from './directions.js';

const productKernel = defineKernel({
  name: 'recurrent_weights',
  file: 'recurrent/walk/weights.wgsl',
  includes: ['common/grid.wgsl'],
  bindings: ['read', 'read', 'read', 'read', 'write', 'params'],
});
const sumKernel = defineKernel({
  name: 'recurrent_weights_sum',
  file: 'recurrent/walk/weights_sum.wgsl',
  includes: ['common/grid.wgsl'],
  bindings: ['read', 'write', 'params'],
});

const TILE = 64;
const TILE_K = 16;
/** Steps of the depth that pay for the sums that a part writes. */
const LEAST_PART = 4 * TILE_K;

/** Elements from one tensor to the next one of the same storage, or null. */
function strideOf(tensors: readonly Tensor[]): number | null {
  const [a, b = a] = tensors;
  const stride = (b.byteOffset - a.byteOffset) / 4;
  return a.storage === b.storage && stride >= 0 && stride % 4 === 0 && tensors.length <= 2 ? stride : null;
}

/** All of them as one range. */
function spanOf(tensors: readonly Tensor[]): BufferRange {
  const start = Math.min(...tensors.map((t) => t.byteOffset));
  const end = Math.max(...tensors.map((t) => t.byteOffset + t.byteLength));
  return { ...tensors[0].range, offset: start, size: end - start };
}

/** Where gradients go: the places given if all are of one storage, else new memory, all in one. */
function placesOf(shapes: readonly Shape[], into: readonly (Tensor | null | undefined)[], like: Tensor): Tensor[] {
  const given = into.flatMap((t) => t ?? []);
  const isOneRange = given.length === shapes.length && given.every((t) => t.storage === given[0].storage);
  if (isOneRange && spanOf(given).size <= like.device.maxBindingBytes) return given;
  const offsets: number[] = [];
  let size = 0;
  for (const shape of shapes) {
    offsets.push(size);
    size += Math.ceil(sizeOf(shape) / 64) * 64;
  }
  const { storage } = empty(like.device, [size]);
  return shapes.map((shape, i) => new Tensor(storage, offsets[i] * 4, shape, 'f32'));
}

/**
 * @param d of each direction (T, N, R), the gradients of w_ih x + b_ih. @param dh those of w_hh h + b_hh: d itself, or
 * as in a GRU another one in the rows of the last gate only.
 * @param x of each direction (T, N, I), in the order of d. @param before of each (T, N, H): the h before each step.
 * @param into of each direction where the gradients of w_ih (R, I), w_hh (R, H), and of b_ih and b_hh (R) with
 * `hasBias`, may be written.
 * @returns these gradients of each direction; null where they are better made, or can only be made, one by one.
 */
export function weightGradients(
  d: Directions,
  dh: Directions,
  x: readonly Tensor[],
  before: readonly Tensor[],
  hasBias: boolean,
  into: readonly (Tensor | null | undefined)[],
): Tensor[] | null {
  const [T, N, R] = d.each[0].shape;
  const [I, H] = [x[0].shape[2], before[0].shape[2]];
  const { device } = x[0];
  const D = d.each.length;
  const [xStride, beforeStride] = [strideOf(x), strideOf(before)];
  if (xStride === null || beforeStride === null) return null;
  if (N === 0 || R % 4 !== 0 || H % 4 !== 0 || d.stride % 4 !== 0 || dh.stride !== d.stride) return null;
  const depth = T * N;
  const own = dh === d ? 0 : H; // rows that only dh has
  const C4 = Math.ceil((H + I + 1) / 4);
  const tiles = D * Math.ceil((R + own) / TILE) * Math.ceil((4 * C4) / TILE);
  const wanted = Math.min(Math.ceil(BUSY_WORKGROUPS.gpu / tiles), Math.floor(depth / LEAST_PART));
  const part = Math.ceil(depth / Math.max(1, wanted) / TILE_K) * TILE_K;
  const splits = Math.ceil(depth / part);
  const ranges = [d.each, dh.each, before, x].map(spanOf);
  const partBytes = splits * D * (R + own) * C4 * 16;
  if ([partBytes, ...ranges.map((r) => r.size)].some((bytes) => bytes > device.maxBindingBytes)) return null;
  const shapes = d.each.flatMap((): Shape[] => [[R, I], [R, H], ...(hasBias ? [[R], [R]] : [])]);
  const parts = empty(device, [splits, D, R + own, C4, 4]);
  device.dispatch(productKernel, {
    buffers: [...ranges, parts.range],
    params: [depth, R + own, H, I, C4, splits, part, D, d.stride / 4, beforeStride / 4, xStride],
    constants: { HAS_OWN: own > 0 ? 1 : 0 },
    workgroups: tiles * splits,
  });
  const places = placesOf(shapes, into, x[0]);
  const span = spanOf(places);
  const at = places.map((t) => (t.byteOffset - span.offset) / 4);
  const each = shapes.length / D;
  const words = Array.from({ length: 8 }, (_, i) => (i % 4 < each ? (at[Math.floor(i / 4) * each + (i % 4)] ?? 0) : 0));
  device.dispatch(sumKernel, {
    buffers: [parts.range, span],
    params: [splits, R + own, H, I, C4 * 4, D, 0, 0, ...words],
    constants: { HAS_BIAS: hasBias ? 1 : 0, HAS_OWN: own > 0 ? 1 : 0 },
    workgroups: Math.ceil((D * (R + own) * C4 * 4) / 64),
  });
  return places;
}
