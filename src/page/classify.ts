/**
 * The first tab: a picture comes in, its classes and similar products come out, and on demand what the network looked
 * at.
 */
import type { RgbaImage } from '../data/pictures/rgba_image.js';
import { ModelError } from '../device/errors.js';
import { modelInput } from '../inference/classifier.js';
import { occlusionMap } from '../inference/occlusion.js';
import { isPhotoForSmallNetwork } from '../inference/photo_doubt.js';
import type { PageRun } from '../retrieval/page_manifest.js';
import { openEngine, type Engine } from './answers.js';
import { drawInput, drawMap } from './charts.js';
import { byId, inWords, percent, showBars } from './dom.js';
import { fetchManifest } from './kept_files.js';
import { decodePicture } from './picture.js';
import { SimilarPart } from './similar.js';

const SHOWN = 5;
/** So many classes are named at once. */
const FEW_CLASSES = 12;
/** Pixels of the picture's longer side on the page. */
const PREVIEW = 900;
const LOOK = 'Where the network looks';

export class ClassifyTab {
  readonly #status = byId('status', HTMLElement);
  readonly #problem = byId('problem', HTMLElement);
  readonly #classes = byId('classes', HTMLElement);
  readonly #picture = byId('picture', HTMLCanvasElement);
  readonly #overlay = byId('overlay', HTMLCanvasElement);
  readonly #look = byId('look', HTMLButtonElement);
  readonly #similar = new SimilarPart();
  readonly #doubtful = byId('doubt', HTMLElement);
  #engine: Engine | null = null;
  #input: PageRun['input'] | null = null;
  #shown: { readonly pixels: RgbaImage; readonly top: string } | null = null;
  /** Counts pictures: what belongs to an earlier one is dropped. */
  #number = 0;

  constructor() {
    const drop = byId('drop', HTMLElement);
    for (const [button, input] of [
      ['pick', 'file'],
      ['photo', 'camera'],
    ] as const) {
      const chooser = byId(input, HTMLInputElement);
      byId(button, HTMLButtonElement).addEventListener('click', () => chooser.click());
      chooser.addEventListener('change', () => {
        this.#take(chooser.files?.[0]);
        chooser.value = ''; // so that the same file can be chosen again
      });
    }
    document.addEventListener('dragover', (event) => {
      event.preventDefault(); // else the browser leaves the page for the file
      drop.classList.toggle('over', event.target instanceof Node && drop.contains(event.target));
    });
    document.addEventListener('drop', (event) => {
      event.preventDefault();
      drop.classList.remove('over');
      this.#take(event.dataTransfer?.files[0]);
    });
    document.addEventListener('paste', (event) => this.#take(event.clipboardData?.files[0]));
    this.#look.addEventListener('click', () => void this.#toggleMap());
  }

  /** Fetches the model and begins to fetch the index. False where the page came without a model. */
  async start(): Promise<boolean> {
    const loading = byId('loading', HTMLProgressElement);
    this.#status.textContent = 'Loading the model …';
    loading.hidden = false;
    try {
      const manifest = await fetchManifest();
      const run = manifest?.runs[0];
      if (manifest === null || run === undefined) return false;
      this.#introduce(run);
      this.#engine = await openEngine(
        manifest,
        run,
        (share) => (loading.value = share),
        (share) => this.#similar.progress(share),
      );
      if (this.#engine.index !== null) void this.#similar.waitFor(this.#engine.index);
      if (this.#engine.classifier === null)
        byId('privacy', HTMLElement).textContent = 'This browser cannot compute: the picture is sent to the server.';
      this.#status.textContent = `${run.model} is ready.`;
    } catch (error) {
      this.#status.textContent = '';
      this.#fail(error);
    } finally {
      loading.hidden = true;
    }
    return true;
  }

  /** What the network knows, in words of its own classes. */
  #introduce({ classes, input }: PageRun): void {
    this.#input = input;
    if (classes.length <= FEW_CLASSES)
      byId('hint', HTMLElement).textContent = `Drop or paste a picture of one of these: ${classes.join(', ')}.`;
    byId('known-count', HTMLElement).textContent = `What it tells apart (${classes.length.toLocaleString('en')})`;
    byId('known-classes', HTMLElement).textContent = classes.join(', ');
    byId('known', HTMLElement).hidden = classes.length <= FEW_CLASSES;
  }

  /** Says so where the picture is of another kind than what the network has learned. */
  #doubt(pixels: RgbaImage): void {
    const isPhoto = this.#input !== null && isPhotoForSmallNetwork(pixels, this.#input);
    this.#doubtful.hidden = !isPhoto;
    if (isPhoto)
      this.#doubtful.textContent =
        `This network has learned small grey pictures, ${this.#input?.side} pixels a side. Of a photograph it sees ` +
        'next to nothing: what it says may mean little.';
  }

