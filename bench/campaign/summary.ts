/** What a campaign says at its end, to be read: the parts, then the figures. */
import { textTable } from '../../src/report/table.js';
import { number } from '../shared/live_table.js';
import type { CampaignDocument } from './document.js';
import { roofsOf } from './figures.js';

const cell = (v: number | null): string => (v === null ? '' : number(v));

export function summary({ parts, figures, card, engine }: CampaignDocument): string {
  const facts = Array.isArray(parts['facts']?.data) ? (parts['facts'].data[0] as Record<string, unknown>) : {};
  const adapter = facts['adapter'] as { description?: string } | undefined;
  const roofs = roofsOf(parts);
  const head = [
    `${engine} on ${adapter?.description ?? 'an adapter that is not known'}`,
    ...(roofs === null
      ? []
      : [`roofs: ${number(roofs.fmaGflops)} GFLOP/s of f32 multiply-adds, ${number(roofs.copyGbs)} GB/s copied`]),
    ...(card === null
      ? []
      : [`estimates are for ${card}, by the compiler of another card (docs/performance/verdict.md)`]),
  ];
  const states = textTable(
    ['part', 'state', 's', ''],
    Object.entries(parts).map(([name, p]) => [name, p.state, p.seconds.toFixed(1), (p.note ?? '').slice(0, 100)]),
    ['left', 'left', 'right', 'left'],
  );
  if (figures.length === 0) return [...head, '', states, '', 'nothing was timed'].join('\n');
  const has = (field: 'tuned' | 'torch' | 'torchTf32' | 'estimated'): boolean => figures.some((f) => f[field] !== null);
  const optional = (
    [
      ['tuned', 'tuned'],
      ['torch', 'PyTorch'],
      ['torchTf32', 'TF32'],
      ['estimated', 'estimated'],
    ] as const
  ).filter(([field]) => has(field));
  const table = textTable(
    ['milliseconds', 'defaults', ...optional.map(([, title]) => title), 'GFLOP/s', 'GB/s', '% roof'],
    figures.map((f) => [
      f.name,
      cell(f.plain),
      ...optional.map(([field]) => cell(f[field])),
      cell(f.gflops),
      cell(f.gbs),
      f.percentOfRoof === null ? '' : f.percentOfRoof.toFixed(f.percentOfRoof < 10 ? 1 : 0),
    ]),
    ['left', ...new Array<'right'>(4 + optional.length).fill('right')],
  );
  return [...head, '', states, '', table].join('\n');
}
