/** Node loads this into a thread of its own, which it asks where modules are, and for their text. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { stripTypes } from './strip_types.js';

interface Resolved {
  readonly url: string;
  readonly shortCircuit?: boolean;
}

interface Loaded {
  readonly format: string;
  readonly source?: unknown;
  readonly shortCircuit?: boolean;
}

interface Settings {
  /** The addresses of this package, by the names that modules import. */
  readonly addresses: Readonly<Record<string, string>>;
  readonly stripsTypes: boolean;
}

let settings: Settings = { addresses: {}, stripsTypes: true };

export function initialize(given: Settings): void {
  settings = given;
}

export function resolve(
  specifier: string,
  context: object,
  next: (specifier: string, context: object) => Promise<Resolved>,
): Promise<Resolved> {
  const url = settings.addresses[specifier];
  return url === undefined ? next(specifier, context) : Promise.resolve({ url, shortCircuit: true });
}

/** TypeScript, where Node does not read it by itself: types become spaces, so that lines and columns stay. */
export async function load(
  url: string,
  context: object,
  next: (url: string, context: object) => Promise<Loaded>,
): Promise<Loaded> {
  if (settings.stripsTypes || !/^file:.*\.m?ts$/.test(url)) return next(url, context);
  const source = await stripTypes(await readFile(fileURLToPath(url), 'utf8'));
  return { format: 'module', source, shortCircuit: true };
}
