/** Findings about what batch norms keep for evaluation. */
import { percent, type Finding } from './finding.js';
import type { Judged } from './judge.js';
import type { NormDistance } from './norm_statistics.js';

/**
 * Renewed statistics that are right so much more often, by so many standard deviations of luck, show that the kept ones
 * are wrong.
 */
const GAIN = 0.05;
const DEVIATIONS = 3.5;
/** A loss that falls below this share says it too: of networks that are as often right, and less sure. */
const LOSS = 0.67;

/** @param before answers with the statistics that were kept. @param after with those of training images. */
export function normFindings(
  norms: readonly NormDistance[],
  before: Judged,
  after: Judged,
  deviations: number,
): Finding[] {
  const farthest = norms.reduce((a, b) => (b.shift + b.scale > a.shift + a.scale ? b : a));
  const gain = after.accuracy - before.accuracy;
  const isBetter = gain >= GAIN && deviations >= DEVIATIONS;
  if (!isBetter && !(after.loss < LOSS * before.loss && gain >= 0 && farthest.shift + farthest.scale > 0.5)) return [];
  return [
    {
      check: 'norm-statistics',
      severity: 'problem',
      title: 'the statistics that batch norms keep for evaluation are not those of the training images',
      evidence:
        `with the kept ones ${percent(before.accuracy)} of ${before.labels.length} images are right (loss ` +
        `${before.loss.toFixed(3)}), with those of training images ${percent(after.accuracy)} (loss ` +
        `${after.loss.toFixed(3)}); ${farthest.layer}: means ${farthest.shift.toFixed(2)} deviations off, ` +
        `deviations off by a factor of ${Math.exp(farthest.scale).toFixed(2)}`,
      meaning:
        'training uses the statistics of each batch and does not notice; evaluation uses the kept ones: its loss ' +
        'stays where it is while the training loss falls',
      advice:
        'look at the momentum of the batch norms, at weights loaded without running_mean and running_var, and at ' +
        'evaluation in training mode; a few epochs more with momentum 0.1 renew them',
      numbers: {
        before: before.accuracy,
        after: after.accuracy,
        shift: farthest.shift,
        scale: farthest.scale,
        deviations,
      },
    },
  ];
}
