/** Modules that hold others and leave it to their owner to call them, as torch.nn.ModuleList and ModuleDict. */
import { UsageError } from '../device/errors.js';
import { Module, type AnyModule } from './module.js';

/** Modules by number; the keys of what they hold begin with it: `blocks.0.weight`. */
export class ModuleList<M extends AnyModule = Module> extends Module<readonly [], never> {
  readonly #modules: M[];

  constructor(modules: Iterable<M> = []) {
    super();
    this.#modules = [...modules];
  }

  /** How many there are. */
  get length(): number {
    return this.#modules.length;
  }

  /** The i-th; negative counts from the back. @throws UsageError when there is none. */
  at(i: number): M {
    const found = this.#modules.at(i);
    if (found === undefined) throw new UsageError(`[ModuleList] has no module ${i} of ${this.length}`);
    return found;
  }

  /** Adds one at the end, before the model is put on a device. */
  append(module: M): this {
    this.#modules.push(module);
    return this;
  }

  /** The modules, in order. */
  [Symbol.iterator](): Iterator<M> {
    return this.#modules[Symbol.iterator]();
  }

  /** The modules by their keys. */
  override *children(): Iterable<[string, M]> {
    for (const [i, module] of this.#modules.entries()) yield [String(i), module];
  }

  /** @throws UsageError always: the order in which they are called is their owner's. */
  forward(): never {
    throw new UsageError('[ModuleList] has no forward', { fix: 'call its modules, or use Sequential' });
  }
}

/** Modules by name; the keys of what they hold begin with it: `heads.colour.weight`. */
export class ModuleDict<M extends AnyModule = Module> extends Module<readonly [], never> {
  readonly #modules: Map<string, M>;

  constructor(modules: Readonly<Record<string, M>> = {}) {
    super();
    this.#modules = new Map(Object.entries(modules));
  }

  /** The names, in the order given. */
  keys(): string[] {
    return [...this.#modules.keys()];
  }

  /** The module of a name. @throws UsageError when there is none. */
  get(name: string): M {
    const found = this.#modules.get(name);
    if (found === undefined)
      throw new UsageError(`[ModuleDict] has no module "${name}"`, { fix: `it has ${this.keys().join(', ')}` });
    return found;
  }

  /** The modules by their keys. */
  override *children(): Iterable<[string, M]> {
    yield* this.#modules;
  }

  /** @throws UsageError always: which of them is called is their owner's choice. */
  forward(): never {
    throw new UsageError('[ModuleDict] has no forward', { fix: 'call its modules by name' });
  }
}
