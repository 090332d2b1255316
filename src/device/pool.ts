/** Recycles GPU buffers by exact size, so that a steady training step creates none. */
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
}

export interface PoolStatistics {
  /** Buffers that exist, in use or free. */
  readonly buffers: number;
  readonly bytes: number;
  /** Buffers handed out now. */
  readonly inUse: number;
  /** Buffers created since the start; stays the same in a steady step. */
  readonly created: number;
}

let nextId = 1;

/**
 * Free buffers of a size are handed out lowest id first. So the buffers that a step gets depend only on which are free when it
 * starts, and a repeated step meets the same buffers, hence the same bind groups. (Last-in-first-out would permute them each time.)
 */
export class BufferPool {
  readonly #device: GPUDevice;
  readonly #free = new Map<number, PooledBuffer[]>();
  #created = 0;
  #buffers = 0;
  #bytes = 0;
  #inUse = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  acquire(bytes: number): PooledBuffer {
    const size = alignUp(bytes);
    const free = this.#free.get(size);
    this.#inUse++;
    const recycled = free?.shift();
    if (recycled !== undefined) return recycled;
    const { STORAGE, COPY_SRC, COPY_DST } = gpuConstants.GPUBufferUsage;
    const id = nextId++;
    this.#created++;
    const gpu = this.#device.createBuffer({ label: `pool ${id}`, size, usage: STORAGE | COPY_SRC | COPY_DST });
    this.#buffers++;
    this.#bytes += size;
    return { id, owner: this.#device, gpu, size };
  }

  release(buffer: PooledBuffer): void {
    this.#inUse--;
    let free = this.#free.get(buffer.size);
    if (free === undefined) this.#free.set(buffer.size, (free = []));
    let at = free.length; // insertion sort: buffers mostly come back in the order they left
    while (at > 0 && free[at - 1].id > buffer.id) at--;
    if (at > 0 && free[at - 1].id === buffer.id) throw new Error(`pool buffer ${buffer.id} is released twice`);
    free.splice(at, 0, buffer);
  }

  /** Destroys all free buffers. No recorded command may still refer to them: flush first. */
  trim(): void {
    for (const free of this.#free.values()) {
      for (const buffer of free) {
        buffer.gpu.destroy();
        this.#buffers--;
        this.#bytes -= buffer.size;
      }
    }
    this.#free.clear();
  }

  statistics(): PoolStatistics {
    return { buffers: this.#buffers, bytes: this.#bytes, inUse: this.#inUse, created: this.#created };
  }
}
