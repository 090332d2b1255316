/** An evaluation as a table. */
import type { CalibrationReport } from '../inference/calibrate.js';
import type { EvaluationReport } from '../inference/evaluate_checkpoint.js';
import { textTable } from '../report/table.js';
import { visible } from '../text/visible.js';
import { named } from '../text/width.js';
import { percent, print } from './output.js';

/** More rows are printed by nobody's wish: the classes that are known worst are shown. */
const MAX_ROWS = 100;
const WORST = 20;

export function sayReport(title: string, r: EvaluationReport): void {
  const top =
    r.top5 === undefined || r.top10 === undefined ? '' : `, top 5 ${percent(r.top5)}, top 10 ${percent(r.top10)}`;
  print(
    `\n${visible(title)}: accuracy ${percent(r.accuracy)}${top}, loss ${r.loss.toFixed(4)} over ${r.count} images\n`,
  );
  sayClasses(r.perClass);
  if (r.mostConfused.length === 0) return;
  print('\nmost often mistaken');
  for (const { truth, predicted, count, share } of r.mostConfused)
    print(`  ${named(truth)} for ${named(predicted)}: ${count} (${percent(share)} of ${named(truth)})`);
}

function sayClasses(all: EvaluationReport['perClass']): void {
  if (all.length === 0) return print('too many classes for figures of each');
  const shown =
    all.length <= MAX_ROWS ? all : [...all].sort((a, b) => (a.f1 ?? Infinity) - (b.f1 ?? Infinity)).slice(0, WORST);
  const rows = shown.map((c) => [
    c.class,
    String(c.support),
    percent(c.recall),
    percent(c.precision),
    c.f1?.toFixed(3) ?? '-',
  ]);
  print(
    textTable(['class', 'images', 'accuracy', 'precision', 'F1'], rows, ['left', 'right', 'right', 'right', 'right']),
  );
  const empty = all.filter((c) => c.support === 0).length;
  if (empty > 0)
    print(`${empty} of ${all.length} classes have no image here: nothing is known of them, and they are in no mean`);
  if (shown.length < all.length) print(`the ${WORST} of ${all.length} classes with the lowest F1`);
}

/** How far the probabilities can be believed. */
export function sayCalibration({ ece, bins, temperature, eceCalibrated }: CalibrationReport): void {
  const cooled =
    temperature === null || eceCalibrated === null
      ? ''
      : `; ${percent(eceCalibrated)} with logits divided by ${temperature.toFixed(3)}, the run's temperature`;
  print(`\ncalibration error (ECE, ${bins} bins): ${percent(ece)}${cooled}`);
}

/** What to warn of where all images are of one class. */
export function oneClassOnly(classes: EvaluationReport['perClass']): string[] {
  const present = classes.filter((c) => c.support > 0);
  return present.length === 1 && classes.length > 1
    ? [`all images are of one class, ${named(present[0].class)}: the accuracy says nothing about the others`]
    : [];
}
