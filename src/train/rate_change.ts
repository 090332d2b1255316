/** What more epochs do to the rate of a run that is resumed. */
import type { Progress } from './checkpoint/checkpoint_header.js';
import type { FitConfig } from './config.js';
import { makeSchedule, type Schedule, type ScheduledRun } from '../optim/schedules/schedule.js';

/**
 * Schedules are drawn over the whole run: more epochs are another curve, whose rate at this step may be far from the
 * last one's. The two rates where they are more than a twentieth apart, else null.
 */
export function rateChange(
  before: Pick<FitConfig, 'epochs' | 'schedule'>,
  progress: Progress,
  schedule: Schedule,
  run: ScheduledRun,
): readonly [before: number, after: number] | null {
  const step = progress.epoch * run.stepsPerEpoch + progress.step;
  if (before.epochs === run.epochs || step === 0) return null;
  const losses = progress.history.map((epoch) => epoch.valLoss);
  const last = makeSchedule(before.schedule ?? { name: 'constant' }, { ...run, epochs: before.epochs })(
    step - 1,
    losses,
  );
  const after = schedule(step, losses);
  return Math.abs(after - last) > 0.05 * last ? [last, after] : null;
}
