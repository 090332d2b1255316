/**
 * The directions of a recurrent layer beside each other: each has tensors of its own, in the order of its steps, and
 * those of one kind lie in one memory, so that one launch can walk both sequences.
 */
import type { Device } from '../../device/device.js';
import type { BufferRange } from '../../device/kernel.js';
import { sizeOf, type Shape } from '../../tensor/shape.js';
import { Tensor, empty, view } from '../../tensor/tensor.js';
import { stridedCopy, stridedCopyInto } from '../movement/strided_copy.js';
import { binary } from '../elementwise/binary.js';

/** A tensor of each direction. */
export interface Directions {
  readonly each: readonly Tensor[];
  /** Elements from one to the next. */
  readonly stride: number;
}

/** Room for D tensors of this shape, each of which can be bound by itself. */
export function directions(device: Device, D: number, shape: Shape): Directions {
  const stride = Math.ceil(sizeOf(shape) / 64) * 64;
  const { storage } = empty(device, [D * stride]);
  return { each: Array.from({ length: D }, (_, d) => new Tensor(storage, d * stride * 4, shape, 'f32')), stride };
}

/** These tensors of one shape, in one memory. */
export function gathered(tensors: readonly Tensor[]): Directions {
  if (tensors.length === 1) return { each: tensors, stride: tensors[0].size };
  const [first] = tensors;
  const all = directions(first.device, tensors.length, first.shape);
  for (const [d, t] of tensors.entries()) {
    const to = all.each[d];
    first.device.copy(t.storage, t.byteOffset, to.storage, to.byteOffset, t.byteLength);
  }
  return all;
}

/** What to bind to see all directions. */
export function rangeOfAll({ each, stride }: Directions): BufferRange {
  const { buffer, offset, size } = each[0].range;
  return { buffer, offset, size: (each.length - 1) * stride * 4 + size };
}

/** Whether one binding can span all directions of each of these. */
export function fitBindings(device: Device, all: readonly Directions[]): boolean {
  return all.every((d) => rangeOfAll(d).size <= device.maxBindingBytes);
}

/**
 * For the members that make one step at a time: the gradients of one direction's h in the order of its steps,
 * (T, N, H), that of the last state included.
 * @param dy the gradients of all h in the order of time (T, N, D H), and behind them those of the last h (D, N, H).
 */
export function dyInSteps(op: string, dy: Tensor, [T, N, H]: readonly number[], D: number, d: number): Tensor {
  const out = empty(dy.device, [T, N, H]);
  const slot = N * D * H;
  const isReversed = d === 1;
  const offset = (isReversed ? (T - 1) * slot : 0) + d * H;
  const strides = [isReversed ? -slot : slot, D * H, 1];
  stridedCopyInto(op, [T, N, H], dy, { offset, strides }, out, { offset: 0, strides: [N * H, H, 1] });
  const last = stridedCopy(op, out, [N, H], { offset: (T - 1) * N * H, strides: [H, 1] });
  const dLast = stridedCopy(op, dy, [N, H], { offset: T * slot + d * N * H, strides: [H, 1] });
  const whole = binary('add', last, dLast);
  stridedCopyInto(op, [N * H], whole, { offset: 0, strides: [1] }, out, { offset: (T - 1) * N * H, strides: [1] });
  return out;
}

/** Joins (N, H) of each direction to (D, N, H). */
export function joined(parts: readonly Tensor[]): Tensor {
  const [N, H] = parts[0].shape;
  if (parts.length === 1) return view(parts[0], [1, N, H]);
  const all = empty(parts[0].device, [parts.length, N, H]);
  for (const [d, t] of parts.entries())
    if (t.size > 0) t.device.copy(t.storage, t.byteOffset, all.storage, d * t.byteLength, t.byteLength);
  return all;
}

/** That of one direction, (N, H), of (D, N, H): in memory of its own. */
export function directionOf(op: string, x: Tensor, d: number): Tensor {
  const [, N, H] = x.shape;
  return stridedCopy(op, x, [N, H], { offset: d * N * H, strides: [H, 1] });
}
