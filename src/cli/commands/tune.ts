/** `weft tune`: finds the fastest kernels for this machine and keeps them for later commands. */
import type { Device } from '../../device/device.js';
import { CheckError, UsageError } from '../../device/errors.js';
import { withFile } from '../../device/files/outputs.js';
import { TRIALS } from '../../cases/index.js';
import { tune, type AskedProblem, type ClassResult } from '../../kernels/tune/tuner.js';
import { removeTuned, tunedPath, writeTuned, type TunedEntry } from '../../kernels/tune/tuned_file.js';
import { modelSpec, MODELS } from '../../nn/models/registry.js';
import { mergeProblems, stepProblems } from '../../train/step/step_problems.js';
import { openDevice } from '../command.js';
import type { Parsed } from '../declare/declared.js';
import { suggest } from '../hints.js';
import { resolveOptions } from '../options/options.js';
import { areEnough, coresInWords, coresWhenQuiet, watchNeighbours } from '../host_load.js';
import { hasLiveLine, printJson, say, showLive } from '../output.js';
import { TUNE_OPTIONS } from '../options/train/train_options.js';
import { sayTuned } from '../tune_report.js';

export async function run(argv: Parsed): Promise<void> {
  const o = resolveOptions(TUNE_OPTIONS, argv);
  const [models, batch, seconds] = [modelNames(String(o['models'])), Number(o['batch']), Number(o['seconds'])];
  const { adapter, problems } = await learn(argv, models, batch);
  say(
    `${problems.length} classes of problems in a training step of ${models.join(', ')} (batch ${batch}); at most ` +
      `${seconds} s`,
  );
  // minutes of measuring for a folder that takes no file?
  await withFile(tunedPath(adapter), () => tuneProblems(argv, o, adapter, problems));
}

async function tuneProblems(
  argv: Parsed,
  o: Readonly<Record<string, unknown>>,
  adapter: Device['adapter'],
  problems: AskedProblem[],
): Promise<void> {
  const seconds = Number(o['seconds']);
  const isForced = o['force'] === true;
  await requireQuietHost(adapter, isForced);
  if (o['reset'] === true) await removeTuned(adapter);
  const progress = new TuneProgress();
  const began = performance.now();
  const watch = isForced || !adapter.isSoftware ? {} : { wasDisturbed: disturbances() };
  const { classes, lost } = await tune({
    open: () => openDevice(argv),
    trials: TRIALS,
    problems,
    seconds,
    ...watch,
    onClass: (...at) => progress.show(...at),
  }).finally(() => progress.end());
  const taken = (performance.now() - began) / 1000;
  sayTuned(classes, seconds);
  const entries = entriesOf(classes);
  const isWritten = Object.keys(entries).length > 0;
  const path = isWritten ? await writeTuned(adapter, entries) : tunedPath(adapter);
  say(
    isWritten
      ? `\n${taken.toFixed(1)} s; written to ${path}; train, eval and predict use it from now on (--no-tune: not)`
      : '\nnothing was tuned, nothing is written',
  );
  if (o['json'] === true)
    printJson({
      adapter,
      models: modelNames(String(o['models'])),
      batch: Number(o['batch']),
      seconds,
      path: isWritten ? path : null,
      classes,
    });
  if (lost !== null) throw lost;
  const wrong = classes.filter((c) => c.selection?.choice === null);
  if (wrong.length > 0)
    throw new CheckError(`no kernel computes rightly for ${wrong.map((c) => c.key).join('; ')}`, {
      fix: 'update the GPU driver, or choose another adapter with --adapter',
    });
}

/** Cores of other programs beside which a software adapter's times are not believed. */
const DISTURBING = 0.3;

/** Whether others took more than that since the last call. */
function disturbances(): () => boolean {
  const others = watchNeighbours();
  return () => others() > DISTURBING;
}

/**
 * A software adapter computes on the cores that other programs take; a GPU does not, but its times too are taken by the
 * host.
 * @throws CheckError on a host that stays busy.
 */
async function requireQuietHost({ isSoftware }: Device['adapter'], isForced: boolean): Promise<void> {
  const cores = await coresWhenQuiet(say);
  if (areEnough(cores)) return;
  const busy = `the host is busy: ${coresInWords(cores)}`;
  if (isSoftware && !isForced)
    throw new CheckError(`${busy}; a kernel chosen now may be slower than the default`, {
      fix: 'end what else runs here, or tune all the same with --force',
    });
  say(`warning: ${busy}; what is chosen now may be slower than the defaults`);
}

/** @throws UsageError for a name that is no model's. */
function modelNames(list: string): string[] {
  const known = MODELS.map((m) => m.name);
  const names = [...new Set(list.split(',').map((name) => name.trim()))];
  for (const name of names) {
    if (known.includes(name)) continue;
    const near = suggest(name, known);
    throw new UsageError(`--models: there is no model "${name}"`, {
      fix: near === undefined ? `it takes ${known.join(', ')}` : `did you mean ${near}?`,
    });
  }
  return names;
}

/** Records the models' steps, on a device that is closed before anything of them need run. */
async function learn(
  argv: Parsed,
  models: readonly string[],
  batch: number,
): Promise<{ adapter: Device['adapter']; problems: AskedProblem[] }> {
  const device = await openDevice(argv);
  try {
    say(`adapter: ${device.name}`);
    return {
      adapter: device.adapter,
      problems: mergeProblems(models.map((model) => stepProblems(device, model, modelSpec(model).input, batch))),
    };
  } finally {
    device.destroy();
  }
}

/** What is kept of the classes that have a winner. */
function entriesOf(classes: readonly ClassResult[]): Record<string, TunedEntry> {
  const entries: Record<string, TunedEntry> = {};
  for (const { key, selection } of classes) {
    if (selection === null || selection.choice === null || selection.milliseconds === null) continue;
    entries[key] = {
      choice: selection.choice,
      milliseconds: selection.milliseconds,
      defaultMilliseconds: selection.defaultMilliseconds,
    };
  }
  return entries;
}

/** Which class is being tuned: a line that renews itself on a terminal, one every few seconds elsewhere. */
class TuneProgress {
  #last = performance.now();

  show(key: string, done: number, count: number): void {
    const line = `tuning ${done + 1} of ${count}: ${key}`;
    if (hasLiveLine()) showLive(line);
    else if (performance.now() - this.#last > 10_000) {
      this.#last = performance.now();
      say(line);
    }
  }

  end(): void {
    showLive('');
  }
}
