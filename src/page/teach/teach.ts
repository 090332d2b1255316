/** The tab "Your classes": boxes of pictures, a head that is taught on them, and what it answers. */
import type { PageFile, PageManifest } from '../../retrieval/page_manifest.js';
import type { HeadProgress } from '../../teach/train_head.js';
import { byId, inWords, percent } from '../dom.js';
import { canCompute, engine } from '../engine.js';
import type { TaughtClasses } from '../worker/teach_service.js';
import { say, words, type Saying } from '../words/words.js';
import { ClassBox, type BoxActions, type Incoming } from './class_box.js';
import { Collection, type Picture, type PictureClass, type Rows } from './collection.js';
import { HomePart } from './home_part.js';
import { ReportPart } from './report_part.js';
import { TryPart } from './try_part.js';

/** Pictures that are read and handed over at once. */
const AT_ONCE = 32;

export class TeachTab {
  readonly #status = byId('teach-status', HTMLElement);
  readonly #problem = byId('teach-problem', HTMLElement);
  readonly #train = byId('teach-train', HTMLButtonElement);
  readonly #progress = byId('teach-progress', HTMLProgressElement);
  readonly #said = byId('teach-said', HTMLElement);
  readonly #report = new ReportPart();
  readonly #boxes = new Map<PictureClass, ClassBox>();
  readonly #try: TryPart = new TryPart(() => this.#closeCameras());
  #collection: Collection | null = null;
  #home: HomePart | null = null;
  /** Ends what is under way; null when nothing is. */
  #underWay: AbortController | null = null;

