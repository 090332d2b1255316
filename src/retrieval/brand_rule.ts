/**
 * What --exclude-same-brand leaves out, of a search and of a measure alike: the rows whose brand is one that the rows
 * of the query's own file have. A row without a brand shares none, and is not left out.
 */
import { normalName } from '../data/names.js';
import { DataError } from '../device/errors.js';
import { worded } from '../text/wording.js';
import { findColumn, type ImageIndex } from './index_folder.js';

/** The brand of each row, empty where it has none. @throws DataError when the index has no such column. */
export function brandColumn(index: ImageIndex, asked: string): readonly string[] {
  const brands = findColumn(index, asked);
  if (brands !== undefined) return brands;
  const { path, manifest } = index;
  throw new DataError(`${path}: has no column ${JSON.stringify(normalName(asked))} of brands`, {
    fix: worded`name another of its columns (${[manifest.label, ...Object.keys(manifest.columns)].join(', ')}) with
      {brandColumn}, or make the index with {brandFrom} and the column of product names`,
  });
}

/** The brands of each file, by its hash; none for a file without. @param brands, @param hashes (N) of the rows. */
export function brandsByFile(
  brands: readonly string[],
  hashes: readonly string[],
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const [n, brand] of brands.entries()) {
    if (brand === '') continue;
    const own = found.get(hashes[n]);
    if (own === undefined) found.set(hashes[n], [brand]);
    else if (!own.includes(brand)) own.push(brand);
  }
  return found;
}

/** (N) 1 for the rows of these brands. */
export function rowsOfBrands(brands: readonly string[], left: readonly string[]): Uint8Array {
  const rows = new Uint8Array(brands.length);
  for (let n = 0; n < rows.length; n++) if (left.includes(brands[n])) rows[n] = 1;
  return rows;
}
