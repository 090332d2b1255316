/** Training in a run folder: what is said meanwhile, and what is left there. */
import { hostDescription, packageJson } from '#platform';
import { ALONE, type Collective } from '../collective/collective.js';
import type { DatasetSplits } from '../data/dataset.js';
import { trainingSplit } from '../data/sampler.js';
import type { Device } from '../device/device.js';
import { DivergedError, InterruptedError } from '../device/errors.js';
import { guessingLoss } from '../diagnose/history.js';
import { evaluateEach, inModelClasses } from '../inference/evaluate_checkpoint.js';
import { buildModel } from '../nn/models/registry.js';
import { type RunFolder } from '../report/run_folder.js';
import { EVENTS, type RunSummary } from '../report/run_summary.js';
import { RunEvents } from '../report/tensorboard/run_events.js';
import { visible } from '../text/visible.js';
import { named } from '../text/width.js';
import { modelOf, type Checkpoint } from '../train/checkpoint/checkpoint.js';
import type { TrainConfig } from '../train/config.js';
import { namedAgain } from './own/named_again.js';
import type { TrainResult } from '../train/fit_hooks.js';
import type { StepTimes } from '../train/parallel/stepper.js';
import { inputOf } from '../train/model.js';
import { train } from '../train/trainer.js';
import { reportContrastivePairs } from './options/train/metric_loss.js';
import { reportPretrained } from './options/train/transfer.js';
import { say } from './output.js';
import { ProgressLine } from './progress.js';
import { sayCalibration, sayReport } from './report.js';
import { doubtsAfter, inWords, LiveNotes, runImages, sayNotes, sayWarnings, type RunImages } from './run_notes.js';
import { calibrated, digestsOf, reportOfRun, seenByTraining } from './run_report.js';
import { StopSignals } from './stop_signals.js';
import { shellWord } from '../text/shell_word.js';

/** A run that is to be trained, or gone on with. */
export interface TrainingRun {
  readonly config: TrainConfig;
  readonly splits: DatasetSplits;
  readonly out: RunFolder;
  readonly resume: Checkpoint | null;
  readonly capture: boolean;
  /** Seconds after which training ends. Absent: no limit. */
  readonly maxTime?: number;
  /** Whether event files are written for TensorBoard. Default: no. */
  readonly isLogged?: boolean;
  /** Whether the folder stays afterwards: one that does not is not named. Default: yes. */
  readonly isKept?: boolean;
  /** Default: one rank by itself. */
  readonly collective?: Collective;
}

/** Trains, or goes on training, in a run folder, and leaves everything there that belongs into it. */
export async function runTraining(
  device: Device,
  run: TrainingRun,
): Promise<{ summary: RunSummary; result: TrainResult }> {
  const began = performance.now();
  return inRunFolder(device, run, run.config.epochs, async (result, about) => ({
    summary: await finish(device, run, result, about, (performance.now() - began) / 1000),
    result,
  }));
}

/** Trains up to an epoch and leaves the checkpoints, from which the run can be gone on with. */
export function runEpochsUntil(device: Device, run: TrainingRun, epoch: number): Promise<TrainResult> {
  return inRunFolder(device, run, epoch, async (result) => result);
}

