/** What the page consists of: its own files, built with the package, the run's weights, and page.json, which describes them. */
import { digest, fileInfo, joinPath, listDirectory, packageFolder, readBytes } from '#platform';
import { UsageError } from '../device/errors.js';
import { readCheckpoint, type Checkpoint } from '../train/checkpoint.js';
import type { PageManifest } from '../train/page_manifest.js';
import { RunFolder } from '../train/run_folder.js';

export interface PageFiles {
  /** Contents by path from the page's folder, `/` between names. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly checkpoint: Checkpoint;
}

const WEIGHTS = 'model.safetensors';

async function* filesBelow(folder: string, prefix = ''): AsyncGenerator<[name: string, path: string]> {
  for (const name of await listDirectory(folder)) {
    const path = joinPath(folder, name);
    if ((await fileInfo(path))?.isDirectory === true) yield* filesBelow(path, `${prefix}${name}/`);
    else yield [prefix + name, path];
  }
}

/**
 * The page with a run's best weights.
 * @param classifies whether a server will compute for browsers that cannot.
 * @throws ModelError when the run has no checkpoint; UsageError when the page was not built.
 */
export async function pageFiles(run: string, classifies: boolean): Promise<PageFiles> {
  const file = new RunFolder(run).file('best.safetensors');
  const checkpoint = await readCheckpoint(file);
  const built = packageFolder('dist/page');
  if ((await fileInfo(joinPath(built, 'index.html'))) === null) throw new UsageError(`the page is not built: there is no ${built}`, { fix: 'npm run build' });
  const files = new Map<string, Uint8Array>();
  for await (const [name, path] of filesBelow(built)) files.set(name, await readBytes(path));
  const weights = await readBytes(file);
  const manifest: PageManifest = { model: checkpoint.header.model, weights: WEIGHTS, bytes: weights.length, digest: digest('sha256', weights), classifies };
  files.set(WEIGHTS, weights);
  files.set('page.json', new TextEncoder().encode(`${JSON.stringify(manifest, null, 2)}\n`));
  return { files, checkpoint };
}
