/** The estimates as a picture: a bar for each step and card, its parts by what limits them. */
import type { TopLevelSpec } from 'vega-lite';
import { chartTitle, THEME } from '../../src/report/charts.js';
import type { Card } from './cards.js';
import { estimateStep, type Bound } from './estimate.js';
import type { FamilyRows } from './rows.js';
import { subjectName } from './subjects.js';

/** Of the colour-blind-safe palette of Okabe and Ito. */
const COLORS: Readonly<Record<Bound, string>> = {
  'multiply-adds': '#0072B2',
  'shared memory': '#D55E00',
  caches: '#CC79A7',
  memory: '#009E73',
  launch: '#999999',
};
const WIDTH = 520;

export function estimateSpec(all: readonly FamilyRows[], cards: readonly Card[]): TopLevelSpec {
  const bounds = Object.keys(COLORS) as Bound[];
  const values = all.flatMap((rows) =>
    rows.steps.flatMap((step) =>
      cards
        .filter((card) => card.family === rows.family)
        .flatMap((card) => {
          const { ms, byBound } = estimateStep(card, rows, step);
          const name = `${subjectName(step.subject)} on ${card.name}: ${ms.toPrecision(3)} ms`;
          return bounds.map((bound, order) => ({ name, bound, order, share: (byBound.get(bound) ?? 0) / ms }));
        }),
    ),
  );
  return {
    config: THEME,
    padding: 16,
    title: chartTitle(
      'What would limit each step: estimated from compiled code, not measured',
      'Milliseconds and their parts by a roofline with occupancy.',
      WIDTH,
    ),
    data: { values },
    width: WIDTH,
    height: { step: 18 },
    mark: { type: 'bar', height: 12 },
    encoding: {
      y: { field: 'name', type: 'nominal', sort: null, axis: { title: null, domain: false, ticks: false } },
      x: {
        field: 'share',
        type: 'quantitative',
        stack: 'zero',
        scale: { domain: [0, 1], clamp: true },
        axis: { title: 'part of the step', format: '.0%', tickCount: 5 },
      },
      order: { field: 'order', type: 'ordinal' },
      color: {
        field: 'bound',
        type: 'nominal',
        scale: { domain: bounds, range: bounds.map((b) => COLORS[b]) },
        legend: { title: null, orient: 'bottom', direction: 'horizontal' },
      },
    },
  } as TopLevelSpec;
}
