/** An evaluation as a table. */
import type { EvaluationReport } from '../train/evaluate_checkpoint.js';
import { textTable } from '../train/table.js';
import { percent, say } from './output.js';

export function sayReport(title: string, r: EvaluationReport): void {
  say(`\n${title}: accuracy ${percent(r.accuracy)}, loss ${r.loss.toFixed(4)} over ${r.count} images\n`);
  const rows = r.perClass.map((c) => [c.class, String(c.support), percent(c.recall), percent(c.precision), c.f1.toFixed(3)]);
  say(textTable(['class', 'images', 'accuracy', 'precision', 'F1'], rows, ['left', 'right', 'right', 'right', 'right']));
  if (r.mostConfused.length === 0) return;
  say('\nmost often mistaken');
  for (const { truth, predicted, count, share } of r.mostConfused) say(`  ${truth} for ${predicted}: ${count} (${percent(share)} of ${truth})`);
}
