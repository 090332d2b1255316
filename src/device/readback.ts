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

  /** An unmapped buffer of at least `bytes` bytes; sizes are powers of two from 256. */
  acquire(bytes: number): GPUBuffer {
    const size = 2 ** Math.ceil(Math.log2(Math.max(bytes, 256)));
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
}
