/**
 * What a run says of its images: how many each part has, and why its figures may be better, or say less, than they
 * look.
 */
import type { DatasetSplits } from '../data/dataset.js';
import { doubtsAbout } from '../data/learnable.js';
import { trainingSplit } from '../data/sampler.js';
import { historyFindings } from '../diagnose/history.js';
import type { DataConfig, FitConfig } from '../train/config.js';
import type { EpochMetrics } from '../train/evaluate/metrics.js';
import type { UsedImages } from '../report/run_summary.js';
import { visible } from '../text/visible.js';
import { named } from '../text/width.js';
import { say } from './output.js';

/** With fewer validation images a first epoch may have them all right by luck. */
const FEW = 20;

export interface RunImages {
  readonly used: UsedImages;
  readonly warnings: readonly string[];
}

/** Of which images a run learns, by which its best epoch is chosen, and on which it is tested. */
export function runImages(
  { train, test }: DatasetSplits,
  { valSplit, seed }: Pick<DataConfig, 'valSplit'> & Pick<FitConfig, 'seed'>,
): RunImages {
  const split = trainingSplit(train, valSplit, seed);
  const parts = {
    validation: { data: train, indices: split.validation },
    ...(test === null ? {} : { test: { data: test, indices: Uint32Array.from({ length: test.count }, (_, i) => i) } }),
  };
  return {
    used: { training: split.train.length, validation: split.validation.length, test: test?.count ?? 0 },
    warnings: doubtsAbout({ data: train, indices: split.train }, parts),
  };
}

/** `54,000 images for training, 6,000 for validation, 10,000 for testing`. */
export function inWords({ training, validation, test }: UsedImages): string {
  const number = (n: number): string => (n === 0 ? 'none' : n.toLocaleString('en-US'));
  return `${number(training)} images for training, ${number(validation)} for validation, ${number(test)} for testing`;
}

/**
 * What the first epoch tells: where it was right every time, the classes may differ by something else than what they
 * are named after.
 */
export function doubtsAfter([first]: readonly EpochMetrics[], { validation }: UsedImages): string[] {
  if (first?.valAccuracy !== 1 || validation < FEW) return [];
  return [
    'every validation image was right after the first epoch: see whether the classes differ by something that is ' +
      'not meant (borders, sizes, light), or whether copies of training images are among them',
  ];
}

/** What the epochs tell while a run is trained (diagnose/history.ts): each of it once. */
export class LiveNotes {
  readonly #chance: number | null;
  readonly #said = new Set<string>();

  /** @param chance the training loss of guessing; see `guessingLoss`. */
  constructor(chance: number | null) {
    this.#chance = chance;
  }

  /** What is new after the last of these epochs. */
  after(history: readonly EpochMetrics[]): string[] {
    const fresh = historyFindings(history, this.#chance).filter(({ check }) => !this.#said.has(check));
    for (const { check } of fresh) this.#said.add(check);
    return fresh.map(({ title, evidence }) => `${title} (${evidence}); weft diagnose says what it may be`);
  }
}

/** Of an index whose pictures all have one label: every search in it is right. */
export function labelDoubts(column: string, labels: ReadonlySet<string>): string[] {
  return labels.size === 1
    ? [
        `all pictures have one ${named(column)}, ${named([...labels][0])}: whatever is found is right, and ` +
          `recall and mAP say nothing`,
      ]
    : [];
}

export function sayWarnings(warnings: readonly string[]): void {
  for (const warning of warnings) say(`warning: ${visible(warning)}`);
}

export function sayNotes(notes: readonly string[]): void {
  for (const note of notes) say(`note: ${visible(note)}`);
}
