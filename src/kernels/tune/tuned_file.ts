/**
 * What the tuner found, kept in the user's cache folder: a file for each adapter. It holds for one version of the
 * driver and of the kernels; another version's is not used. A file that cannot be read is never an error: the defaults
 * are as right.
 */
import {
  cacheDirectory,
  digest,
  fileInfo,
  joinPath,
  packageJson,
  readBytes,
  removeFile,
  shadersDigest,
  writeFileAtomic,
} from '#platform';
import type { AdapterSummary } from '../../device/adapter.js';
import { isChoice, type Choice } from '../../device/choices.js';
import type { Device } from '../../device/device.js';
import { ModelError } from '../../device/errors.js';
import { sealJson, unsealed } from '../../device/files/integrity.js';
import { fields, number, optional, parseObject, record } from '../../device/files/json_checks.js';
import { inTurn } from '../../device/files/outputs.js';

/** The fastest member of a family for a class of problems, and what it took. */
export interface TunedEntry {
  readonly choice: Choice;
  /** Median milliseconds when it was tuned; of the default, null when the default was rejected. */
  readonly milliseconds: number;
  readonly defaultMilliseconds: number | null;
}

/** By family and shape class, as in `Choices.tuned`. */
export type TunedEntries = Readonly<Record<string, TunedEntry>>;

/** What the tuner found for an adapter. */
export type TunedFile =
  | { readonly state: 'none'; readonly path: string }
  /** It is there but not used; `why` is half a sentence. */
  | { readonly state: 'ignored'; readonly path: string; readonly why: string }
  | { readonly state: 'found'; readonly path: string; readonly when: string; readonly entries: TunedEntries };

const FORMAT = 'weft-tuned-2';

/** Version and a digest of the shaders: in a checkout the version stands still while kernels change. */
function engineVersion(): string {
  return `${packageJson().version}+${shadersDigest().slice(0, 12)}`;
}

function folder(): string {
  return joinPath(cacheDirectory(), 'tuned');
}

/** What the file of an adapter is called: readable, and apart from other adapters'. Driver versions share a file. */
export function tunedPath({ vendor, architecture, device, description }: AdapterSummary): string {
  const name = device || description;
  const slug = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 40);
  const hash = digest('sha256', new TextEncoder().encode([vendor, architecture, name].join('\n'))).slice(0, 8);
  return joinPath(folder(), `${slug}-${hash}.json`);
}

/** Throws nothing: whatever is wrong with the file is in `why`. */
export async function readTuned(adapter: AdapterSummary): Promise<TunedFile> {
  const path = tunedPath(adapter);
  try {
    if ((await fileInfo(path)) === null) return { state: 'none', path };
    const json = new TextDecoder().decode(await readBytes(path));
    const file = parseObject(json, path, { fix: '' });
    if (file['format'] !== FORMAT) return { state: 'ignored', path, why: 'is no file of this version’s tuner' };
    if (unsealed(json) !== null) return { state: 'ignored', path, why: 'is damaged' };
    if (file['driver'] !== adapter.description)
      return { state: 'ignored', path, why: 'was tuned with another version of the driver' };
    if (file['engine'] !== engineVersion())
      return { state: 'ignored', path, why: 'was tuned with another version of Weft' };
    const { tuned, choices } = file;
    if (typeof tuned !== 'string' || !isEntries(choices)) return { state: 'ignored', path, why: 'is damaged' };
    return { state: 'found', path, when: tuned, entries: choices };
  } catch (error) {
    return {
      state: 'ignored',
      path,
      why: error instanceof ModelError ? 'is damaged' : `cannot be read (${String(error)})`,
    };
  }
}

const isEntries = record(fields({ choice: isChoice, milliseconds: number, defaultMilliseconds: optional(number) })) as (
  value: unknown,
) => value is TunedEntries;

/**
 * Adds entries to those in the file (which must be of this driver and version, else it is replaced) and returns its
 * path.
 */
export async function writeTuned(adapter: AdapterSummary, entries: TunedEntries): Promise<string> {
  return inTurn(folder(), () => mergeTuned(adapter, entries)); // another process may be adding its own
}

async function mergeTuned(adapter: AdapterSummary, entries: TunedEntries): Promise<string> {
  const known = await readTuned(adapter);
  const all = { ...(known.state === 'found' ? known.entries : {}), ...entries };
  const sorted = Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
  const { vendor, architecture, device, description } = adapter;
  const file = {
    format: FORMAT,
    adapter: [vendor, architecture, device].join(', '),
    driver: description,
    engine: engineVersion(),
    tuned: new Date().toISOString(),
    choices: sorted,
  };
  writeFileAtomic(known.path, sealJson(JSON.stringify(file, null, 2)));
  return known.path;
}

/** Forgets what was found for an adapter. */
export async function removeTuned(adapter: AdapterSummary): Promise<void> {
  await removeFile(tunedPath(adapter));
}

/** Lets a device use what the tuner found for its adapter, if anything. */
export async function useTuned(device: Device): Promise<TunedFile> {
  const file = await readTuned(device.adapter);
  if (file.state === 'found')
    device.choices.replace(Object.fromEntries(Object.entries(file.entries).map(([key, { choice }]) => [key, choice])));
  return file;
}
