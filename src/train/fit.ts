/** The training loop: epochs of a run that is prepared, validation, checkpoints. */
import { DivergedError, InterruptedError } from '../device/errors.js';
import { randomState } from '../kernels/random/random.js';
import type { Module } from '../nn/module.js';
import { worded, type Text } from '../text/wording.js';
import { saveCheckpoint, type Stateful } from './checkpoint/checkpoint.js';
import type { CheckpointHeader, Progress } from './checkpoint/checkpoint_header.js';
import type { FitConfig } from './config.js';
import { evaluate } from './evaluate/evaluate.js';
import type { EpochMetrics } from './evaluate/metrics.js';
import { Pacer } from './pacer.js';
import { agree, sumEvaluations, sumTotals } from './parallel/sums.js';
import { requireSameWeights } from './parallel/same_weights.js';
import { makeStepper } from './parallel/make_stepper.js';
import type { Stepper, StepTimes } from './parallel/stepper.js';
import { START, type PreparedTraining } from './prepare.js';
import type { StepParts } from './step/train_step.js';
import { requireFiniteNumbers } from './checkpoint/weight_watch.js';

/** Where an epoch stands, for a progress line. */
export interface StepReport {
  /** Counted from 1. */
  readonly epoch: number;
  /** Steps done of the epoch. */
  readonly step: number;
  readonly steps: number;
  /** Means over the epoch so far. */
  readonly loss: number;
  readonly accuracy: number;
  readonly lr: number;
  readonly imagesPerSecond: number;
  /** Seconds until the last epoch ends, at the present speed. */
  readonly eta: number;
}

/** What a run tells on its way, and asks. */
export interface FitHooks {
  /**
   * Everything is checked and on the GPU, nothing is computed yet: from here on files may be written. `state`: the
   * optimizer's and the averages'.
   */
  readonly onStart?: (model: Module, state: Stateful['state']) => Promise<void>;
  readonly onStep?: (report: StepReport) => void;
  /** `scaling`: where the loss scale stands and how many steps of the run it has skipped; null in f32. */
  readonly onEpoch?: (
    history: readonly EpochMetrics[],
    scaling: { readonly scale: number; readonly skipped: number } | null,
  ) => void;
  /** False: every step is recorded anew instead of replayed. The results are the same; default true. */
  readonly capture?: boolean;
  /** Kernels are being compiled, before the first step: so many of so many. */
  readonly onCompile?: (done: number, total: number) => void;
  /** Epochs that are to be done for now; a resumed run goes on from there. Default: all. */
  readonly until?: number;
  /** Asked before every step; a number (130, 143) ends the run after saving. */
  readonly interrupted?: () => 130 | 143 | null;
}

/** Where checkpoints are written. */
export interface TrainFiles {
  readonly last: string;
  readonly best: string;
}

/** What `train` gives. */
export interface TrainResult {
  readonly history: readonly EpochMetrics[];
  /** Number of the epoch whose checkpoint is `best`. */
  readonly bestEpoch: number;
  /** Median milliseconds of a training step, the first of the run left out; null when there was no step left to do. */
  readonly stepMilliseconds: number | null;
  /** Likewise of processor time, which other programs on the host do not stretch. */
  readonly stepCpuMilliseconds: number | null;
  readonly steps: number;
  /** Patience ran out before the last epoch. */
  readonly isStoppedEarly: boolean;
  /** Of ranks that train together: where the time of a step goes. */
  readonly stepTimes: StepTimes | null;
}

/** A prepared run, and where it goes. */
interface Run extends PreparedTraining {
  readonly files: TrainFiles;
  readonly hooks: FitHooks;
  readonly pacer: Pacer;
  readonly stepper: Stepper;
}

/** Trains what is prepared, until its last epoch is done. @throws DivergedError, InterruptedError as `train`. */
export async function fit(prepared: PreparedTraining, files: TrainFiles, hooks: FitHooks = {}): Promise<TrainResult> {
  const { step, start } = prepared;
  const { shares } = step;
  const { epochs, syncEvery = 1 } = prepared.fit;
  const stepper = makeStepper({ ...prepared, shares, syncEvery }, hooks.capture ?? true);
  try {
    if (start.epoch < Math.min(epochs, hooks.until ?? epochs)) await stepper.compile(hooks.onCompile);
    await hooks.onStart?.(step.model, () => prepared.state.state());
    return await runEpochs({ ...prepared, files, hooks, pacer: new Pacer(), stepper });
  } finally {
    stepper.release();
  }
}

async function runEpochs(run: Run): Promise<TrainResult> {
  const { hooks, start, step } = run;
  const { epochs } = run.fit;
  const history = [...start.history];
  step.model.train();
  const until = Math.min(epochs, hooks.until ?? epochs);
  for (let epoch = start.epoch; epoch < until && !isOutOfPatience(run.fit, history); epoch++) {
    const began = performance.now();
    const resumed = epoch === start.epoch ? start : START;
    const { loss, accuracy } = await runEpoch(run, epoch, resumed, history, began);
    await requireSameWeights(run.collective, step.model, `after epoch ${epoch + 1}`);
    await requireFiniteWeights(run, `by the end of epoch ${epoch + 1}`);
    step.ema?.swap(); // the averages are what is measured, and what the best checkpoint holds
    const validated = await validate(run, epoch);
    const metrics: EpochMetrics = {
      epoch: epoch + 1,
      trainLoss: loss,
      trainAccuracy: accuracy,
      valLoss: validated?.loss ?? null,
      valAccuracy: validated?.accuracy ?? null,
      lr: step.optimizer.lr,
      seconds: resumed.seconds + (performance.now() - began) / 1000,
    };
    history.push(metrics);
    const header = await headerNow(run, { epoch: epoch + 1, step: 0, totals: [0, 0, 0], seconds: 0, history });
    const isFirst = run.collective.rank === 0;
    if (isFirst && bestEpoch(history) === epoch + 1) await saveCheckpoint(run.files.best, header, step.model, null);
    step.ema?.swap();
    if (isFirst) await saveCheckpoint(run.files.last, header, step.model, run.state);
    hooks.onEpoch?.(history, (await step.optimizer.lossScale?.read()) ?? null);
  }
  return {
    history,
    bestEpoch: bestEpoch(history),
    stepMilliseconds: run.pacer.steps === 0 ? null : run.pacer.median(),
    stepCpuMilliseconds: run.pacer.steps === 0 ? null : run.pacer.medianCpu(),
    steps: run.pacer.steps,
    isStoppedEarly: history.length < until,
    stepTimes: run.stepper.times,
  };
}

