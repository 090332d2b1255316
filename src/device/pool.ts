/** GPU buffers: created once, used again and again, so that a steady training step creates none. */
import { gpuConstants } from '#platform';

/** Sizes are rounded up to this: the alignment of binding offsets, and room for a kernel's last vec4. */
export const ALIGNMENT = 256;

export function alignUp(bytes: number): number {
  return Math.max(ALIGNMENT, Math.ceil(bytes / ALIGNMENT) * ALIGNMENT);
}

/** A GPU buffer. */
export interface Block {
  /** No two blocks of the process share one, not even on different devices: cache keys name it. */
  readonly id: number;
  readonly gpu: GPUBuffer;
  /** Bytes, a multiple of ALIGNMENT. */
  readonly size: number;
  /** Where it goes when what lies in it is released. */
  home: FreeBlocks;
  /** Number of the last placing whose commands use it, and the last of those commands: see Placement. */
  usedIn: number;
  usedLast: number;
}

/**
 * Memory that was handed out. Which bytes of which GPU buffer it is, is decided when the commands that use it are
 * about to be submitted: what has been released by then needs its place for some of those commands only.
 */
export class PooledBuffer {
  readonly owner: GPUDevice;
  /** Bytes, a multiple of ALIGNMENT. */
  readonly size: number;
  /** The captured step that it is for. */
  readonly arena: Arena | null;
  /** Grows with every command that writes to it: whether numbers that were read are still its own. */
  version = 0;
  /** Nobody will use it after the commands that are recorded now: it was released, or belongs to one list of them. */
  isPassing = false;
  /** Belongs to a handle that may have been dropped: counted in Garbage. */
  mayBeGarbage = false;
  /** Counted among what has no place yet. */
  isOpen = true;
  /** Where it lies; null as long as that is open. */
  block: Block | null = null;
  /** Its first byte in the block; a multiple of ALIGNMENT. */
  base = 0;

  constructor(owner: GPUDevice, size: number, arena: Arena | null) {
    this.owner = owner;
    this.size = size;
    this.arena = arena;
  }

  /** The GPU buffer that it lies in. */
  get gpu(): GPUBuffer {
    if (this.block === null) throw new Error('memory that was not placed has no GPU buffer');
    return this.block.gpu;
  }
}

/** Counts of a device's buffers. */
export interface PoolStatistics {
  /** GPU buffers that exist, in use or free. */
  readonly buffers: number;
  readonly bytes: number;
  /** Memories handed out now. */
  readonly inUse: number;
  /** GPU buffers created since the start; stays the same in a steady step. */
  readonly created: number;
}

/**
 * Free blocks of a size are handed out lowest id first. So the blocks that a step gets depend only on which are free
 * when it starts, and a repeated step meets the same blocks, hence the same bind groups. (Last-in-first-out would
 * permute them each time.)
 */
export class FreeBlocks {
  readonly #bySize = new Map<number, Block[]>();

  /** The first of exactly this size that will do. */
  take(size: number, willDo: (block: Block) => boolean = () => true): Block | undefined {
    const free = this.#bySize.get(size);
    const at = free?.findIndex(willDo) ?? -1;
    return at < 0 ? undefined : free?.splice(at, 1)[0];
  }

  /** Takes a block back. */
  put(block: Block): void {
    let free = this.#bySize.get(block.size);
    if (free === undefined) this.#bySize.set(block.size, (free = []));
    let at = free.length; // insertion sort: blocks mostly come back in the order they left
    while (at > 0 && free[at - 1].id > block.id) at--;
    if (at > 0 && free[at - 1].id === block.id) throw new Error(`block ${block.id} is released twice`);
    free.splice(at, 0, block);
  }

  /** Hands out all of them. */
  takeAll(): Block[] {
    const all = [...this.#bySize.values()].flat();
    this.#bySize.clear();
    return all;
  }
}

/**
 * Blocks for what lists of commands need for a while: a captured step has an arena for itself, since its recordings
 * name the blocks, and all other work shares one. What two recordings of a step (for whole batches and for the last
 * one) put in them is not needed from call to call, so they share them. Blocks of one memory each, which lasts longer
 * than its commands, come back to the arena when that is released.
 */
export class Arena extends FreeBlocks {
  /** What lifetimes are laid out in, in the order they were made: see layOut. */
  readonly blocks: Block[] = [];
  /** The blocks that recordings name, which may be run again. */
  named: () => ReadonlySet<Block> = () => new Set();
  #whole: Block[] = [];
  readonly #forget: (arena: Arena) => void;