  constructor() {
    this.#train.addEventListener('click', () => void this.#toggleTraining());
    byId('add-class', HTMLButtonElement).addEventListener('click', () => void this.#addClass());
    const chooser = byId('import-file', HTMLInputElement);
    byId('import-zip', HTMLButtonElement).addEventListener('click', () => chooser.click());
    chooser.addEventListener('change', () => {
      const [file] = chooser.files ?? [];
      chooser.value = '';
      if (file !== undefined) void this.#import(file);
    });
    document.addEventListener('drop', (event) => this.#asked(event.dataTransfer?.files));
    document.addEventListener('paste', (event) => this.#asked(event.clipboardData?.files));
  }

  /** A picture that no box took is asked about. */
  #asked(files: FileList | undefined): void {
    const [file] = files ?? [];
    if (file !== undefined && !byId('teach', HTMLElement).hidden) void this.#try.ask(file);
  }

  /** Loads the network and what was kept at earlier visits; to be called once. */
  async start(manifest: PageManifest): Promise<void> {
    const network = manifest.backbone?.weights ?? manifest.runs[0]?.weights ?? null;
    if (network === null) return say(this.#status, ({ teach }) => teach.noNetwork);
    if (!(await canCompute)) return say(this.#status, ({ teach }) => teach.needsGpu);
    try {
      const { model, width } = await engine.ask('teach', 'open', [network], {
        onProgress: (share: number) => say(this.#status, ({ teach }) => teach.loading(percent(share))),
      });
      say(this.#status, ({ teach }) => teach.ready(model, width));
      await this.#open(manifest, network);
    } catch (error) {
      this.#fail(inWords(error));
      say(this.#status, () => '');
    }
  }

  async #open(manifest: PageManifest, network: PageFile): Promise<void> {
    const collection = await Collection.open(network.digest);
    this.#collection = collection;
    this.#home = new HomePart(manifest, collection);
    this.#home.allow(false);
    byId('teach-kept', HTMLElement).hidden = collection.lasts;
    if (collection.classes.length === 0) for (const n of [1, 2]) await collection.addClass(words().teach.className(n));
    for (const own of collection.classes) this.#addBox(own);
    byId('teach-part', HTMLElement).hidden = false;
    const before = await collection.taught();
    if (before !== null) await this.#resume(collection, before);
  }

  /** What was taught at an earlier visit, where the pictures are still the same. */
  async #resume(collection: Collection, kept: TaughtClasses): Promise<void> {
    const learned = collection.rows();
    const isSame =
      kept.report.foldOf.length === learned.pictures.length &&
      kept.taught.classes.join('\n') === collection.classes.map(({ name }) => name).join('\n');
    if (!isSame) return;
    try {
      await engine.ask('teach', 'resume', [kept]);
      this.#taught(kept, learned, null);
    } catch {
      // of another network, or another version: it is trained again
    }
  }

  #fail(text: Saying): void {
    say(this.#problem, text);
    this.#problem.hidden = false;
  }

  #closeCameras(): void {
    for (const box of this.#boxes.values()) box.closeCamera();
    this.#try.closeCamera();
  }

  readonly #actions: BoxActions = {
    add: (own, files) => this.#add(own, files),
    rename: (own, name) => {
      void this.#collection?.rename(own, name);
      this.#boxes.get(own)?.draw();
      this.#changed();
    },
    removePicture: (own, picture) => {
      void this.#collection?.removePicture(own, picture);
      this.#boxes.get(own)?.draw();
      this.#changed();
    },
    removeClass: (own) => {
      if (own.pictures.length > 0 && !confirm(words().teach.removeSure(own.name, own.pictures.length))) return;
      void this.#collection?.removeClass(own);
      this.#boxes.get(own)?.end();
      this.#boxes.delete(own);
      this.#changed();
      byId('add-class', HTMLButtonElement).focus(); // what is gone loses the focus
    },
    closeCameras: () => this.#closeCameras(),
  };

  #addBox(own: PictureClass): ClassBox {
    const box = new ClassBox(own, this.#actions);
    this.#boxes.set(own, box);
    byId('boxes', HTMLElement).append(box.element);
    return box;
  }

  async #addClass(): Promise<void> {
    if (this.#collection === null) return;
    const own = await this.#collection.addClass(words().teach.className(this.#collection.classes.length + 1));
    this.#addBox(own).element.querySelector('input')?.select();
  }

  /** Takes pictures into a class, one after the other; what is none is told. */
  async #add(own: PictureClass, files: readonly Incoming[]): Promise<void> {
    const collection = this.#collection;
    if (collection === null || files.length === 0) return;
    this.#problem.hidden = true;
    const refused: unknown[] = [];
    for (const [i, { file, name, group }] of files.entries()) {
      say(this.#said, ({ teach }) => teach.adding(i + 1, files.length));
      try {
        const copy = await engine.ask('teach', 'copy', [file, name]);
        await collection.addPicture(own, { name, group, ...copy });
      } catch (error) {
        if (error instanceof DOMException && error.name === 'QuotaExceededError') {
          this.#fail(({ teach }) => teach.noRoom);
          break;
        }
        refused.push(error);
      }
    }
    if (refused.length > 0) {
      const first = inWords(refused[0]);
      this.#fail((all) => all.teach.refused(refused.length, first(all)));
    }
    say(this.#said, () => '');
    this.#boxes.get(own)?.draw();
    this.#changed();
  }

  async #import(file: File): Promise<void> {
    const collection = this.#collection;
    if (collection === null) return;
    this.#problem.hidden = true;
    try {
      const { classes, leftOut } = await engine.ask('teach', 'unzip', [file, file.name]);
      for (const { name, pictures } of classes) {
        const own = collection.classes.find((c) => c.name === name) ?? (await this.#emptyClass(collection, name));
        const files = pictures.map(({ name: of, bytes, group }) => ({
          file: new Blob([bytes as Uint8Array<ArrayBuffer>]),
          name: of,
          group: group ?? null,
        }));
        await this.#add(own, files);
      }
      const total = classes.reduce((n, { pictures }) => n + pictures.length, 0);
      say(this.#said, ({ teach }) => teach.imported(total, classes.length, leftOut));
    } catch (error) {
      this.#fail(inWords(error));
    }
  }

  /** A class of this name: one that is empty still, or a new one. */
  async #emptyClass(collection: Collection, name: string): Promise<PictureClass> {
    const empty = collection.classes.find(({ pictures }) => pictures.length === 0);
    if (empty === undefined) {
      const made = await collection.addClass(name);
      this.#addBox(made);
      return made;
    }
    await collection.rename(empty, name);
    this.#boxes.get(empty)?.end();
    this.#addBox(empty);
    return empty;
  }

  /** What was taught is of other pictures than there are. */
  #changed(): void {
    if (!this.#train.classList.contains('taught')) return;
    say(byId('teach-changed', HTMLElement), ({ teach }) => teach.changed);
  }

  async #toggleTraining(): Promise<void> {
    if (this.#underWay !== null) return this.#underWay.abort();
    const collection = this.#collection;
    if (collection === null) return;
    this.#problem.hidden = true;
    if (collection.classes.length < 2 || collection.classes.some(({ pictures }) => pictures.length < 2))
      return this.#fail(({ teach }) => teach.tooFew);
    const { signal } = (this.#underWay = new AbortController());
    say(this.#train, ({ teach }) => teach.stop);
    this.#progress.hidden = false;
    this.#closeCameras();
    try {
      await this.#teach(collection, signal);
      say(this.#said, () => '');
    } catch (error) {
      say(this.#said, ({ teach }) => (signal.aborted ? teach.stopped : ''));
      if (!signal.aborted) this.#fail(inWords(error));
    } finally {
      this.#underWay = null;
      this.#progress.hidden = true;
      say(this.#train, ({ teach }) => teach.train);
    }
  }

  async #teach(collection: Collection, signal: AbortSignal): Promise<void> {
    const learned = collection.rows();
    const { pictures, labels } = learned;
    const looked = await this.#computeFeatures(collection, pictures, signal);
    const rows = pictures.map(({ features, group }, i) => ({
      features: features as Float32Array,
      group,
      class: labels[i],
    }));
    const classes = collection.classes.map(({ name }) => name);
    const balance = byId('teach-balance', HTMLInputElement).checked;
    const taught = await engine.ask('teach', 'train', [rows, classes, { balance }], {
      signal,
      onProgress: ({ epoch, epochs }: HeadProgress) => {
        this.#progress.value = epoch / epochs;
        say(this.#said, ({ teach }) => teach.learning(epoch, epochs));
      },
    });
    this.#taught(taught, learned, looked);
    await collection.keepTaught(taught);
  }

  /** Looks at the pictures that the network has not seen yet; returns the seconds that took. */
  async #computeFeatures(collection: Collection, pictures: readonly Picture[], signal: AbortSignal): Promise<number> {
    const missing = pictures.filter(({ features }) => features === null);
    const started = performance.now();
    for (let start = 0; start < missing.length; start += AT_ONCE) {
      const batch = missing.slice(start, start + AT_ONCE);
      const blobs = await Promise.all(batch.map((picture) => collection.blobOf(picture)));
      const features = await engine.ask('teach', 'features', [blobs], {
        signal,
        onProgress: (done: number) => {
          this.#progress.value = (start + done) / missing.length;
          say(this.#said, ({ teach }) => teach.looking(start + done, missing.length));
        },
      });
      for (const [i, picture] of batch.entries()) await collection.keepFeatures(picture, features[i]);
    }
    return (performance.now() - started) / 1000;
  }

  #taught(classes: TaughtClasses, learned: Rows, looked: number | null): void {
    this.#train.classList.add('taught');
    say(byId('teach-changed', HTMLElement), () => '');
    this.#report.show(classes, { ...learned, looked });
    this.#try.teach(classes.taught.classes, classes.taught.noneBelow);
    this.#home?.allow(true);
  }

  /** To be called when the tab comes into view, or goes out of it. */
  draw(): void {
    if (byId('teach', HTMLElement).hidden) this.#closeCameras();
    else this.#report.draw();
  }
}
