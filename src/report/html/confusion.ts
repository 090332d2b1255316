/** A confusion matrix within a page: a table of counts, or a picture where there are many classes. */
import { encodePng } from '../../data/pictures/png.js';
import { forHtml } from '../../text/html.js';
import { shortened } from '../../text/width.js';
import { visible } from '../../text/visible.js';
import type { Confusion } from '../../train/evaluate/metrics.js';
import { dataUri } from './page.js';

/** More classes are a picture without names. */
const MAX_TABLED = 20;
/** Pixels a side that a picture has at least, about. */
const PICTURE_SIDE = 400;
const NAME = 24;

/** Rows are true classes, columns predicted ones; a cell is the darker the larger its share of the row. */
export function confusionSection(confusion: Confusion, classes: readonly string[]): string {
  return classes.length <= MAX_TABLED ? asTable(confusion, classes) : asPicture(confusion);
}

function asTable(confusion: Confusion, classes: readonly string[]): string {
  const names = classes.map((name) => forHtml(shortened(visible(name), NAME)));
  const head = names.map((name) => `<th scope="col"><span class="turned">${name}</span></th>`).join('');
  const rows = confusion.map((row, truth) => {
    const total = row.reduce((a, b) => a + b, 0);
    const cells = row.map((count, predicted) => {
      // on a square-root scale: the errors, mostly a few per cent, would be as pale as the empty cells
      const share = total === 0 ? 0 : Math.sqrt(count / total);
      // at most so strong that the page's ink stays readable on it, in both schemes
      const colour = count === 0 ? '' : ` style="background:rgba(var(--heat),${(0.5 * share).toFixed(2)})"`;
      return `<td${truth === predicted ? ' class="right"' : ''}${colour}>${count === 0 ? '' : count}</td>`;
    });
    return `<tr><th scope="row">${names[truth]}</th>${cells.join('')}</tr>`;
  });
  return (
    `<div class="scroll" tabindex="0" role="region" aria-label="Confusion matrix"><table class="matrix">` +
    `<caption>Images of each true class (rows) by what they were taken for (columns)</caption>\n` +
    `<thead><tr><td></td>${head}</tr></thead>\n<tbody>\n${rows.join('\n')}\n</tbody></table></div>`
  );
}

/** A pixel, or a square of some, for each cell: white to dark blue. */
function asPicture(confusion: Confusion): string {
  const n = confusion.length;
  const zoom = Math.max(1, Math.round(PICTURE_SIDE / n));
  const side = n * zoom;
  const pixels = new Uint8Array(3 * side * side).fill(255);
  for (const [truth, row] of confusion.entries()) {
    const total = row.reduce((a, b) => a + b, 0);
    for (const [predicted, count] of row.entries()) {
      if (count === 0) continue;
      const share = 0.25 + 0.75 * Math.sqrt(count / total);
      const colour = [8, 48, 107].map((dark) => Math.round(255 + (dark - 255) * share));
      for (let y = truth * zoom; y < (truth + 1) * zoom; y++)
        for (let x = predicted * zoom; x < (predicted + 1) * zoom; x++) pixels.set(colour, 3 * (y * side + x));
    }
  }
  return (
    `<figure><img class="picture" width="${side}" height="${side}" ` +
    `src="${dataUri(encodePng(pixels, side, side), 'png')}" ` +
    `alt="Confusion matrix of ${n} classes: a dark diagonal is right answers">` +
    `<figcaption>Rows: true classes, from above in the order of confusion_matrix.csv; columns: predicted ones. ` +
    `The darker, the larger the share of the row.</figcaption></figure>`
  );
}
