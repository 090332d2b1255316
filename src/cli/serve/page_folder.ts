/** The folder that `weft page` writes: that it may be written, and what an earlier page left in it. */
import { rmdir } from 'node:fs/promises';
import { fileInfo, joinPath, listDirectory, readBytes, removeFile } from '#platform';
import { checkRunFolder } from '../../report/run_folder.js';
import { parsePageManifest } from '../../retrieval/page_manifest.js';

/** What comes with a page but index.html and page.json, which every page has. */
const FILES = /^(model(-\d+)?|index|index_model|backbone)\.safetensors$|^index\.json$/;
/** What every page has besides page.json, and its folders. */
const OWN: readonly string[] = [
  'index.html',
  'manifest.webmanifest',
  'sw.js',
  'worker.js',
  'assets',
  'pictures',
  'own',
];
/** The page's own files of a page whose page.json does not list them yet. */
const ASSETS = /^((index|icon|learn|engine)-[\w-]{8}\.(js|css|svg)|weftgrad\.js)$/;
/** The code of a model of the user's own. */
const CODE = /\.m?js$/;
/** Small pictures of an index: a folder for each index, in it a file for each row. */
const INDEX = /^[0-9a-f]{16}$/;
const PICTURES = /^\d+\.(webp|png)$/;

/**
 * @throws UsageError when the folder holds a page already and `force` is not given, or when it holds anything else.
 * Changes nothing.
 */
export function checkPageFolder(path: string, force: boolean): Promise<void> {
  return checkRunFolder(
    path,
    { marker: 'page.json', isOwn: (name) => FILES.test(name) || OWN.includes(name), what: 'a page' },
    force,
    'choose another --out, or replace it with --force',
  );
}

async function namesIn(folder: string): Promise<string[]> {
  return (await fileInfo(folder))?.isDirectory === true ? listDirectory(folder) : [];
}

/** The page's own files as its page.json lists them. */
async function listedFiles(path: string): Promise<ReadonlySet<string>> {
  const file = joinPath(path, 'page.json');
  try {
    const { files } = parsePageManifest(new TextDecoder().decode(await readBytes(file)), file);
    return new Set(files.map(({ name }) => name));
  } catch {
    return new Set(); // there is none, or one of before
  }
}

/** Deletes the files of these names, and the folder too when nothing else is in it. */
async function clear(folder: string, isOwn: (name: string) => boolean): Promise<void> {
  const inside = await namesIn(folder);
  const own = inside.filter(isOwn);
  for (const name of own) await removeFile(joinPath(folder, name));
  if (own.length > 0 && own.length === inside.length) await rmdir(folder);
}

/**
 * Empties the folder of an earlier page, which may have had an index that the next has not. Nothing that `weft page`
 * has not written is touched, and page.json stays until it is replaced: it says that the folder is a page's.
 */
export async function emptyPageFolder(path: string): Promise<void> {
  const pictures = joinPath(path, 'pictures');
  for (const name of await namesIn(path)) if (FILES.test(name)) await removeFile(joinPath(path, name));
  const listed = await listedFiles(path);
  await clear(joinPath(path, 'assets'), (name) => ASSETS.test(name) || listed.has(`assets/${name}`));
  await clear(joinPath(path, 'own'), (name) => CODE.test(name));
  for (const name of await namesIn(pictures))
    if (INDEX.test(name)) await clear(joinPath(pictures, name), (file) => PICTURES.test(file));
  if ((await fileInfo(pictures))?.isDirectory === true && (await namesIn(pictures)).length === 0) await rmdir(pictures);
}
