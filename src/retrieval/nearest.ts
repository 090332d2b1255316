/** The rows nearest to one query, without the query's own files: what `weft similar` and the page share. */
import { LARGEST_K } from '../kernels/reduce/topk.js';
import type { RowSearch } from './row_search.js';

export interface Similar {
  readonly row: number;
  /** Cosine. */
  readonly score: number;
}

/** Rows on the device, and what is known of them. */
export interface SearchableRows {
  readonly search: RowSearch;
  /** The rows of the index that are searched, in the order of `search`. */
  readonly among: Uint32Array;
  /** SHA-256 of the picture of each row of the index. */
  readonly hashes: readonly string[];
}

/**
 * The k nearest. @param query vector, and the hashes of its files: rows of these are the query itself. @param k at most
 * 256 less the rows that are the query itself: with more of them fewer are found.
 */
export async function nearest(
  { among, search, hashes }: SearchableRows,
  query: { readonly vector: Float32Array; readonly hashes: readonly string[] },
  k: number,
): Promise<Similar[]> {
  const isOwn = (n: number): boolean => query.hashes.includes(hashes[n]);
  const own = among.filter(isOwn).length; // they may take the first places
  const { scores, indices } = await search.search(query.vector, Math.min(LARGEST_K, k + own));
  return Array.from(indices, (i, rank) => ({ row: among[i], score: scores[rank] }))
    .filter(({ row }) => !isOwn(row))
    .slice(0, k);
}

/** As `nearest`, of the rows with the same value only the nearest one. @param values of all rows of the index. */
export async function nearestOfEach(
  { among, search, hashes }: SearchableRows,
  query: { readonly vector: Float32Array; readonly hashes: readonly string[] },
  k: number,
  values: readonly string[],
): Promise<Similar[]> {
  const scores = await search.scores(query.vector);
  const best = new Map<string, Similar>();
  for (const [i, row] of among.entries()) {
    if (query.hashes.includes(hashes[row])) continue;
    const known = best.get(values[row]);
    if (known === undefined || scores[i] > known.score) best.set(values[row], { row, score: scores[i] });
  }
  return [...best.values()].sort((a, b) => b.score - a.score || a.row - b.row).slice(0, k);
}

/** As `nearest`, of the wanted rows only. */
export async function nearestWanted(
  { among, search, hashes }: SearchableRows,
  query: { readonly vector: Float32Array; readonly hashes: readonly string[] },
  k: number,
  isWanted: (row: number) => boolean,
): Promise<Similar[]> {
  const scores = await search.scores(query.vector);
  return Array.from(among, (row, i) => ({ row, score: scores[i] }))
    .filter(({ row }) => isWanted(row) && !query.hashes.includes(hashes[row]))
    .sort((a, b) => b.score - a.score || a.row - b.row)
    .slice(0, k);
}
