/** The rates of a run, and what more epochs do to them when it is resumed. */
import type { Progress } from './checkpoint/checkpoint_header.js';
import type { FitConfig } from './config.js';
import { makeSchedule, type Schedule, type ScheduledRun } from '../optim/schedules/schedule.js';
import { checkSwa, withSwa } from '../optim/schedules/swa.js';

/** The learning rate of each step of a run. @throws UsageError for settings that do not go together. */
export function scheduleOf({ schedule, swa }: Pick<FitConfig, 'schedule' | 'swa'>, run: ScheduledRun): Schedule {
  const plain = makeSchedule(schedule ?? { name: 'constant' }, run);
  if (swa === undefined) return plain;
  checkSwa(swa, run.epochs);
  return withSwa(plain, swa, run);
}

/**
 * Schedules are drawn over the whole run: more epochs are another curve, whose rate at this step may be far from the
 * last one's. The two rates where they are more than a twentieth apart, else null.
 */
export function rateChange(
  before: Pick<FitConfig, 'epochs' | 'schedule' | 'swa'>,
  progress: Progress,
  schedule: Schedule,
  run: ScheduledRun,
): readonly [before: number, after: number] | null {
  const step = progress.epoch * run.stepsPerEpoch + progress.step;
  if (before.epochs === run.epochs || step === 0) return null;
  const losses = progress.history.map((epoch) => epoch.valLoss);
  const last = scheduleOf(before, { ...run, epochs: before.epochs })(step - 1, losses);
  const after = schedule(step, losses);
  return Math.abs(after - last) > 0.05 * last ? [last, after] : null;
}
