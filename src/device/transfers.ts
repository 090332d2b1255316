/** Moving bytes: between buffers, from the host, back to it, and filling memory with one word. */
import { gpuConstants, waitFor } from '#platform';
import { checkBytes } from './checks.js';
import type { Device } from './device.js';
import { GpuError, UsageError } from './errors.js';
import { defineKernel } from './kernel.js';
import { StagingReader } from './readback.js';
import type { BufferPool } from './pool.js';
import type { Recorder } from './recorder.js';
import type { Storage } from './storage.js';

const fillKernel = defineKernel({
  name: 'fill',
  file: 'memory/fill.wgsl',
  includes: ['common/grid.wgsl'],
  bindings: ['write', 'params'],
});

function roundUp4(bytes: number): number {
  return Math.ceil(bytes / 4) * 4;
}

/** Device's transfers; Device itself sees to failures, captures and flushing. */
export class Transfers {
  readonly #device: Device;
  readonly #recorder: Recorder;
  readonly #pool: BufferPool;
  readonly #reader: StagingReader;

  constructor(device: Device, recorder: Recorder, pool: BufferPool) {
    this.#device = device;
    this.#recorder = recorder;
    this.#pool = pool;
    this.#reader = new StagingReader(device.gpu);
  }

  /** Created since the start. */
  get stagingBuffers(): number {
    return this.#reader.created;
  }

  /** See Device.copy. @throws UsageError within one buffer. */
  copy(source: Storage, sourceOffset: number, target: Storage, targetOffset: number, bytes: number): void {
    checkBytes('copy', this.#device, source, sourceOffset, bytes);
    checkBytes('copy', this.#device, target, targetOffset, bytes, true);
    if (source.buffer === target.buffer)
      throw new UsageError('[copy] within one buffer', { fix: 'copy through another tensor' });
    target.buffer.version++;
    const [from, to] = [source.buffer, target.buffer];
    this.#recorder.record({ kind: 'copy', source: from, sourceOffset, target: to, targetOffset, bytes });
  }

  clear(target: Storage, offset: number, bytes: number): void {
    checkBytes('clear', this.#device, target, offset, bytes, true);
    target.buffer.version++;
    this.#recorder.record({ kind: 'clear', target: target.buffer, offset, bytes });
  }

  fill(target: Storage, word: number): void {
    checkBytes('fill', this.#device, target, 0, 0);
    const { maxBindingBytes } = this.#device;
    for (let offset = 0; offset < target.buffer.size; offset += maxBindingBytes) {
      const size = Math.min(maxBindingBytes, target.buffer.size - offset);
      this.#device.dispatch(fillKernel, {
        buffers: [{ buffer: target.buffer, offset, size }],
        params: [size / 16, word],
        workgroups: Math.ceil(size / 16 / 64),
      });
    }
  }

  /** See Device.write. The queue takes whole words of 4 bytes; a tail is written apart. */
  write(target: Storage, data: ArrayBufferView<ArrayBuffer>, offset: number): void {
    checkBytes('write', this.#device, target, offset, roundUp4(data.byteLength), true);
    target.buffer.version++;
    if (target.buffer.block === null) this.#pool.place(target.buffer); // nothing that was recorded uses it
    const { queue } = this.#device.gpu;
    const whole = data.byteLength - (data.byteLength % 4);
    const { gpu, base } = target.buffer;
    queue.writeBuffer(gpu, base + offset, data.buffer, data.byteOffset, whole);
    if (whole < data.byteLength) {
      const tail = new Uint8Array(4);
      tail.set(new Uint8Array(data.buffer, data.byteOffset + whole, data.byteLength - whole));
      queue.writeBuffer(gpu, base + offset + whole, tail);
    }
  }

  /** See Device.read. @throws GpuError when the memory cannot be mapped. */
  async read(source: Storage, offset: number, bytes: number): Promise<ArrayBuffer> {
    const whole = roundUp4(bytes);
    checkBytes('read', this.#device, source, offset, whole);
    const slot = this.#reader.acquire(whole);
    // Recorded before anything is awaited: what the caller records next must not change what is read.
    this.#recorder.add({
      kind: 'copy',
      source: source.buffer,
      sourceOffset: offset,
      target: { gpu: slot, base: 0 },
      targetOffset: 0,
      bytes: whole,
    });
    await this.#device.settle();
    try {
      await waitFor(slot.mapAsync(gpuConstants.GPUMapMode.READ, 0, whole));
    } catch (error) {
      throw new GpuError(`reading from the GPU failed: ${String(error)}`, { cause: error });
    }
    const result = slot.getMappedRange(0, whole).slice(0, bytes);
    slot.unmap();
    this.#reader.release(slot);
    return result;
  }

  /** Destroys the staging buffers that are free. */
  trim(): void {
    this.#reader.trim();
  }
}
