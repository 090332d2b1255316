/** The tab Classify: a run's network, the picture that is being looked at, and the index of similar products. */
import { toSquare } from '../../data/pictures/picture_form.js';
import type { RgbaImage } from '../../data/pictures/rgba_image.js';
import { entriesOf, isZip, unzipped } from '../../data/packed/zip_entries.js';
import { DataError, UsageError } from '../../device/errors.js';
import { Classifier, modelInput, type ClassProbability } from '../../inference/classifier.js';
import { isPhotoForSmallNetwork } from '../../inference/photo_doubt.js';
import { parseCatalogue, type SimilarProducts } from '../../retrieval/catalogue.js';
import type { PageFile, PageManifest, PageRun } from '../../retrieval/page_manifest.js';
import { SimilarFinder, type SimilarFilter } from '../../retrieval/similar_finder.js';
import { parseCheckpoint, type Checkpoint } from '../../train/checkpoint/checkpoint.js';
import { Handed, type Work } from './calls.js';
import { drawnExample } from './example.js';
import type { Gpu } from './gpu.js';
import { fetchKept, hashOf } from './kept_files.js';
import { lookAt, type Look } from './look.js';
import { MadeOnce } from './made_once.js';
import { enterModel } from './own_model.js';
import { decodePicture } from './picture.js';

/** Pixels of a picture's longer side on the page. */
const PREVIEW = 900;

/** What a network tells apart, and what it is given. */
export interface OpenedRun {
  readonly model: string;
  readonly classes: readonly string[];
  readonly input: { readonly channels: number; readonly side: number };
}

export interface ShownPicture {
  readonly preview: ImageBitmap;
  /** Whether it is a photograph and the network has learned small grey pictures. */
  readonly isDoubtful: boolean;
}

interface Picture {
  readonly pixels: RgbaImage;
  /** SHA-256 of the file. */
  readonly hash: Promise<string>;
}

type Index = NonNullable<PageManifest['index']>;

export class ClassifyService {
  readonly #gpu: Gpu;
  /** Where the network came from, for the day that the GPU is lost. */
  #source: (() => Promise<Checkpoint>) | null = null;
  readonly #classifier = new MadeOnce<Classifier>();
  #input: OpenedRun['input'] | null = null;
  #picture: Picture | null = null;
  #index: { readonly files: Index; readonly run: PageFile } | null = null;
  readonly #finder = new MadeOnce<SimilarFinder>();
  /** Count models and pictures that were asked for: one that comes late is not taken for a newer one. */
  #asked = { model: 0, picture: 0 };

  constructor(gpu: Gpu) {
    this.#gpu = gpu;
    gpu.whenLost(() => {
      this.#classifier.forget();
      this.#finder.forget();
    });
  }

