/** Teaching what the boxes hold: looking at pictures, the head on them, and fine-tuning the network below it. */
import type { PageFile } from '../../retrieval/page_manifest.js';
import type { FineTuneProgress } from '../../teach/fine_tune.js';
import type { HeadProgress } from '../../teach/train_head.js';
import { byId, inWords, percent } from '../dom.js';
import { engine } from '../engine.js';
import type { OpenedBackbone, TaughtClasses, Tuned } from '../worker/teach_service.js';
import { say, type Saying } from '../words/words.js';
import { Collection, type Picture, type Rows } from './collection.js';
import type { HomePart } from './home_part.js';
import { ReportPart } from './report_part.js';
import type { TryPart } from './try_part.js';

/** Pictures that are read and handed over at once. */
const AT_ONCE = 32;

/** Opens the network that this browser has fine-tuned of the page's, else the page's own. */
export async function openNetwork(
  base: PageFile,
  onShare: (share: number) => void,
): Promise<OpenedBackbone & { readonly digest: string }> {
  const tuned = await Collection.network();
  if (tuned !== null && tuned.base === base.digest) {
    const opened = await engine.ask('teach', 'openTuned', [tuned.weights, tuned.digest]).catch(() => null);
    if (opened !== null) return { ...opened, digest: tuned.digest };
  }
  return { ...(await engine.ask('teach', 'open', [base], { onProgress: onShare })), digest: base.digest };
}

export class TrainingPart {
  readonly #train = byId('teach-train', HTMLButtonElement);
  readonly #tune = byId('fine-tune', HTMLButtonElement);
  readonly #untune = byId('untune', HTMLButtonElement);
  readonly #tuned = byId('teach-tuned', HTMLElement);
  readonly #progress = byId('teach-progress', HTMLProgressElement);
  readonly #said = byId('teach-said', HTMLElement);
  readonly #problem = byId('teach-problem', HTMLElement);
  readonly #report = new ReportPart();
  readonly #collection: Collection;
  readonly #base: PageFile;
  readonly #try: TryPart;
  readonly #home: HomePart;
  #isTaught = false;
  /** Ends what is under way; null when nothing is. */
  #underWay: AbortController | null = null;

