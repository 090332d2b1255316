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

/** Blocks there are to lay out in, and how large one may be. */
export interface Room {
  readonly existing: readonly number[];
  readonly largest: number;
}

const NOTHING: Room = { existing: [], largest: Infinity };

/** Orders that are tried, fewer of long lists; and how near to what is needed is near enough. */
const ORDERS = 32;
const ORDERED_IN_ALL = 8000;
const ENOUGH_BYTES = 2 ** 21;
const ENOUGH_SHARE = 1.02;

/**
 * Lays lifetimes out, the largest first, each where it makes the blocks grow least. That order is within some percent
 * of `peakBytes` for most steps; where it is not, others near it are tried and the best one is taken. The same
 * lifetimes are always laid out alike.
 */
export function layOut(lives: readonly Lifetime[], room: Room = NOTHING): Layout {
  const peak = peakBytes(lives);
  const random = numbers();
  let best = layInOrder(lives, largestFirst(lives), room);
  let bytes = total(best.blocks);
  const before = total(room.existing);
  const orders = Math.min(ORDERS, ORDERED_IN_ALL / lives.length);
  for (let k = 1; k < orders; k++) {
    const spare = Math.min(bytes - peak, bytes - before);
    if (spare <= ENOUGH_BYTES || bytes <= ENOUGH_SHARE * peak) break;
    const spread = [0.99, 0.3, 0.6, 0.9][k % 4];
    const weights = lives.map(({ size }) => size * (1 + spread * (2 * random() - 1)));
    const other = layInOrder(lives, largestFirst(lives, weights), room);
    if (total(other.blocks) < bytes) [best, bytes] = [other, total(other.blocks)];
  }
  return best;
}

function total(blocks: readonly number[]): number {
  return blocks.reduce((sum, size) => sum + size, 0);
}

/** Numbers from 0 to 1, always the same ones: a linear congruential generator. */
function numbers(): () => number {
  let state = 1;
  return () => (state = (Math.imul(state, 1103515245) + 12345) >>> 1) / 2 ** 31;
}

function largestFirst(lives: readonly Lifetime[], weights = lives.map(({ size }) => size)): number[] {
  const order = lives.map((_, i) => i);
  return order.sort((a, b) => weights[b] - weights[a] || lives[a].first - lives[b].first || a - b);
}

interface Taken {
  readonly life: Lifetime;
  readonly offset: number;
}

interface Fit extends Spot {
  /** Bytes by which the block must grow. */
  readonly growth: number;
}

function layInOrder(lives: readonly Lifetime[], order: readonly number[], { existing, largest }: Room): Layout {
  const blocks = [...existing];
  const taken: Taken[][] = blocks.map(() => []);
  const spots = new Array<Spot>(lives.length);
  for (const i of order) {
    const life = lives[i];
    let fit: Fit = { block: blocks.length, offset: 0, growth: life.size };
    for (const [block, size] of blocks.entries()) {
      const offset = place(taken[block], size, life);
      const end = offset + life.size;
      const mayGrow = block >= existing.length && end <= largest;
      if (offset < 0 || (end > size && !mayGrow)) continue;
      const growth = Math.max(0, end - size);
      if (growth < fit.growth) fit = { block, offset, growth };
      if (growth === 0) break;
    }
    const { block, offset, growth } = fit;
    blocks[block] = (blocks[block] ?? 0) + growth;
    insert((taken[block] ??= []), { life, offset });
    spots[i] = { block, offset };
  }
  return { blocks, spots };
}

/** The smallest gap of a block that takes a lifetime, else its end; -1 when it may not lie there. Sorted by offset. */
function place(taken: readonly Taken[], size: number, life: Lifetime): number {
  let [best, bestGap, end] = [-1, Infinity, 0];
  for (const { life: other, offset } of taken) {
    if (life.apart.has(other)) return -1;
    if (other.last < life.first || life.last < other.first) continue;
    const gap = offset - end;
    if (gap >= life.size && gap < bestGap) [best, bestGap] = [end, gap];
    end = Math.max(end, offset + other.size);
  }
  const gap = size - end;
  return best >= 0 && !(gap >= life.size && gap < bestGap) ? best : end;
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
