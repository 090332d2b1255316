/** What more epochs do to the rate of a run that is resumed. */
import type { CheckpointHeader } from './checkpoint_header.js';
import { makeSchedule, type Schedule, type ScheduledRun } from '../optim/schedules/schedule.js';

/**
 * Schedules are drawn over the whole run: more epochs are another curve, whose rate at this step may be far from the
 * last one's. The two rates where they are more than a twentieth apart, else null.
 */
export function rateChange(
  { config, progress }: CheckpointHeader,
  schedule: Schedule,
  run: ScheduledRun,
): readonly [before: number, after: number] | null {
  const step = progress.epoch * run.stepsPerEpoch + progress.step;
  if (config.epochs === run.epochs || step === 0) return null;
  const losses = progress.history.map((epoch) => epoch.valLoss);
  const before = makeSchedule(config.schedule ?? { name: 'constant' }, { ...run, epochs: config.epochs })(
    step - 1,
    losses,
  );
  const after = schedule(step, losses);
  return Math.abs(after - before) > 0.05 * before ? [before, after] : null;
}
