/** The second part of the tab: a network laid open on one picture, layer by layer, while it learns step by step. */
import type { OpenLayer } from '../../train/live/open_layer.js';
import { drawInput } from '../charts.js';
import { byId, inWords, make, SaidError } from '../dom.js';
import { canCompute, engine } from '../engine.js';
import type { LaidOpen, LiveFacts } from '../worker/live_service.js';
import { LayerPanel } from './layer_panel.js';
import { shownAs, TileCanvas } from './tiles.js';
import { garment, label, say } from '../words/words.js';

/** Few: it is to be there soon, and one looks at single steps. */
const GARMENTS = { train: 640, test: 100 };
/** What the worker calls this part's network. */
const NAME = 'open';
/** Maps on a layer's button. */
const ON_BUTTON = 4;

/** Shares of the classes, from what the last layer makes. */
function softmaxOf(logits: Float32Array): number[] {
  const largest = Math.max(...logits);
  const powers = Array.from(logits, (v) => Math.exp(v - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((p) => p / sum);
}

export class OpenPart {
  readonly #network = byId('open-network', HTMLSelectElement);
  readonly #status = byId('open-status', HTMLElement);
  readonly #layers = byId('layers', HTMLElement);
  readonly #panel = new LayerPanel();
  readonly #later = ['open-step', 'open-ten', 'open-reset', 'open-next'].map((id) => byId(id, HTMLButtonElement));
  #live: LiveFacts | null = null;
  #opened: LaidOpen | null = null;
  #chosen = 0;
  #garment = 0;
  /** Work follows work. */
  #queue: Promise<void> = Promise.resolve();

  constructor() {
    const [one, ten, reset, next] = this.#later;
    const start = byId('open-start', HTMLButtonElement);
    start.addEventListener('click', () => this.#enqueue(() => this.#open()));
    one.addEventListener('click', () => this.#enqueue(() => this.#advance(1)));
    ten.addEventListener('click', () => this.#enqueue(() => this.#advance(10)));
    reset.addEventListener('click', () => this.#enqueue(() => this.#startOver()));
    next.addEventListener('click', () => this.#enqueue(() => this.#nextGarment()));
    this.#network.addEventListener('change', () => {
      if (this.#live !== null) this.#enqueue(() => this.#startOver());
    });
    this.#layers.addEventListener('keydown', (event) => this.#key(event));
    void canCompute.then((can) => (start.disabled = !can));
  }

  #enqueue(work: () => Promise<void>): void {
    this.#queue = this.#queue.then(work).catch((error: unknown) => {
      say(this.#status, inWords(error));
    });
  }

  async #open(): Promise<void> {
    say(this.#status, ({ train }) => train.preparing);
    this.#live = await engine.ask('live', 'start', [NAME, this.#network.value, GARMENTS]);
    await this.#look();
    for (const button of this.#later) button.disabled = false;
    const start = byId('open-start', HTMLButtonElement);
    if (document.activeElement === start) this.#later[0].focus(); // what is hidden loses the focus
    start.hidden = true;
  }

  async #startOver(): Promise<void> {
    this.#live = null;
    await this.#open();
  }

  async #nextGarment(): Promise<void> {
    this.#garment++;
    await this.#look();
  }

  async #advance(steps: number): Promise<void> {
    if (this.#live === null) return;
    say(this.#status, (words) => words.open.training);
    const { broken } = await engine.ask('live', 'advance', [NAME, steps]);
    if (broken > 0) throw new SaidError(({ train }) => train.broken(broken));
    await this.#look();
  }

  /** Lays the network open on the garment, as it is now. */
  async #look(): Promise<void> {
    const live = this.#live;
    if (live === null) return;
    const { classes } = live;
    const opened = await engine.ask('live', 'layOpen', [NAME, this.#garment]);
    this.#opened = opened;
    const picture = byId('open-picture', HTMLCanvasElement);
    drawInput(picture, Uint8ClampedArray.from(opened.pixels), opened.width);
    const name = garment(classes[opened.label]);
    label(picture, 'aria-label', (words) => words.open.pictureOf(name(words)));
    say(byId('open-class', HTMLElement), name);
    this.#showLayers(opened.layers);
    const shares = softmaxOf(opened.layers[opened.layers.length - 1].output.values);
    const best = shares.indexOf(Math.max(...shares));
    const answer = garment(classes[best]);
    say(this.#status, (words) => words.open.takenFor(opened.step, answer(words), shares[best], opened.loss));
  }

  #showLayers(layers: readonly OpenLayer[]): void {
    this.#chosen = Math.min(this.#chosen, layers.length - 1);
    byId('open-network-part', HTMLElement).hidden = false;
    byId('layer', HTMLElement).hidden = false;
    const had = this.#layers.contains(document.activeElement);
    this.#layers.replaceChildren(...layers.map((layer, i) => this.#button(layer, i)));
    if (had) this.#buttons()[this.#chosen].focus();
    this.#choose(this.#chosen);
  }

  #button(layer: OpenLayer, i: number): HTMLElement {
    const { channels, height, width, values } = layer.output;
    const button = make('button', '', 'layer-button');
    const canvas = document.createElement('canvas');
    canvas.setAttribute('aria-hidden', 'true');
    const count = Math.min(channels, ON_BUTTON);
    const tiles = shownAs({ values: values.subarray(0, count * height * width), count, height, width });
    new TileCanvas(canvas).draw(tiles, count > 1 ? 28 : 56, null, 64);
    const shape = layer.kind === 'linear' ? String(width) : `${channels} × ${height} × ${width}`;
    button.append(canvas, make('span', layer.name, 'name'), make('span', shape, 'small'));
    button.addEventListener('click', () => {
      button.scrollIntoView({ block: 'nearest', inline: 'nearest' });
      this.#choose(i);
    });
    return button;
  }

  #buttons(): HTMLButtonElement[] {
    return [...this.#layers.querySelectorAll('button')];
  }

  #choose(i: number): void {
    this.#chosen = i;
    for (const [j, button] of this.#buttons().entries()) {
      button.setAttribute('aria-pressed', String(i === j));
      button.tabIndex = i === j ? 0 : -1;
    }
    if (this.#opened === null || this.#live === null) return;
    const { layers } = this.#opened;
    this.#panel.show(layers[i], i === layers.length - 1 ? this.#live.classes : []);
  }

  /** The arrow keys walk through the buttons, Enter and Space choose (WAI-ARIA: toolbar). */
  #key(event: KeyboardEvent): void {
    const buttons = this.#buttons();
    const at = buttons.findIndex((button) => button === document.activeElement);
    const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: buttons.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    buttons[(to + buttons.length) % buttons.length].focus();
  }
}
