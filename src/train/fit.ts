/** The training loop: epochs of a run that is prepared, validation, checkpoints. */
import { Callbacks, type Place } from './callbacks.js';
import type { Progress } from './checkpoint/checkpoint_header.js';
import type { FitConfig } from './config.js';
import { evaluate } from './evaluate/evaluate.js';
import type { EpochMetrics } from './evaluate/metrics.js';
import type { FitHooks, TrainFiles, TrainResult } from './fit_hooks.js';
import { Pacer } from './pacer.js';
import { makeStepper } from './parallel/make_stepper.js';
import type { Stepper } from './parallel/stepper.js';
import type { Asks } from './parallel/message.js';
import { requireSameWeights } from './parallel/same_weights.js';
import { agree, sumEvaluations, sumTotals } from './parallel/sums.js';
import { START, type PreparedTraining } from './prepare.js';
import { useAverages } from './use_averages.js';
import { TimeLimit } from './time_limit.js';
import { headerNow, requireFinite, requireFiniteWeights, save, saveAndStop, type Run } from './saving.js';

/** Trains what is prepared, until its last epoch is done. @throws DivergedError, InterruptedError as `train`. */
export async function fit(prepared: PreparedTraining, files: TrainFiles, hooks: FitHooks = {}): Promise<TrainResult> {
  const { step, start } = prepared;
  const { epochs } = prepared.fit;
  step.unfreezing?.apply(start.epoch);
  const callbacks = new Callbacks(hooks.callbacks ?? [], prepared);
  const limit = new TimeLimit(hooks.maxTime);
  const stepper = stepperOf(prepared, hooks);
  const run: Run = { ...prepared, files, hooks, callbacks, pacer: new Pacer(), stepper, limit };
  try {
    if (start.epoch < Math.min(epochs, hooks.until ?? epochs)) await stepper.compile(hooks.onCompile);
    await hooks.onStart?.(step.model, () => prepared.state.state());
    return await runEpochs(run);
  } finally {
    run.stepper.release();
  }
}

function stepperOf(prepared: PreparedTraining, { capture = true }: FitHooks): Stepper {
  return makeStepper({ ...prepared, shares: prepared.step.shares, syncEvery: prepared.fit.syncEvery ?? 1 }, capture);
}

/** Lets move what is to move in an epoch. What was captured of a step holds for what moved before. */
async function unfreeze(run: Run, epoch: number): Promise<void> {
  if ((run.step.unfreezing?.apply(epoch) ?? null) === null) return;
  run.stepper.release();
  run.stepper = stepperOf(run, run.hooks);
  await run.stepper.compile(run.hooks.onCompile);
}

async function runEpochs(run: Run): Promise<TrainResult> {
  const { hooks, callbacks, start, step } = run;
  const { epochs } = run.fit;
  const history = [...start.history];
  step.model.train();
  const until = Math.min(epochs, hooks.until ?? epochs);
  await callbacks.call('onTrainBegin', { epoch: start.epoch, step: start.step, history });
  let isCut = false;
  for (let epoch = start.epoch; epoch < until && !isCut && !isOutOfPatience(run.fit, history); epoch++) {
    const began = performance.now();
    const resumed = epoch === start.epoch ? start : START;
    await unfreeze(run, epoch);
    const trained = await runEpoch(run, epoch, resumed, history, began);
    ({ isCut } = trained);
    if (isCut && (history.length > 0 || trained.steps === 0)) break; // what is saved goes on from here
    const { loss, accuracy, steps } = trained;
    await requireSameWeights(run.collective, step.model, `after epoch ${epoch + 1}`);
    await requireFiniteWeights(run, `by the end of epoch ${epoch + 1}`);
    const putBack = await useAverages(run, epoch); // they are what is measured, and what the best checkpoint holds
    const validated = await validate(run, epoch, history);
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
    const next = isCut ? { epoch, step: steps } : { epoch: epoch + 1, step: 0 };
    const header = await headerNow(run, { ...next, totals: [0, 0, 0], seconds: 0, history });
    const isFirst = run.collective.rank === 0;
    const place = { epoch: epoch + 1, step: steps, history };
    if (isFirst && bestEpoch(history) === epoch + 1) await save(run, 'best', header, place);
    putBack();
    if (isFirst && !isCut) await save(run, 'last', header, place);
    hooks.onEpoch?.(history, (await step.optimizer.lossScale?.read()) ?? null);
    await callbacks.call('onEpochEnd', place, metrics);
  }
  await callbacks.call('onTrainEnd', { epoch: history.length, step: step.shares.steps, history });
  // another rank's callback may have ended a run that has no limit
  const isOutOfTime = isCut && callbacks.stoppedBy === null && hooks.maxTime !== undefined;
  return {
    history,
    bestEpoch: bestEpoch(history),
    stepMilliseconds: run.pacer.steps === 0 ? null : run.pacer.median(),
    stepCpuMilliseconds: run.pacer.steps === 0 ? null : run.pacer.medianCpu(),
    steps: run.pacer.steps,
    isStoppedEarly: history.length < until && !isOutOfTime,
    isOutOfTime,
    stoppedBy: callbacks.stoppedBy,
    stepTimes: run.stepper.times,
    dataWait: dataWait(run),
  };
}

