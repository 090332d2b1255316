/**
 * What the page consists of: its own files, built with the package, the run's weights, those of an index, and
 * page.json, which describes them.
 */
import { basename, resolve } from 'node:path';
import { digest, fileInfo, joinPath, listDirectory, packageFolder, readBytes } from '#platform';
import { UsageError } from '../../device/errors.js';
import type { Checkpoint } from '../../train/checkpoint/checkpoint.js';
import type { PageBackbone } from './page_backbone.js';
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
  /** By the names of the runs, the first first. */
  readonly checkpoints: ReadonlyMap<string, Checkpoint>;
  readonly index: PageIndex | null;
  /** What page.json says. */
  readonly manifest: PageManifest;
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

/** The service worker: browsers keep it themselves. */
const WORKER = 'sw.js';

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

function addBackbone(files: Map<string, Uint8Array>, { name, checkpoint }: PageBackbone): PageManifest['backbone'] {
  const weights = add(files, 'backbone.safetensors', publishedCheckpoint(checkpoint));
  return { name, model: checkpoint.header.model, weights };
}

/** A run of a page. */
interface AddedRun {
  readonly entry: PageRun;
  readonly checkpoint: Checkpoint;
}

/** Adds a run's best weights. @param nth of the page's runs, from 0. @throws ModelError when it has no checkpoint. */
async function addRun(files: Map<string, Uint8Array>, folder: string, name: string, nth: number): Promise<AddedRun> {
  const checkpoint = await bestOf(folder);
  const file = nth === 0 ? 'model.safetensors' : `model-${nth + 1}.safetensors`;
  const weights = add(files, file, publishedCheckpoint(checkpoint));
  const { model, classes, input } = checkpoint.header;
  const entry = {
    name,
    model,
    classes,
    input: { channels: input.channels, side: input.width },
    code: await addCode(files, model),
    weights,
  };
  return { entry, checkpoint };
}

/** Names of folders; from the second of a name on with its number. */
export function runNames(folders: readonly string[]): readonly string[] {
  const names: string[] = [];
  for (const folder of folders) {
    const name = basename(resolve(folder));
    let unique = name;
    for (let n = 2; names.includes(unique); n++) unique = `${name}-${n}`;
    names.push(unique);
  }
  return names;
}

/** What a page is made of. */
export interface PageOptions {
  /** Folders. None: a page to train and to learn with. */
  readonly runs: readonly string[];
  /** Of the first run. */
  readonly index: PageIndexOptions | null;
  readonly backbone: PageBackbone | null;
  /** Whether a server will compute for browsers that cannot. */
  readonly classifies: boolean;
}

/**
 * The page with the best weights of runs, and with an index and a backbone where there are any.
 * @throws ModelError when a run has no checkpoint, or the index's weights are gone or others; DataError when the
 * index is none, or damaged; UsageError when the page was not built.
 */
export async function pageFiles({ runs: folders, index: options, ...more }: PageOptions): Promise<PageFiles> {
  const own = await builtFiles();
  const files = new Map<string, Uint8Array>();
  const names = runNames(folders);
  const runs: AddedRun[] = [];
  for (const [i, folder] of folders.entries()) runs.push(await addRun(files, folder, names[i], i));
  const code = [...files].filter(([name]) => name.startsWith('own/'));
  const first = runs.at(0);
  const index =
    options === null || first === undefined
      ? null
      : await addIndex(files, first.entry.weights, first.checkpoint.file, options);
  const manifest: PageManifest = {
    runs: runs.map(({ entry }) => entry),
    index: index?.entry ?? null,
    backbone: more.backbone === null ? null : addBackbone(files, more.backbone),
    classifies: more.classifies && runs.length > 0,
    files: [...own, ...code].filter(([name]) => name !== WORKER).map(([name, bytes]) => fileOf(name, bytes)),
  };
  return {
    files: new Map([...own, ...files, ['page.json', toJson(manifest)]]),
    checkpoints: new Map(runs.map(({ entry, checkpoint }) => [entry.name, checkpoint])),
    index: index?.index ?? null,
    manifest,
  };
}
