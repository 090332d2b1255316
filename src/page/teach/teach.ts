/** The tab "Your classes": boxes of pictures, a head that is taught on them, and what it answers. */
import type { PageManifest } from '../../retrieval/page_manifest.js';
import { byId, inWords, percent, whenChosen } from '../dom.js';
import { canCompute, engine } from '../engine.js';
import { say, words, type Saying } from '../words/words.js';
import { ClassBox, type BoxActions, type Incoming } from './class_box.js';
import { Collection, type PictureClass } from './collection.js';
import { HomePart } from './home_part.js';
import { openNetwork, TrainingPart, type TeachNetwork } from './training_part.js';
import { TryPart } from './try_part.js';

/** What an empty page begins with; two tabs that are opened at once keep the same. */
const FIRST_CLASSES = [1, 2];

export class TeachTab {
  readonly #status = byId('teach-status', HTMLElement);
  readonly #problem = byId('teach-problem', HTMLElement);
  readonly #said = byId('teach-said', HTMLElement);
  readonly #boxes = new Map<PictureClass, ClassBox>();
  readonly #try: TryPart = new TryPart(() => this.#closeCameras());
  #collection: Collection | null = null;
  #training: TrainingPart | null = null;

  constructor() {
    byId('add-class', HTMLButtonElement).addEventListener('click', () => void this.#addClass());
    whenChosen('import-zip', 'import-file', ([file]) => void this.#import(file));
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
    const { backbone, runs } = manifest;
    const network = backbone === null ? runs.at(0) : { weights: backbone.weights, code: null };
    if (network === undefined) return say(this.#status, ({ teach }) => teach.noNetwork);
    if (!(await canCompute)) return say(this.#status, ({ teach }) => teach.needsGpu);
    try {
      const { model, width, digest } = await openNetwork(network, (share) =>
        say(this.#status, ({ teach }) => teach.loading(percent(share))),
      );
      say(this.#status, ({ teach }) => teach.ready(model, width));
      await this.#open(manifest, network, digest);
    } catch (error) {
      this.#fail(inWords(error));
      say(this.#status, () => '');
    }
  }

  async #open(manifest: PageManifest, base: TeachNetwork, network: string): Promise<void> {
    const collection = await Collection.open(network);
    this.#collection = collection;
    const home = new HomePart(manifest, collection);
    this.#training = new TrainingPart(collection, base, network, this.#try, home);
    byId('teach-kept', HTMLElement).hidden = collection.lasts;
    if (collection.classes.length === 0)
      for (const id of FIRST_CLASSES) await collection.addClass(this.#freeName(collection), id);
    for (const own of collection.classes) this.#addBox(own);
    byId('teach-part', HTMLElement).hidden = false;
    await this.#training.resume();
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
      this.#problem.hidden = true;
      if (name === own.name) return true;
      if (this.#collection?.hasClass(name) !== false) {
        this.#fail(({ teach }) => teach.sameName(name));
        return false;
      }
      this.#keep(this.#collection.rename(own, name));
      this.#boxes.get(own)?.draw();
      this.#training?.changed();
      return true;
    },
    removePicture: (own, picture) => {
      this.#keep(this.#collection?.removePicture(own, picture));
      this.#boxes.get(own)?.draw();
      this.#training?.changed();
    },
    removeClass: (own) => {
      if (own.pictures.length > 0 && !confirm(words().teach.removeSure(own.name, own.pictures.length))) return;
      this.#keep(this.#collection?.removeClass(own));
      this.#boxes.get(own)?.end();
      this.#boxes.delete(own);
      this.#training?.changed();
      byId('add-class', HTMLButtonElement).focus(); // what is gone loses the focus
    },
    closeCameras: () => this.#closeCameras(),
  };

  /** Says so when the browser does not keep what was done. */
  #keep(kept: Promise<void> | undefined): void {
    kept?.catch((error: unknown) => this.#fail(inWords(error)));
  }

  /** Class 3, or the next that there is none of. */
  #freeName(collection: Collection): string {
    let n = collection.classes.length + 1;
    while (collection.hasClass(words().teach.className(n))) n++;
    return words().teach.className(n);
  }

  #addBox(own: PictureClass): ClassBox {
    const box = new ClassBox(own, this.#actions);
    this.#boxes.set(own, box);
    byId('boxes', HTMLElement).append(box.element);
    return box;
  }

  async #addClass(): Promise<void> {
    if (this.#collection === null) return;
    try {
      const own = await this.#collection.addClass(this.#freeName(this.#collection));
      this.#addBox(own).element.querySelector('input')?.select();
    } catch (error) {
      this.#fail(inWords(error));
    }
  }

  /** Takes pictures into a class; what is none is told. */
  async #add(own: PictureClass, files: readonly Incoming[]): Promise<void> {
    if (files.length === 0) return;
    this.#problem.hidden = true;
    const refused: unknown[] = [];
    await this.#take(own, files, refused);
    this.#tellRefused(refused);
    say(this.#said, () => '');
  }

  #tellRefused(refused: readonly unknown[]): void {
    const full = refused.some((error) => error instanceof DOMException && error.name === 'QuotaExceededError');
    const first = inWords(refused[0]);
    if (full) this.#fail(({ teach }) => teach.noRoom);
    else if (refused.length > 0) this.#fail((all) => all.teach.refused(refused.length, first(all)));
  }

  /** One after the other; returns how many were taken. @param refused is given why others were not. */
  async #take(own: PictureClass, files: readonly Incoming[], refused: unknown[]): Promise<number> {
    const collection = this.#collection;
    if (collection === null) return 0;
    let taken = 0;
    for (const [i, { file, name, group }] of files.entries()) {
      say(this.#said, ({ teach }) => teach.adding(i + 1, files.length));
      try {
        const copy = await engine.ask('teach', 'copy', [file, name]);
        if (!(await collection.addPicture(own, { name, group, ...copy }))) break; // the class is gone
        taken++;
      } catch (error) {
        refused.push(error);
        if (error instanceof DOMException && error.name === 'QuotaExceededError') break;
      }
    }
    this.#boxes.get(own)?.draw();
    if (taken > 0) this.#training?.changed();
    return taken;
  }

  async #import(file: File): Promise<void> {
    const collection = this.#collection;
    if (collection === null) return;
    this.#problem.hidden = true;
    try {
      const { classes, leftOut } = await engine.ask('teach', 'unzip', [file, file.name]);
      const refused: unknown[] = [];
      let taken = 0;
      for (const { name: called, pictures } of classes) {
        const name = called.trim() || words().teach.className(collection.classes.length + 1);
        const own = collection.classes.find((c) => c.name === name) ?? (await this.#emptyClass(collection, name));
        const files = pictures.map(({ name: of, bytes, group }) => ({
          file: new Blob([bytes as Uint8Array<ArrayBuffer>]),
          name: of,
          group: group ?? null,
        }));
        taken += await this.#take(own, files, refused);
      }
      this.#tellRefused(refused);
      say(this.#said, ({ teach }) => teach.imported(taken, classes.length, leftOut));
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

  /** To be called when the tab comes into view, or goes out of it. */
  draw(): void {
    if (byId('teach', HTMLElement).hidden) this.#closeCameras();
    else this.#training?.draw();
  }
}
