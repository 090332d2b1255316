/** acc_h against the number of images of a minority class, a line for each method. */
import type { TopLevelSpec } from 'vega-lite';
import { THEME } from '../report/charts.js';
import { renderPng, renderSvg, wrapTitle } from '../report/render.js';
import { COLORS, DASHES } from '../report/compare/compare_chart.js';
import type { TableCell } from './table.js';

/** Bars of methods beside each other, as a share of n_f on the logarithmic axis. */
const APART = 0.012;

/** The mean, and a bar of one standard deviation to either side where there are several seeds. */
function spec(cells: readonly TableCell[], title: string): TopLevelSpec {
  const methods = [...new Set(cells.map((c) => c.method))];
  const nFs = [...new Set(cells.map((c) => c.nF))].sort((a, b) => a - b);
  const values = cells
    .flatMap(({ method, nF, accH }) => (accH === null ? [] : [{ method, nF, ...accH }]))
    .map(({ method, nF, mean, sd }) => ({
      method,
      at: nF * (1 + APART * (methods.indexOf(method) - (methods.length - 1) / 2)),
      mean,
      low: Math.max(0, mean - (sd ?? 0)),
      high: Math.min(1, mean + (sd ?? 0)),
    }));
  // A logarithmic axis spreads 5, 10, 30, 50 evenly.
  const x = {
    field: 'at',
    type: 'quantitative',
    scale: { type: 'log', domain: [nFs[0] * 0.9, nFs[nFs.length - 1] * 1.1], nice: false },
    axis: { title: 'images of each minority class (n_f)', values: nFs, format: 'd', grid: false, labelFlush: false },
  };
  const y = (field: string): object => ({
    field,
    type: 'quantitative',
    scale: { domain: [0, Math.max(0.1, ...values.map((v) => v.high))], nice: true },
    axis: { title: 'acc_h', format: '~%', tickCount: 6, domain: false, ticks: false, labelPadding: 8 },
  });
  const cycle = <T>(list: readonly T[], stride: number): T[] =>
    methods.map((_, i) => list[Math.floor(i / stride) % list.length]);
  const color = {
    field: 'method',
    type: 'nominal',
    sort: null,
    scale: { domain: methods, range: cycle(COLORS, 1) },
    legend: { title: null, orient: 'right', symbolType: 'stroke', symbolStrokeWidth: 3, symbolOpacity: 1 },
  };
  const strokeDash = {
    field: 'method',
    type: 'nominal',
    sort: null,
    scale: { domain: methods, range: cycle(DASHES, COLORS.length) },
    legend: null,
  };
  return {
    config: THEME,
    padding: 16,
    title: wrapTitle(title, 620, 15),
    width: 480,
    height: 320,
    data: { values },
    layer: [
      {
        mark: { type: 'rule', strokeWidth: 1.5, opacity: 0.5 },
        encoding: { x, y: y('low'), y2: { field: 'high' }, color },
      },
      {
        mark: { type: 'line', strokeWidth: 2, point: { filled: true, size: 40 } },
        encoding: { x, y: y('mean'), color, strokeDash },
      },
    ],
  } as unknown as TopLevelSpec;
}

export async function tableChart(
  cells: readonly TableCell[],
  title: string,
): Promise<{ png: Uint8Array; svg: string }> {
  const made = spec(cells, title);
  return { png: await renderPng(made), svg: await renderSvg(made) };
}