async function inRunFolder<T>(
  device: Device,
  { config, splits, out, resume, capture, maxTime, isLogged, isKept = true, collective = ALONE }: TrainingRun,
  until: number,
  finished: (result: TrainResult, about: RunImages) => Promise<T>,
): Promise<T> {
  const data = splits.train;
  const { name, version } = packageJson();
  const about = runImages(splits, config);
  say(
    `training ${config.model} on ${visible(data.name)}: ${inWords(about.used)}; ${data.classes.length} classes` +
      `${isKept ? `; ${out.path}` : ''}`,
  );
  sayWarnings(about.warnings);
  if (resume === null) out.requireRoomFor(buildModel(config.model, inputOf(data)).parameterCount());
  const line = new ProgressLine(config.epochs);
  const notes = new LiveNotes(guessingLoss(config, data.classes.length));
  const stop = new StopSignals();
  const events = new RunEvents(out.file(EVENTS), config, resume?.header.progress ?? null);
  let hasStarted = false;
  try {
    const files = { last: out.file('last.safetensors'), best: out.file('best.safetensors') };
    const result = await train(
      device,
      config,
      data,
      files,
      {
        onStart: async () => {
          hasStarted = true;
          if (resume === null)
            await out.start(config, {
              [name]: version,
              adapter: device.adapter,
              ...hostDescription(),
              ...ranksOf(collective),
              choices: device.choices.record(),
            });
          else out.writeConfig(config);
        },
        capture,
        collective,
        until,
        ...(maxTime === undefined ? {} : { maxTime }),
        onPretrained: reportPretrained,
        onAugmented: ({ classes, spec }) =>
          say(
            `--augment-class: ` +
              `${classes.map((c) => `${named(c.class)} ${c.from} training images become ${c.to}`).join(', ')} ` +
              `(${spec})`,
          ),
        onContrastivePairs: reportContrastivePairs,
        onNoValidation: () =>
          say(
            '--schedule dynamic: without validation images no loss cuts the rate; --lr-gamma and --lr-patience ' +
              'do nothing',
          ),
        onRateChange: (before, after) =>
          say(
            `warning: --schedule ${config.schedule?.name ?? 'constant'} is drawn over all ${config.epochs} ` +
              `epochs now: the rate goes on at ${after.toPrecision(3)}, it was ${before.toPrecision(3)}; the same ` +
              `run from its start would have been another`,
          ),
        test: splits.test,
        onCompile: (done, total) => line.compile(done, total),
        onStep: (r) => {
          line.step(r);
          if (isLogged === true) events.step(r);
        },
        onEpoch: (history, scaling) => {
          line.epoch(history[history.length - 1]);
          events.epoch(history[history.length - 1]);
          if (scaling !== null)
            say(
              `  loss scale ${scaling.scale}, ${scaling.skipped} ${scaling.skipped === 1 ? 'step' : 'steps'} of ` +
                `the run skipped`,
            );
          sayNotes(notes.after(history));
          out.writeHistory(history);
        },
        interrupted: () => stop.received,
      },
      resume,
    );
    if (stop.received !== null)
      throw new InterruptedError(`stopped after the last epoch; saved in ${files.last}`, stop.received);
    stop.isSaved = true;
    line.end();
    if (result.isOutOfTime)
      say(
        `the time is up (--max-time): ${result.history.length} of ${config.epochs} epochs; go on with: ` +
          `npx weftgrad train --resume ${shellWord(out.path)}${namedAgain(config)}`,
      );
    if (result.isStoppedEarly)
      say(`stopped early: no better epoch since epoch ${result.bestEpoch} (--patience ${config.patience})`);
    const over = await finished(result, about);
    const pictures = isLogged === true ? await out.readPictures() : [];
    events.end(result.history.length, pictures);
    return over;
  } catch (error) {
    line.end();
    if (hasStarted) await out.dropLonelyBest();
    if (error instanceof InterruptedError && isKept)
      say(`go on with: npx weftgrad train --resume ${shellWord(out.path)}${namedAgain(config)}`);
    throw error;
  } finally {
    line.end();
    stop.remove();
    await events.written();
  }
}

function timesInWords({ compute, readback, reduce, upload }: StepTimes): string {
  const ms = (milliseconds: number): string => `${milliseconds.toFixed(2)} ms`;
  return (
    `computing ${ms(compute)}, reading gradients ${ms(readback)}, adding them up ${ms(reduce)}, ` +
    `writing them ${ms(upload)}`
  );
}

/** What a run folder records of the ranks that trained together. */
function ranksOf({ size, name, hosts }: Collective): Record<string, unknown> {
  return size === 1 ? {} : { ranks: size, mpi: name, hosts };
}

