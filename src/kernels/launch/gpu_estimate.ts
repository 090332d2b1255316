/**
 * What a tiled product would take on a GPU of which nothing is known, in cycles: enough to put the tiles of a family in
 * order, so that the default is a good guess and the tuner tries the best first. Not a measurement.
 */

/** How a product (rows x depth) (depth x columns) is cut up. */
export interface TiledProduct {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
  /** Products side by side. */
  readonly batch: number;
  /** What a workgroup makes. */
  readonly tileRows: number;
  readonly tileColumns: number;
  /** What a thread makes. */
  readonly threadRows: number;
  readonly threadColumns: number;
  /** Multiply-adds at a time for one of the ordinary units; 1 unless it is given. */
  readonly speed?: number;
  /** Parts of the depth, each of which writes sums of its own that are added afterwards. */
  readonly splits: number;
}

/** A large card of today: compute units, their multiply-adds a cycle, bytes of memory a cycle of the whole card. */
const UNITS = 128;
const LANES = 128;
const MEMORY = 1800;
/** Threads at work on a unit from which on loads hide behind arithmetic. */
const ENOUGH_THREADS = 512;
/** Cycles that a thread of few takes for a multiply-add, and what it costs to start, and to start another dispatch. */
const ALONE = 1.5;
const START = 1500;
const DISPATCH = 9000;

/** Numbers read from workgroup memory for each multiply-add: 0.25 with 8 x 8 results a thread, 0.5 with 4 x 4. */
function readsPerMultiply(p: TiledProduct): number {
  return 1 / p.threadRows + 1 / p.threadColumns;
}

/** Workgroups of all parts. */
export function workgroupsOf(p: TiledProduct): number {
  return Math.ceil(p.rows / p.tileRows) * Math.ceil(p.columns / p.tileColumns) * p.batch * p.splits;
}

export function estimatedCycles(p: TiledProduct): number {
  const results = p.threadRows * p.threadColumns;
  const depth = Math.ceil(p.depth / p.splits);
  const perUnit = Math.ceil(workgroupsOf(p) / UNITS);
  const threads = (perUnit * p.tileRows * p.tileColumns) / results;
  const idle = Math.sqrt(Math.min(1, threads / ENOUGH_THREADS));
  const share = Math.min(1, 0.25 / readsPerMultiply(p)) * (p.speed ?? 1);
  const all = (perUnit * p.tileRows * p.tileColumns * depth) / LANES / idle;
  const one = results * depth * ALONE;
  const sums = p.splits > 1 ? DISPATCH + (2 * p.splits * p.batch * p.rows * p.columns * 4) / MEMORY : 0;
  return START + Math.max(all, one) / share + sums;
}

/** In order, the least first; of equals the first. */
export function byEstimate<T>(choices: readonly T[], productOf: (choice: T) => TiledProduct): T[] {
  const cost = new Map(choices.map((choice) => [choice, estimatedCycles(productOf(choice))]));
  return [...choices].sort((a, b) => (cost.get(a) as number) - (cost.get(b) as number));
}
