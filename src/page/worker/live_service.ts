/** Networks that learn drawn garments while one watches: that of the tab Train, and the one that is laid open. */
import { UsageError } from '../../device/errors.js';
import {
  LiveTraining,
  type Filters,
  type LiveOptions,
  type LiveReading,
  type LiveTest,
} from '../../train/live/live_training.js';
import { openNetwork, type OpenNetwork } from '../../train/live/open_network.js';
import type { Work } from './calls.js';
import type { Gpu } from './gpu.js';

/** What the page needs to know of the garments. */
export interface LiveFacts {
  readonly classes: readonly string[];
  /** How many test garments there are. */
  readonly tested: number;
}

export type LiveMeasure = LiveTest & { readonly filters: Filters };

/** A garment of the test part, and what the network makes of it. */
export interface LaidOpen extends OpenNetwork {
  /** (height, width) bytes. */
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly label: number;
  /** Steps done. */
  readonly step: number;
}

export class LiveService {
  readonly #gpu: Gpu;
  /** By the name of the part of the page. */
  readonly #lives = new Map<string, LiveTraining>();

  constructor(gpu: Gpu) {
    this.#gpu = gpu;
    gpu.whenLost(() => this.#lives.clear());
  }

  /** Draws the garments and compiles the kernels of a fresh network; an earlier one of this name is released. */
  async start(_: Work, name: string, model: string, options: LiveOptions): Promise<LiveFacts> {
    const device = await this.#gpu.device();
    this.#lives.get(name)?.release();
    this.#lives.delete(name);
    const live = new LiveTraining(device, model, options);
    await live.compile();
    this.#lives.set(name, live);
    return { classes: live.classes, tested: live.test.count };
  }

  async advance(_: Work, name: string, steps: number): Promise<LiveReading> {
    const live = this.#live(name);
    live.advance(steps);
    return live.read();
  }

  async measure(_: Work, name: string): Promise<LiveMeasure> {
    const live = this.#live(name);
    return { ...(await live.measure()), filters: await live.filters() };
  }

  /** Probabilities of a drawing (28, 28). */
  async classify(_: Work, name: string, pixels: Uint8Array): Promise<Float32Array> {
    return this.#live(name).classify(pixels);
  }

  /** A test garment; they begin anew after the last. */
  async example(_: Work, name: string, n: number): Promise<Uint8Array> {
    return this.#garment(this.#live(name), n).pixels;
  }

  async layOpen(_: Work, name: string, n: number): Promise<LaidOpen> {
    const live = this.#live(name);
    const { height, width } = live.test;
    const { pixels, label } = this.#garment(live, n);
    const input = { channels: 1, height, width, values: live.normalized(pixels) };
    return { ...(await openNetwork(live.model, input, label)), pixels, width, label, step: live.step };
  }

  async release(_: Work, name: string): Promise<void> {
    this.#lives.get(name)?.release();
    this.#lives.delete(name);
  }

  #garment({ test }: LiveTraining, n: number): { readonly pixels: Uint8Array; readonly label: number } {
    const size = test.width * test.height;
    const at = n % test.count;
    return { pixels: test.images.slice(at * size, (at + 1) * size), label: test.labels[at] };
  }

  #live(name: string): LiveTraining {
    const live = this.#lives.get(name);
    if (live === undefined)
      throw new UsageError('the network was lost with the GPU that it lay on', { fix: 'begin anew: press Reset' });
    return live;
  }
}
