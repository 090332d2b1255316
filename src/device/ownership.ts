/** Who owns which memory: the scopes of `device.step`, and the garbage collector for what belongs to none. */
import { UsageError } from './errors.js';
import { Garbage } from './memory/garbage.js';
import type { BufferPool, PooledBuffer } from './pool.js';
import { forEachStorage, type Storage } from './storage.js';

export class Ownership {
  /** What belongs to no scope and was not meant to stay. */
  readonly garbage = new Garbage();
  readonly #pool: BufferPool;
  /** Innermost last. */
  readonly #scopes: Set<Storage>[] = [];
  readonly #collected = new FinalizationRegistry<PooledBuffer>((buffer) => this.#release(buffer));

  constructor(pool: BufferPool) {
    this.#pool = pool;
  }

  get isInScope(): boolean {
    return this.#scopes.length > 0;
  }

  /** Gives a new storage to the current scope, or to the garbage collector when there is none. */
  own(storage: Storage): void {
    const scope = this.#scopes.at(-1);
    if (scope !== undefined) scope.add(storage);
    else {
      this.#collected.register(storage, storage.buffer, storage);
      this.garbage.bytes += storage.buffer.size;
      storage.buffer.mayBeGarbage = true;
    }
  }

  /** Takes a storage out of the scopes. */
  keep(storage: Storage): void {
    for (const scope of this.#scopes) scope.delete(storage);
    // registered already when it was allocated outside every scope; twice would release it twice
    this.#collected.unregister(storage);
    this.#collected.register(storage, storage.buffer, storage);
    storage.isKept = true;
    this.#forget(storage.buffer);
  }

  /** Returns a storage's buffer to the pool. To be called once, by the storage. */
  recycle(storage: Storage): void {
    for (const scope of this.#scopes) scope.delete(storage);
    this.#collected.unregister(storage);
    this.#release(storage.buffer);
  }

  #release(buffer: PooledBuffer): void {
    this.#forget(buffer);
    this.#pool.release(buffer);
  }

  /** It is garbage no longer. */
  #forget(buffer: PooledBuffer): void {
    if (buffer.mayBeGarbage) this.garbage.bytes -= buffer.size;
    buffer.mayBeGarbage = false;
  }

  /** Runs a function in a scope of its own; what it does not return is released, also when it throws. */
  scope<T>(body: () => T): T {
    const scope = new Set<Storage>();
    this.#scopes.push(scope);
    try {
      const result = body();
      if (result instanceof Promise) {
        result.catch(() => {}); // what it stumbles over from here on follows from this error
        throw new UsageError('device.step takes a function that is not async', { fix: 'read results after the step' });
      }
      const returned = new Set<Storage>();
      forEachStorage(result, (storage) => {
        if (scope.delete(storage)) returned.add(storage);
      });
      this.#scopes.pop();
      for (const storage of returned) this.own(storage);
      return result;
    } finally {
      if (this.#scopes.at(-1) === scope) this.#scopes.pop();
      for (const storage of scope) storage.release();
    }
  }
}
