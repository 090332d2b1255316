/** How commands say how many images of each class there are. */
import { inputSize, type ImageDataset } from '../data/dataset.js';
import type { PartCounts } from '../data/count_parts.js';
import { visible } from '../text/visible.js';
import { textTable } from '../report/table.js';
import { print } from './output.js';

/** Of more classes only the smallest and the largest number of images is said. */
const MAX_ROWS = 200;

/** The sentence and the table. */
export function sayCounts(train: ImageDataset, parts: readonly PartCounts[]): void {
  const { name, channels, height, width, classes, crop } = train;
  const words = { train: 'training', validation: 'validation', test: 'test' };
  const list = parts.map(({ part, total }) => `${total} ${words[part]} images`);
  const said = list.length > 1 ? `${list.slice(0, -1).join(', ')} and ${list[list.length - 1]}` : list[0];
  const seen = crop === undefined ? '' : `, of which ${inputSize(train).join('x')} are seen`;
  print(`${visible(name)}: ${said} of ${channels}x${height}x${width}${seen}\n`);
  const rangeOf = ({ part, counts }: PartCounts): string =>
    `${part}: ${Math.min(...counts)} to ${Math.max(...counts)} images of each`;
  if (classes.length > MAX_ROWS) return print(`${classes.length} classes; ${parts.map(rangeOf).join(', ')}`);
  print(
    textTable(
      ['class', ...parts.map((p) => p.part)],
      classes.map((name, c) => [name, ...parts.map((p) => String(p.counts[c]))]),
      ['left', ...parts.map(() => 'right' as const)],
    ),
  );
}

/** The same for --json. */
export function countsDocument(
  { name, channels, height, width, classes }: ImageDataset,
  parts: readonly PartCounts[],
): Record<string, unknown> {
  const of = (part: PartCounts['part']): PartCounts | undefined => parts.find((p) => p.part === part);
  const [train, validation, test] = [of('train'), of('validation'), of('test')];
  return {
    name,
    channels,
    height,
    width,
    train: train?.total ?? 0,
    validation: validation?.total ?? 0,
    test: test?.total ?? null,
    classes: classes.map((name, c) => ({
      class: name,
      train: train?.counts[c] ?? 0,
      validation: validation?.counts[c] ?? 0,
      test: test?.counts[c] ?? null,
    })),
  };
}