/** How long the steps have waited for images. */
function dataWait({ step: { walk }, pacer }: Run): TrainResult['dataWait'] {
  const { waited } = walk;
  if (waited === null || pacer.milliseconds === 0) return null;
  return { seconds: waited / 1000, share: waited / pacer.milliseconds };
}

function isOutOfPatience({ patience }: FitConfig, history: readonly EpochMetrics[]): boolean {
  return patience !== undefined && history.length - bestEpoch(history) >= patience && history.length > 0;
}

/** The epoch with the best validation accuracy, the first of equals; without validation the last. */
export function bestEpoch(history: readonly EpochMetrics[]): number {
  let best = history.at(-1);
  for (const m of history.toReversed())
    if (m.valAccuracy !== null && m.valAccuracy >= (best?.valAccuracy ?? -1)) best = m;
  return best?.epoch ?? 0;
}

async function validate(
  run: Run,
  epoch: number,
  history: readonly EpochMetrics[],
): Promise<{ loss: number; accuracy: number } | null> {
  if (run.validation === null) return null;
  const place = { epoch: epoch + 1, step: run.step.shares.steps, history };
  await run.callbacks.call('onEvaluateBegin', place);
  const { walk, indices, batch } = run.validation;
  walk.restart(indices);
  const result = await sumEvaluations(
    run.collective,
    indices.length === 0 ? null : await evaluate(run.device, run.step.model, walk, batch),
  );
  requireFinite(run.step, result.loss, `the validation loss became ${result.loss} after epoch ${epoch + 1}`);
  await run.callbacks.call('onEvaluateEnd', place, result);
  return result;
}

/** What an epoch came to. Loss and accuracy are measured while the weights move. */
interface TrainedEpoch {
  readonly loss: number;
  readonly accuracy: number;
  /** Done of it. */
  readonly steps: number;
  /** A callback or the time ended training before its end; it is saved. */
  readonly isCut: boolean;
}

async function runEpoch(
  run: Run,
  epoch: number,
  start: Progress,
  history: readonly EpochMetrics[],
  began: number,
): Promise<TrainedEpoch> {
  const { device, hooks, callbacks, pacer, collective, stepper, limit } = run;
  const { walk, totals: totalled, optimizer, shares } = run.step;
  const { steps } = shares;
  const order = run.step.orderOf(epoch);
  const secondsNow = (): number => start.seconds + (performance.now() - began) / 1000;
  walk.restart(shares.order(order), shares.before(start.step));
  if (epoch + 1 < run.fit.epochs) walk.follow(() => shares.order(run.step.orderOf(epoch + 1)));
  // those before are known to the first rank
  device.write(totalled.storage, Float32Array.from(collective.rank === 0 ? start.totals : [0, 0, 0]));
  const losses = history.map((h) => h.valLoss);
  let totals: ArrayLike<number> = start.totals;
  const isTimeUp = (): boolean => collective.rank === 0 && limit.isUp;
  const asked = (): Asks['signal'] => hooks.interrupted?.() ?? callbacks.signal ?? (isTimeUp() ? 0 : null);
  const hasRoom = history.length === 0 || limit.hasRoomFor(history[history.length - 1].seconds);
  const before = history.length === 0 ? (hooks.interrupted?.() ?? callbacks.signal) : asked();
  let { signal } = await agree(collective, { signal: before ?? (hasRoom ? null : 0), isDue: false });
  const place = (step: number): Place => ({ epoch: epoch + 1, step, history });
  if (signal === null) await callbacks.call('onEpochBegin', place(start.step));
  const [isBegun, isEnded] = [callbacks.want('onStepBegin'), callbacks.want('onStepEnd')];
  pacer.restart();
  for (let step = start.step; step < steps; step++) {
    if (signal !== null) {
      totals = await saveAndStop(run, { epoch, step, seconds: secondsNow(), history }, signal);
      return { ...meansOf(totals), steps: step, isCut: true };
    }
    optimizer.lr = run.schedule(epoch * steps + step, losses);
    if (isBegun) await callbacks.call('onStepBegin', place(step));
    const all = await stepper.advance(step, order, () => ({
      signal: step + 1 < steps ? asked() : null,
      isDue: pacer.tick() || step + 1 === steps,
    }));
    ({ signal } = all);
    if (isEnded) await callbacks.call('onStepEnd', place(step + 1));
    if (collective.size === 1) signal ??= callbacks.signal; // several ranks hear of it with the next step
    if (!all.isDue) continue;
    totals = await sumTotals(collective, totalled);
    pacer.waited();
    const { loss, accuracy } = meansOf(totals);
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
  return { ...meansOf(totals), steps, isCut: false };
}

function meansOf(totals: ArrayLike<number>): { loss: number; accuracy: number } {
  return { loss: totals[0] / totals[2], accuracy: totals[1] / totals[2] };
}
