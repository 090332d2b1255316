/** Brands out of product names, and what is said about those that have none. */
import { learnBrands, placeBrands, type PlacedBrands } from '../data/brands.js';
import { readDataFile } from '../data/data_file.js';
import { nameSome } from '../data/picture_list.js';
import { DataError } from '../device/errors.js';
import type { IndexContents } from '../train/retrieval/build_index.js';
import { say } from './output.js';

export interface BrandReport {
  readonly found: PlacedBrands['found'];
  readonly unplaced: PlacedBrands['unplaced'];
}

/** The columns with one called brand. @param file of the known brands, one a line; null: those that names share. @throws DataError for a column that there is not, or a file without a brand. */
export async function withBrands({ columns }: IndexContents, column: string, file: string | null): Promise<{ columns: IndexContents['columns']; report: BrandReport }> {
  if (!Object.hasOwn(columns, column)) throw new DataError(`the data have no column ${JSON.stringify(column)} of names`, { fix: `--brand-from with one of ${Object.keys(columns).join(', ') || 'the columns of a CSV'}` });
  const known = file === null ? learnBrands(columns[column]) : new TextDecoder().decode(await readDataFile(file)).split(/\r?\n/).filter((line) => line.trim() !== '');
  if (file !== null && known.length === 0) throw new DataError(`${file}: names no brand`, { fix: 'write one a line' });
  const { brands, found, unplaced } = placeBrands(columns[column], known);
  say(`brands: ${found.length}, the most frequent ${nameSome(found.map(([brand, n]) => `${brand} (${n})`))}`);
  if (unplaced.length > 0) say(`${unplaced.length} of ${brands.length} names begin with no known brand: ${nameSome(unplaced)}`);
  return { columns: { ...columns, brand: brands }, report: { found, unplaced } };
}