  /** A run of this page. Tells the share of its weights that has come. */
  async open({ progress }: Work, run: PageRun): Promise<OpenedRun> {
    let told = progress;
    const opened = await this.#take(async () => {
      await enterModel(run);
      const bytes = await fetchKept(run.weights, (done) => told(done / run.weights.bytes));
      return parseCheckpoint(bytes, run.weights.name);
    });
    told = () => {}; // nobody waits for it when it is opened anew
    return opened;
  }

  /** A model of the visitor's: `best.safetensors` of a run, or the run as a zip file. */
  async openFile(_: Work, file: Blob, name: string): Promise<OpenedRun> {
    const bytes = file.arrayBuffer().then((all) => weightsIn(new Uint8Array(all), name));
    return this.#take(async () => parseCheckpoint(await bytes, name));
  }

  async #take(source: () => Promise<Checkpoint>): Promise<OpenedRun> {
    const number = ++this.#asked.model;
    const checkpoint = await source();
    if (number !== this.#asked.model) throw new UsageError('another model was chosen meanwhile');
    const next = new Classifier(await this.#gpu.device(), checkpoint);
    (await this.#classifier.take())?.release();
    this.#source = source;
    void this.#classifier.get(() => Promise.resolve(next));
    const { model, classes, input } = checkpoint.header;
    this.#input = { channels: input.channels, side: input.width };
    return { model, classes, input: this.#input };
  }

  /** A drawn garment, a PNG; another for each n. */
  async example(_: Work, n: number): Promise<Blob> {
    return drawnExample(n);
  }

  /** Decodes a picture: what follows is about it. */
  async show(_: Work, file: Blob, name: string): Promise<Handed<ShownPicture>> {
    const number = ++this.#asked.picture;
    this.#picture = null;
    const { pixels, bytes } = await decodePicture(file, name);
    if (number !== this.#asked.picture) throw new UsageError('another picture was chosen meanwhile');
    this.#picture = { pixels, hash: hashOf(bytes) };
    const preview = await previewOf(pixels);
    const isDoubtful = this.#input !== null && isPhotoForSmallNetwork(pixels, this.#input);
    return new Handed({ preview, isDoubtful }, [preview]);
  }

  /** All classes, the likeliest first. */
  async rank(_: Work): Promise<readonly ClassProbability[]> {
    const classifier = await this.#ready();
    return classifier.rank(modelInput(this.#shown.pixels, classifier.header));
  }

  /** Where the network finds a class. Tells how many places are done, and of how many. */
  async look(work: Work, name: string): Promise<Look> {
    return lookAt(await this.#ready(), this.#shown.pixels, name, work);
  }

  /**
   * An index of this page; its brands. Tells the share of it that has come.
   * @param run the run's weights: where the index was made with them, they are not fetched again.
   */
  async openIndex({ progress }: Work, files: Index, run: PageFile): Promise<readonly string[]> {
    this.#index = { files, run };
    return (await this.#finder.get(() => openFinder(this.#gpu, files, run, progress))).brands;
  }

  async similar(_: Work, top: ClassProbability, where: SimilarFilter): Promise<SimilarProducts> {
    if (this.#index === null) throw new UsageError('this page has no index');
    const { files, run } = this.#index;
    const finder = await this.#finder.get(() => openFinder(this.#gpu, files, run, () => {}));
    const { pixels, hash } = this.#shown;
    return finder.find({ file: 'the picture', hash: await hash, square: toSquare(pixels, finder.form) }, top, where);
  }

  get #shown(): Picture {
    if (this.#picture === null) throw new UsageError('there is no picture to look at');
    return this.#picture;
  }

  #ready(): Promise<Classifier> {
    const source = this.#source;
    if (source === null) throw new UsageError('There is no model to ask yet', { fix: 'wait until it is loaded' });
    return this.#classifier.get(async () => new Classifier(await this.#gpu.device(), await source()));
  }
}

/** The weights of a run that came as a zip file; what is none is weights already. */
function weightsIn(bytes: Uint8Array, file: string): Uint8Array {
  if (!isZip(bytes)) return bytes;
  const best = entriesOf(bytes, file).find(({ name }) => /(^|\/)(best|model)\.safetensors$/.test(name))?.name;
  if (best === undefined)
    throw new DataError(`${file}: there is no best.safetensors in it`, { fix: 'open the zip file of a run folder' });
  return unzipped(bytes, file, ({ name }) => name === best)[best];
}

async function previewOf({ width, height, data }: RgbaImage): Promise<ImageBitmap> {
  const scale = Math.min(1, PREVIEW / Math.max(width, height));
  return createImageBitmap(new ImageData(new Uint8ClampedArray(data.buffer as ArrayBuffer), width, height), {
    resizeWidth: Math.max(1, Math.round(width * scale)),
    resizeHeight: Math.max(1, Math.round(height * scale)),
    resizeQuality: 'medium',
  });
}

async function openFinder(
  gpu: Gpu,
  index: Index,
  run: PageFile,
  progress: (share: number) => void,
): Promise<SimilarFinder> {
  const network = index.weights;
  const isFetched = network === null || network.digest === run.digest ? 0 : network.bytes;
  const total = index.catalogue.bytes + index.features.bytes + isFetched;
  let before = 0;
  const next = async (file: PageFile): Promise<Uint8Array> => {
    const content = await fetchKept(file, (bytes) => progress(Math.min(1, (before + bytes) / total)));
    before += file.bytes;
    return content;
  };
  const catalogue = parseCatalogue(new TextDecoder().decode(await next(index.catalogue)), index.catalogue.name);
  const features = await next(index.features);
  const weights = network === null ? undefined : await next(network.digest === run.digest ? run : network);
  return new SimilarFinder(await gpu.device(), { catalogue, features, weights });
}
