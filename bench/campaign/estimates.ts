/**
 * What the judge's model says of the same workloads on this card (docs/performance/verdict.md): by running the judge,
 * which needs a C compiler and Mesa's RADV. Without them, or for a card that has no model, there are no estimates; the
 * judge can make them later, anywhere, of the same version.
 */
import { CARDS, type Card } from '../verdict/cards.js';
import { missingPackages } from '../verdict/native.js';
import type { StepRow } from '../verdict/rows.js';
import type { Part } from './parts.js';
import { ROOT } from './parts.js';

/** The card whose name is in the adapter's, e.g. `NVIDIA H100 SXM` or `NVIDIA GeForce RTX 4090`. */
export function cardOf(adapter: string): Card | null {
  const said = adapter.toLowerCase();
  const key = (c: Card): string => c.name.toLowerCase().replace(/ sxm$/, '');
  return CARDS.find((c) => said.includes(key(c))) ?? null;
}

/** Steps that the judge and the campaign have in common: a model, a batch, a precision, and the campaign's names. */
const STEPS = [
  { models: 'lenet5,cnn,lstm,bilstm,matmul512,matmul1024,matmul2048,matmul4096', batch: 64, precision: 'f32' },
  { models: 'resnet50', batch: 32, precision: 'f32' },
  { models: 'resnet50', batch: 64, precision: 'f32' },
  { models: 'resnet50', batch: 32, precision: 'f16' },
  { models: 'resnet50', batch: 64, precision: 'f16' },
] as const;

/** Why there can be none. */
export function whyNoEstimates(card: Card | null): string | null {
  if (card === null) return 'no model of this card (bench/verdict/cards.ts)';
  const missing = missingPackages();
  return missing.length === 0 ? null : `the judge needs ${missing.join(', ')}`;
}

/** One run of the judge for each line of the table. */
export function estimateParts(card: Card, size: 'full' | 'small'): Part[] {
  const asked = size === 'full' ? STEPS : [{ models: 'lenet5', batch: 64, precision: 'f32' }];
  return asked.map(({ models, batch, precision }, i) => ({
    name: `estimates_${i + 1}`,
    limit: 120,
    program: process.execPath,
    args: [
      `${ROOT}/dist/bench/verdict/main.js`,
      ...['--models', models, '--batch', String(batch), '--precision', precision],
      ...['--gpu', card.family, '--cards', card.name, '--json'],
    ],
    reading: 'json',
  }));
}

interface Judged {
  readonly steps: readonly (StepRow & {
    readonly estimated: readonly { readonly card: string; readonly ms: number }[];
  })[];
}

/** The campaign's name of what the judge calls so. */
function nameOf({ name, batch, precision }: StepRow['subject']): string {
  const product = /^matmul(\d+)$/.exec(name);
  if (product) return `matmul ${new Array<string>(3).fill(product[1]).join('x')}`;
  return name === 'resnet50' ? `resnet50_224px_b${batch}${precision === 'f16' ? ' f16' : ''}` : name;
}

/** Milliseconds by the campaign's names. @param documents what the judge printed. */
export function estimatesOf(documents: readonly unknown[], card: Card): Map<string, number> {
  const steps = documents.flatMap((d) => (Array.isArray(d) ? (d as Judged[]) : [])).flatMap((d) => d.steps ?? []);
  return new Map(
    steps.flatMap((s) => {
      const found = s.estimated.find((e) => e.card === card.name);
      return found === undefined ? [] : [[nameOf(s.subject), found.ms] as const];
    }),
  );
}
