/** `weft train --fast-dev-run`: all that a run does, on a few batches; nothing is kept. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DatasetSplits, ImageDataset } from '../data/dataset.js';
import { selectImages } from '../data/select_images.js';
import { InterruptedError, UsageError } from '../device/errors.js';
import type { DataConfig, FitConfig, LoaderConfig } from '../train/config.js';
import { say } from './output.js';

/** Steps of whole batches, and one of what is left. */
const STEPS = 3;
/** Images to validate and to test on, at most. */
const MEASURED = 128;

/** So many of some numbers, evenly spread. */
function spread(from: number, to: number, count: number): number[] {
  const n = Math.min(count, to - from);
  return Array.from({ length: n }, (_, i) => from + Math.floor((i * (to - from)) / n));
}

/** Some images of a part, two at least of each class that it has. */
function someOf({ labels }: ImageDataset, from: number, to: number, count: number): number[] {
  const chosen = new Set(spread(from, to, count));
  const seen = new Map<number, number>();
  for (let i = from; i < to; i++) {
    const before = seen.get(labels[i]) ?? 0;
    if (before < 2) chosen.add(i);
    seen.set(labels[i], before + 1);
  }
  return [...chosen].sort((a, b) => a - b);
}

function fewOf(data: ImageDataset, count: number): ImageDataset {
  const start = data.validationStart;
  if (start === undefined) return selectImages(data, Uint32Array.from(someOf(data, 0, data.count, count)));
  const training = someOf(data, 0, start, count);
  return selectImages(
    data,
    Uint32Array.from([...training, ...someOf(data, start, data.count, MEASURED)]),
    training.length,
  );
}

/** A few images of each part: enough for some steps of the configuration. */
export function fewImages({ train, test }: DatasetSplits, config: LoaderConfig & DataConfig): DatasetSplits {
  const steps = STEPS * config.batch * (config.accumulate ?? 1);
  const count = Math.ceil((steps + 1) / (1 - config.valSplit));
  return { train: fewOf(train, count), test: test && fewOf(test, MEASURED) };
}

/** The configuration of a run that only tries: one epoch, at a rate that stays; an average of weights begins in it. */
export function tried<C extends FitConfig>(config: C): C {
  const { schedule: _, patience: _patience, swa, ...rest } = config;
  const averaged = swa === undefined ? {} : { swa: { ...swa, start: 1 } };
  return { ...rest, ...averaged, epochs: 1 } as unknown as C; // without settings that may be absent
}

/** Runs in a folder that is removed afterwards. @throws UsageError for options that say where a run is kept. */
export async function withoutTraces(
  isGiven: (name: string) => boolean,
  body: (folder: string) => Promise<void>,
): Promise<void> {
  const kept = ['out', 'resume', 'force', 'max-time', 'tensorboard'].find(isGiven);
  if (kept !== undefined)
    throw new UsageError(`--fast-dev-run keeps nothing; --${kept} is for runs that are kept`, {
      fix: 'leave one of them out',
    });
  const folder = mkdtempSync(join(tmpdir(), 'weft-dev-run-'));
  try {
    await body(folder);
    say('fast dev run: reading, training, validation, checkpoints and evaluation work; nothing was kept');
  } catch (error) {
    // what it says was saved is removed
    if (error instanceof InterruptedError) throw new InterruptedError('stopped; nothing was kept', error.exitCode);
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
