/** What a run keeps of itself: checkpoints, once all its numbers are numbers. */
import { DivergedError, InterruptedError } from '../device/errors.js';
import { randomState } from '../kernels/random/random.js';
import { worded, type Text } from '../text/wording.js';
import type { Callbacks, Place } from './callbacks.js';
import { saveCheckpoint } from './checkpoint/checkpoint.js';
import type { CheckpointHeader, Progress } from './checkpoint/checkpoint_header.js';
import { requireFiniteNumbers } from './checkpoint/weight_watch.js';
import type { FitHooks, TrainFiles } from './fit_hooks.js';
import type { Pacer } from './pacer.js';
import { sumTotals } from './parallel/sums.js';
import type { Stepper } from './parallel/stepper.js';
import type { PreparedTraining } from './prepare.js';
import type { TimeLimit } from './time_limit.js';
import type { StepParts } from './step/train_step.js';

/** A prepared run, and where it goes. */
export interface Run extends PreparedTraining {
  readonly files: TrainFiles;
  readonly hooks: FitHooks;
  readonly callbacks: Callbacks;
  readonly pacer: Pacer;
  /** Another one when other parameters move than before. */
  stepper: Stepper;
  readonly limit: TimeLimit;
}

export async function headerNow(run: Run, progress: Omit<Progress, 'random'>): Promise<CheckpointHeader> {
  return { ...run.header, progress: { ...progress, random: await randomState(run.device) } };
}

/** Writes a checkpoint. `best` is for use; `last` has what training goes on from. */
export async function save(run: Run, kind: 'best' | 'last', header: CheckpointHeader, place: Place): Promise<void> {
  const file = run.files[kind];
  await run.callbacks.call('onSaveBegin', place, { kind, file });
  await saveCheckpoint(file, header, run.step.model, kind === 'last' ? run.state : null);
  await run.callbacks.call('onSaveEnd', place, { kind, file });
}

/** Called before anything is saved, so that a diverged model never takes the place of a good one. */
export function requireFinite(step: StepParts, loss: number, what: string): void {
  if (Number.isFinite(loss)) return;
  throw new DivergedError(`${what} (learning rate ${step.optimizer.lr})`, { fix: calmer(step) });
}

/** As `requireFinite`, of everything that a checkpoint would hold. */
export function requireFiniteWeights({ step, state }: Run, when: string): Promise<void> {
  return requireFiniteNumbers(step.model, state.state(), {
    when: `${when} (learning rate ${step.optimizer.lr})`,
    fix: calmer(step),
  });
}

/** What may keep a step's numbers finite. */
function calmer({ clipNorm, precision }: StepParts): Text {
  const clipped = clipNorm === undefined ? worded`, or {clipNorm} 1` : '';
  const wider = precision === 'f16' ? worded`, or {precision} f32 (a half holds no more than 65504)` : '';
  return worded`use a smaller {lr}${clipped}${wider}; the checkpoints of earlier epochs are kept`;
}

/**
 * Saves a run between two steps. @returns the totals of its epoch, where a callback or the time asked for it.
 * @throws InterruptedError
 */
export async function saveAndStop(
  run: Run,
  at: Omit<Progress, 'random' | 'totals'>,
  signal: 0 | 130 | 143,
): Promise<number[]> {
  const totals = [...(await sumTotals(run.collective, run.step.totals))];
  requireFinite(run.step, totals[0], `the loss became ${totals[0]} in epoch ${at.epoch + 1}, by step ${at.step}`);
  await requireFiniteWeights(run, `in epoch ${at.epoch + 1}, by step ${at.step}`);
  const header = await headerNow(run, { ...at, totals });
  const place = { epoch: at.epoch + 1, step: at.step, history: at.history };
  if (run.collective.rank === 0) await save(run, 'last', header, place);
  if (signal === 0) return totals;
  throw new InterruptedError(
    `stopped in epoch ${at.epoch + 1} after ${at.step} steps; saved in ${run.files.last}`,
    signal,
  );
}
