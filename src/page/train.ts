/** The second tab: a network learns drawn garments, and everything it becomes is on the page. */
import { Curve } from './curve_points.js';
import { drawCurves, drawFilters } from './charts.js';
import { showConfusion } from './confusion.js';
import { byId, inWords, nextFrame, percent, SaidError, showBars } from './dom.js';
import { canCompute, engine } from './engine.js';
import { Sketch } from './sketch.js';
import type { LiveFacts } from './worker/live_service.js';
import { garment, label, say, show } from './words/words.js';

/** The page is drawn anew about this often: steps between two readings follow from it. */
const READING_MILLISECONDS = 120;
const MOST_STEPS = 16;
/** The test images are measured at the first reading after so many steps. */
const TEST_EVERY = 50;
/** What the worker calls this tab's network. */
const NAME = 'train';

export class TrainTab {
  readonly #run = byId('run', HTMLButtonElement);
  readonly #one = byId('step', HTMLButtonElement);
  readonly #reset = byId('reset', HTMLButtonElement);
  readonly #network = byId('network', HTMLSelectElement);
  readonly #progress = byId('progress', HTMLElement);
  readonly #sketch = new Sketch(byId('sketch', HTMLCanvasElement), () => void this.#guess());
  /** null: there is no network yet. */
  #live: LiveFacts | null = null;
  #step = 0;
  #isRunning = false;
  /** Training follows training; the worker puts a drawing's answer between two steps. */
  #queue: Promise<void> = Promise.resolve();
  #interval = 1;
  #losses = new Curve();
  #accuracies = new Curve();
  #tests = new Curve();
  #nextTest = TEST_EVERY;
  #example = 0;

