/** Classes of the visitor's own: features of pictures, the head that is taught on them, what it answers. */
import { DataError, UsageError } from '../../device/errors.js';
import { Classifier } from '../../inference/classifier.js';
import type { PageFile, PageManifest } from '../../retrieval/page_manifest.js';
import { Backbone } from '../../teach/backbone.js';
import {
  fineTune,
  type FineTuned,
  type FineTuneOptions,
  type FineTuneProgress,
  type TaughtPicture,
} from '../../teach/fine_tune.js';
import type { HeadOptions, HeadReport } from '../../teach/head_report.js';
import { unzipPictures, zipPictures, type PictureClass, type UnzippedPictures } from '../../teach/picture_zip.js';
import { answer, checkTaught, taughtOf, type Taught, type TaughtAnswer } from '../../teach/taught.js';
import { taughtCheckpoint } from '../../teach/taught_run.js';
import { trainHead, type HeadProgress, type TaughtRow } from '../../teach/train_head.js';
import { encodeCheckpoint, parseCheckpoint, type Checkpoint } from '../../train/checkpoint/checkpoint.js';
import { Handed, type Work } from './calls.js';
import type { Gpu } from './gpu.js';
import { fetchKept, hashOf } from './kept_files.js';
import { lookAt, type Look } from './look.js';
import { MadeOnce } from './made_once.js';
import { enterModel } from './own_model.js';
import { decodePicture, pixelsOf } from './picture.js';
import { smallCopy, type SmallCopy } from './small_copy.js';
import { homeFiles, type HomeForm } from './take_home.js';

/** Pictures whose features are computed before an answer may come in between. */
const BATCH = 8;

/** All that was taught, and what it is worth: plain arrays, which the browser keeps. */
export interface TaughtClasses {
  readonly taught: Taught;
  readonly report: HeadReport;
  readonly seconds: number;
  /** SHA-256 of the backbone's weights. */
  readonly backbone: string;
}

/** The network that looks at the pictures. */
export interface OpenedBackbone {
  readonly model: string;
  /** Numbers of a picture's features. */
  readonly width: number;
}

/** What is said of a picture, and the classes that it is said of. */
export interface NamedAnswer extends TaughtAnswer {
  readonly classes: readonly string[];
}

/** A picture to fine-tune on. */
export interface TunedPicture extends TaughtRow {
  readonly picture: Blob;
}

/** What fine-tuning brought. */
export interface Tuned extends Pick<FineTuned, 'before' | 'after' | 'held' | 'seconds'> {
  /** The network to look at pictures from now on; null: it was no better. */
  readonly network: TunedNetwork | null;
}

export interface TunedNetwork {
  /** SHA-256 of the weights. */
  readonly digest: string;
  /** A checkpoint's file. */
  readonly weights: Blob;
  /** Of each picture. */
  readonly features: readonly Float32Array[];
}

export class TeachService {
  readonly #gpu: Gpu;
  /** SHA-256 of the weights of the network that looks at pictures. */
  #network: string | null = null;
  #checkpoint: Checkpoint | null = null;
  readonly #backbone = new MadeOnce<Backbone>();
  #classes: TaughtClasses | null = null;
  /** The backbone with the taught head, for looking at what it looks at. */
  #whole: Classifier | null = null;

  constructor(gpu: Gpu) {
    this.#gpu = gpu;
    gpu.whenLost(() => {
      this.#backbone.forget();
      this.#whole = null;
    });
  }

  /** Fetches the network. Tells the share of it that has come. */
  async open({ progress }: Work, file: PageFile, code: string | null): Promise<OpenedBackbone> {
    await enterModel({ code });
    const fetched = fetchKept(file, (bytes) => progress(bytes / file.bytes));
    return this.#use(parseCheckpoint(await fetched, file.name), file.digest);
  }

  /** A network that was fine-tuned, just now or at an earlier visit. */
  async openTuned(_: Work, weights: Blob, digest: string): Promise<OpenedBackbone> {
    const bytes = new Uint8Array(await weights.arrayBuffer());
    return this.#use(parseCheckpoint(bytes, 'the fine-tuned network'), digest);
  }

