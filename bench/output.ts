/** What the benchmarks say of the host, and the files they write. */
import { availableParallelism } from 'node:os';
import type { TopLevelSpec } from 'vega-lite';
import { joinPath, writeFileAtomic } from '#platform';
import { say } from '../src/cli/output.js';
import { renderPng, renderSvg } from '../src/train/render.js';
import { ENOUGH_CORES } from './cores.js';
import { rowsCsv, type BenchDocument } from './document.js';

/** Says what two spinning threads got, and warns when it is too little. */
export function adviseOnHost(cores: number, when = ''): void {
  say(`host${when === '' ? '' : ` ${when}`}: ${cores.toFixed(2)} effective cores of 2 threads tried (it has ${availableParallelism()})`);
  if (cores < ENOUGH_CORES) say('warning: the host is busy or its cores are shared: distrust absolute figures, and compare only what was measured side by side');
}

/** KIND.json and KIND.csv, and roofline.svg and .png where there is a plot. */
export async function writeResults(folder: string, document: BenchDocument, plot: TopLevelSpec | null): Promise<void> {
  const write = (name: string, data: string | Uint8Array): string => {
    writeFileAtomic(joinPath(folder, name), data);
    return name;
  };
  const written = [write(`${document.kind}.json`, `${JSON.stringify(document, null, 2)}\n`), write(`${document.kind}.csv`, rowsCsv(document.rows))];
  if (plot !== null) written.push(write('roofline.svg', await renderSvg(plot)), write('roofline.png', await renderPng(plot)));
  say(`\nwritten to ${folder}: ${written.join(', ')}`);
}
