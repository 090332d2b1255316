/** Options for classes of different sizes. */
import { parseClassFactors } from '../data/class_factors.js';
import { UsageError } from '../device/errors.js';
import type { TrainConfig } from '../train/config.js';
import type { OptionSpec } from './options.js';

export const BALANCE_OPTIONS = {
  oversample: { type: 'string', describe: 'classes whose training images come several times an epoch, e.g. hat=30,shoes=2' },
  'class-weights': { type: 'string', describe: 'what the losses of a class count: all alike, or by the inverse of its images', choices: ['none', 'balanced'], default: 'none' },
} as const satisfies Record<string, OptionSpec>;

/** The part of a configuration that these options make. @throws UsageError when they cannot be read or used together. */
export function balanceOf(o: Readonly<Record<string, unknown>>): Pick<TrainConfig, 'oversample' | 'classWeights'> {
  const oversample = o['oversample'] === undefined ? undefined : String(o['oversample']);
  if (oversample !== undefined) parseClassFactors(oversample, 'oversample');
  const isWeighted = o['class-weights'] === 'balanced';
  if (isWeighted && /\bmixup\b/.test(String(o['augment'] ?? ''))) throw new UsageError('--class-weights cannot weigh images that mixup has mixed of two classes', { fix: 'leave one of them out' });
  return { ...(oversample === undefined ? {} : { oversample }), ...(isWeighted ? { classWeights: 'balanced' } : {}) };
}
