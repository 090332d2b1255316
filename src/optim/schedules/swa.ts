/** The learning rate while weights are averaged (SWA), in place of the schedule's. */
import { UsageError } from '../../device/errors.js';
import { worded } from '../../text/wording.js';
import type { Schedule, ScheduledRun } from './schedule.js';

/** Stochastic weight averaging of a run. */
export interface SwaConfig {
  /** The first epoch, counted from 1, at whose end the weights join the average. */
  readonly start: number;
  /** Default: half of the run's. */
  readonly lr?: number;
  /** Epochs in which the rate goes from the schedule's to `lr`, along half a cosine. Default 0: it is `lr` at once. */
  readonly anneal?: number;
}

/** @throws UsageError when the averaging would begin after the last epoch. */
export function checkSwa({ start }: SwaConfig, epochs: number): void {
  if (start > epochs)
    throw new UsageError(worded`{swa.start} ${start}: the run has ${epochs} epochs`, {
      fix: worded`use a smaller one, e.g. {swa.start} ${Math.max(1, Math.ceil(0.75 * epochs))}`,
    });
}

/**
 * A schedule whose rate is SWA's from `start` on: torch.optim.swa_utils.SWALR, stepped after every epoch of the
 * averaging. Annealing, the k-th epoch (from 0) has lr a + r (1 - a), r the schedule's rate where it begins, a =
 * (1 - cos(pi min(1, k / anneal))) / 2.
 */
export function withSwa(schedule: Schedule, { start, lr, anneal = 0 }: SwaConfig, run: ScheduledRun): Schedule {
  const last = lr ?? run.lr / 2;
  const begins = (start - 1) * run.stepsPerEpoch;
  return (t, losses) => {
    if (t < begins) return schedule(t, losses);
    if (anneal === 0) return last;
    const first = schedule(begins, losses.slice(0, start - 1));
    const share = (1 - Math.cos(Math.PI * Math.min(1, Math.floor((t - begins) / run.stepsPerEpoch) / anneal))) / 2;
    return last * share + first * (1 - share);
  };
}
