/** Tensors of given numbers, with PyTorch's names: the device comes first, as in `tensor` and `zeros`. */
import type { Device } from '../device/device.js';
import { ShapeError, UsageError } from '../device/errors.js';
import { floatBits } from '../device/kernel.js';
import type { Shape } from './shape.js';
import { full, tensor, zeros, type DType, type Tensor } from './tensor.js';

/** All ones, written on the GPU. Of any shape (…). */
export function ones(device: Device, shape: Shape, dtype: DType = 'f32'): Tensor {
  return full(device, shape, 1, dtype);
}

/** Zeros of the shape, the dtype and on the device of another tensor. */
export function zerosLike(x: Tensor): Tensor {
  return zeros(x.device, x.shape, x.dtype);
}

/** Ones of the shape, the dtype and on the device of another tensor. */
export function onesLike(x: Tensor): Tensor {
  return full(x.device, x.shape, 1, x.dtype);
}

/** One number in the shape, the dtype and on the device of another tensor. */
export function fullLike(x: Tensor, value: number): Tensor {
  return full(x.device, x.shape, value, x.dtype);
}

/** What `arange`, `linspace` and `eye` may be told besides. */
export interface CreationOptions {
  /** Default f32. */
  readonly dtype?: DType;
  readonly requiresGrad?: boolean;
}

/**
 * start, start + step, … up to but without end: (ceil((end - start) / step),), made on the host. With one number, 0 up
 * to it.
 * @throws UsageError when step is 0 or leads away from end.
 */
export function arange(device: Device, end: number, options?: CreationOptions): Tensor;
export function arange(device: Device, start: number, end: number, step?: number, options?: CreationOptions): Tensor;
export function arange(
  device: Device,
  first: number,
  second: number | CreationOptions = {},
  step = 1,
  last: CreationOptions = {},
): Tensor {
  const [start, end, options] = typeof second === 'number' ? [first, second, last] : [0, first, second];
  const count = Math.ceil((end - start) / step);
  if (!Number.isFinite(count) || count < 0)
    throw new UsageError(`[arange] steps of ${step} do not lead from ${start} to ${end}`, {
      fix: 'give a step of the sign of end - start, not 0',
    });
  const values = Float64Array.from({ length: count }, (_, i) => start + i * step);
  return tensor(device, [...values], options);
}

/**
 * `steps` numbers from start to end, both included, at equal distances: (steps,), made on the host.
 * @throws UsageError when steps is not a whole number from 0.
 */
export function linspace(
  device: Device,
  start: number,
  end: number,
  steps: number,
  options: CreationOptions = {},
): Tensor {
  if (!Number.isInteger(steps) || steps < 0) throw new UsageError(`[linspace] ${steps} is not a number of steps`);
  const gap = steps > 1 ? (end - start) / (steps - 1) : 0;
  // from both ends, so that the last is exactly end
  const at = (i: number): number => (i < steps / 2 ? start + i * gap : end - (steps - 1 - i) * gap);
  return tensor(
    device,
    Array.from({ length: steps }, (_, i) => (steps === 1 ? start : at(i))),
    options,
  );
}

/**
 * 1 on the diagonal, else 0: (n, m), made on the host. @param m default n.
 * @throws ShapeError when n or m is not a whole number from 0.
 */
export function eye(device: Device, n: number, m = n, options: CreationOptions = {}): Tensor {
  if (![n, m].every((size) => Number.isInteger(size) && size >= 0))
    throw new ShapeError(`[eye] (${n}, ${m}) is not a shape`);
  const values = new Float32Array(n * m);
  for (let i = 0; i < Math.min(n, m); i++) values[i * m + i] = 1;
  return tensor(device, values, { dtype: 'f32', ...options, shape: [n, m] });
}

const constants = new WeakMap<Device, Map<number, Tensor>>();
const MAX_CONSTANTS = 1000;

/** A number as a tensor of shape (), kept and shared: steps that repeat make it once. Must not be written to. */
export function constant(device: Device, value: number): Tensor {
  let known = constants.get(device);
  if (known === undefined) constants.set(device, (known = new Map()));
  const bits = floatBits(value); // tells -0 from 0
  let result = known.get(bits);
  if (result === undefined) {
    if (known.size >= MAX_CONSTANTS) known.clear();
    result = device.aside(() => {
      const made = full(device, [], value);
      device.keep(made.storage);
      return made;
    });
    known.set(bits, result);
  }
  return result;
}

/** Whether it is this very constant, whatever its shape. */
export function isConstant(x: Tensor, value: number): boolean {
  return constants.get(x.device)?.get(floatBits(value))?.storage === x.storage;
}
