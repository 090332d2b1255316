/** What this browser keeps of the visitor's classes (IndexedDB). Where it keeps nothing, they last as the page does. */

const NAME = 'weft-classes';
const VERSION = 1;
export type StoreName = 'classes' | 'pictures' | 'taught';

function done<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error ?? new Error('the browser keeps nothing')));
  });
}

/** Resolves when all of it is written: a request may succeed, and its transaction find no room. */
function written(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.addEventListener('complete', () => resolve());
    transaction.addEventListener('abort', () => reject(transaction.error ?? new Error('the browser keeps nothing')));
  });
}

export interface Kept {
  readonly id: number;
}

export class Database {
  /** null: this browser keeps nothing, a private window perhaps. */
  readonly #database: IDBDatabase | null;
  readonly #memory = new Map<string, Kept>();

  private constructor(database: IDBDatabase | null) {
    this.#database = database;
  }

  static async open(): Promise<Database> {
    try {
      const request = indexedDB.open(NAME, VERSION);
      request.addEventListener('upgradeneeded', () => {
        for (const store of ['classes', 'pictures', 'taught'] satisfies StoreName[])
          request.result.createObjectStore(store, { keyPath: 'id' });
      });
      const opened = await done(request);
      navigator.storage.persist().catch(() => false); // else the browser may drop it when room is scarce
      return new Database(opened);
    } catch {
      return new Database(null);
    }
  }

  /** Whether it outlives this visit. */
  get lasts(): boolean {
    return this.#database !== null;
  }

  async all<T extends Kept>(store: StoreName): Promise<T[]> {
    if (this.#database !== null) return (await done(this.#store(store, 'readonly').getAll())) as T[];
    return [...this.#memory].flatMap(([key, value]) => (key.startsWith(`${store}/`) ? [value as T] : []));
  }

  async get<T extends Kept>(store: StoreName, id: number): Promise<T | undefined> {
    if (this.#database !== null) return (await done(this.#store(store, 'readonly').get(id))) as T | undefined;
    return this.#memory.get(`${store}/${id}`) as T | undefined;
  }

  /** @throws DOMException QuotaExceededError when there is no room. */
  async put(store: StoreName, value: Kept): Promise<void> {
    if (this.#database !== null) await this.#write(store, (rows) => rows.put(value));
    else this.#memory.set(`${store}/${value.id}`, value);
  }

  /** Changes what is there; what is there no more stays away. */
  async update<T extends Kept>(store: StoreName, id: number, change: (kept: T) => T): Promise<void> {
    if (this.#database === null) {
      const kept = await this.get<T>(store, id);
      if (kept !== undefined) await this.put(store, change(kept));
    } else
      await this.#write(store, (rows) => {
        const request: IDBRequest<T | undefined> = rows.get(id);
        request.addEventListener('success', () => {
          if (request.result !== undefined) rows.put(change(request.result));
        });
      });
  }

  async delete(store: StoreName, ids: readonly number[]): Promise<void> {
    if (this.#database !== null)
      await this.#write(store, (rows) => {
        for (const id of ids) rows.delete(id);
      });
    else for (const id of ids) this.#memory.delete(`${store}/${id}`);
  }

  async #write(store: StoreName, work: (rows: IDBObjectStore) => unknown): Promise<void> {
    const rows = this.#store(store, 'readwrite');
    const end = written(rows.transaction);
    work(rows);
    await end;
  }

  #store(name: StoreName, mode: IDBTransactionMode): IDBObjectStore {
    return (this.#database as IDBDatabase).transaction(name, mode).objectStore(name);
  }
}