  #fail(error: unknown): void {
    this.#problem.textContent = inWords(error);
    this.#problem.hidden = false;
  }

  #take(file: File | undefined): void {
    if (file !== undefined) void this.#show(file);
  }

  async #show(file: File): Promise<void> {
    const number = ++this.#number;
    this.#problem.hidden = true;
    this.#shown = null;
    this.#classes.replaceChildren();
    this.#doubtful.hidden = true;
    this.#similar.clear();
    byId('looking', HTMLElement).hidden = true;
    byId('stage', HTMLElement).hidden = true;
    byId('hint', HTMLElement).hidden = false;
    try {
      if (this.#engine === null)
        throw new ModelError('There is no model to ask yet', { fix: 'wait until it is loaded' });
      this.#status.textContent = 'Looking …';
      const { pixels, bytes } = await decodePicture(file, file.name);
      if (number !== this.#number) return;
      this.#drawPicture(pixels);
      this.#doubt(pixels);
      const { top, similar } = await this.#engine.answer(pixels, bytes);
      if (number !== this.#number) return;
      this.#shown = { pixels, top: top[0].class };
      showBars(this.#classes, top.slice(0, SHOWN));
      this.#status.textContent = `${top[0].class}, ${percent(top[0].probability)}`;
      byId('looking', HTMLElement).hidden = this.#engine.classifier === null;
      if (similar !== null) await this.#similar.show(similar, () => number === this.#number);
    } catch (error) {
      if (number !== this.#number) return;
      this.#status.textContent = '';
      this.#fail(error);
    }
  }

  #drawPicture({ width, height, data }: RgbaImage): void {
    const scale = Math.min(1, PREVIEW / Math.max(width, height));
    this.#picture.width = Math.max(1, Math.round(width * scale));
    this.#picture.height = Math.max(1, Math.round(height * scale));
    const whole = new OffscreenCanvas(width, height);
    whole
      .getContext('2d')
      ?.putImageData(new ImageData(new Uint8ClampedArray(data.buffer as ArrayBuffer), width, height), 0, 0);
    this.#picture.getContext('2d')?.drawImage(whole, 0, 0, this.#picture.width, this.#picture.height);
    this.#picture.classList.remove('input');
    this.#overlay.hidden = true;
    this.#look.textContent = LOOK;
    byId('stage', HTMLElement).hidden = false;
    byId('hint', HTMLElement).hidden = true;
  }

  async #toggleMap(): Promise<void> {
    const shown = this.#shown;
    const classifier = this.#engine?.classifier ?? null;
    if (shown === null || classifier === null) return;
    if (!this.#overlay.hidden) return this.#drawPicture(shown.pixels);
    const number = this.#number;
    const isShown = (): boolean => number === this.#number; // else the button is another picture's
    this.#look.disabled = true;
    try {
      const { header } = classifier;
      const input = modelInput(shown.pixels, header);
      const map = await occlusionMap(classifier, input, header.classes.indexOf(shown.top), 8, (done, total) => {
        if (isShown()) this.#look.textContent = `Looking … ${done} of ${total}`;
      });
      if (!isShown()) return;
      const side = header.input.width;
      const { mean, std } = header.normalization;
      drawInput(
        this.#picture,
        Uint8ClampedArray.from(
          input,
          (v, i) => 255 * (v * std[Math.floor(i / side ** 2)] + mean[Math.floor(i / side ** 2)]),
        ),
        side,
      );
      drawMap(this.#overlay, map);
      this.#picture.classList.add('input');
      this.#overlay.hidden = false;
      this.#look.textContent = 'Show the picture';
    } catch (error) {
      if (!isShown()) return;
      this.#fail(error);
      this.#look.textContent = LOOK;
    } finally {
      this.#look.disabled = false;
    }
  }
}
