/**
 * The folder of an index: features.safetensors with the vectors, manifest.json with all else. Every file is written
 * whole or not at all.
 */
import {
  absolutePath,
  fileInfo,
  joinPath,
  makeDirectory,
  pathFromHere,
  readBytes,
  removeFile,
  writeFileAtomic,
} from '#platform';
import { normalName } from '../data/names.js';
import { DataError, DivergedError, ModelError } from '../device/errors.js';
import { sealJson } from '../device/files/integrity.js';
import { describeNonFinite, findNonFinite } from '../nn/state/finite.js';
import { encodeSealed, fromFloat32 } from '../nn/state/safetensors.js';
import { checkRunFolder } from '../report/run_folder.js';
import { FORMAT, parseManifest, parseRows, REMAKE, TENSOR, type IndexManifest } from './index_manifest.js';
import { worded } from '../text/wording.js';

const [FEATURES, MANIFEST] = ['features.safetensors', 'manifest.json'];

export interface ImageIndex {
  readonly path: string;
  readonly manifest: IndexManifest;
  /** (count, width), L2-normalised. */
  readonly rows: Float32Array<ArrayBuffer>;
}

/** @throws UsageError when the folder holds an index already and `force` is not given, or anything else. */
export function checkIndexFolder(path: string, force: boolean): Promise<void> {
  return checkRunFolder(
    path,
    { marker: MANIFEST, isOwn: (name) => name === FEATURES, what: 'an index' },
    force,
    worded`choose another {out}, or replace it with {force}`,
  );
}

/** Replaces an index that is there: its manifest goes first, so that it is never found with vectors of another. */
export async function writeIndex(
  path: string,
  manifest: Omit<IndexManifest, 'format' | 'madeIn'>,
  rows: Float32Array,
): Promise<void> {
  const vectors = fromFloat32(rows, [manifest.count, manifest.width]);
  const broken = findNonFinite([[TENSOR, vectors]]);
  if (broken.length > 0)
    throw new DivergedError(`the network makes vectors that are not finite: ${describeNonFinite(broken)}`, {
      fix: 'use another checkpoint or other weights',
    });
  await makeDirectory(path);
  await removeFile(joinPath(path, MANIFEST));
  writeFileAtomic(joinPath(path, FEATURES), encodeSealed(FORMAT, [[TENSOR, vectors]]));
  writeFileAtomic(
    joinPath(path, MANIFEST),
    sealJson(JSON.stringify({ format: `${FORMAT}-2`, madeIn: absolutePath(''), ...manifest })),
  );
}

/**
 * @throws DataError when the folder holds no index; ModelError when a file is damaged, or the two do not fit each
 * other.
 */
export async function readIndex(path: string): Promise<ImageIndex> {
  const { manifest, features } = await readIndexFiles(path);
  return { path, manifest, rows: parseRows(features, manifest, joinPath(path, FEATURES)) };
}

/** As `readIndex`, with the file of the vectors as it is. */
export async function readIndexFiles(
  path: string,
): Promise<{ readonly manifest: IndexManifest; readonly features: Uint8Array }> {
  const [features, file] = [joinPath(path, FEATURES), joinPath(path, MANIFEST)];
  if ((await fileInfo(file)) === null)
    throw new DataError(`${path}: holds no index`, { fix: worded`make one: weft index RUN {data} D {out} INDEX` });
  const manifest = await fromHere(parseManifest(new TextDecoder().decode(await readBytes(file)), file));
  if ((await fileInfo(features)) === null) throw new ModelError(`${features}: there is no such file`, { fix: REMAKE });
  return { manifest, features: await readBytes(features) };
}

/**
 * The paths of an index that was made in another folder, as they count from here; as they are where that folder is
 * gone.
 */
async function fromHere(manifest: IndexManifest): Promise<IndexManifest> {
  const { madeIn, source, reading, ids, areFiles } = manifest;
  if (madeIn === undefined || madeIn === absolutePath('') || (await fileInfo(madeIn)) === null) return manifest;
  const data = pathFromHere(madeIn, reading.data);
  return {
    ...manifest,
    source: source.kind === 'network' ? { ...source, weights: pathFromHere(madeIn, source.weights) } : source,
    reading: (await fileInfo(data)) === null ? reading : { ...reading, data }, // not all data are files: shoes:64
    ids: areFiles ? ids.map((file) => pathFromHere(madeIn, file)) : ids,
  };
}

/** The values of a column, or of the labels by their name; undefined when the index has no such column. */
export function findColumn(
  { manifest: { label, labels, columns } }: ImageIndex,
  asked: string,
): readonly string[] | undefined {
  const name = normalName(asked);
  if (name === normalName(label)) return labels;
  const column = Object.keys(columns).find((key) => normalName(key) === name);
  return column === undefined ? undefined : columns[column];
}

/** As `findColumn`. @throws DataError when the index has no such column. */
export function columnOf(index: ImageIndex, asked: string): readonly string[] {
  const values = findColumn(index, asked);
  if (values !== undefined) return values;
  const { path, manifest } = index;
  throw new DataError(`${path}: has no column ${JSON.stringify(normalName(asked))}`, {
    fix: `it has ${[manifest.label, ...Object.keys(manifest.columns)].join(', ')}`,
  });
}