  async #use(checkpoint: Checkpoint, digest: string): Promise<OpenedBackbone> {
    (await this.#backbone.take())?.release();
    [this.#checkpoint, this.#network] = [checkpoint, digest];
    this.#take(null); // it was taught on another
    const { width } = await this.#ready();
    return { model: checkpoint.header.model, width };
  }

  /** A picture as it is kept: no larger than networks need it, and a thumbnail. */
  async copy(_: Work, picture: Blob, name: string): Promise<SmallCopy> {
    return smallCopy(picture, name);
  }

  /** Features of kept pictures. Tells how many are done. */
  async features({ turn, progress, signal }: Work, pictures: readonly Blob[]): Promise<Float32Array[]> {
    const backbone = await this.#ready();
    const found: Float32Array[] = [];
    for (let start = 0; start < pictures.length; start += BATCH) {
      signal.throwIfAborted();
      const batch = pictures.slice(start, start + BATCH);
      const decoded = await Promise.all(batch.map((picture) => decodePicture(picture, 'a kept picture')));
      found.push(...(await backbone.features(decoded.map(({ pixels }) => backbone.input(pixels)))));
      progress(found.length);
      await turn();
    }
    return found;
  }

  /** Trains a head. Tells every epoch. It answers when the page has taken it (`resume`): a page may end this late. */
  async train(
    { turn, progress, signal }: Work,
    rows: readonly TaughtRow[],
    classes: readonly string[],
    options: HeadOptions,
  ): Promise<TaughtClasses> {
    const onProgress = (reading: HeadProgress): void => progress(reading);
    const device = await this.#gpu.device();
    const trained = await trainHead(device, rows, classes, options, { onProgress, signal, pause: turn });
    const { report, seconds } = trained;
    return { taught: taughtOf(rows, classes, trained), report, seconds, backbone: this.#digest };
  }

  /** Trains the last blocks of the network. Tells how far it is. */
  async fineTune(
    { turn, progress, signal }: Work,
    pictures: readonly TunedPicture[],
    classes: readonly string[],
    options: FineTuneOptions,
  ): Promise<Tuned> {
    const backbone = await this.#ready();
    const rows: TaughtPicture[] = [];
    for (const { picture, ...row } of pictures) {
      const { pixels } = await decodePicture(picture, 'a kept picture');
      rows.push({ ...row, pixels: backbone.pixels(pixels) });
      signal.throwIfAborted();
      await turn();
    }
    const onProgress = (reading: FineTuneProgress): void => progress(reading);
    const hooks = { onProgress, signal, pause: turn };
    const device = await this.#gpu.device();
    const { better, ...figures } = await fineTune(device, backbone.checkpoint, rows, classes, options, hooks);
    const { before, after, held, seconds } = figures;
    if (better === null) return { before, after, held, seconds, network: null };
    const weights = encodeCheckpoint(better.checkpoint.header, better.checkpoint.tensors) as Uint8Array<ArrayBuffer>;
    const network = { digest: await hashOf(weights), weights: new Blob([weights]), features: better.features };
    return { before, after, held, seconds, network };
  }

  /** What answers from now on: taught just now, or at an earlier visit. @throws DataError when it is something else. */
  async resume(_: Work, kept: TaughtClasses): Promise<void> {
    checkTaught(kept.taught);
    if (kept.backbone !== this.#digest)
      throw new DataError('these classes were taught on another network', { fix: 'train them again' });
    this.#take(kept);
  }

  /** What is said of a picture. @param noneBelow the probability below which it is none of the classes. */
  async answer(_: Work, picture: Blob | ImageBitmap, noneBelow: number): Promise<NamedAnswer> {
    const backbone = await this.#ready();
    const pixels = picture instanceof Blob ? (await decodePicture(picture, 'the picture')).pixels : pixelsOf(picture);
    const [features] = await backbone.features([backbone.input(pixels)]);
    if (picture instanceof ImageBitmap) picture.close();
    const { taught } = this.#taught;
    return { ...answer(taught, features, noneBelow), classes: taught.classes };
  }

  /** All classes, the likeliest first, and where the network finds one of them. */
  async look(work: Work, picture: Blob, name: string): Promise<Look> {
    const { taught, report } = this.#taught;
    const checkpoint = taughtCheckpoint((await this.#ready()).checkpoint, taught, report);
    this.#whole ??= new Classifier(await this.#gpu.device(), checkpoint);
    return lookAt(this.#whole, (await decodePicture(picture, 'the picture')).pixels, name, work);
  }

  /** What was taught as a file: a run folder, ONNX, a page of its own. */
  async takeHome(_: Work, form: HomeForm, manifest: PageManifest): Promise<Handed<Uint8Array>> {
    const { taught, report, seconds } = this.#taught;
    const checkpoint = taughtCheckpoint((await this.#ready()).checkpoint, taught, report);
    const bytes = await homeFiles(form, checkpoint, report, seconds, manifest);
    return new Handed(bytes, [bytes.buffer as ArrayBuffer]);
  }

  /** The pictures in folders of their classes' names, as a zip file. */
  async zip(
    _: Work,
    classes: readonly { readonly name: string; readonly pictures: readonly ZippedPicture[] }[],
  ): Promise<Handed<Uint8Array>> {
    const read: PictureClass[] = [];
    for (const { name, pictures } of classes)
      read.push({
        name,
        pictures: await Promise.all(
          pictures.map(async (p) => ({ ...p, bytes: new Uint8Array(await p.blob.arrayBuffer()) })),
        ),
      });
    const bytes = zipPictures(read);
    return new Handed(bytes, [bytes.buffer as ArrayBuffer]);
  }

  /** The pictures of a zip file, by the folders that they lie in. */
  async unzip(_: Work, file: Blob, name: string): Promise<Handed<UnzippedPictures>> {
    const found = unzipPictures(new Uint8Array(await file.arrayBuffer()), name);
    const parts = found.classes.flatMap(({ pictures }) => pictures.map(({ bytes }) => bytes.buffer as ArrayBuffer));
    return new Handed(found, [...new Set(parts)]); // what is not packed in the file is all one piece of memory
  }

  #take(classes: TaughtClasses | null): void {
    this.#classes = classes;
    this.#whole?.release();
    this.#whole = null;
  }

  get #taught(): TaughtClasses {
    if (this.#classes === null) throw new UsageError('nothing has been taught yet', { fix: 'press Train' });
    return this.#classes;
  }

  get #digest(): string {
    if (this.#network === null) throw new UsageError('the network is not loaded', { fix: 'load the page again' });
    return this.#network;
  }

  #ready(): Promise<Backbone> {
    const checkpoint = this.#checkpoint;
    if (checkpoint === null) throw new UsageError('the network is not loaded', { fix: 'load the page again' });
    return this.#backbone.get(async () => new Backbone(await this.#gpu.device(), checkpoint));
  }
}

export interface ZippedPicture {
  readonly name: string;
  readonly blob: Blob;
  readonly group: string | null;
}
