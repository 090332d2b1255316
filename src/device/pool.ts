/** Recycles GPU buffers by size, so that a steady training step creates none. */
import { gpuConstants } from '#platform';

/** Sizes are rounded up to this: the alignment of binding offsets, and room for a kernel's last vec4. */
export const ALIGNMENT = 256;

export function alignUp(bytes: number): number {
  return Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT);
}

/** A GPU buffer with an identity that cache keys can use. */
export interface PooledBuffer {
  /** No two buffers of the process share one, not even on different devices. */
  readonly id: number;
  readonly owner: GPUDevice;
  readonly gpu: GPUBuffer;
  /** Bytes, a multiple of ALIGNMENT. */
  readonly size: number;
  /** Grows with every command that writes to it: whether numbers that were read are still its own. */
  version: number;
  /** Where it goes when it is released. */
  home: FreeBuffers;
}

/** Counts of a device's buffers. */
export interface PoolStatistics {
  /** Buffers that exist, in use or free. */
  readonly buffers: number;
  readonly bytes: number;
  /** Buffers handed out now. */
  readonly inUse: number;
  /** Buffers created since the start; stays the same in a steady step. */
  readonly created: number;
}

/**
 * Free buffers of a size are handed out lowest id first. So the buffers that a step gets depend only on which are free
 * when it starts, and a repeated step meets the same buffers, hence the same bind groups. (Last-in-first-out would
 * permute them each time.)
 */
export class FreeBuffers {
  readonly #bySize = new Map<number, PooledBuffer[]>();

  /** The first of exactly this size. */
  take(size: number): PooledBuffer | undefined {
    return this.#bySize.get(size)?.shift();
  }

  /** The first of the smallest size that is large enough, but not larger than `most`. */
  takeFitting(size: number, most: number): PooledBuffer | undefined {
    let best = Infinity;
    for (const [s, free] of this.#bySize) if (s >= size && s <= most && s < best && free.length > 0) best = s;
    return this.#bySize.get(best)?.shift();
  }

  /** Takes a buffer back. */
  put(buffer: PooledBuffer): void {
    let free = this.#bySize.get(buffer.size);
    if (free === undefined) this.#bySize.set(buffer.size, (free = []));
    let at = free.length; // insertion sort: buffers mostly come back in the order they left
    while (at > 0 && free[at - 1].id > buffer.id) at--;
    if (at > 0 && free[at - 1].id === buffer.id) throw new Error(`pool buffer ${buffer.id} is released twice`);
    free.splice(at, 0, buffer);
  }

  /** Hands out all of them. */
  takeAll(): PooledBuffer[] {
    const all = [...this.#bySize.values()].flat();
    this.#bySize.clear();
    return all;
  }
}

/**
 * Buffers that one captured step has for itself: its recordings name them, so nobody else may get them between two
 * replays. What two recordings of a step (for whole batches and for the last one) put in them is not needed from call
 * to call, so they share them.
 */
export class Arena extends FreeBuffers {
  readonly #home: FreeBuffers;
  readonly #buffers: PooledBuffer[] = [];
  /**
   * A buffer may be so many times as large as what it is for. A first recording makes what it needs and shares what
   * comes near (a step that is captured meets its buffers once and for all, so nothing is gained from exact sizes);
   * later ones find theirs among them.
   */
  slack = 2;

  constructor(home: FreeBuffers) {
    super();
    this.#home = home;
  }

  adopt(buffer: PooledBuffer): void {
    this.#buffers.push(buffer);
  }

  /** Gives everything back to the pool, what is still in use as soon as it is released. */
  dissolve(): void {
    for (const buffer of this.#buffers) buffer.home = this.#home;
    for (const buffer of this.takeAll()) this.#home.put(buffer);
  }
}

export class BufferPool {
  readonly #device: GPUDevice;
  readonly #free = new FreeBuffers();
  #created = 0;
  #buffers = 0;
  #bytes = 0;
  #inUse = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  createArena(): Arena {
    return new Arena(this.#free);
  }

  /** Memory of at least so many bytes, for the arena's step alone when one is given. */
  acquire(bytes: number, arena: Arena | null = null): PooledBuffer {
    const size = alignUp(bytes);
    this.#inUse++;
    const recycled = arena === null ? this.#free.take(size) : arena.takeFitting(size, arena.slack * size);
    if (recycled !== undefined) return recycled;
    if (arena === null) return this.#create(size, this.#free);
    // what an earlier arena gave back, else training again and again would only take
    const buffer = this.#free.take(size) ?? this.#create(size, arena);
    buffer.home = arena;
    arena.adopt(buffer);
    return buffer;
  }

  #create(size: number, home: FreeBuffers): PooledBuffer {
    const { STORAGE, COPY_SRC, COPY_DST } = gpuConstants.GPUBufferUsage;
    const id = nextId++;
    const gpu = this.#device.createBuffer({ label: `pool ${id}`, size, usage: STORAGE | COPY_SRC | COPY_DST });
    this.#created++;
    this.#buffers++;
    this.#bytes += size;
    return { id, owner: this.#device, gpu, size, version: 0, home };
  }

  release(buffer: PooledBuffer): void {
    this.#inUse--;
    buffer.home.put(buffer);
  }

  /**
   * Destroys all free buffers, except those of captured steps. No recorded command may still refer to them: flush
   * first.
   */
  trim(): void {
    for (const buffer of this.#free.takeAll()) {
      buffer.gpu.destroy();
      this.#buffers--;
      this.#bytes -= buffer.size;
    }
  }

  statistics(): PoolStatistics {
    return { buffers: this.#buffers, bytes: this.#bytes, inUse: this.#inUse, created: this.#created };
  }
}

let nextId = 1;
