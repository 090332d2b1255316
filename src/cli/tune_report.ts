/** What `weft tune` says when it is done: a table of the classes, and what was wrong with whom. */
import { formatChoice } from '../device/choices.js';
import type { ClassResult } from '../kernels/tune/tuner.js';
import { textTable } from '../report/table.js';
import { print } from './output.js';

function row({ family, shapeClass, selection }: ClassResult): string[] {
  if (selection === null) return [family, shapeClass, 'default'];
  const { choice, milliseconds, defaultMilliseconds, tried, untried, rejected } = selection;
  const time = (t: number | null): string => (t === null ? '-' : t.toPrecision(3));
  const gain =
    milliseconds === null || defaultMilliseconds === null ? '-' : `${(defaultMilliseconds / milliseconds).toFixed(2)}x`;
  return [
    family,
    shapeClass,
    choice === null ? 'none is right' : formatChoice(choice),
    time(milliseconds),
    time(defaultMilliseconds),
    gain,
    `${tried} of ${tried + untried}`,
    String(rejected.length),
  ];
}

export function sayTuned(classes: readonly ClassResult[], seconds: number): void {
  const shown = classes.filter((c) => c.skipped === null);
  if (shown.length > 0) {
    print('');
    print(
      textTable(['op', 'shape class', 'choice', 'ms', 'default', 'gain', 'tried', 'rejected'], shown.map(row), [
        'left',
        'left',
        'left',
        ...new Array<'right'>(5).fill('right'),
      ]),
    );
  }
  const reasons = shown.flatMap((c) =>
    (c.selection?.rejected ?? []).map(
      (r) => `${c.key}: ${formatChoice(r.choice)}: ${r.reason.split('\n').slice(0, 2).join(' ')}`,
    ),
  );
  if (reasons.length > 0) print(`\nrejected:\n  ${reasons.join('\n  ')}`);
  const late = classes.filter((c) => c.skipped === 'no time').map((c) => c.key);
  if (late.length > 0) print(`\nleft at their defaults, for which ${seconds} s were not enough: ${late.join('; ')}`);
  const disturbed = classes.filter((c) => c.skipped === 'busy host').map((c) => c.key);
  if (disturbed.length > 0)
    print(
      `\nleft at their defaults, because other programs ran beside them (--force: tune all the same): ` +
        `${disturbed.join('; ')}`,
    );
  const alone = classes.filter((c) => c.skipped === 'one kernel' || c.skipped === 'no trial').length;
  if (alone > 0) print(`\n${alone} classes have no choice of kernels here`);
}
