/** Brands out of product names, and what is said about those that have none. */
import { learnBrands, placeBrands, type PlacedBrands } from '../data/tables/brands.js';
import { readDataFile } from '../data/files/data_file.js';
import type { DatasetSplits } from '../data/dataset.js';
import { nameSome } from '../data/pictures/picture_list.js';
import { decodeText } from '../data/tables/text.js';
import { normalName } from '../data/names.js';
import { DataError } from '../device/errors.js';
import type { IndexContents } from '../retrieval/build_index.js';
import { say } from './output.js';

export interface BrandReport {
  readonly found: PlacedBrands['found'];
  readonly unplaced: PlacedBrands['unplaced'];
}

/** @throws DataError when the data have no such column. */
export function requireNames({ train, test }: DatasetSplits, column: string): void {
  const columns = Object.keys((train.origins?.[0] ?? test?.origins?.[0])?.fields ?? {});
  if (!columns.includes(normalName(column)))
    throw new DataError(`the data have no column ${JSON.stringify(column)} of names`, {
      fix: `--brand-from with one of ${columns.join(', ') || 'the columns of a CSV'}`,
    });
}

/**
 * The columns with one called brand. @param file of the known brands, one a line; null: those that names share. @throws
 * DataError for a file without a brand.
 */
export async function withBrands(
  { columns, label, labels }: IndexContents,
  column: string,
  file: string | null,
): Promise<{ columns: IndexContents['columns']; report: BrandReport }> {
  const names = normalName(column) === label ? labels : columns[normalName(column)];
  const known =
    file === null
      ? learnBrands(names)
      : decodeText(await readDataFile(file, { maxBytes: 2 ** 24 }), file)
          .text.split(/\r\n?|\n/)
          .filter((line) => line.trim() !== '');
  if (file !== null && known.length === 0) throw new DataError(`${file}: names no brand`, { fix: 'write one a line' });
  const { brands, found, unplaced } = placeBrands(names, known);
  say(`brands: ${found.length}, the most frequent ${nameSome(found.map(([brand, n]) => `${brand} (${n})`))}`);
  if (unplaced.length > 0)
    say(`${unplaced.length} of ${brands.length} names begin with no known brand: ${nameSome(unplaced)}`);
  return { columns: { ...columns, brand: brands }, report: { found, unplaced } };
}
