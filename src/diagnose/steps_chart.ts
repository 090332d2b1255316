/** The picture of what training steps do in each layer: how far they move its weights, and its gradients. */
import type { TopLevelSpec } from 'vega-lite';
import { chartNames } from '../report/chart_text.js';
import { chartTitle, powersOfTen, THEME } from '../report/charts.js';
import { renderPng } from '../report/render.js';
import type { WeightFigures } from './layers.js';

/** What a step of a network that learns well moves weights by, of their size: a rule of thumb. */
const USUAL = { from: 1e-4, to: 1e-2 } as const;
/** What is shown of updates at least. */
const SHOWN = [1e-5, 1e-1] as const;
const DOT_COLOR = '#0072B2';
const BAND_COLOR = '#e3efe6';
const ROW = 18;
const WIDTH = 300;

/** The powers of ten around numbers above 0. */
function decades(values: readonly number[]): [number, number] {
  const logs = values.map(Math.log10);
  const low = Math.floor(Math.min(...logs));
  return [10 ** low, 10 ** Math.max(low + 1, Math.ceil(Math.max(...logs)))];
}

/** Dots on a logarithmic axis, a row for each layer. @param below marks beneath the dots. */
function panel(field: string, title: string, [from, to]: [number, number], names: object, below: object[]): object {
  return {
    width: WIDTH,
    layer: [
      ...below,
      {
        transform: [{ filter: `datum.${field} > 0` }],
        mark: { type: 'circle', size: 60, color: DOT_COLOR, opacity: 1 },
        encoding: {
          x: {
            field,
            type: 'quantitative',
            scale: { type: 'log', domain: [from, to], nice: false },
            axis: { title, format: '.0e', values: powersOfTen(from, to), domain: false, ticks: false },
          },
          y: { field: 'row', type: 'ordinal', axis: { title: null, domain: false, ticks: false, ...names } },
        },
      },
    ],
  };
}

/** @param weights at least one, in the order in which an image meets them. @returns a PNG. */
export async function stepsChart(weights: readonly WeightFigures[], title: string): Promise<Uint8Array> {
  const { labels } = await chartNames(
    weights.map((w) => w.weight),
    'weights in the printed table',
  );
  const height = Math.max(2, weights.length) * ROW;
  const above0 = (field: 'update' | 'gradient'): number[] => weights.map((w) => w[field]).filter((v) => v > 0);
  const usual = {
    data: { values: [USUAL] },
    mark: { type: 'rect', color: BAND_COLOR },
    encoding: { x: { field: 'from', type: 'quantitative' }, x2: { field: 'to' } },
  };
  const names = { grid: true, labelPadding: 8, labelExpr: `${JSON.stringify(labels)}[datum.value]` };
  const gradients = above0('gradient');
  const spec = {
    config: THEME,
    padding: 16,
    title: chartTitle(title, 'root mean squares of a layer’s weights; shaded: usual for one that learns', 2 * WIDTH),
    data: { values: weights.map((w, row) => ({ ...w, row })) },
    spacing: 24,
    hconcat: [
      panel('update', 'what a step adds / weights', decades([...above0('update'), ...SHOWN]), names, [usual]),
      panel('gradient', 'gradient', decades(gradients.length > 0 ? gradients : [...SHOWN]), { labels: false }, []),
    ].map((p) => ({ ...p, height })),
  } as unknown as TopLevelSpec;
  return renderPng(spec);
}
