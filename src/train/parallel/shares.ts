/** How the batches of an epoch are shared out among ranks. */
import type { Collective } from '../../collective/collective.js';

/**
 * All ranks go through the same batches in the same order; of each batch they take neighbouring parts, whose sizes
 * differ by one at most. A rank for which nothing is left of a last, small batch computes on an image of it all the
 * same, so that its generator moves on as those of the others do; what it computes counts nothing.
 */
export class Shares {
  /** Images that an epoch visits. */
  readonly count: number;
  /** The most images of a step, of all ranks together. */
  readonly batch: number;
  readonly steps: number;
  /** The most images that go through the network at a time, of all ranks together. */
  readonly together: number;
  readonly #rank: number;
  readonly #size: number;

  /** @param together images at a time. @param accumulate how many times so many a step has. */
  constructor(count: number, together: number, { rank, size }: Pick<Collective, 'rank' | 'size'>, accumulate = 1) {
    this.count = count;
    this.together = together;
    this.batch = together * accumulate;
    this.steps = Math.ceil(count / this.batch);
    this.#rank = rank;
    this.#size = size;
  }

  /** Images of a step's batch, of all ranks together. */
  batchOf(step: number): number {
    return Math.min(this.batch, this.count - step * this.batch);
  }

  /** Where this rank's part of a batch of so many images begins and ends; both the same where it has none. */
  #range(images: number): [number, number] {
    const [least, over] = [Math.floor(images / this.#size), images % this.#size];
    const start = this.#rank * least + Math.min(this.#rank, over);
    return [start, start + least + (this.#rank < over ? 1 : 0)];
  }

  /** Images of a step that this rank computes on. */
  own(step: number): number {
    const [start, end] = this.#range(this.batchOf(step));
    return Math.max(1, end - start);
  }

  /** The most images that this rank computes on at a time. */
  get piece(): number {
    return Math.min(this.own(0), Math.ceil(this.together / this.#size));
  }

  /** Images of a step in the pieces that go through the network one after the other. */
  pieces(step: number): number[] {
    const [own, { piece }] = [this.own(step), this];
    return Array.from({ length: Math.ceil(own / piece) }, (_, i) => Math.min(piece, own - i * piece));
  }

  /** The most pieces that any rank has of a step. */
  mostPieces(step: number): number {
    const [own, piece] = [this.batchOf(step), this.together].map((images) => Math.ceil(images / this.#size));
    return Math.ceil(own / piece);
  }

  /** Whether what this rank computes in a step counts. */
  counts(step: number): boolean {
    const [start, end] = this.#range(this.batchOf(step));
    return end > start;
  }

  /** The sizes of what this rank computes on at a time, each once. */
  get sizes(): number[] {
    return this.steps === 0 ? [] : [...new Set([0, this.steps - 1].flatMap((step) => this.pieces(step)))];
  }

  /** Images that this rank computes on before a step of the epoch. */
  before(step: number): number {
    return step * this.own(0);
  }

  /** This rank's images of a step. @param all the epoch's order. */
  images(step: number, all: Uint32Array): Uint32Array {
    const images = this.batchOf(step);
    const [start, end] = this.#range(images);
    const first = step * this.batch;
    if (start === end) return all.slice(first + (this.#rank % images), first + (this.#rank % images) + 1);
    return all.slice(first + start, first + end);
  }

  /** This rank's images of an epoch, in its order. @param all those of all ranks. */
  order(all: Uint32Array): Uint32Array {
    const own: number[] = [];
    for (let step = 0; step < this.steps; step++) own.push(...this.images(step, all));
    return Uint32Array.from(own);
  }

  /**
   * What this rank's mean over its part of a batch is of the mean over all of it, 0 to 1.
   * @param all the epoch's order. @param weightOf what an image's loss counts; default: all alike.
   */
  part(step: number, all: Uint32Array, weightOf: (image: number) => number = () => 1): number {
    const images = this.batchOf(step);
    const [start, end] = this.#range(images);
    let [own, whole] = [0, 0];
    for (let i = 0; i < images; i++) {
      const weight = weightOf(all[step * this.batch + i]);
      whole += weight;
      if (i >= start && i < end) own += weight;
    }
    return whole === 0 ? 0 : own / whole;
  }
}

/** What the mean over each piece is of the mean over all of them: shares of the images, or of what these count. */
export function pieceShares(
  pieces: readonly number[],
  images: ArrayLike<number>,
  weightOf: (image: number) => number = () => 1,
): number[] {
  let at = 0;
  const weights = pieces.map((size) => {
    let sum = 0;
    for (const end = at + size; at < end; at++) sum += weightOf(images[at]);
    return sum;
  });
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => (whole === 0 ? 0 : weight / whole));
}

/** The part of some images that a rank has; those of all ranks together are all, each once. */
export function shareOf(images: Uint32Array, { rank, size }: Pick<Collective, 'rank' | 'size'>): Uint32Array {
  const start = Math.floor((rank * images.length) / size);
  return images.slice(start, Math.floor(((rank + 1) * images.length) / size));
}
