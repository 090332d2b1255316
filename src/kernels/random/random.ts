/**
 * Random numbers from one counter-based generator (shaders/common/philox.wgsl). The counter is (element group, call,
 * step): the calls of a step are numbered by the host, the step is counted in GPU memory, so a recorded step can be
 * replayed and still draws new numbers each time.
 */
import type { Device } from '../../device/device.js';
import { ShapeError } from '../../device/errors.js';
import { defineKernel, floatBits, type Kernel } from '../../device/kernel.js';
import type { Shape } from '../../tensor/shape.js';
import { empty, type Tensor } from '../../tensor/tensor.js';
import { binary } from '../elementwise/binary.js';
import { flatWindow, ownWindow, requireF32, requireFloat } from '../launch/checks.js';
import { generator } from './generator.js';
import { storedAs } from '../launch/stored_as.js';
import { rowWindows } from '../launch/windows.js';

const includes = ['common/grid.wgsl', 'common/philox.wgsl'];
const uniformKernel = defineKernel({
  name: 'random_uniform',
  file: 'random/uniform.wgsl',
  includes,
  bindings: ['read', 'write', 'params'],
});
const normalKernel = defineKernel({
  name: 'random_normal',
  file: 'random/normal.wgsl',
  includes,
  bindings: ['read', 'write', 'params'],
});
const bernoulliKernel = defineKernel({
  name: 'random_bernoulli',
  file: 'random/bernoulli.wgsl',
  includes,
  bindings: ['read', 'write', 'params'],
});
const integersKernel = defineKernel({
  name: 'random_integers',
  file: 'random/integers.wgsl',
  includes,
  bindings: ['read', 'write', 'params'],
});
const permutationKernel = defineKernel({
  name: 'random_permutation',
  file: 'random/permutation.wgsl',
  includes,
  bindings: ['read', 'write', 'params'],
});
const dropoutKernel = defineKernel({
  name: 'dropout',
  file: 'random/dropout.wgsl',
  includes,
  bindings: ['read', 'read', 'write', 'write', 'params'],
});

/**
 * Starts the device's generator over: the same seed gives the same numbers. @param seed a whole number from 0 to 2^53.
 */
export function manualSeed(device: Device, seed: number): void {
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new ShapeError(`[manualSeed] ${seed} is not a whole number from 0 to 2^53`);
  generator(device).seed(seed);
}

/** The generator's state, to go on from later with `setRandomState`. */
export function randomState(device: Device): Promise<number[]> {
  return generator(device).words();
}

/**
 * Which of 2048 streams of the same seed the device draws from, from now on: ranks that train together draw different
 * numbers. It is no part of the state that `randomState` gives, and stays when another is set. Default 0.
 */
export function setRandomStream(device: Device, stream: number): Promise<void> {
  if (!Number.isInteger(stream) || stream < 0 || stream >= 2 ** 11)
    throw new ShapeError(`[setRandomStream] ${stream} is not a whole number from 0 to 2047`);
  return generator(device).setStream(stream);
}

export function setRandomState(device: Device, words: readonly number[]): void {
  generator(device).restore(words);
}

/** The generator moves on as if the last step had been done once more: for those that have more steps. */
export function skipRandomStep(device: Device): void {
  generator(device).skipStep();
}

/**
 * Runs a function, and hands back what runs another, later in the same step, with the same random numbers.
 * @throws UsageError when it draws too often.
 */
export function replayable<T>(
  device: Device,
  body: () => T,
): { readonly result: T; readonly replay: <R>(body: () => R) => R } {
  return generator(device).replayable(body);
}

/**
 * For kernels that draw by themselves: the state to bind (as philox.wgsl's RandomState), and the number of this call.
 */
export function nextCall(device: Device): { state: Tensor; call: number } {
  return generator(device).next();
}

/**
 * One call of a kernel that makes a vec4 a thread, in windows; `size` is in elements, `params` follow (size, first,
 * call).
 */
function draw(op: string, kernel: Kernel, x: Tensor, params: readonly number[]): void {
  const { state, call } = generator(x.device).next();
  for (const [start, end] of rowWindows(op, x.device, x.size, [1])) {
    x.device.dispatch(kernel, {
      buffers: [state.range, flatWindow(x, start, end)],
      params: [end - start, start / 4, call, ...params],
      workgroups: Math.ceil((end - start) / 256),
    });
  }
}

/** Fills a tensor with numbers uniform in [low, high). In place: for initialisation. */
export function uniform_(x: Tensor, low: number, high: number): void {
  requireF32('uniform_', { x });
  draw('uniform_', uniformKernel, x, [floatBits(low), floatBits(high)]);
}

