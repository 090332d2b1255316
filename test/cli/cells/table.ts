/** A small table of `weft imbalance`, for tests of those who compute its cells. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeGarments } from '../garments.js';

const FILES = ['acc_h.png', 'acc_h.svg', 'per_class.csv', 'table.csv', 'table.json', 'table.md'];

export function writeData(cwd: string): void {
  writeGarments(join(cwd, 'garments'), { train: 400, test: 50, seed: 0 });
}

/** Two methods of each group. @param groups of cells: one for each seed and n_f. */
export function tableWords(out: string, groups: 2 | 4 = 2): string[] {
  return [
    ...['imbalance', '--data', 'garments', '--model', 'mlp', '--epochs', '2', '--cap', '20', '--minority', '4'],
    ...['--n-f', '5,10', '--seeds', String(groups / 2), '--methods', 'plain,head:4', '--val-split', '0.25'],
    ...['--classifier-epochs', '2', '--out', out],
  ];
}

/** Of all files of the table. */
export function tableBytes(cwd: string, out: string): string[] {
  return FILES.map((name) => readFileSync(join(cwd, out, name)).toString('hex'));
}
