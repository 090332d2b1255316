import type { DatasetSplits, ImageDataset } from './dataset.js';
import type { Part } from './pictures/picture_list.js';

/** Images of one part. */
export interface PartCounts {
  readonly part: Part;
  readonly total: number;
  /** By class. */
  readonly counts: readonly number[];
}

function countsOf(part: Part, { classes, labels }: ImageDataset, from = 0, to = labels.length): PartCounts {
  const counts = new Array<number>(classes.length).fill(0);
  for (const label of labels.subarray(from, to)) counts[label]++;
  return { part, total: to - from, counts };
}

/** How many images of each class every part has, of the parts that the data have themselves. */
export function countParts({ train, test }: DatasetSplits): readonly PartCounts[] {
  const { validationStart: start = train.count } = train;
  return [
    countsOf('train', train, 0, start),
    ...(start < train.count ? [countsOf('validation', train, start)] : []),
    ...(test === null ? [] : [countsOf('test', test)]),
  ];
}
