/**
 * Where memory that is needed for a while only may lie: lifetimes that do not overlap share bytes. Plain arithmetic on
 * a list of commands that is complete, so it is known when each is used first and last.
 *
 * WebGPU refuses a dispatch that reads and writes ranges of one buffer, even disjoint ones. So memory lies in several
 * blocks, and two that one command uses differently (`apart`) never lie in the same.
 */

/** Memory that a list of commands uses from one command on to another one. */
export interface Lifetime {
  /** Bytes, a multiple of 256. */
  readonly size: number;
  /** Numbers of the first and the last command that use it. */
  readonly first: number;
  readonly last: number;
  /** What must not lie in the same block. */
  readonly apart: ReadonlySet<Lifetime>;
}

/** Block and byte at which a lifetime lies. */
export interface Spot {
  readonly block: number;
  readonly offset: number;
}

/** Where everything lies. */
export interface Layout {
  /** Sizes of all blocks: those that were there, then the new ones. */
  readonly blocks: readonly number[];
  /** One for each lifetime, in their order. */
  readonly spots: readonly Spot[];
}

interface Taken {
  readonly life: Lifetime;
  readonly offset: number;
}

/**
 * Lays lifetimes out, the largest first, each in the first block that has room for it; a new block is as large as what
 * it is made for. Laid out again with the blocks that came of it, the same lifetimes lie where they lay.
 * @param existing sizes of blocks that are there to be used.
 */
export function layOut(lives: readonly Lifetime[], existing: readonly number[] = []): Layout {
  const blocks = [...existing];
  const taken: Taken[][] = blocks.map(() => []);
  const spots = new Array<Spot>(lives.length);
  const order = lives.map((_, i) => i);
  order.sort((a, b) => lives[b].size - lives[a].size || lives[a].first - lives[b].first || a - b);
  for (const i of order) {
    const life = lives[i];
    let block = 0;
    let offset = -1;
    for (; block < blocks.length && offset < 0; block++) offset = roomIn(taken[block], blocks[block], life);
    if (offset < 0) {
      blocks.push(life.size);
      taken.push([]);
      [block, offset] = [blocks.length, 0];
    }
    block--; // the loop has gone one further, and so is the new one's number
    insert(taken[block], { life, offset });
    spots[i] = { block, offset };
  }
  return { blocks, spots };
}

/** The smallest gap of a block that takes a lifetime; -1 when there is none. `taken` is sorted by offset. */
function roomIn(taken: readonly Taken[], size: number, life: Lifetime): number {
  if (life.size > size) return -1;
  let [best, bestGap, end] = [-1, Infinity, 0];
  for (const { life: other, offset } of taken) {
    if (life.apart.has(other)) return -1;
    if (other.last < life.first || life.last < other.first) continue;
    const gap = offset - end;
    if (gap >= life.size && gap < bestGap) [best, bestGap] = [end, gap];
    end = Math.max(end, offset + other.size);
  }
  const gap = size - end;
  return gap >= life.size && gap < bestGap ? end : best;
}

function insert(taken: Taken[], one: Taken): void {
  let at = taken.length;
  while (at > 0 && taken[at - 1].offset > one.offset) at--;
  taken.splice(at, 0, one);
}

/** The most bytes that are in use at once: no layout takes less. */
export function peakBytes(lives: readonly Lifetime[]): number {
  const change = new Map<number, number>();
  const add = (at: number, bytes: number): void => void change.set(at, (change.get(at) ?? 0) + bytes);
  for (const { size, first, last } of lives) {
    add(first, size);
    add(last + 1, -size);
  }
  let [most, now] = [0, 0];
  for (const at of [...change.keys()].sort((a, b) => a - b)) most = Math.max(most, (now += change.get(at) as number));
  return most;
}
