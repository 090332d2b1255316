/** How good a search is: each row asks for the others, and those with its label are right (leave one out). */
import { hashDistance } from '../data/pictures/perceptual_hash.js';
import type { RowSearch } from './row_search.js';

export const RECALL_AT = [1, 5, 10] as const;

export interface RetrievalMeasures {
  /**
   * Here and below null where nothing was asked. Share of the queries that have one of their label among the first 1, 5
   * and 10.
   */
  readonly recall: Readonly<Record<(typeof RECALL_AT)[number], number | null>>;
  /** Mean over the queries of the average precision over the whole ranking. */
  readonly meanAveragePrecision: number | null;
}

export interface RetrievalReport extends RetrievalMeasures {
  readonly queries: number;
  /** Queries that were not counted: no other row has their label. */
  readonly alone: number;
  /** Pairs of a query and a copy of it that was left out of its ranking. */
  readonly copiesLeftOut: number;
  /** recall@1 of a ranking by chance. */
  readonly chance: number | null;
  readonly perLabel: readonly (RetrievalMeasures & { readonly label: string; readonly queries: number })[];
}

export interface Measured {
  readonly rows: Float32Array;
  readonly labels: readonly string[];
  /** Of the files' bytes: rows with the same one are copies. */
  readonly hashes: readonly string[];
  /** (N, 2), see data/perceptual_hash.ts. */
  readonly perceptual: Uint32Array;
}

/** Queries whose scores are on the host at a time. */
const BATCH = 64;

interface One {
  readonly label: string;
  /** Rank of the first right one, from 0. */
  readonly first: number;
  readonly averagePrecision: number;
  readonly chance: number;
}

/** @param order the ranking, without the query and its copies. */
function measureOne(label: string, order: Uint32Array, labels: readonly string[]): One | null {
  let [first, right, precisions] = [-1, 0, 0];
  for (let rank = 0; rank < order.length; rank++) {
    if (labels[order[rank]] !== label) continue;
    if (right === 0) first = rank;
    right++;
    precisions += right / (rank + 1);
  }
  return right === 0 ? null : { label, first, averagePrecision: precisions / right, chance: right / order.length };
}

function meanBy(ones: readonly One[], value: (one: One) => number): number | null {
  return ones.length === 0 ? null : ones.reduce((sum, one) => sum + value(one), 0) / ones.length;
}

function meanOf(ones: readonly One[]): RetrievalMeasures {
  const mean = (value: (one: One) => number): number | null => meanBy(ones, value);
  const at = (k: number): number | null => mean((one) => (one.first < k ? 1 : 0));
  return { recall: { 1: at(1), 5: at(5), 10: at(10) }, meanAveragePrecision: mean((one) => one.averagePrecision) };
}

/**
 * Leave one out: each row of `queries` ranks all others by score, of equals the smaller number first.
 * @param near rows whose perceptual hash differs from the query's in at most so many bits are copies too; null: only
 * identical files.
 */
export async function measureRetrieval(
  search: RowSearch,
  { rows, labels, hashes, perceptual }: Measured,
  queries: Uint32Array,
  near: number | null,
  onProgress?: (done: number, total: number) => void,
): Promise<RetrievalReport> {
  const { count, width } = search;
  const ones: One[] = [];
  let [alone, copiesLeftOut] = [0, 0];
  for (let start = 0; start < queries.length; start += BATCH) {
    const asked = queries.subarray(start, start + BATCH);
    const x = new Float32Array(asked.length * width);
    for (const [i, q] of asked.entries()) x.set(rows.subarray(q * width, (q + 1) * width), i * width);
    const all = await search.scores(x);
    for (const [i, q] of asked.entries()) {
      const scores = all.subarray(i * count, (i + 1) * count);
      const isCopy = (other: number): boolean =>
        hashes[other] === hashes[q] || (near !== null && hashDistance(perceptual, q, other) <= near);
      const others = Uint32Array.from({ length: count }, (_, n) => n).filter((n) => n !== q);
      const order = others.filter((n) => !isCopy(n)).sort((a, b) => scores[b] - scores[a] || a - b);
      copiesLeftOut += others.length - order.length;
      const one = measureOne(labels[q], order, labels);
      if (one === null) alone++;
      else ones.push(one);
    }
    onProgress?.(Math.min(start + BATCH, queries.length), queries.length);
  }
  const names = [...new Set(ones.map((one) => one.label))].sort();
  return {
    queries: ones.length,
    alone,
    copiesLeftOut,
    ...meanOf(ones),
    chance: meanBy(ones, (one) => one.chance),
    perLabel: names.map((label) => {
      const own = ones.filter((one) => one.label === label);
      return { label, queries: own.length, ...meanOf(own) };
    }),
  };
}
