/** The folder that `weft page` writes: that it may be written, and what an earlier page left in it. */
import { rmdir } from 'node:fs/promises';
import { fileInfo, joinPath, listDirectory, removeFile } from '#platform';
import { checkRunFolder } from '../../report/run_folder.js';

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
/**
 * What vite calls the page's own files: a digest of their contents is in the names, so that another build has others.
 */
const ASSETS = /^(?:(index|icon|learn|engine)-[\w-]{8}\.(js|css|svg)|icon-(?:192|512|maskable)\.png|weftgrad\.js)$/;
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

/** Deletes the files of these names, and the folder too when nothing else is in it. */
async function clear(folder: string, names: RegExp): Promise<void> {
  const inside = await namesIn(folder);
  const own = inside.filter((name) => names.test(name));
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
  await clear(joinPath(path, 'assets'), ASSETS);
  await clear(joinPath(path, 'own'), CODE);
  for (const name of await namesIn(pictures)) if (INDEX.test(name)) await clear(joinPath(pictures, name), PICTURES);
  if ((await fileInfo(pictures))?.isDirectory === true && (await namesIn(pictures)).length === 0) await rmdir(pictures);
}
