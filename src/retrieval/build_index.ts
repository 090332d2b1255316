/** From a data set to the contents of an index: a vector for every image of all its parts, and what is known of it. */
import { digest } from '#platform';
import type { DatasetSplits, ImageDataset } from '../data/dataset.js';
import { imageReader } from '../data/images.js';
import { hashTexts, perceptualHashes } from '../data/pictures/perceptual_hash.js';
import type { FeatureMaker } from './feature_source.js';
import type { IndexManifest } from './index_manifest.js';

export type IndexContents = Pick<
  IndexManifest,
  'count' | 'trainCount' | 'width' | 'ids' | 'areFiles' | 'hashes' | 'perceptual' | 'labels' | 'label' | 'columns'
>;

/** Hash of each image's bytes, where there is no file. */
function imageHashes({ images, count }: ImageDataset): string[] {
  const size = images.length / Math.max(1, count);
  const read = imageReader(images, size);
  return Array.from({ length: count }, (_, n) => digest('sha256', read(n)));
}

/** All parts in one index, training images first. @param onProgress images done, of how many. */
export async function buildIndex(
  maker: FeatureMaker,
  { train, test, labelColumn }: DatasetSplits,
  onProgress?: (done: number, total: number) => void,
): Promise<{ contents: IndexContents; rows: Float32Array }> {
  const parts = [
    { name: 'train', data: train, before: 0 },
    ...(test === null ? [] : [{ name: 'test', data: test, before: train.count }]),
  ];
  const count = train.count + (test?.count ?? 0);
  let rows = new Float32Array(0);
  let width = 0;
  for (const { data, before } of parts) {
    if (data.count === 0) continue;
    const made = await maker.features(data, (done) => onProgress?.(before + done, count));
    if (rows.length === 0) rows = new Float32Array(count * (width = made.width));
    rows.set(made.rows, before * width);
  }
  const all = <T>(of: (data: ImageDataset, name: string) => readonly T[]): T[] =>
    parts.flatMap(({ data, name }) => of(data, name));
  const fields = all(({ origins, classFields, labels }) =>
    classFields === undefined
      ? (origins?.map((o) => o.fields) ?? [])
      : Array.from(labels, (label) => classFields[label]),
  );
  const names = Object.keys(fields[0] ?? {}).filter((name) => name !== labelColumn);
  return {
    contents: {
      count,
      trainCount: train.count,
      width,
      ids: all(
        (data, name) =>
          data.origins?.map((o) => o.file) ?? Array.from({ length: data.count }, (_, n) => `${name}/${n}`),
      ),
      areFiles: train.origins !== undefined,
      hashes: all((data) => data.origins?.map((o) => o.hash) ?? imageHashes(data)),
      perceptual: all((data) => hashTexts(perceptualHashes(data))),
      labels: all((data) => Array.from(data.labels, (label) => data.classes[label])),
      label: labelColumn ?? 'class',
      columns: Object.fromEntries(names.map((name) => [name, fields.map((f) => f[name])])),
    },
    rows,
  };
}
