/** The rows of an index that are most like pictures that a user asks about. */
import { isCondition, type RowCondition } from '../data/tables/row_filter.js';
import type { Device } from '../device/device.js';
import { LARGEST_K } from '../kernels/reduce/topk.js';
import { rowsOfBrands } from './brand_rule.js';
import { columnOf, type ImageIndex } from './index_folder.js';
import { nearest, nearestOfEach, type SearchableRows, type Similar } from './nearest.js';
import { normalizeRows_, RowSearch } from './row_search.js';

export interface Query {
  /** L2-normalised, of the index's width. */
  readonly vector: Float32Array;
  /** SHA-256 of the pictures' files: rows of the same files are the query itself. */
  readonly hashes: readonly string[];
  /** Rows whose value of a column of brands is one of these are left out. */
  readonly without?: undefined | { readonly column: string; readonly values: readonly string[] };
}

/** Rows that meet all conditions. @throws DataError for a column that there is not. */
export function matchingRows(index: ImageIndex, conditions: readonly RowCondition[]): Uint32Array {
  const columns = conditions.map((condition) => [columnOf(index, condition.column), condition] as const);
  return Uint32Array.from({ length: index.manifest.count }, (_, n) => n).filter((n) =>
    columns.every(([values, condition]) => isCondition(condition, values[n])),
  );
}

/** Some rows of the index, in a memory of their own. */
function selectRows({ rows, manifest: { width } }: ImageIndex, among: Uint32Array): Float32Array<ArrayBuffer> {
  const chosen = new Float32Array(among.length * width);
  for (const [to, from] of among.entries()) chosen.set(rows.subarray(from * width, (from + 1) * width), to * width);
  return chosen;
}

/** One query for several pictures of a product: the mean of their vectors. */
export function meanQuery(queries: readonly Query[]): Query {
  const vector = new Float32Array(queries[0].vector.length);
  for (const q of queries) for (const [i, v] of q.vector.entries()) vector[i] += v / queries.length;
  normalizeRows_(vector, vector.length);
  const without = queries.flatMap((q) => q.without ?? []);
  return {
    vector,
    hashes: queries.flatMap((q) => q.hashes),
    ...(without.length === 0
      ? {}
      : { without: { column: without[0].column, values: without.flatMap((w) => w.values) } }),
  };
}

/**
 * The k nearest of `among` for each query, without the query's own files. @param k at most 200. @param distinct a
 * column of whose equal values only the nearest row is taken: ten products, and not ten views of one. @throws DataError
 * for a column that there is not.
 */
export async function findSimilar(
  device: Device,
  index: ImageIndex,
  among: Uint32Array,
  queries: readonly Query[],
  k: number,
  distinct?: string,
): Promise<Similar[][]> {
  const values = distinct === undefined ? null : columnOf(index, distinct);
  const found: Similar[][] = [];
  let whole: SearchableRows | null = null;
  try {
    for (const query of queries) {
      const left = rowsFor(index, among, query, k);
      const rows = left === null ? (whole ??= openRows(device, index, among)) : openRows(device, index, left);
      const search = values === null ? nearest(rows, query, k) : nearestOfEach(rows, query, k, values);
      found.push(await search.finally(() => (left === null ? undefined : rows.search.release())));
    }
    return found;
  } finally {
    whole?.search.release();
  }
}

/**
 * The rows that must be searched for one query alone: without those that it avoids, or its own where these could take
 * all places. null: `among`.
 */
function rowsFor(index: ImageIndex, among: Uint32Array, { hashes, without }: Query, k: number): Uint32Array | null {
  const own = among.filter((n) => hashes.includes(index.manifest.hashes[n])).length;
  if (without === undefined && k + own <= LARGEST_K) return null;
  const isAvoided = without === undefined ? null : rowsOfBrands(columnOf(index, without.column), without.values);
  return among.filter((n) => !hashes.includes(index.manifest.hashes[n]) && isAvoided?.[n] !== 1);
}

function openRows(device: Device, index: ImageIndex, among: Uint32Array): SearchableRows {
  const { count, width, hashes } = index.manifest;
  return {
    among,
    hashes,
    search: new RowSearch(device, among.length === count ? index.rows : selectRows(index, among), width),
  };
}
