/**
 * Random numbers from one counter-based generator (shaders/common/philox.wgsl). The counter is (element group, call, step): the
 * calls of a step are numbered by the host, the step is counted in GPU memory, so a recorded step can be replayed and still draws
 * new numbers each time.
 */
import type { Device } from '../device/device.js';
import { ShapeError } from '../device/errors.js';
import { defineKernel, floatBits } from '../device/kernel.js';
import type { Shape } from '../tensor/shape.js';
import { Tensor, empty } from '../tensor/tensor.js';
import { flatWindow, requireF32 } from './common.js';
import { rowWindows } from './windows.js';

const includes = ['common/grid.wgsl', 'common/philox.wgsl'];
const uniformKernel = defineKernel({ name: 'random_uniform', includes, bindings: ['read', 'write', 'params'] });
const advanceKernel = defineKernel({ name: 'random_advance', includes, bindings: ['write'] });
const dropoutKernel = defineKernel({ name: 'dropout', includes, bindings: ['read', 'read', 'write', 'write', 'params'] });

/** Calls outside a step share a step number this many at a time, so that their params come from a bounded set. */
const CALLS_PER_STEP = 256;

class Generator {
  readonly #state: Tensor;
  #calls = 0;

  constructor(device: Device) {
    const storage = device.allocate(16);
    device.keep(storage);
    this.#state = new Tensor(storage, 0, [4], 'u32');
    this.seed(0);
    device.stepListeners.push(() => this.#advance());
  }

  /** @param seed a whole number from 0 to 2^53. */
  seed(seed: number): void {
    this.#state.device.write(this.#state.storage, Uint32Array.of(seed >>> 0, Math.floor(seed / 2 ** 32), 0, 0));
    this.#calls = 0;
  }

  /** The words of the state, after everything recorded so far. */
  async words(): Promise<number[]> {
    this.#advance();
    return [...(await this.#state.read())];
  }

  restore(words: readonly number[]): void {
    this.#state.device.write(this.#state.storage, Uint32Array.from(words));
    this.#calls = 0;
  }

  #advance(): void {
    if (this.#calls === 0) return;
    this.#calls = 0;
    this.#state.device.dispatch(advanceKernel, { buffers: [this.#state.range], workgroups: 1 });
  }

  /** The state to bind, and the number of this call. */
  next(): { state: Tensor; call: number } {
    if (this.#calls === CALLS_PER_STEP) this.#advance();
    return { state: this.#state, call: this.#calls++ };
  }
}

const generators = new WeakMap<Device, Generator>();

function generator(device: Device): Generator {
  let g = generators.get(device);
  if (g === undefined) generators.set(device, (g = new Generator(device)));
  return g;
}

/** Starts the device's generator over: the same seed gives the same numbers. @param seed a whole number from 0 to 2^53. */
export function manualSeed(device: Device, seed: number): void {
  if (!Number.isSafeInteger(seed) || seed < 0) throw new ShapeError(`[manualSeed] ${seed} is not a whole number from 0 to 2^53`);
  generator(device).seed(seed);
}

/** The generator's state, to go on from later with `setRandomState`. */
export function randomState(device: Device): Promise<number[]> {
  return generator(device).words();
}

export function setRandomState(device: Device, words: readonly number[]): void {
  generator(device).restore(words);
}

/** Fills a tensor with numbers uniform in [low, high). In place: for initialisation. */
export function uniform_(x: Tensor, low: number, high: number): void {
  requireF32('uniform_', { x });
  const { state, call } = generator(x.device).next();
  for (const [start, end] of rowWindows('uniform_', x.device, x.size, [1])) {
    x.device.dispatch(uniformKernel, {
      buffers: [state.range, flatWindow(x, start, end)],
      params: [end - start, start / 4, call, floatBits(low), floatBits(high)],
      workgroups: Math.ceil((end - start) / 256),
    });
  }
}

/** Numbers uniform in [low, high). */
export function rand(device: Device, shape: Shape, low = 0, high = 1): Tensor {
  const x = empty(device, shape);
  uniform_(x, low, high);
  return x;
}

/** y = x * mask; mask is 1 / (1 - p) with probability 1 - p and else 0, and is kept for the gradient. */
export function dropout(x: Tensor, p: number): { y: Tensor; mask: Tensor } {
  requireF32('dropout', { x });
  if (!(p >= 0 && p < 1)) throw new ShapeError(`[dropout] p = ${p} is not a probability in [0, 1)`);
  const y = empty(x.device, x.shape);
  const mask = empty(x.device, x.shape);
  const { state, call } = generator(x.device).next();
  for (const [start, end] of rowWindows('dropout', x.device, x.size, [1])) {
    const count = Math.ceil((end - start) / 4);
    x.device.dispatch(dropoutKernel, {
      buffers: [state.range, ...[x, y, mask].map((t) => flatWindow(t, start, end))],
      params: [count, start / 4, call, floatBits(p)],
      workgroups: Math.ceil(count / 64),
    });
  }
  return { y, mask };
}
