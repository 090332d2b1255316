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

/** The network that a page teaches on: a backbone, or that of its first run. */
export interface TeachNetwork {
  readonly weights: PageFile;
  /** See PageRun. */
  readonly code: string | null;
}

/** Those that the network has looked at: others were removed meanwhile. */
function seenOf({ pictures, labels, classes }: Rows): Rows {
  const seen = Array.from(pictures.keys()).filter((i) => pictures[i].features !== null);
  return { pictures: seen.map((i) => pictures[i]), labels: seen.map((i) => labels[i]), classes };
}

/** Opens the network that this browser has fine-tuned of the page's, else the page's own. */
export async function openNetwork(
  { weights: base, code }: TeachNetwork,
  onShare: (share: number) => void,
): Promise<OpenedBackbone & { readonly digest: string }> {
  const tuned = await Collection.network();
  if (tuned !== null && tuned.base === base.digest) {
    const opened = await engine.ask('teach', 'openTuned', [tuned.weights, tuned.digest]).catch(() => null);
    if (opened !== null) return { ...opened, digest: tuned.digest };
  }
  return { ...(await engine.ask('teach', 'open', [base, code], { onProgress: onShare })), digest: base.digest };
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
  readonly #base: TeachNetwork;
  readonly #try: TryPart;
  readonly #home: HomePart;
  #isTaught = false;
  /** Ends what is under way; null when nothing is. */
  #underWay: AbortController | null = null;

  /** @param base the page's network. @param network SHA-256 of the weights of the one that is opened. */
  constructor(collection: Collection, base: TeachNetwork, network: string, tryPart: TryPart, home: HomePart) {
    [this.#collection, this.#base, this.#try, this.#home] = [collection, base, tryPart, home];
    this.#untune.hidden = network === base.weights.digest;
    home.allow(false);
    for (const [button, work] of [
      [this.#train, (signal: AbortSignal) => this.#teach(signal)],
      [this.#tune, (signal: AbortSignal) => this.#fineTune(signal)],
    ] as const)
      button.addEventListener('click', () => {
        if (this.#isEnough || this.#underWay !== null) void this.#toggle(work);
        else this.#fail(({ teach }) => teach.tooFew);
      });
    this.#untune.addEventListener('click', () => void this.#toggle((signal) => this.#goBack(signal)));
  }

  /** What was taught at an earlier visit, where the pictures are still the same. */
  async resume(): Promise<void> {
    const rows = this.#collection.rows();
    const kept = await this.#collection.taught(rows);
    if (kept === null) return;
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

  get #isEnough(): boolean {
    const { classes } = this.#collection;
    return classes.length >= 2 && classes.every(({ pictures }) => pictures.length >= 2);
  }

  /** Begins work; while some is under way, ends that. */
  async #toggle(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    if (this.#underWay !== null) return this.#underWay.abort();
    this.#problem.hidden = true;
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
    const all = this.#collection.rows();
    const looked = await this.#computeFeatures(all.pictures, signal);
    const rows = seenOf(all);
    const balance = byId('teach-balance', HTMLInputElement).checked;
    const taught = await engine.ask('teach', 'train', [this.#taughtRows(rows), rows.classes, { balance }], {
      signal,
      onProgress: ({ epoch, epochs }: HeadProgress) =>
        this.#advance(epoch / epochs, ({ teach }) => teach.learning(epoch, epochs)),
    });
    await engine.ask('teach', 'resume', [taught]);
    this.#show(taught, rows, looked);
    if (!this.#collection.isAsBefore(rows)) this.changed();
    await this.#collection.keepTaught(taught, rows);
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
      const [pictures, blobs] = await this.#read(batch);
      const features = await engine.ask('teach', 'features', [blobs], {
        signal,
        onProgress: (done: number) =>
          this.#advance((start + done) / missing.length, ({ teach }) => teach.looking(start + done, missing.length)),
      });
      for (const [i, picture] of pictures.entries()) await this.#collection.keepFeatures(picture, features[i]);
    }
    return (performance.now() - started) / 1000;
  }

  /** Pictures that are there still, and what they show. */
  async #read(pictures: readonly Picture[]): Promise<readonly [Picture[], Blob[]]> {
    const [there, blobs]: [Picture[], Blob[]] = [[], []];
    for (const [i, blob] of (await Promise.all(pictures.map((p) => this.#collection.blobOf(p)))).entries())
      if (blob !== null) [there.push(pictures[i]), blobs.push(blob)];
    return [there, blobs];
  }

  /** Trains the last blocks of the network; a better one is used from now on, and its head is trained. */
  async #fineTune(signal: AbortSignal): Promise<void> {
    const all = this.#collection.rows();
    await this.#computeFeatures(all.pictures, signal);
    const { pictures, labels, classes } = seenOf(all);
    const [there, blobs] = await this.#read(pictures);
    const at = there.map((picture) => pictures.indexOf(picture));
    const rows = { pictures: there, labels: at.map((i) => labels[i]), classes };
    const shown = this.#taughtRows(rows).map((row, i) => ({ ...row, picture: blobs[i] }));
    const balance = byId('teach-balance', HTMLInputElement).checked;
    const tuned = await engine.ask('teach', 'fineTune', [shown, classes, { balance }], {
      signal,
      onProgress: ({ part, done, total }: FineTuneProgress) =>
        this.#advance(done / total, ({ teach }) =>
          part === 'blocks' ? teach.tuning(percent(done / total)) : teach.looking(done, total),
        ),
    });
    this.#sayTuned(tuned);
    if (tuned.network === null) return;
    const { digest, weights, features } = tuned.network;
    await engine.ask('teach', 'openTuned', [weights, digest]);
    this.#forget();
    const kept = { base: this.#base.weights.digest, digest, weights };
    await this.#collection.useNetwork(kept, digest, new Map(there.map((picture, i) => [picture, features[i]])));
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
    const { weights, code } = this.#base;
    await engine.ask('teach', 'open', [weights, code]);
    this.#forget();
    await this.#collection.useNetwork(null, weights.digest, new Map());
    this.#untune.hidden = true;
    say(this.#tuned, () => '');
    if (this.#isEnough) await this.#teach(signal);
  }

  /** What was taught was taught on another network: it is taught again. */
  #forget(): void {
    this.#isTaught = false;
    this.#report.hide();
    this.#try.teach(null, 0);
    this.#home.allow(false);
  }

  #show(classes: TaughtClasses, rows: Rows, looked: number | null): void {
    this.#isTaught = true;
    say(byId('teach-changed', HTMLElement), () => '');
    this.#report.show(classes, { ...rows, looked });
    this.#try.teach(classes.taught.classes, classes.taught.noneBelow);
    this.#home.allow(true);
  }
}
