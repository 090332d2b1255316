/**
 * What the page consists of: its own files, built with the package, the run's weights, those of an index, and
 * page.json, which describes them.
 */
import { basename, resolve } from 'node:path';
import { digest, fileInfo, joinPath, listDirectory, packageFolder, readBytes } from '#platform';
import { UsageError } from '../../device/errors.js';
import type { Checkpoint } from '../../train/checkpoint/checkpoint.js';
import { bestOf } from '../weights/best_of.js';
import type { PageFile, PageManifest, PageRun } from '../../retrieval/page_manifest.js';
import { publishedCheckpoint, publishedTensors } from '../../inference/published_weights.js';
import { catalogueOf } from '../../retrieval/catalogue.js';
import { readIndexFiles } from '../../retrieval/index_folder.js';
import { parseRows } from '../../retrieval/index_manifest.js';
import { readWeights, weightsDigest } from '../../retrieval/open_feature_source.js';
import { RowPictures } from '../../retrieval/row_pictures.js';
import type { IndexFiles } from '../../retrieval/similar_finder.js';
import { ownModelFile } from '../../train/own_modules.js';

export interface PageFiles {
  /** Contents by path from the page's folder, `/` between names. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** null without a run. */
  readonly checkpoint: Checkpoint | null;
  readonly index: PageIndex | null;
}

/** An index, for a server that searches in it itself and makes its small pictures. */
export interface PageIndex {
  readonly files: IndexFiles;
  readonly pictures: RowPictures;
}

async function* filesBelow(folder: string, prefix = ''): AsyncGenerator<[name: string, path: string]> {
  for (const name of await listDirectory(folder)) {
    const path = joinPath(folder, name);
    if ((await fileInfo(path))?.isDirectory === true) yield* filesBelow(path, `${prefix}${name}/`);
    else yield [prefix + name, path];
  }
}

function toJson(value: unknown): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value)}\n`);
}

/** What page.json says of a file. */
function fileOf(name: string, bytes: Uint8Array): PageFile {
  return { name, bytes: bytes.length, digest: digest('sha256', bytes) };
}

/** Adds a file, and says what page.json says of it. */
function add(files: Map<string, Uint8Array>, name: string, bytes: Uint8Array): PageFile {
  files.set(name, bytes);
  return fileOf(name, bytes);
}

/** Which index comes with the page. */
export interface PageIndexOptions {
  readonly folder: string;
  /** Where the weights of its model are now; null: where they were. */
  readonly weights: string | null;
  /** Is told which picture of the index cannot be had, and why. */
  readonly onMissing: (why: string) => void;
}

/** What `--index` and `--weights` say. @throws UsageError for weights without an index. */
export function pageIndexOptions(
  o: Readonly<Record<string, unknown>>,
  onMissing: PageIndexOptions['onMissing'],
): PageIndexOptions | null {
  if (o['index'] === undefined && o['weights'] !== undefined)
    throw new UsageError('--weights says where those of an index are', { fix: 'give --index too' });
  return o['index'] === undefined
    ? null
    : { folder: String(o['index']), weights: o['weights'] === undefined ? null : String(o['weights']), onMissing };
}

/**
 * Adds the files of an index.
 * @param run the run's weights, already among them. @param runFile where those are: an index that was made with them
 * needs no others.
 */
async function addIndex(
  files: Map<string, Uint8Array>,
  run: PageFile,
  runFile: string,
  { folder, weights: moved, onMissing }: PageIndexOptions,
): Promise<{ entry: PageManifest['index']; index: PageIndex }> {
  const { manifest, features } = await readIndexFiles(folder);
  parseRows(features, manifest, folder); // what is wrong with it is said now, and not by the page
  const { source } = manifest;
  const vectors = add(files, 'index.safetensors', features);
  let weights: PageFile | null = null;
  if (source.kind === 'network') {
    const file = moved ?? source.weights;
    weights =
      source.digest === (await weightsDigest(runFile))
        ? run
        : add(
            files,
            'index_model.safetensors',
            publishedTensors(await readWeights({ ...source, weights: file }), file),
          );
  }
  const pictures = new RowPictures(manifest, vectors.digest.slice(0, 16), onMissing);
  const catalogue = catalogueOf(manifest, pictures.pattern, weights?.name ?? '');
  return {
    entry: { catalogue: add(files, 'index.json', toJson(catalogue)), features: vectors, weights },
    index: {
      files: { catalogue, features, weights: weights === null ? undefined : files.get(weights.name) },
      pictures,
    },
  };
}

/** The page's own files. @throws UsageError when it was not built. */
async function builtFiles(): Promise<Map<string, Uint8Array>> {
  const built = packageFolder('dist/page');
  if ((await fileInfo(joinPath(built, 'index.html'))) === null)
    throw new UsageError(`the page is not built: there is no ${built}`, { fix: 'npm run build' });
  const files = new Map<string, Uint8Array>();
  for await (const [name, path] of filesBelow(built)) files.set(name, await readBytes(path));
  return files;
}

/** Adds the module of a model of the user's own, and says which it is; null for one of Weft's. */
async function addCode(files: Map<string, Uint8Array>, model: string): Promise<string | null> {
  const own = ownModelFile(model);
  if (own === undefined) return null;
  const modules = await (await import('../own/page_code.js')).pageCode(own);
  for (const [name, text] of modules) files.set(name, text);
  return [...modules.keys()][0];
}

/** A run of a page. */
interface AddedRun {
  readonly entry: PageRun;
  readonly checkpoint: Checkpoint;
}

/** Adds a run's best weights. @throws ModelError when it has no checkpoint. */
async function addRun(files: Map<string, Uint8Array>, folder: string): Promise<AddedRun> {
  const checkpoint = await bestOf(folder);
  const weights = add(files, 'model.safetensors', publishedCheckpoint(checkpoint));
  const { model, classes, input } = checkpoint.header;
  const entry = {
    name: basename(resolve(folder)),
    model,
    classes,
    input: { channels: input.channels, side: input.width },
    code: await addCode(files, model),
    weights,
  };
  return { entry, checkpoint };
}

/** What a page is made of. */
export interface PageOptions {
  /** A folder; null: a page to train and to learn with. */
  readonly run: string | null;
  /** Of the run. */
  readonly index: PageIndexOptions | null;
  /** Whether a server will compute for browsers that cannot. */
  readonly classifies: boolean;
}

/**
 * The page with a run's best weights, and with an index where there is one.
 * @throws ModelError when the run has no checkpoint, or the index's weights are gone or others; DataError when the
 * index is none, or damaged; UsageError when the page was not built.
 */
export async function pageFiles({ run, index: options, classifies }: PageOptions): Promise<PageFiles> {
  const own = await builtFiles();
  const files = new Map<string, Uint8Array>();
  const added = run === null ? null : await addRun(files, run);
  const code = [...files].filter(([name]) => name.startsWith('own/'));
  const index =
    options === null || added === null
      ? null
      : await addIndex(files, added.entry.weights, added.checkpoint.file, options);
  const manifest: PageManifest = {
    runs: added === null ? [] : [added.entry],
    index: index?.entry ?? null,
    backbone: null,
    classifies,
    files: [...own, ...code].map(([name, bytes]) => fileOf(name, bytes)),
  };
  return {
    files: new Map([...own, ...files, ['page.json', toJson(manifest)]]),
    checkpoint: added?.checkpoint ?? null,
    index: index?.index ?? null,
  };
}