function isOutOfPatience({ patience }: FitConfig, history: readonly EpochMetrics[]): boolean {
  return patience !== undefined && history.length - bestEpoch(history) >= patience && history.length > 0;
}

async function headerNow(run: Run, progress: Omit<Progress, 'random'>): Promise<CheckpointHeader> {
  return { ...run.header, progress: { ...progress, random: await randomState(run.device) } };
}

/** The epoch with the best validation accuracy, the first of equals; without validation the last. */
export function bestEpoch(history: readonly EpochMetrics[]): number {
  let best = history.at(-1);
  for (const m of history.toReversed())
    if (m.valAccuracy !== null && m.valAccuracy >= (best?.valAccuracy ?? -1)) best = m;
  return best?.epoch ?? 0;
}

async function validate(run: Run, epoch: number): Promise<{ loss: number; accuracy: number } | null> {
  if (run.validation === null) return null;
  const { walk, indices, batch } = run.validation;
  walk.restart(indices);
  const result = await sumEvaluations(
    run.collective,
    indices.length === 0 ? null : await evaluate(run.device, run.step.model, walk, batch),
  );
  requireFinite(run.step, result.loss, `the validation loss became ${result.loss} after epoch ${epoch + 1}`);
  return result;
}

/** Called before anything is saved, so that a diverged model never takes the place of a good one. */
function requireFinite(step: StepParts, loss: number, what: string): void {
  if (Number.isFinite(loss)) return;
  throw new DivergedError(`${what} (learning rate ${step.optimizer.lr})`, { fix: calmer(step) });
}

/** As `requireFinite`, of everything that a checkpoint would hold. */
function requireFiniteWeights({ step, state }: Run, when: string): Promise<void> {
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

/** Loss and accuracy over the epoch, measured while the weights move. */
async function runEpoch(
  run: Run,
  epoch: number,
  start: Progress,
  history: readonly EpochMetrics[],
  began: number,
): Promise<{ loss: number; accuracy: number }> {
  const { device, hooks, pacer, collective, stepper } = run;
  const { walk, totals: totalled, optimizer, shares } = run.step;
  const { steps } = shares;
  const order = run.step.orderOf(epoch);
  const secondsNow = (): number => start.seconds + (performance.now() - began) / 1000;
  walk.restart(shares.order(order), shares.before(start.step));
  // those before are known to the first rank
  device.write(totalled.storage, Float32Array.from(collective.rank === 0 ? start.totals : [0, 0, 0]));
  const losses = history.map((h) => h.valLoss);
  let totals: ArrayLike<number> = start.totals;
  let { signal } = await agree(collective, { signal: hooks.interrupted?.() ?? null, isDue: false });
  pacer.restart();
  for (let step = start.step; step < steps; step++) {
    if (signal !== null) await saveAndStop(run, { epoch, step, seconds: secondsNow(), history }, signal);
    optimizer.lr = run.schedule(epoch * steps + step, losses);
    await walk.load(shares.own(step));
    const part = shares.part(step, order, run.step.weightOf ?? undefined);
    const asked = await stepper.advance(step, part, () => ({
      signal: step + 1 < steps ? (hooks.interrupted?.() ?? null) : null,
      isDue: pacer.tick() || step + 1 === steps,
    }));
    ({ signal } = asked);
    if (!asked.isDue) continue;
    totals = await sumTotals(collective, totalled);
    pacer.waited();
    const [loss, accuracy] = [totals[0] / totals[2], totals[1] / totals[2]];
    requireFinite(run.step, loss, `the loss became ${loss} in epoch ${epoch + 1}, by step ${step + 1} of ${steps}`);
    const perStep = pacer.median();
    const left = steps - step - 1 + (run.fit.epochs - epoch - 1) * steps;
    hooks.onStep?.({
      epoch: epoch + 1,
      step: step + 1,
      steps,
      loss,
      accuracy,
      lr: optimizer.lr,
      imagesPerSecond: (1000 * shares.batch) / perStep,
      eta: (left * perStep) / 1000,
    });
  }
  return { loss: totals[0] / totals[2], accuracy: totals[1] / totals[2] };
}

async function saveAndStop(run: Run, at: Omit<Progress, 'random' | 'totals'>, signal: 130 | 143): Promise<never> {
  const totals = [...(await sumTotals(run.collective, run.step.totals))];
  requireFinite(run.step, totals[0], `the loss became ${totals[0]} in epoch ${at.epoch + 1}, by step ${at.step}`);
  await requireFiniteWeights(run, `in epoch ${at.epoch + 1}, by step ${at.step}`);
  const header = await headerNow(run, { ...at, totals });
  if (run.collective.rank === 0) await saveCheckpoint(run.files.last, header, run.step.model, run.state);
  throw new InterruptedError(
    `stopped in epoch ${at.epoch + 1} after ${at.step} steps; saved in ${run.files.last}`,
    signal,
  );
}