  constructor(forget: (arena: Arena) => void) {
    super();
    this.#forget = forget;
  }

  /** Takes a block of one memory in: it comes back here. */
  adopt(block: Block): void {
    block.home = this;
    this.#whole.push(block);
  }

  /** Gives everything back to the pool, what is still in use as soon as it is released. */
  dissolve(pool: FreeBlocks): void {
    for (const block of this.#whole) block.home = pool;
    for (const block of [...this.takeAll(), ...this.blocks.splice(0)]) pool.put(block);
    this.#forget(this);
  }

  /** Takes out what is free and not named. */
  takeFree(): Block[] {
    const named = this.named();
    const whole = this.takeAll();
    for (const block of whole) if (named.has(block)) this.put(block);
    const free = [...whole, ...this.blocks].filter((block) => !named.has(block));
    this.#whole = this.#whole.filter((block) => !free.includes(block));
    this.blocks.splice(0, Infinity, ...this.blocks.filter((block) => named.has(block)));
    return free;
  }
}

export class BufferPool {
  readonly #device: GPUDevice;
  readonly #free = new FreeBlocks();
  readonly #arenas = new Set<Arena>();
  /** What work outside of captured steps needs for a while. */
  readonly scratch = this.createArena();
  #created = 0;
  #buffers = 0;
  #bytes = 0;
  #inUse = 0;
  #unplaced = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Bytes of the largest buffer that the adapter gives. */
  get largest(): number {
    return this.#device.limits.maxBufferSize;
  }

  /** Bytes handed out that have no place yet. */
  get unplaced(): number {
    return this.#unplaced;
  }

  createArena(): Arena {
    const arena = new Arena((a) => this.#arenas.delete(a));
    this.#arenas.add(arena);
    return arena;
  }

  dissolve(arena: Arena): void {
    arena.dissolve(this.#free);
  }

  /** Memory of at least so many bytes, for the arena's step alone when one is given. */
  acquire(bytes: number, arena: Arena | null = null): PooledBuffer {
    const buffer = new PooledBuffer(this.#device, alignUp(bytes), arena);
    this.#inUse++;
    this.#unplaced += buffer.size;
    return buffer;
  }

  /** Nobody holds it any more. To be called once. */
  release(buffer: PooledBuffer): void {
    this.#inUse--;
    this.#close(buffer);
    if (buffer.block !== null && !buffer.isPassing) buffer.block.home.put(buffer.block);
    buffer.isPassing = true;
  }

  /** Gives a memory a block of its own, until it is released. */
  place(buffer: PooledBuffer, willDo?: (block: Block) => boolean): void {
    const { size, arena } = buffer;
    let block = arena?.take(size, willDo);
    if (block === undefined) {
      // what an earlier arena gave back comes before new, else training again and again would only take
      block = this.#free.take(size, willDo) ?? this.#create(size);
      arena?.adopt(block);
    }
    this.placeAt(buffer, block, 0);
  }

  /** Lets a memory lie in a block from this byte on. */
  placeAt(buffer: PooledBuffer, block: Block, base: number): void {
    buffer.block = block;
    buffer.base = base;
    this.#close(buffer);
  }

  /** One more block to lay out in, of exactly this size. */
  grow(arena: Arena, size: number, willDo: (block: Block) => boolean): void {
    arena.blocks.push(this.#free.take(size, willDo) ?? this.#create(size));
  }

  #close(buffer: PooledBuffer): void {
    if (buffer.isOpen) this.#unplaced -= buffer.size;
    buffer.isOpen = false;
  }

  #create(size: number): Block {
    const { STORAGE, COPY_SRC, COPY_DST } = gpuConstants.GPUBufferUsage;
    const id = nextId++;
    const gpu = this.#device.createBuffer({ label: `pool ${id}`, size, usage: STORAGE | COPY_SRC | COPY_DST });
    this.#created++;
    this.#buffers++;
    this.#bytes += size;
    return { id, gpu, size, home: this.#free, usedIn: 0, usedLast: 0 };
  }

  /**
   * Destroys all blocks that are free, and what no recording of a captured step names. No recorded command may still
   * refer to them: flush first.
   */
  trim(): void {
    for (const block of [...this.#free.takeAll(), ...[...this.#arenas].flatMap((arena) => arena.takeFree())]) {
      block.gpu.destroy();
      this.#buffers--;
      this.#bytes -= block.size;
    }
  }

  statistics(): PoolStatistics {
    return { buffers: this.#buffers, bytes: this.#bytes, inUse: this.#inUse, created: this.#created };
  }
}

let nextId = 1;
