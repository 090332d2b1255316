/**
 * Decides where the memory of recorded commands lies, once it is known how long they need it. What was released by then
 * shares bytes with what is needed before or after it (layout.ts); what lives on gets a block of its own.
 */
import type { GpuCache } from './cache.js';
import { forEachUse, type Command } from './commands.js';
import { layOut, type Lifetime } from './layout.js';
import type { Arena, Block, BufferPool, PooledBuffer } from './pool.js';

/** A memory without a place, and the commands that use it. */
interface Use extends Lifetime {
  readonly buffer: PooledBuffer;
  readonly first: number;
  last: number;
  readonly apart: Set<Use>;
}

export class Placement {
  readonly #pool: BufferPool;
  readonly #cache: GpuCache;
  #count = 0;

  constructor(pool: BufferPool, cache: GpuCache) {
    this.#pool = pool;
    this.#cache = cache;
  }

  /** Gives all memory that these commands use its place: they are submitted in this order, after those before. */
  place(commands: readonly Command[]): void {
    const now = ++this.#count;
    const uses = this.#usesOf(commands, now);
    const passing = new Map<Arena, Use[]>();
    for (const use of uses) {
      const { buffer, first } = use;
      const arena = buffer.arena ?? this.#pool.scratch;
      if (!buffer.isPassing) this.#pool.place(buffer, (block) => block.usedIn !== now || block.usedLast < first);
      else if (passing.get(arena)?.push(use) === undefined) passing.set(arena, [use]);
    }
    const isIdle = (block: Block): boolean => block.usedIn !== now;
    for (const [arena, lives] of passing) {
      const { blocks, spots } = layOut(
        lives,
        arena.blocks.map((b) => b.size),
      );
      for (const size of blocks.slice(arena.blocks.length)) this.#pool.grow(arena, size, isIdle);
      for (const [i, { buffer }] of lives.entries())
        this.#pool.placeAt(buffer, arena.blocks[spots[i].block], spots[i].offset);
    }
    for (const command of commands)
      if (command.kind === 'dispatch') command.bindGroup = this.#cache.bindGroup(command);
  }

  /** What has no place yet, in the order of first use. Blocks that are in use already are marked with the last one. */
  #usesOf(commands: readonly Command[], now: number): Use[] {
    const uses = new Map<PooledBuffer, Use>();
    const [read, written] = [new Array<Use>(), new Array<Use>()];
    for (const [i, command] of commands.entries()) {
      read.length = written.length = 0;
      forEachUse(command, (buffer, writes) => {
        if (buffer.block !== null) {
          buffer.block.usedIn = now;
          buffer.block.usedLast = i;
          return;
        }
        let use = uses.get(buffer);
        if (use === undefined) uses.set(buffer, (use = { buffer, size: buffer.size, first: i, last: i, apart: new Set() }));
        use.last = i;
        (writes ? written : read).push(use);
      });
      for (const a of written)
        for (const b of read) {
          a.apart.add(b);
          b.apart.add(a);
        }
    }
    return [...uses.values()];
  }
}
