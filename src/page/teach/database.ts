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
      void navigator.storage.persist(); // else the browser may drop it when room is scarce
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
    if (this.#database !== null) await done(this.#store(store, 'readwrite').put(value));
    else this.#memory.set(`${store}/${value.id}`, value);
  }

  async delete(store: StoreName, id: number): Promise<void> {
    if (this.#database !== null) await done(this.#store(store, 'readwrite').delete(id));
    else this.#memory.delete(`${store}/${id}`);
  }

  #store(name: StoreName, mode: IDBTransactionMode): IDBObjectStore {
    return (this.#database as IDBDatabase).transaction(name, mode).objectStore(name);
  }
}
