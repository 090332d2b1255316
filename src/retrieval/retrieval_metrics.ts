/** How good a search is: each row asks for the others, and those with its label are right (leave one out). */
import { hashDistance } from '../data/pictures/perceptual_hash.js';
import { brandsByFile, rowsOfBrands } from './brand_rule.js';
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
  /** Queries that were not counted: no row that they rank has their label. */
  readonly alone: number;
  /** Queries that were not counted: rows of their brand are to be left out, and it is not known. */
  readonly withoutBrand: number;
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
  /** Brands of the rows: those of a query's own are left out (brand_rule.ts). null: none are. */
  readonly brands: readonly string[] | null;
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

/** Each text's number: equal ones have the same. */
function numbered(texts: readonly string[]): Uint32Array {
  const numbers = new Map<string, number>();
  return Uint32Array.from(texts, (text) => {
    const number = numbers.get(text) ?? numbers.size;
    numbers.set(text, number);
    return number;
  });
}

/**
 * The ranks of the right rows in the ranking of `left` by score, of equals the smaller number first. The others are not
 * sorted, which would take most of the time: each is counted at the first right row that it is not before.
 * @param left the rows that are ranked, ascending.
 */
function ranksOfRight(scores: Float32Array, left: Uint32Array, isRight: (row: number) => boolean): number[] {
  const right = left.filter(isRight).sort((a, b) => scores[b] - scores[a] || a - b);
  const others = new Uint32Array(right.length + 1); // others[i]: wrong rows between the right ones i - 1 and i
  for (const row of left) {
    const score = scores[row];
    let [low, high] = [0, right.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const isBefore = scores[right[middle]] > score || (scores[right[middle]] === score && right[middle] <= row);
      if (isBefore) low = middle + 1;
      else high = middle;
    }
    if (low === 0 || right[low - 1] !== row) others[low]++;
  }
  let before = 0;
  return Array.from(right, (_, i) => i + (before += others[i]));
}

/** @param ranks of the right rows, ascending, among `count`. */
function measureOne(label: string, ranks: readonly number[], count: number): One | null {
  const precisions = ranks.reduce((sum, rank, i) => sum + (i + 1) / (rank + 1), 0);
  const right = ranks.length;
  return right === 0 ? null : { label, first: ranks[0], averagePrecision: precisions / right, chance: right / count };
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
 * Leave one out: each row of `queries` ranks all others, or those of other brands, by score, of equals the smaller
 * number first.
 * @param near rows whose perceptual hash differs from the query's in at most so many bits are copies too; null: only
 * identical files.
 */
export async function measureRetrieval(
  search: RowSearch,
  { rows, labels, hashes, perceptual, brands }: Measured,
  queries: Uint32Array,
  near: number | null,
  onProgress?: (done: number, total: number) => void,
): Promise<RetrievalReport> {
  const { count, width } = search;
  const ones: One[] = [];
  let [alone, withoutBrand, copiesLeftOut] = [0, 0, 0];
  const [label, file] = [numbered(labels), numbered(hashes)];
  const ownBrands = brands === null ? null : brandsByFile(brands, hashes);
  for (let start = 0; start < queries.length; start += BATCH) {
    const asked = queries.subarray(start, start + BATCH);
    const x = new Float32Array(asked.length * width);
    for (const [i, q] of asked.entries()) x.set(rows.subarray(q * width, (q + 1) * width), i * width);
    const all = await search.scores(x);
    for (const [i, q] of asked.entries()) {
      const scores = all.subarray(i * count, (i + 1) * count);
      const avoided = ownBrands?.get(hashes[q]);
      if (ownBrands !== null && avoided === undefined) {
        withoutBrand++;
        continue;
      }
      const isAvoided = brands === null || avoided === undefined ? null : rowsOfBrands(brands, avoided);
      const left = new Uint32Array(count);
      let kept = 0;
      for (let n = 0; n < count; n++) {
        if (n === q) continue;
        if (file[n] === file[q] || (near !== null && hashDistance(perceptual, q, n) <= near)) copiesLeftOut++;
        else if (isAvoided?.[n] !== 1) left[kept++] = n;
      }
      const ranks = ranksOfRight(scores, left.subarray(0, kept), (n) => label[n] === label[q]);
      const one = measureOne(labels[q], ranks, kept);
      if (one === null) alone++;
      else ones.push(one);
    }
    onProgress?.(Math.min(start + BATCH, queries.length), queries.length);
  }
  const names = [...new Set(ones.map((one) => one.label))].sort();
  return {
    queries: ones.length,
    alone,
    withoutBrand,
    copiesLeftOut,
    ...meanOf(ones),
    chance: meanBy(ones, (one) => one.chance),
    perLabel: names.map((name) => {
      const own = ones.filter((one) => one.label === name);
      return { label: name, queries: own.length, ...meanOf(own) };
    }),
  };
}