  /** @param base the page's network. @param network SHA-256 of the weights of the one that is opened. */
  constructor(collection: Collection, base: PageFile, network: string, tryPart: TryPart, home: HomePart) {
    [this.#collection, this.#base, this.#try, this.#home] = [collection, base, tryPart, home];
    this.#untune.hidden = network === base.digest;
    home.allow(false);
    this.#train.addEventListener('click', () => void this.#toggle((signal) => this.#teach(signal)));
    this.#tune.addEventListener('click', () => void this.#toggle((signal) => this.#fineTune(signal)));
    this.#untune.addEventListener('click', () => void this.#toggle((signal) => this.#goBack(signal)));
  }

  /** What was taught at an earlier visit, where the pictures are still the same. */
  async resume(): Promise<void> {
    const kept = await this.#collection.taught();
    const rows = this.#collection.rows();
    const isSame =
      kept?.report.foldOf.length === rows.pictures.length &&
      kept.taught.classes.join('\n') === this.#collection.classes.map(({ name }) => name).join('\n');
    if (kept === null || !isSame) return;
    try {
      await engine.ask('teach', 'resume', [kept]);
      this.#show(kept, rows, null);
    } catch {
      // of another network, or another version: it is trained again
    }
  }

  /** What was taught is of other pictures than there are. */
  changed(): void {
    if (this.#isTaught) say(byId('teach-changed', HTMLElement), ({ teach }) => teach.changed);
  }

  /** To be called when the tab comes into view. */
  draw(): void {
    this.#report.draw();
  }

  /** Begins work; while some is under way, ends that. */
  async #toggle(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    if (this.#underWay !== null) return this.#underWay.abort();
    this.#problem.hidden = true;
    const { classes } = this.#collection;
    if (classes.length < 2 || classes.some(({ pictures }) => pictures.length < 2))
      return this.#fail(({ teach }) => teach.tooFew);
    const { signal } = (this.#underWay = new AbortController());
    say(this.#train, ({ teach }) => teach.stop);
    this.#tune.disabled = this.#untune.disabled = true;
    this.#progress.hidden = false;
    this.#try.closeCamera();
    try {
      await work(signal);
      say(this.#said, () => '');
    } catch (error) {
      say(this.#said, ({ teach }) => (signal.aborted ? teach.stopped : ''));
      if (!signal.aborted) this.#fail(inWords(error));
    } finally {
      this.#underWay = null;
      this.#progress.hidden = true;
      this.#tune.disabled = this.#untune.disabled = false;
      say(this.#train, ({ teach }) => teach.train);
    }
  }

  #fail(text: Saying): void {
    say(this.#problem, text);
    this.#problem.hidden = false;
  }

  #advance(share: number, text: Saying): void {
    this.#progress.value = share;
    say(this.#said, text);
  }

  async #teach(signal: AbortSignal): Promise<void> {
    const rows = this.#collection.rows();
    const looked = await this.#computeFeatures(rows.pictures, signal);
    const balance = byId('teach-balance', HTMLInputElement).checked;
    const taught = await engine.ask('teach', 'train', [this.#taughtRows(rows), this.#names(), { balance }], {
      signal,
      onProgress: ({ epoch, epochs }: HeadProgress) =>
        this.#advance(epoch / epochs, ({ teach }) => teach.learning(epoch, epochs)),
    });
    this.#show(taught, rows, looked);
    await this.#collection.keepTaught(taught);
  }

  #names(): string[] {
    return this.#collection.classes.map(({ name }) => name);
  }

  #taughtRows({ pictures, labels }: Rows): { features: Float32Array; group: string | null; class: number }[] {
    return pictures.map(({ features, group }, i) => ({
      features: features as Float32Array,
      group,
      class: labels[i],
    }));
  }

  /** Looks at the pictures that the network has not seen yet; returns the seconds that took. */
  async #computeFeatures(pictures: readonly Picture[], signal: AbortSignal): Promise<number> {
    const missing = pictures.filter(({ features }) => features === null);
    const started = performance.now();
    for (let start = 0; start < missing.length; start += AT_ONCE) {
      const batch = missing.slice(start, start + AT_ONCE);
      const blobs = await Promise.all(batch.map((picture) => this.#collection.blobOf(picture)));
      const features = await engine.ask('teach', 'features', [blobs], {
        signal,
        onProgress: (done: number) =>
          this.#advance((start + done) / missing.length, ({ teach }) => teach.looking(start + done, missing.length)),
      });
      for (const [i, picture] of batch.entries()) await this.#collection.keepFeatures(picture, features[i]);
    }
    return (performance.now() - started) / 1000;
  }

  /** Trains the last blocks of the network; a better one is used from now on, and its head is trained. */
  async #fineTune(signal: AbortSignal): Promise<void> {
    const rows = this.#collection.rows();
    await this.#computeFeatures(rows.pictures, signal);
    const blobs = await Promise.all(rows.pictures.map((picture) => this.#collection.blobOf(picture)));
    const pictures = this.#taughtRows(rows).map((row, i) => ({ ...row, picture: blobs[i] }));
    const balance = byId('teach-balance', HTMLInputElement).checked;
    const tuned = await engine.ask('teach', 'fineTune', [pictures, this.#names(), { balance }], {
      signal,
      onProgress: ({ part, done, total }: FineTuneProgress) =>
        this.#advance(done / total, ({ teach }) =>
          part === 'blocks' ? teach.tuning(percent(done / total)) : teach.looking(done, total),
        ),
    });
    this.#sayTuned(tuned);
    if (tuned.network === null) return;
    const { digest, weights, features } = tuned.network;
    await this.#collection.useNetwork({ base: this.#base.digest, digest, weights }, digest, features);
    this.#untune.hidden = false;
    await this.#teach(signal);
  }

  #sayTuned({ before, after, held, seconds, network }: Tuned): void {
    say(this.#tuned, ({ teach }) =>
      (network === null ? teach.notTuned : teach.tuned)(
        percent(before.accuracy),
        percent(after.accuracy),
        held,
        teach.seconds(seconds),
      ),
    );
  }

  async #goBack(signal: AbortSignal): Promise<void> {
    await engine.ask('teach', 'open', [this.#base]);
    await this.#collection.useNetwork(null, this.#base.digest, []);
    this.#untune.hidden = true;
    say(this.#tuned, () => '');
    await this.#teach(signal);
  }

  #show(classes: TaughtClasses, rows: Rows, looked: number | null): void {
    this.#isTaught = true;
    say(byId('teach-changed', HTMLElement), () => '');
    this.#report.show(classes, { ...rows, looked });
    this.#try.teach(classes.taught.classes, classes.taught.noneBelow);
    this.#home.allow(true);
  }
}
