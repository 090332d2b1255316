/** What the benchmarks say of the host, and the files they write. */
import type { TopLevelSpec } from 'vega-lite';
import { joinPath, writeFileAtomic } from '#platform';
import { areEnough, coresInWords } from '../../src/cli/host_load.js';
import { say } from '../../src/cli/output.js';
import { renderPng, renderSvg } from '../../src/report/render.js';
import { rowsCsv, type BenchDocument } from './document.js';

/** Says what two spinning threads got, and warns when it is too little. */
export function adviseOnHost(cores: number | null, when = ''): void {
  say(`host${when === '' ? '' : ` ${when}`}: ${coresInWords(cores)}`);
  if (!areEnough(cores))
    say(
      'warning: the host is busy or its cores are shared: distrust absolute figures, and compare only what was ' +
        'measured side by side',
    );
}

/** The worse of two looks; what could not be told is the worst. */
export function fewerCores(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : Math.min(a, b);
}

/** KIND.json and KIND.csv, and roofline.svg and .png where there is a plot. */
export async function writeResults(folder: string, document: BenchDocument, plot: TopLevelSpec | null): Promise<void> {
  const write = (name: string, data: string | Uint8Array): string => {
    writeFileAtomic(joinPath(folder, name), data);
    return name;
  };
  const written = [
    write(`${document.kind}.json`, `${JSON.stringify(document, null, 2)}\n`),
    write(`${document.kind}.csv`, rowsCsv(document.rows)),
  ];
  if (plot !== null)
    written.push(write('roofline.svg', await renderSvg(plot)), write('roofline.png', await renderPng(plot)));
  say(`\nwritten to ${folder}: ${written.join(', ')}`);
}