/** The part of a run that another rank than the first one has: it computes, and says and writes nothing. */
export async function followTraining(
  device: Device,
  { config, splits, resume, capture, maxTime, collective }: Omit<TrainingRun, 'out'>,
): Promise<void> {
  const stop = new StopSignals();
  try {
    const limit = maxTime === undefined ? {} : { maxTime };
    const hooks = { capture, collective, test: splits.test, ...limit, interrupted: () => stop.received };
    await train(device, config, splits.train, { last: '', best: '' }, hooks, resume);
  } finally {
    stop.remove();
  }
}

/** Evaluates the best checkpoint and writes the pictures and the summary. */
async function finish(
  device: Device,
  { config, splits, out, isKept = true }: TrainingRun,
  result: TrainResult,
  { used, warnings: before }: RunImages,
  seconds: number,
): Promise<RunSummary> {
  const checkpoint = await out.readBest(result.history.slice(0, result.bestEpoch));
  // none held back when the share is below half an image
  const parts = trainingSplit(splits.train, config.valSplit, config.seed);
  const held = parts.validation;
  const split = splits.test !== null ? 'test' : held.length > 0 ? 'validation' : 'training';
  const indices = split === 'validation' ? held : undefined;
  const evaluated = splits.test ?? splits.train;
  const { report, answers } = await evaluateEach(device, checkpoint, evaluated, indices);
  const { confusion, ...figures } = report;
  const { loss } = figures;
  if (!Number.isFinite(loss))
    throw new DivergedError(`the ${split} loss of the trained model is ${loss} (learning rate ${config.lr})`, {
      fix: 'use a smaller --lr',
    });
  const warnings = [...before, ...doubtsAfter(result.history, used)];
  const about = { train: splits.train, held, isEvaluated: split === 'validation' };
  const calibration = await calibrated(device, checkpoint, answers, about);
  const digests = digestsOf(checkpoint);
  const summary: RunSummary = {
    model: config.model,
    parameters: modelOf(checkpoint).parameterCount(),
    epochs: result.history.length,
    bestEpoch: result.bestEpoch,
    split,
    ...figures,
    stepMilliseconds: result.stepMilliseconds,
    stepCpuMilliseconds: result.stepCpuMilliseconds,
    ...(result.stepTimes === null ? {} : { stepTimes: result.stepTimes }),
    ...(result.dataWait === null ? {} : { dataWait: result.dataWait }),
    seconds,
    images: used,
    warnings,
    calibration,
    digests,
  };
  const data = inModelClasses(checkpoint, evaluated);
  const seen = await seenByTraining(device, checkpoint, splits.train, parts.train);
  const shown = { checkpoint, split, report, answers, data, calibration, digests, warnings };
  const more = await reportOfRun(out, shown, summary, result.history, seen);
  out.writeHistory(result.history);
  await out.writeEnd(result.history, confusion, checkpoint.header.classes, summary, more);
  sayReport(`${split}, best epoch ${result.bestEpoch}`, report);
  sayCalibration(calibration);
  const cpu = result.stepCpuMilliseconds === null ? '' : ` (${result.stepCpuMilliseconds.toFixed(1)} ms of CPU)`;
  const stepImages = config.batch * (config.accumulate ?? 1);
  const pace =
    result.stepMilliseconds === null
      ? ''
      : `${result.stepMilliseconds.toFixed(1)} ms${cpu} per step of ${stepImages} images; `;
  say(`\n${inWords(used)}; ${pace}${seconds.toFixed(1)} s in all`);
  if (result.stepTimes !== null) say(`a step of the first rank: ${timesInWords(result.stepTimes)}`);
  if (result.dataWait !== null)
    say(
      `the GPU waited ${result.dataWait.seconds.toFixed(1)} s for images, ` +
        `${(100 * result.dataWait.share).toFixed(1)} % of the time of its steps`,
    );
  sayWarnings(warnings); // once more: what was said before the first epoch is out of sight
  if (isKept)
    say(
      `run folder: ${out.path} (checkpoints, metrics.csv, curves.png, ` +
        `${confusion === null ? '' : 'confusion_matrix.png, confusion_matrix_shares.png, '}predictions.csv, ` +
        `model_card.md, summary.json); look at ${out.file('report.html')}`,
    );
  return summary;
}
