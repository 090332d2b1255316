/**
 * What answers the first tab: the engine in this browser, or where that cannot compute, the server that gave the page.
 */
import { toSquare } from '../data/pictures/picture_form.js';
import type { RgbaImage } from '../data/pictures/rgba_image.js';
import type { Device } from '../device/device.js';
import { DataError, ModelError } from '../device/errors.js';
import { parseCheckpoint } from '../train/checkpoint/checkpoint.js';
import { Classifier, modelInput, type ClassProbability } from '../inference/classifier.js';
import type { PageAnswer, PageFile, PageManifest, PageRun } from '../retrieval/page_manifest.js';
import { parseCatalogue, type SimilarProducts } from '../retrieval/catalogue.js';
import { SimilarFinder } from '../retrieval/similar_finder.js';
import { device } from './engine.js';
import { fetchKept, forgetOthers, hashOf } from './kept_files.js';

export interface Answer {
  /** The classes, the likeliest first. */
  readonly top: readonly ClassProbability[];
  /** To be asked after the classes are shown: it takes longer. null without an index. */
  readonly similar: (() => Promise<SimilarProducts>) | null;
}

export interface Engine {
  readonly answer: (pixels: RgbaImage, bytes: Uint8Array<ArrayBuffer>) => Promise<Answer>;
  /** null on a server. */
  readonly classifier: Classifier | null;
  /** Resolves when similar products can be found; null without an index. */
  readonly index: Promise<unknown> | null;
}

/** How much has come of what is fetched, 0 to 1. */
type OnProgress = (share: number) => void;

async function askServer(bytes: Uint8Array<ArrayBuffer>): Promise<Answer> {
  const response = await fetch('./classify', {
    method: 'POST',
    body: bytes,
    headers: { 'content-type': 'application/octet-stream' },
  });
  const answer = (await response.json()) as PageAnswer | { error: { message: string; fix?: string } };
  if ('error' in answer)
    throw new DataError(answer.error.message, answer.error.fix === undefined ? {} : { fix: answer.error.fix });
  const { top, similar } = answer;
  return { top, similar: similar === null ? null : () => Promise.resolve(similar) };
}

/** Fetches an index. @param known the run's weights: where the index was made with them, they are not fetched again. */
async function openFinder(
  opened: Device,
  index: NonNullable<PageManifest['index']>,
  run: PageFile,
  known: Uint8Array,
  onProgress: OnProgress,
): Promise<SimilarFinder> {
  const network = index.weights?.digest === run.digest ? null : index.weights;
  const total = index.catalogue.bytes + index.features.bytes + (network?.bytes ?? 0);
  let before = 0;
  const fetchNext = async (file: PageFile): Promise<Uint8Array> => {
    const content = await fetchKept(file, (bytes) => onProgress((before + bytes) / total));
    before += file.bytes;
    return content;
  };
  const catalogue = parseCatalogue(new TextDecoder().decode(await fetchNext(index.catalogue)), index.catalogue.name);
  const features = await fetchNext(index.features);
  return new SimilarFinder(opened, {
    catalogue,
    features,
    weights: network === null ? known : await fetchNext(network),
  });
}

/**
 * Fetches what computes: a run's model, and then, while pictures can be classified already, the index.
 * @throws ModelError where neither this browser nor a server can compute.
 */
export async function openEngine(
  { index, classifies }: PageManifest,
  { code, weights: run }: PageRun,
  onModel: OnProgress,
  onIndex: OnProgress,
): Promise<Engine> {
  const opened = await device;
  if (opened === null && classifies)
    return {
      answer: (_, bytes) => askServer(bytes),
      classifier: null,
      index: index === null ? null : Promise.resolve(),
    };
  if (opened === null) throw new ModelError('Without WebGPU this page cannot classify');
  await forgetOthers(
    [run, index?.catalogue, index?.features, index?.weights].filter((file) => file !== undefined && file !== null),
  );
  const weights = await fetchKept(run, (bytes) => onModel(bytes / run.bytes));
  if (code !== null) await import(/* @vite-ignore */ new URL(code, document.baseURI).href);
  const classifier = new Classifier(opened, parseCheckpoint(weights, run.name));
  const finder = index === null ? null : openFinder(opened, index, run, weights, onIndex);
  const answer = async (pixels: RgbaImage, bytes: Uint8Array<ArrayBuffer>): Promise<Answer> => {
    const top = await classifier.rank(modelInput(pixels, classifier.header));
    if (finder === null) return { top, similar: null };
    return {
      top,
      similar: async () => {
        const { form } = await finder;
        return (await finder).find(
          { file: 'the picture', hash: await hashOf(bytes), square: toSquare(pixels, form) },
          top[0],
        );
      },
    };
  };
  return { answer, classifier, index: finder };
}
