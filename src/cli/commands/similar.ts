/** `weft similar`: the pictures of an index that are most like others. */
import { writeFileAtomic } from '#platform';
import { readDataFile } from '../../data/files/data_file.js';
import { decodeQuery } from '../../data/pictures/decode_query.js';
import { withFile } from '../../device/files/outputs.js';
import { queryPictures, type QueryPicture } from '../../data/pictures/query_pictures.js';
import { normalName } from '../../data/names.js';
import { parseRowFilter } from '../../data/tables/row_filter.js';
import { selectImages } from '../../data/select_images.js';
import { DataError, UsageError } from '../../device/errors.js';
import { brandColumn, brandsByFile } from '../../retrieval/brand_rule.js';
import { formOf, type FeatureSource } from '../../retrieval/feature_source.js';
import { columnOf, readIndex, type ImageIndex } from '../../retrieval/index_folder.js';
import type { Similar } from '../../retrieval/nearest.js';
import { openSource } from '../../retrieval/open_feature_source.js';
import { findSimilar, matchingRows, meanQuery, type Query } from '../../retrieval/similar.js';
import { similarSheet } from '../../retrieval/similar_sheet.js';
import { visible } from '../../text/visible.js';
import { textTable } from '../../report/table.js';
import { BadInputs } from '../bad_inputs.js';
import { withDevice } from '../command.js';
import type { Parsed } from '../declare/declared.js';
import { suggest } from '../hints.js';
import { resolveOptions } from '../options/options.js';
import { print, printJson, say } from '../output.js';
import { picturePaths } from '../picture_paths.js';
import { SIMILAR_OPTIONS } from '../options/retrieval_options.js';

/** Columns that the table shows besides the label, where there are any. */
const SHOWN = ['brand', 'name'];

export async function run(argv: Parsed): Promise<void> {
  const o = resolveOptions(SIMILAR_OPTIONS, argv);
  await withFile(o['out'] === undefined ? undefined : String(o['out']), () => searchSimilar(argv, o));
}

async function searchSimilar(argv: Parsed, o: Readonly<Record<string, unknown>>): Promise<void> {
  if (o['brand'] !== undefined && o['exclude-same-brand'] !== true)
    throw new UsageError('--brand says which brand to leave out', { fix: 'give --exclude-same-brand too' });
  const index = await readIndex(String(argv['index']));
  const among = matchingRows(index, o['filter'] === undefined ? [] : parseRowFilter(String(o['filter']), 'filter'));
  if (among.length === 0)
    throw new DataError(`${index.path}: nothing in it has ${String(o['filter'])}`, { fix: 'give another --filter' });
  const distinct = o['distinct'] === undefined ? undefined : String(o['distinct']);
  if (distinct !== undefined) columnOf(index, distinct); // before anything is decoded
  const { source: made } = index.manifest;
  const source: FeatureSource =
    made.kind === 'network' && o['weights'] !== undefined ? { ...made, weights: String(o['weights']) } : made;
  const form = formOf(source);
  const [bad, decoded] = [new BadInputs(), [] as QueryPicture[]];
  for (const file of await picturePaths((argv['images'] as string[]).map(String), bad.add)) {
    try {
      // All before the model runs: a bad one costs nothing.
      decoded.push(await decodeQuery(await readDataFile(file), file, form));
    } catch (error) {
      bad.add(file, error);
    }
  }
  if (decoded.length === 0) bad.end(0);
  const files = decoded.map(({ file }) => file);
  const pictures = queryPictures(decoded, form);
  const brandsOf = brandsBy(index, o);
  const without = decoded.map(({ file, hash }) => brandsOf(file, hash));
  await withDevice(argv, async (device) => {
    const maker = await openSource(device, source);
    const { rows, width } = await maker.features(pictures).finally(() => maker.release());
    const single = files.map((_, i): Query => ({
      vector: rows.subarray(i * width, (i + 1) * width),
      hashes: [decoded[i].hash],
      without: without[i],
    }));
    const queries = o['same-product'] === true ? [meanQuery(single)] : single;
    const started = performance.now();
    const results = await findSimilar(device, index, among, queries, Number(o['k']), distinct);
    const milliseconds = (performance.now() - started) / queries.length;
    const asked = o['same-product'] === true ? [files] : files.map((file) => [file]);
    for (const [q, found] of results.entries()) print(`\n${visible(asked[q].join(', '))}\n${tableOf(index, found)}`);
    say(`\n${among.length} of ${index.manifest.count} pictures searched`);
    if (o['out'] !== undefined) {
      const shown = o['same-product'] === true ? selectImages(pictures, Uint32Array.of(0)) : pictures;
      writeFileAtomic(
        String(o['out']),
        await similarSheet(index, shown, results, (why) => say(`left grey: ${visible(why)}`)),
      );
      say(`pictures: ${String(o['out'])}`);
    }
    if (argv['json'] === true) {
      const answers = results.map((found, q) => ({ files: asked[q], similar: documentOf(index, found) }));
      const errors = bad.errors.length === 0 ? {} : { errors: bad.errors };
      printJson({ index: index.path, searched: among.length, milliseconds, results: answers, ...errors });
    }
  });
  bad.end(decoded.length);
}

/**
 * What is left out for a picture under --exclude-same-brand: its brand is that of the same file in the index, else what
 * --brand says.
 */
function brandsBy(
  index: ImageIndex,
  o: Readonly<Record<string, unknown>>,
): (file: string, hash: string) => Query['without'] {
  if (o['exclude-same-brand'] !== true) return () => undefined;
  const column = String(o['brand-column']);
  const brands = brandColumn(index, column);
  const own = brandsByFile(brands, index.manifest.hashes);
  const named = o['brand'] === undefined ? null : brandsNamed(index, brands, String(o['brand']));
  return (file, hash) => {
    const values = named ?? own.get(hash) ?? [];
    if (values.length === 0)
      throw new UsageError(
        `the brand of ${file} is not known: ` +
          `${index.manifest.hashes.includes(hash) ? 'the index has none for it' : 'it is not in the index'}`,
        { fix: 'say it: --brand NAME' },
      );
    return { column, values };
  };
}

/** The brands of an index that a user means, in any case. @throws DataError for none. */
function brandsNamed(index: ImageIndex, brands: readonly string[], wanted: string): string[] {
  const known = [...new Set(brands)].filter((brand) => brand !== '');
  const meant = known.filter((brand) => normalName(brand).toLowerCase() === normalName(wanted).toLowerCase());
  const near = suggest(wanted, known);
  if (meant.length === 0)
    throw new DataError(`${index.path}: has no brand ${JSON.stringify(wanted)}`, {
      fix: near === undefined ? 'leave out --exclude-same-brand, or name one that it has' : `did you mean ${near}?`,
    });
  return meant;
}

function tableOf({ manifest: { ids, labels, label, columns } }: ImageIndex, found: readonly Similar[]): string {
  const shown = SHOWN.filter((name) => Object.hasOwn(columns, name));
  const lines = found.map(({ row, score }, i) => [
    String(i + 1),
    score.toFixed(4),
    labels[row],
    ...shown.map((name) => columns[name][row]),
    ids[row],
  ]);
  return textTable(['', 'cosine', label, ...shown, 'picture'], lines, ['right', 'right']);
}

function documentOf({ manifest: { ids, labels, columns } }: ImageIndex, found: readonly Similar[]): object[] {
  return found.map(({ row, score }, i) => ({
    rank: i + 1,
    row,
    id: ids[row],
    score,
    label: labels[row],
    columns: Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, values[row]])),
  }));
}
