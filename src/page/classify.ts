/**
 * The first tab: a picture comes in, its classes and similar products come out, and on demand what the network looked
 * at.
 */
import { ModelError } from '../device/errors.js';
import type { ClassProbability } from '../inference/classifier.js';
import type { SimilarProducts } from '../retrieval/catalogue.js';
import type { PageManifest, PageRun } from '../retrieval/page_manifest.js';
import { drawInput, drawMap } from './charts.js';
import { byId, inWords, make, percent, showBars } from './dom.js';
import { canCompute, engine } from './engine.js';
import { PictureSource } from './picture_source.js';
import { askServer } from './server.js';
import { SimilarPart } from './similar.js';
import type { OpenedRun, ShownPicture } from './worker/classify_service.js';
import { say } from './words/words.js';

const SHOWN = 5;
/** So many classes are named at once. */
const FEW_CLASSES = 12;
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
  readonly #runs = byId('runs', HTMLSelectElement);
  #manifest: PageManifest | null = null;
  /** The run that is asked; null before one is loaded, and for a file of the visitor's. */
  #run: PageRun | null = null;
  #isReady = false;
  #isHere = false;
  #input: OpenedRun['input'] | null = null;
  #shown: { readonly file: File; readonly preview: ImageBitmap; top: string } | null = null;
  /** Counts pictures: what belongs to an earlier one is dropped. */
  #number = 0;

  constructor() {
    new PictureSource(
      { tab: 'classify', drop: 'drop', pick: 'pick', file: 'file', photo: 'photo', camera: 'camera' },
      ([file]) => {
        void this.#show(file);
      },
    );
    this.#look.addEventListener('click', () => void this.#toggleMap());
    this.#runs.addEventListener('change', () => void this.#choose(this.#runs.selectedIndex));
    const chooser = byId('model-file', HTMLInputElement);
    byId('open-model', HTMLButtonElement).addEventListener('click', () => chooser.click());
    chooser.addEventListener('change', () => {
      const [file] = chooser.files ?? [];
      chooser.value = '';
      if (file !== undefined) void this.#openFile(file);
    });
  }

  /** Fetches the first run's model and begins to fetch the index. */
  async start(manifest: PageManifest): Promise<void> {
    this.#manifest = manifest;
    this.#isHere = await canCompute;
    byId('open-model', HTMLButtonElement).hidden = !this.#isHere;
    this.#runs.replaceChildren(...manifest.runs.map(({ name }) => make('option', name)));
    byId('runs-part', HTMLElement).hidden = manifest.runs.length < 2;
    if (manifest.runs.length === 0) {
      this.#status.textContent = 'This page came without a model. Open one: the file best.safetensors of a run.';
      return;
    }
    if (!this.#isHere && manifest.classifies)
      byId('privacy', HTMLElement).textContent = 'This browser cannot compute: the picture is sent to the server.';
    await this.#choose(0);
    const { index, runs } = manifest;
    if (index === null || !this.#isReady) return;
    const loaded = this.#isHere
      ? engine.ask('classify', 'openIndex', [index, runs[0].weights], {
          onProgress: (share: number) => this.#similar.progress(share),
        })
      : Promise.resolve();
    void this.#similar.waitFor(loaded);
  }

  async #choose(n: number): Promise<void> {
    const run = this.#manifest?.runs[n];
    if (run === undefined) return;
    const loading = byId('loading', HTMLProgressElement);
    await this.#open(run, async () => {
      if (!this.#isHere && this.#manifest?.classifies !== true)
        throw new ModelError('Without WebGPU this page cannot classify');
      if (!this.#isHere) return run;
      loading.hidden = false;
      return engine
        .ask('classify', 'open', [run], { onProgress: (share: number) => (loading.value = share) })
        .finally(() => (loading.hidden = true));
    });
  }

  async #openFile(file: File): Promise<void> {
    await this.#open(null, () => engine.ask('classify', 'openFile', [file, file.name]));
  }

  /** Takes another model, and asks it about the picture that is there. */
  async #open(run: PageRun | null, load: () => Promise<OpenedRun>): Promise<void> {
    this.#status.textContent = 'Loading the model …';
    this.#problem.hidden = true;
    try {
      const opened = await load();
      [this.#run, this.#input, this.#isReady] = [run, opened.input, true];
      this.#introduce(opened);
      this.#status.textContent = `${opened.model} is ready.`;
      if (this.#shown !== null) await this.#show(this.#shown.file);
    } catch (error) {
      this.#status.textContent = '';
      this.#fail(error);
    }
  }

  /** What the network knows, in words of its own classes. */
  #introduce({ classes }: OpenedRun): void {
    byId('hint', HTMLElement).textContent =
      classes.length <= FEW_CLASSES
        ? `Drop or paste a picture of one of these: ${classes.join(', ')}.`
        : 'Drop or paste a picture.';
    byId('known-count', HTMLElement).textContent = `What it tells apart (${classes.length.toLocaleString('en')})`;
    byId('known-classes', HTMLElement).textContent = classes.join(', ');
    byId('known', HTMLElement).hidden = classes.length <= FEW_CLASSES;
  }

  #fail(error: unknown): void {
    say(this.#problem, inWords(error));
    this.#problem.hidden = false;
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
    const isWanted = (): boolean => number === this.#number;
    try {
      if (!this.#isReady) throw new ModelError('There is no model to ask yet', { fix: 'wait until it is loaded' });
      this.#status.textContent = 'Looking …';
      const picture = await engine.ask('classify', 'show', [file, file.name]);
      if (!isWanted()) return;
      this.#drawPicture(picture.preview);
      this.#doubt(picture);
      const { top, similar } = await this.#answer(file);
      if (!isWanted()) return;
      this.#shown = { file, preview: picture.preview, top: top[0].class };
      showBars(this.#classes, top.slice(0, SHOWN));
      this.#status.textContent = `${top[0].class}, ${percent(top[0].probability)}`;
      byId('looking', HTMLElement).hidden = !this.#isHere;
      if (similar !== null) await this.#similar.show(similar, isWanted);
    } catch (error) {
      if (!isWanted()) return;
      this.#status.textContent = '';
      this.#fail(error);
    }
  }

  /** The classes, the likeliest first; and what asks for similar products, null without an index. */
  async #answer(
    file: File,
  ): Promise<{ readonly top: readonly ClassProbability[]; readonly similar: (() => Promise<SimilarProducts>) | null }> {
    if (!this.#isHere) return askServer(file, this.#run?.name ?? '');
    const top = await engine.ask('classify', 'rank', []);
    const hasIndex = this.#run !== null && this.#run === this.#manifest?.runs[0] && this.#manifest.index !== null;
    return { top, similar: hasIndex ? () => engine.ask('classify', 'similar', [top[0]]) : null };
  }

  /** Says so where the picture is of another kind than what the network has learned. */
  #doubt({ isDoubtful }: ShownPicture): void {
    this.#doubtful.hidden = !isDoubtful;
    if (isDoubtful)
      this.#doubtful.textContent =
        `This network has learned small grey pictures, ${this.#input?.side} pixels a side. Of a photograph it sees ` +
        'next to nothing: what it says may mean little.';
  }

  #drawPicture(preview: ImageBitmap): void {
    this.#picture.width = preview.width;
    this.#picture.height = preview.height;
    this.#picture.getContext('2d')?.drawImage(preview, 0, 0);
    this.#picture.classList.remove('input');
    this.#overlay.hidden = true;
    this.#look.textContent = LOOK;
    byId('stage', HTMLElement).hidden = false;
    byId('hint', HTMLElement).hidden = true;
  }

  async #toggleMap(): Promise<void> {
    const shown = this.#shown;
    if (shown === null) return;
    if (!this.#overlay.hidden) return this.#drawPicture(shown.preview);
    const number = this.#number;
    const isShown = (): boolean => number === this.#number; // else the button is another picture's
    this.#look.disabled = true;
    try {
      const { planes, side, map } = await engine.ask('classify', 'look', [shown.top], {
        onProgress: ([done, total]: [number, number]) => {
          if (isShown()) this.#look.textContent = `Looking … ${done} of ${total}`;
        },
      });
      if (!isShown()) return;
      drawInput(this.#picture, planes, side);
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
