/** What the taught classes are worth: curves, classes, confusion, and the most confident mistakes as pictures. */
import { drawCurves } from '../charts.js';
import { showConfusion } from '../confusion.js';
import { byId, make, percent, showBars } from '../dom.js';
import type { TaughtClasses } from '../worker/teach_service.js';
import { label, say } from '../words/words.js';
import type { Picture, Rows } from './collection.js';

/** Mistakes that are shown. */
const MISTAKES = 12;

/** What was learned from, in the order of the report's rows. */
export interface Learned extends Rows {
  /** Seconds that looking at the pictures took; null at a later visit. */
  readonly looked: number | null;
}

export class ReportPart {
  readonly #part = byId('taught-report', HTMLElement);
  readonly #curve = byId('teach-curve', HTMLCanvasElement);
  #urls: string[] = [];
  #shown: TaughtClasses | null = null;

  constructor() {
    addEventListener('resize', () => this.draw());
    addEventListener('weft-language', () => this.draw());
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.draw());
  }

  hide(): void {
    this.#part.hidden = true;
    this.#shown = null;
  }

  show(classes: TaughtClasses, learned: Learned): void {
    this.#shown = classes;
    const { taught, report, seconds } = classes;
    const { pictures, labels, looked } = learned;
    this.#part.hidden = false;
    say(byId('teach-result', HTMLElement), ({ teach }) =>
      teach.learned(
        percent(report.accuracy),
        labels.length,
        report.folds,
        looked === null ? '–' : teach.seconds(looked),
        teach.seconds(seconds),
      ),
    );
    const alone = byId('teach-alone', HTMLElement);
    alone.hidden = report.oneRecording.length === 0;
    say(alone, ({ teach }) => teach.oneRecording(report.oneRecording.map((c) => taught.classes[c]).join(', ')));
    showBars(
      byId('teach-recalls', HTMLElement),
      report.classes.map(({ recall }, c) => ({ class: taught.classes[c], probability: recall })),
    );
    showConfusion(byId('teach-confusion', HTMLTableElement), report, taught.classes);
    this.#showMistakes(classes, pictures, labels);
    this.draw();
  }

  #showMistakes({ taught, report }: TaughtClasses, pictures: readonly Picture[], labels: readonly number[]): void {
    for (const url of this.#urls) URL.revokeObjectURL(url);
    this.#urls = [];
    const items = report.mistakes.slice(0, MISTAKES).map(({ index, said, probability }) => {
      const item = make('li');
      const image = new Image();
      const url = URL.createObjectURL(pictures[index].thumbnail);
      this.#urls.push(url);
      image.src = url;
      image.alt = pictures[index].name;
      const text = make('p');
      const [truth, other] = [taught.classes[labels[index]], taught.classes[said]];
      say(text, ({ teach }) => teach.mistake(truth, other, percent(probability)));
      item.append(image, text);
      return item;
    });
    byId('teach-mistakes', HTMLElement).replaceChildren(...items);
    byId('teach-no-mistakes', HTMLElement).hidden = items.length > 0;
  }

  /** Draws the curves; to be called when the tab comes into view. */
  draw(): void {
    const shown = this.#shown;
    if (shown === null || this.#curve.clientWidth === 0) return;
    const { curves } = shown.report;
    drawCurves(this.#curve, [
      { points: curves.map(({ epoch, trainLoss }) => [epoch, trainLoss] as const), colour: '--training' },
      { points: curves.map(({ epoch, heldLoss }) => [epoch, heldLoss] as const), colour: '--testing' },
    ]);
    const [first, last] = [curves[0], curves[curves.length - 1]].map(({ heldLoss }) => heldLoss.toFixed(2));
    label(this.#curve, 'aria-label', ({ teach }) => teach.curvesLabel(first, last));
  }
}
