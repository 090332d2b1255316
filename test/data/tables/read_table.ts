/** Pictures and a table of them in a folder. */
import { writeFileSync } from 'node:fs';
import { countParts } from '../../../src/data/count_parts.js';
import type { DatasetSplits } from '../../../src/data/dataset.js';
import { loadDataset, type LoadOptions } from '../../../src/data/load.js';
import { plain, spread } from '../picture_files.js';
import { bytesOf } from '../fixtures.js';

/** Pictures 0.png … (n - 1).png below `images`, each of its own colour. */
export async function pictures(folder: string, n: number): Promise<void> {
  for (let i = 0; i < n; i++)
    spread(folder, { [`images/${i}.png`]: await plain(9, 8, [i, 100, 200]).png().toBuffer() });
}

/** Reads a table of these lines; squares of 8. */
export async function read(data: string, lines: readonly string[], options: LoadOptions = {}): Promise<DatasetSplits> {
  writeFileSync(`${data}/table.csv`, lines.join('\n'));
  return loadDataset(`${data}/table.csv`, { imageSize: 8, ...options });
}

/** Which pictures a part has: their colours. */
export function shown(part: DatasetSplits['test']): number[] {
  return Array.from({ length: part?.count ?? 0 }, (_, n) => (part === null ? -1 : bytesOf(part)[192 * n]));
}

export const counts = (splits: DatasetSplits): Record<string, readonly number[]> =>
  Object.fromEntries(countParts(splits).map((p) => [p.part, p.counts]));
