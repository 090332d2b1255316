/**
 * The first tab: a picture comes in, its classes and similar products come out, and on demand what the network looked
 * at.
 */
import { FASHION_CLASSES } from '../data/dataset.js';
import type { ClassProbability } from '../inference/classifier.js';
import type { PageManifest, PageRun } from '../retrieval/page_manifest.js';
import { byId, inWords, make, SaidError, showBars, whenChosen } from './dom.js';
import { canCompute, engine } from './engine.js';
import { takePictures } from './picture_source.js';
import { PictureView } from './picture_view.js';
import { askServer } from './server.js';
import { SimilarPart, type FindSimilar } from './similar.js';
import type { OpenedRun, ShownPicture } from './worker/classify_service.js';
import { garment, say, show } from './words/words.js';

const SHOWN = 5;
/** A model among the files that are dropped. */
const MODEL_FILE = /\.(safetensors|zip)$/i;
/** The file of a run's folder that has its weights. */
const RUN_MODEL = 'best.safetensors';
/** So many classes are named at once. */
const FEW_CLASSES = 12;

export class ClassifyTab {
  readonly #status = byId('status', HTMLElement);
  readonly #problem = byId('problem', HTMLElement);
  readonly #classes = byId('classes', HTMLElement);
  readonly #view = new PictureView({ stage: 'stage', picture: 'picture', overlay: 'overlay', look: 'look' }, (error) =>
    this.#fail(error),
  );
  readonly #similar = new SimilarPart();
  readonly #doubtful = byId('doubt', HTMLElement);
  readonly #runs = byId('runs', HTMLSelectElement);
  #manifest: PageManifest | null = null;
  /** The run that is asked; null before one is loaded, and for a file of the visitor's. */
  #run: PageRun | null = null;
  #isReady = false;
  #isHere = false;
  #input: OpenedRun['input'] | null = null;
  /** The picture that is answered. */
  #shown: File | null = null;
  /** Counts pictures: what belongs to an earlier one is dropped. */
  #number = 0;
  /** Counts models, likewise. */
  #opening = 0;
  #examples = 0;

  constructor() {
    takePictures((file) => void (MODEL_FILE.test(file.name) ? this.#openFile(file) : this.#show(file)));
    byId('sample', HTMLElement).addEventListener('click', () => void this.#showExample());
    this.#runs.addEventListener('change', () => void this.#choose(this.#runs.selectedIndex));
    whenChosen('open-model', 'model-file', ([file]) => void this.#openFile(file));
    whenChosen('open-run', 'run-folder', (files) => this.#openRun(files));
  }

  /** Fetches the first run's model and begins to fetch the index. */
  async start(manifest: PageManifest): Promise<void> {
    this.#manifest = manifest;
    this.#isHere = await canCompute;
    byId('open-part', HTMLElement).hidden = !this.#isHere;
    this.#runs.replaceChildren(...manifest.runs.map(({ name }) => make('option', name)));
    byId('runs-part', HTMLElement).hidden = manifest.runs.length < 2;
    if (manifest.runs.length === 0) {
      say(this.#status, ({ classify }) => classify.noModel);
      return;
    }
    if (!this.#isHere && manifest.classifies) say(byId('privacy', HTMLElement), ({ classify }) => classify.sent);
    await this.#choose(0);
    const { index, runs } = manifest;
    if (index === null || !this.#isReady) return;
    const loaded = this.#isHere
      ? engine.ask('classify', 'openIndex', [index, runs[0].weights], {
          onProgress: (share: number) => this.#similar.progress(share),
        })
      : Promise.resolve([]);
    void this.#similar.waitFor(loaded);
  }

  async #choose(n: number): Promise<void> {
    const run = this.#manifest?.runs[n];
    if (run === undefined) return;
    const loading = byId('loading', HTMLProgressElement);
    await this.#open(run, async () => {
      if (!this.#isHere && this.#manifest?.classifies !== true) throw new SaidError(({ classify }) => classify.cannot);
      if (!this.#isHere) return run;
      loading.hidden = false;
      return engine
        .ask('classify', 'open', [run], { onProgress: (share: number) => (loading.value = share) })
        .finally(() => (loading.hidden = true));
    });
  }

  /** The best model among the files of a run's folder. */
  #openRun(files: readonly File[]): void {
    const file = files.find(({ name }) => name === RUN_MODEL);
    if (file !== undefined) return void this.#openFile(file);
    this.#fail(new SaidError(({ classify }) => classify.noRun(RUN_MODEL)));
  }

  async #openFile(file: File): Promise<void> {
    await this.#open(null, () => engine.ask('classify', 'openFile', [file, file.name]));
  }

  /** Takes another model, and asks it about the picture that is there. */
  async #open(run: PageRun | null, load: () => Promise<OpenedRun>): Promise<void> {
    const number = ++this.#opening;
    say(this.#status, ({ classify }) => classify.loadingModel);
    this.#problem.hidden = true;
    try {
      const opened = await load();
      if (number !== this.#opening) return; // another one was chosen meanwhile
      [this.#run, this.#input, this.#isReady] = [run, opened.input, true];
      this.#introduce(opened);
      say(this.#status, ({ classify }) => classify.ready(opened.model));
      if (this.#shown !== null) await this.#show(this.#shown);
    } catch (error) {
      if (number !== this.#opening) return;
      show(this.#status, '');
      this.#fail(error);
    }
  }

  /** What the network knows, in words of its own classes. */
  #introduce({ classes, input }: OpenedRun): void {
    const areGarments = input.channels === 1 && classes.every((name) => FASHION_CLASSES.includes(name));
    byId('sample', HTMLElement).hidden = !areGarments;
    const areFew = classes.length <= FEW_CLASSES;
    say(byId('hint', HTMLElement), (words) =>
      areFew ? words.classify.hintOf(classes.map((name) => garment(name)(words))) : words.classify.hint,
    );
    say(byId('known-count', HTMLElement), ({ classify }) => classify.known(classes.length));
    show(byId('known-classes', HTMLElement), classes.join(', '));
    byId('known', HTMLElement).hidden = areFew;
  }

  async #showExample(): Promise<void> {
    try {
      await this.#show(new File([await engine.ask('classify', 'example', [this.#examples++])], 'example.png'));
    } catch (error) {
      this.#fail(error);
    }
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
    this.#view.hide();
    byId('hint', HTMLElement).hidden = false;
    const isWanted = (): boolean => number === this.#number;
    try {
      if (!this.#isReady) throw new SaidError(({ classify }) => classify.notReady);
      say(this.#status, ({ classify }) => classify.looking);
      const picture = await engine.ask('classify', 'show', [file, file.name]);
      if (!isWanted()) return picture.preview.close();
      this.#view.show(picture.preview, null);
      byId('hint', HTMLElement).hidden = true;
      this.#doubt(picture);
      const { top, similar } = await this.#answer(file);
      if (!isWanted()) return;
      this.#shown = file;
      const [{ class: name, probability }] = top;
      this.#view.show(picture.preview, (onProgress) => engine.ask('classify', 'look', [name], { onProgress }));
      showBars(
        this.#classes,
        top.slice(0, SHOWN).map((row) => ({ ...row, class: garment(row.class) })),
      );
      say(this.#status, (words) => words.classify.answer(garment(name)(words), probability));
      byId('looking', HTMLElement).hidden = !this.#isHere;
      if (similar !== null) await this.#similar.show(similar, isWanted);
    } catch (error) {
      if (!isWanted()) return;
      show(this.#status, '');
      this.#fail(error);
    }
  }

  /** The classes, the likeliest first; and what asks for similar products, null without an index. */
  async #answer(
    file: File,
  ): Promise<{ readonly top: readonly ClassProbability[]; readonly similar: FindSimilar | null }> {
    if (!this.#isHere) return askServer(file, this.#run?.name ?? '');
    const top = await engine.ask('classify', 'rank', []);
    const hasIndex = this.#run !== null && this.#run === this.#manifest?.runs[0] && this.#manifest.index !== null;
    return { top, similar: hasIndex ? (where) => engine.ask('classify', 'similar', [top[0], where]) : null };
  }

  /** Says so where the picture is of another kind than what the network has learned. */
  #doubt({ isDoubtful }: ShownPicture): void {
    this.#doubtful.hidden = !isDoubtful;
    const { side } = this.#input ?? { side: 0 };
    if (isDoubtful) say(this.#doubtful, ({ classify }) => classify.doubt(side));
  }
}
