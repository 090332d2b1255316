/** Staging buffers for reading back, recycled by size class. */
import { gpuConstants } from '#platform';

export class StagingReader {
  readonly #device: GPUDevice;
  readonly #free = new Map<number, GPUBuffer[]>();
  /** Staging buffers created since the start. */
  created = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /**
   * An unmapped buffer of at least `bytes` bytes (a multiple of 4); sizes are powers of two from 256, as far as a
   * buffer may go.
   */
  acquire(bytes: number): GPUBuffer {
    const largest = Math.floor(this.#device.limits.maxBufferSize / 4) * 4;
    const size = Math.min(2 ** Math.ceil(Math.log2(Math.max(bytes, 256))), largest);
    const recycled = this.#free.get(size)?.pop();
    if (recycled !== undefined) return recycled;
    this.created++;
    const { MAP_READ, COPY_DST } = gpuConstants.GPUBufferUsage;
    return this.#device.createBuffer({ label: 'staging', size, usage: MAP_READ | COPY_DST });
  }

  release(buffer: GPUBuffer): void {
    let free = this.#free.get(buffer.size);
    if (free === undefined) this.#free.set(buffer.size, (free = []));
    free.push(buffer);
  }

  /** Destroys all free buffers. */
  trim(): void {
    for (const free of this.#free.values()) for (const buffer of free) buffer.destroy();
    this.#free.clear();
  }
}
