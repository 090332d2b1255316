/** The state that random numbers are drawn from: on the GPU, with the calls of a step numbered by the host. */
import type { Device } from '../../device/device.js';
import { UsageError } from '../../device/errors.js';
import { defineKernel } from '../../device/kernel.js';
import { Tensor, empty } from '../../tensor/tensor.js';

const advanceKernel = defineKernel({
  name: 'random_advance',
  file: 'random/advance.wgsl',
  includes: ['common/grid.wgsl', 'common/philox.wgsl'],
  bindings: ['write'],
});

/** Calls outside a step share a step number this many at a time, so that their params come from a bounded set. */
const CALLS_PER_STEP = 256;

/** A seed's high word is below this: seeds are below 2^53. */
const STREAM = 2 ** 21;

class Generator {
  readonly #state: Tensor;
  #calls = 0;
  /** How often the step number has moved on. */
  #advances = 0;
  /** Calls that are repeated: the state that they had, and the number of the next. */
  #repeated: { state: Tensor; call: number } | null = null;
  /** Kept in the seed's high word, above the seed's own 21 bits there. */
  #stream = 0;

  constructor(device: Device) {
    const storage = device.allocate(16);
    device.keep(storage);
    this.#state = new Tensor(storage, 0, [4], 'u32');
    this.seed(0);
    device.stepListeners.push({
      begin: () => this.#advance(),
      mark: () => this.#calls,
      replayed: (calls) => (this.#calls = calls),
    });
  }

  /** @param seed a whole number from 0 to 2^53. */
  seed(seed: number): void {
    this.restore([seed >>> 0, Math.floor(seed / 2 ** 32), 0, 0]);
  }

  /** The words of the state without the stream, after everything recorded so far. */
  async words(): Promise<number[]> {
    this.#advance();
    const [low, high, ...rest] = await this.#state.read();
    return [low, high % STREAM, ...rest];
  }

  restore([low, high, ...rest]: readonly number[]): void {
    const words = Uint32Array.of(low, high + this.#stream * STREAM, ...rest);
    this.#state.device.write(this.#state.storage, words);
    this.#calls = 0;
  }

  async setStream(stream: number): Promise<void> {
    if (stream === this.#stream) return;
    const words = await this.words();
    this.#stream = stream;
    this.restore(words);
  }

  #advance(): void {
    if (this.#calls === 0) return;
    this.#calls = 0;
    this.#advances++;
    this.#state.device.dispatch(advanceKernel, { buffers: [this.#state.range], workgroups: 1 });
  }

  /** Moves on as a step does that draws as often as the last one did. */
  skipStep(): void {
    const calls = this.#calls;
    this.#advance();
    this.#calls = calls;
  }

  /** The state to bind, and the number of this call. */
  next(): { state: Tensor; call: number } {
    if (this.#repeated !== null) return { state: this.#repeated.state, call: this.#repeated.call++ };
    if (this.#calls === CALLS_PER_STEP) this.#advance();
    return { state: this.#state, call: this.#calls++ };
  }

  /** Runs a function so that another can draw the same numbers later. */
  replayable<T>(body: () => T): { readonly result: T; readonly replay: <R>(body: () => R) => R } {
    const outer = this.#repeated;
    if (outer !== null) {
      const first = outer.call;
      return { result: body(), replay: this.#replayFrom(outer.state, first) };
    }
    if (this.#calls === CALLS_PER_STEP) this.#advance();
    const [first, advances] = [this.#calls, this.#advances];
    const result = body();
    if (this.#calls === first && this.#advances === advances) return { result, replay: (again) => again() };
    if (this.#advances !== advances)
      throw new UsageError(
        `a part that is to be computed again draws random numbers more than ${CALLS_PER_STEP} times`,
        {
          fix: 'make smaller parts of it',
        },
      );
    const state = empty(this.#state.device, [4], 'u32');
    state.device.copy(this.#state.storage, 0, state.storage, 0, 16);
    return { result, replay: this.#replayFrom(state, first) };
  }

  #replayFrom(state: Tensor, call: number): <R>(body: () => R) => R {
    return (again) => {
      const before = this.#repeated;
      this.#repeated = { state, call };
      try {
        return again();
      } finally {
        this.#repeated = before;
      }
    };
  }
}

const generators = new WeakMap<Device, Generator>();

/** The generator of a device. */
export function generator(device: Device): Generator {
  let g = generators.get(device);
  if (g === undefined) generators.set(device, (g = device.aside(() => new Generator(device))));
  return g;
}
