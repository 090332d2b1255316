/** What was taught, as files to take home. */
import { sha256 } from '#platform';
import { DataError } from '../../device/errors.js';
import { classifierOnnx } from '../../inference/classifier_onnx.js';
import { publishedCheckpoint } from '../../inference/published_weights.js';
import type { PageFile, PageManifest } from '../../retrieval/page_manifest.js';
import type { HeadReport } from '../../teach/head_report.js';
import { taughtRun } from '../../teach/taught_run.js';
import { zipped } from '../../teach/zip.js';
import type { Checkpoint } from '../../train/checkpoint/checkpoint.js';
import { fetchFile } from './fetch_file.js';

/** A run folder (zip), an ONNX file, a page that classifies (zip). */
export type HomeForm = 'run' | 'onnx' | 'page';

/** The folder's name in the zip file, and the run's on its page. */
const NAME = 'my-classes';
/** page.json does not list it: it is what answers with those that are listed. */
const SERVICE_WORKER = 'sw.js';

/** @throws DataError when a file of this page cannot be had any more. */
export async function homeFiles(
  form: HomeForm,
  checkpoint: Checkpoint,
  report: HeadReport,
  seconds: number,
  page: PageManifest,
): Promise<Uint8Array> {
  if (form === 'onnx') return classifierOnnx(checkpoint);
  const files = form === 'run' ? taughtRun(checkpoint, report, seconds) : await pageFiles(checkpoint, page);
  return zipped([...files].map(([name, bytes]) => [`${NAME}/${name}`, bytes] as const));
}

/** This page's own files with other weights, for web servers to hand out. */
async function pageFiles(checkpoint: Checkpoint, { files }: PageManifest): Promise<Map<string, Uint8Array>> {
  const all = new Map<string, Uint8Array>();
  for (const file of files) if (!file.name.startsWith('own/')) all.set(file.name, await ownFile(file));
  const weights = publishedCheckpoint(checkpoint);
  const own = [...all].map(([name, bytes]) => describe(name, bytes));
  const { model, classes, input } = checkpoint.header;
  const manifest: PageManifest = {
    runs: [
      {
        name: NAME,
        model,
        classes,
        input: { channels: input.channels, side: input.width },
        code: null,
        weights: describe('model.safetensors', weights),
      },
    ],
    index: null,
    backbone: null,
    classifies: false,
    files: own,
  };
  all.set('model.safetensors', weights);
  all.set(SERVICE_WORKER, await fetched(SERVICE_WORKER));
  return all.set('page.json', new TextEncoder().encode(`${JSON.stringify(manifest)}\n`));
}

const describe = (name: string, bytes: Uint8Array): PageFile => ({
  name,
  bytes: bytes.length,
  digest: sha256([bytes]),
});

async function fetched(name: string): Promise<Uint8Array> {
  return new Uint8Array(await (await fetchFile(name)).arrayBuffer());
}

async function ownFile({ name, digest }: PageFile): Promise<Uint8Array> {
  const bytes = await fetched(name);
  if (sha256([bytes]) !== digest)
    throw new DataError(`${name}: is another file than page.json says`, { fix: 'load the page again' });
  return bytes;
}
