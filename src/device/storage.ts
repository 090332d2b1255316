/** The memory of one or more tensors: a pooled buffer, and the rule of when it goes back to the pool. */
import type { Device } from './device.js';
import type { PooledBuffer } from './pool.js';

let nextId = 1;

/**
 * A storage belongs to the `device.step` scope in which it was allocated and goes back to the pool when that scope
 * ends, unless the scope's function returns it. One that belongs to no scope goes back when it is garbage collected, or
 * at `release()`.
 */
export class Storage {
  readonly device: Device;
  /** Grows with every allocation: a storage with a larger id is younger. */
  readonly id: number;
  readonly buffer: PooledBuffer;
  /** Set by `device.keep`: no scope and no backward walk may release it. */
  isKept = false;
  /** Set for what a captured step returns: the recording writes to it at each replay, so it lives as long as that. */
  isPinned = false;
  /** Set for a copy of a tensor in another layout: what is written to it would be lost. */
  isCopy = false;
  #released = false;

  constructor(device: Device, buffer: PooledBuffer) {
    this.device = device;
    this.id = nextId++;
    this.buffer = buffer;
  }

  /** Whether its memory went back to the pool. */
  get isReleased(): boolean {
    return this.#released;
  }

  /** Returns the buffer to the pool. Commands recorded before still see their data: reuse is recorded after them. */
  release(): void {
    if (!this.isPinned) this.free();
  }

  /** Releases it even if a captured step returned it. Only for that step's recording. */
  free(): void {
    if (this.#released) return;
    this.#released = true;
    this.device.recycle(this);
  }
}

/** Calls `visit` for every storage in a value: a tensor, or arrays and plain objects of tensors. */
export function forEachStorage(value: unknown, visit: (storage: Storage) => void): void {
  if (typeof value !== 'object' || value === null) return;
  const holder = value as { home?: { storage?: unknown } };
  if (holder.home?.storage instanceof Storage) visit(holder.home.storage);
  else if (Array.isArray(value)) for (const item of value) forEachStorage(item, visit);
  else if (Object.getPrototypeOf(value) === Object.prototype)
    for (const item of Object.values(value)) forEachStorage(item, visit);
}