  constructor() {
    this.#run.addEventListener('click', () => this.#toggle());
    this.#one.addEventListener('click', () => this.#enqueue(() => this.#advance(1, true)));
    this.#reset.addEventListener('click', () => this.#startOver());
    this.#network.addEventListener('change', () => this.#startOver());
    byId('clear', HTMLButtonElement).addEventListener('click', () => this.#sketch.clear());
    byId('example', HTMLButtonElement).addEventListener('click', () => void this.#showExample());
    for (const event of ['resize', 'weft-language']) addEventListener(event, () => this.draw());
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.draw());
    void canCompute.then((can) => {
      if (can) return;
      for (const control of [this.#run, this.#one, this.#reset, this.#network, byId('example', HTMLButtonElement)])
        control.disabled = true;
      say(this.#progress, (words) => words.train.needs);
    });
  }

  /** Draws the curves; to be called when the tab comes into view. */
  draw(): void {
    if (byId('train', HTMLElement).hidden) return;
    drawCurves(byId('loss-curve', HTMLCanvasElement), [{ points: this.#losses.points, colour: '--training' }]);
    drawCurves(
      byId('accuracy-curve', HTMLCanvasElement),
      [
        { points: this.#accuracies.points, colour: '--training' },
        { points: this.#tests.points, colour: '--testing' },
      ],
      1,
    );
  }

  #enqueue(work: () => Promise<void>): void {
    this.#queue = this.#queue.then(work).catch((error: unknown) => this.#failed(error));
  }

  #failed(error: unknown): void {
    this.#pause();
    say(this.#progress, inWords(error));
  }

  /** The network on the GPU; made at the first need, because drawing the garments takes a moment. */
  async #ready(): Promise<LiveFacts> {
    if (this.#live !== null) return this.#live;
    say(this.#progress, (words) => words.train.preparing);
    this.#live = await engine.ask('live', 'start', [NAME, this.#network.value, {}]);
    return this.#live;
  }

  #toggle(): void {
    if (this.#isRunning) return this.#pause();
    this.#isRunning = true;
    say(this.#run, (words) => words.train.pause);
    this.#enqueue(async () => {
      while (this.#isRunning) {
        await this.#advance(this.#interval, false);
        await nextFrame(); // a page in the background gets no frame: training waits
      }
      await this.#measure();
    });
  }

  #pause(): void {
    this.#isRunning = false;
    const isBegun = this.#losses.points.length > 0;
    say(this.#run, (words) => (isBegun ? words.train.goOn : words.train.train));
  }

  async #advance(steps: number, measure: boolean): Promise<void> {
    await this.#ready();
    const started = performance.now();
    const { step, loss, accuracy, broken } = await engine.ask('live', 'advance', [NAME, steps]);
    this.#step = step;
    const elapsed = performance.now() - started;
    this.#interval = Math.max(
      1,
      Math.min(
        MOST_STEPS,
        elapsed < READING_MILLISECONDS ? 2 * steps : elapsed > 2 * READING_MILLISECONDS ? steps >> 1 : steps,
      ),
    );
    if (!Number.isFinite(loss)) throw new SaidError((words) => words.train.diverged(step));
    if (broken > 0) throw new SaidError((words) => words.train.broken(broken));
    this.#losses.add([step, loss]);
    this.#accuracies.add([step, accuracy]);
    say(byId('steps', HTMLElement), ({ figures }) => figures.whole(step));
    say(byId('loss', HTMLElement), ({ figures }) => figures.fixed(loss, 3));
    say(byId('accuracy', HTMLElement), () => percent(accuracy));
    const [[, first]] = this.#losses.points;
    label(byId('loss-curve', HTMLElement), 'aria-label', (words) => words.train.losses(first, loss, step));
    if (measure || step >= this.#nextTest || this.#losses.points.length === 1) await this.#measure();
    this.draw();
  }

  /** Test accuracy, confusion, filters, and what the network now takes the drawing for. */
  async #measure(): Promise<void> {
    const live = this.#live;
    if (live === null || this.#step === 0 || this.#tests.points.at(-1)?.[0] === this.#step) return;
    const test = await engine.ask('live', 'measure', [NAME]);
    this.#nextTest = this.#step + TEST_EVERY;
    this.#tests.add([this.#step, test.accuracy]);
    const step = this.#step;
    const { accuracy } = test;
    say(byId('tested', HTMLElement), () => percent(accuracy));
    label(byId('accuracy-curve', HTMLElement), 'aria-label', (words) => words.train.accuracies(accuracy, step));
    say(this.#progress, (words) => words.train.recognised(step, accuracy, live.tested));
    showConfusion(byId('confusion', HTMLTableElement), test, live.classes.map(garment));
    drawFilters(byId('filters', HTMLCanvasElement), test.filters);
    await this.#classifySketch(live);
    this.draw();
  }

  #guess(): void {
    if (this.#live === null) return; // before training it would be a guess indeed
    this.#classifySketch(this.#live).catch((error: unknown) => this.#failed(error));
  }

  async #classifySketch(live: LiveFacts): Promise<void> {
    const list = byId('guesses', HTMLElement);
    if (this.#sketch.isEmpty) return list.replaceChildren();
    const p = await engine.ask('live', 'classify', [NAME, this.#sketch.pixels]);
    if (this.#live !== live) return; // begun anew meanwhile
    const ranked = live.classes
      .map((name, c) => ({ class: garment(name), probability: p[c] }))
      .sort((a, b) => b.probability - a.probability);
    const [best] = ranked;
    showBars(list, ranked.slice(0, 4));
    if (!this.#isRunning)
      say(byId('guess', HTMLElement), (words) => words.train.guess(best.class(words), best.probability));
  }

  async #showExample(): Promise<void> {
    try {
      await this.#ready();
      this.#sketch.set(await engine.ask('live', 'example', [NAME, this.#example++]));
    } catch (error) {
      this.#failed(error);
    }
  }

  #startOver(): void {
    this.#isRunning = false;
    this.#enqueue(async () => {
      if (this.#live !== null) await engine.ask('live', 'release', [NAME]);
      [this.#live, this.#step] = [null, 0];
      [this.#losses, this.#accuracies, this.#tests] = [new Curve(), new Curve(), new Curve()];
      [this.#interval, this.#nextTest] = [1, TEST_EVERY];
      for (const name of ['loss', 'accuracy', 'tested']) show(byId(name, HTMLElement), '–');
      show(byId('steps', HTMLElement), '0');
      byId('confusion', HTMLTableElement).replaceChildren();
      byId('guesses', HTMLElement).replaceChildren();
      byId('filters', HTMLCanvasElement).width = 0;
      label(byId('loss-curve', HTMLElement), 'aria-label', (words) => words.train.noLosses);
      label(byId('accuracy-curve', HTMLElement), 'aria-label', (words) => words.train.noAccuracies);
      say(this.#progress, (words) => words.train.fresh);
      this.#pause();
      this.draw();
    });
  }
}
