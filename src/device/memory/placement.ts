/**
 * Decides where the memory of recorded commands lies, once it is known how long they need it. What was released by then
 * shares bytes with what is needed before or after it (layout.ts); what lives on gets a block of its own.
 */
import type { GpuCache } from '../cache.js';
import { forEachUse, type Command } from '../commands.js';
import { layOut, peakBytes, type Layout, type Lifetime } from './layout.js';
import type { Arena, Block, BufferPool, PooledBuffer } from '../pool.js';

/** A memory without a place, and the commands that use it. */
interface Use extends Lifetime {
  readonly buffer: PooledBuffer;
  last: number;
  /** Its place among the others. */
  readonly number: number;
  readonly apart: Set<Use>;
}

/** Layouts of work outside of captures are kept: the same step lies where it lay. At most so many. */
const MAX_LAYOUTS = 100;

export class Placement {
  readonly #pool: BufferPool;
  readonly #cache: GpuCache;
  readonly #layouts = new Map<string, Layout>();
  #count = 0;

  constructor(pool: BufferPool, cache: GpuCache) {
    this.#pool = pool;
    this.#cache = cache;
  }

  /**
   * Gives all memory that these commands use its place: they are submitted in this order, after those before.
   * @returns the most bytes that were in use at once of what they need for a while.
   */
  place(commands: readonly Command[]): number {
    const now = ++this.#count;
    const { uses, pattern } = this.#usesOf(commands, now);
    const passing = new Map<Arena, Use[]>();
    for (const use of uses.values()) {
      const { buffer, first } = use;
      const arena = buffer.arena ?? this.#pool.scratch;
      if (!buffer.isPassing) this.#pool.place(buffer, (block) => block.usedIn !== now || block.usedLast < first);
      else if (passing.get(arena)?.push(use) === undefined) passing.set(arena, [use]);
    }
    const isIdle = (block: Block): boolean => block.usedIn !== now;
    let peak = 0;
    for (const [arena, lives] of passing) {
      const { blocks, spots } =
        arena === this.#pool.scratch
          ? this.#scratchLayout(lives, commands, uses, pattern)
          : this.#layout(arena, lives, commands, uses);
      for (const size of blocks.slice(arena.blocks.length)) this.#pool.grow(arena, size, isIdle);
      for (const [i, { buffer }] of lives.entries())
        this.#pool.placeAt(buffer, arena.blocks[spots[i].block], spots[i].offset);
      peak += peakBytes(lives);
    }
    for (const command of commands) if (command.kind === 'dispatch') command.bindGroup = this.#cache.bindGroup(command);
    return peak;
  }

  /** Forgets the layouts: needed when blocks are destroyed. */
  forget(): void {
    this.#layouts.clear();
  }

  #scratchLayout(
    lives: readonly Use[],
    commands: readonly Command[],
    uses: ReadonlyMap<PooledBuffer, Use>,
    pattern: string,
  ): Layout {
    const key = `${pattern} ${lives.map(({ size }) => size).join()}`;
    let layout = this.#layouts.get(key);
    if (layout === undefined) {
      layout = this.#layout(this.#pool.scratch, lives, commands, uses);
      if (this.#layouts.size >= MAX_LAYOUTS) this.#layouts.clear();
      this.#layouts.set(key, layout);
    }
    return layout;
  }

  #layout(
    arena: Arena,
    lives: readonly Use[],
    commands: readonly Command[],
    uses: ReadonlyMap<PooledBuffer, Use>,
  ): Layout {
    for (const command of commands) setApart(command, uses);
    return layOut(lives, { existing: arena.blocks.map((b) => b.size), largest: this.#pool.largest });
  }

  /**
   * What has no place yet, in the order of first use, and which of it each command uses how. Blocks in use already are
   * marked with the last command.
   */
  #usesOf(commands: readonly Command[], now: number): { uses: Map<PooledBuffer, Use>; pattern: string } {
    const uses = new Map<PooledBuffer, Use>();
    let pattern = '';
    for (const [i, command] of commands.entries()) {
      forEachUse(command, (buffer, writes) => {
        if (buffer.block !== null) {
          buffer.block.usedIn = now;
          buffer.block.usedLast = i;
          return;
        }
        let use = uses.get(buffer);
        if (use === undefined) {
          use = { buffer, size: buffer.size, first: i, last: i, number: uses.size, apart: new Set() };
          uses.set(buffer, use);
        }
        use.last = i;
        if (buffer.isPassing) pattern += `${writes ? 'w' : 'r'}${use.number}`;
      });
      pattern += ';';
    }
    return { uses, pattern };
  }
}

/** What a command reads and what it writes must not lie in one block. */
function setApart(command: Command, uses: ReadonlyMap<PooledBuffer, Use>): void {
  const [read, written] = [new Array<Use>(), new Array<Use>()];
  forEachUse(command, (buffer, writes) => {
    const use = uses.get(buffer);
    if (use !== undefined) (writes ? written : read).push(use);
  });
  for (const a of written)
    for (const b of read) {
      a.apart.add(b);
      b.apart.add(a);
    }
}