/** Numbers uniform in [low, high). Of any shape (…). */
export function rand(device: Device, shape: Shape, low = 0, high = 1): Tensor {
  const x = empty(device, shape);
  uniform_(x, low, high);
  return x;
}

/** Fills a tensor with normal numbers; how they are made: shaders/random/normal.wgsl. In place: for initialisation. */
export function normal_(x: Tensor, mean = 0, std = 1): void {
  requireF32('normal_', { x });
  draw('normal_', normalKernel, x, [floatBits(mean), floatBits(std)]);
}

/** Normal numbers. Of any shape (…). */
export function randn(device: Device, shape: Shape, mean = 0, std = 1): Tensor {
  const x = empty(device, shape);
  normal_(x, mean, std);
  return x;
}

/** Fills a tensor with ones, each with probability p, and zeros. */
export function bernoulli_(x: Tensor, p = 0.5): void {
  requireF32('bernoulli_', { x });
  if (!(p >= 0 && p <= 1)) throw new ShapeError(`[bernoulli_] p = ${p} is not a probability`);
  draw('bernoulli_', bernoulliKernel, x, [p, 1, 0].map(floatBits));
}

/** 1 with the probability that p holds there, else 0; of p's shape. */
export function bernoulli(p: Tensor): Tensor {
  return binary('less', rand(p.device, p.shape), p);
}

/** Whole numbers from low to high - 1, u32. @throws ShapeError unless 0 <= low < high <= 2^32. Of any shape (…). */
export function randint(device: Device, low: number, high: number, shape: Shape): Tensor {
  if (![low, high].every(Number.isInteger) || low < 0 || high <= low || high - low > 0xffffffff || high > 2 ** 32) {
    throw new ShapeError(
      `[randint] from ${low} to below ${high}: expected whole numbers, 0 <= low < high, fewer than 2^32 of them`,
    );
  }
  const x = empty(device, shape, 'u32');
  const { state, call } = generator(device).next();
  for (const [start, end] of rowWindows('randint', device, x.size, [1])) {
    const count = Math.ceil((end - start) / 4);
    device.dispatch(integersKernel, {
      buffers: [state.range, flatWindow(x, start, end)],
      params: [count, start / 4, call, low, high - low],
      workgroups: Math.ceil(count / 64),
    });
  }
  return x;
}

/** The numbers 0 … n - 1 in random order, (n) u32; how: shaders/random/permutation.wgsl. */
export function randperm(device: Device, n: number): Tensor {
  if (!Number.isInteger(n) || n < 0 || n > 2 ** 31)
    throw new ShapeError(`[randperm] n = ${n} is not a whole number from 0 to 2^31`);
  const x = empty(device, [n], 'u32');
  const bits = n > 1 ? 32 - Math.clz32(n - 1) : 0;
  const { state, call } = generator(device).next();
  for (const [start, end] of rowWindows('randperm', device, n, [1])) {
    device.dispatch(permutationKernel, {
      buffers: [state.range, flatWindow(x, start, end)],
      params: [end - start, start, n, call, Math.floor(bits / 2), Math.ceil(bits / 2)],
      workgroups: Math.ceil((end - start) / 64),
    });
  }
  return x;
}

/** Of a shape: 1 / (1 - p) with probability 1 - p, else 0. */
export function dropoutMask(device: Device, shape: Shape, p: number): Tensor {
  if (!(p >= 0 && p <= 1)) throw new ShapeError(`[dropout] p = ${p} is not a probability`);
  const mask = empty(device, shape);
  draw('dropout', bernoulliKernel, mask, [p, 0, p < 1 ? 1 / (1 - Math.fround(p)) : 0].map(floatBits));
  return mask;
}

/**
 * y = x * mask; mask is 1 / (1 - p) with probability 1 - p and else 0, and is kept for the gradient. Numbers are drawn
 * in the order in which x lies.
 */
export function dropout(x: Tensor, p: number): { y: Tensor; mask: Tensor } {
  requireFloat('dropout', { x });
  if (!(p >= 0 && p < 1)) throw new ShapeError(`[dropout] p = ${p} is not a probability in [0, 1)`);
  const y = empty(x.device, x.shape, x.dtype, x.layout);
  const mask = empty(x.device, x.shape, x.dtype, x.layout);
  const { state, call } = generator(x.device).next();
  for (const [start, end] of rowWindows('dropout', x.device, x.size, [1], x.dtype === 'f16')) {
    const count = Math.ceil((end - start) / 4);
    x.device.dispatch(dropoutKernel, {
      buffers: [state.range, ...[x, y, mask].map((t) => ownWindow(t, start, end))],
      params: [count, start / 4, call, floatBits(p)],
      specialise: storedAs(x.dtype, { E4: 4 }),
      workgroups: Math.ceil(count / 64),
    });
  }
  return { y, mask };
}
