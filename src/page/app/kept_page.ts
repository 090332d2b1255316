/**
 * The page's own files as the browser keeps them (sw.ts answers with them). They lie under their SHA-256, so that
 * several versions of the page lie beside each other and share what they have in common; a version is what one
 * page.json lists, and an open page has files of its version only.
 */
import { parsePageManifest, type PageFile } from '../../retrieval/page_manifest.js';
import { hashOf } from '../worker/kept_files.js';

/** Of the answer that brought a file, what its kept copy says too. */
const HEADERS = [
  'content-type',
  'content-security-policy',
  'cross-origin-opener-policy',
  'cross-origin-resource-policy',
  'permissions-policy',
  'referrer-policy',
  'x-content-type-options',
];

/** In place of a version: of a page that was opened before anything was kept, and of its workers. */
const AS_SERVED = '-';

/** A page that is being opened is none of the browser's list yet. */
const OPENING_MILLISECONDS = 60_000;

export class KeptPage {
  readonly #folder: string;

  /** @param folder the page's address, with `/` at its end. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** One for each folder: other folders of the site may have pages of their own. */
  get #name(): string {
    return `weft-app ${this.#folder}`;
  }

  #addressOf({ name, digest }: Pick<PageFile, 'name' | 'digest'>): string {
    return `${this.#folder}${name}?${digest}`;
  }

  #noteOf(what: string): string {
    return `${this.#folder}?note=${what}`;
  }

  /** What is kept under an address. Makes no cache where there is none. */
  #match(address: string): Promise<Response | undefined> {
    return caches.match(address, { cacheName: this.#name });
  }

  async #note(what: string): Promise<string | null> {
    return (await this.#match(this.#noteOf(what)))?.text() ?? null;
  }

  /**
   * Keeps what a page.json lists, and resolves with its version: pages that are opened from now on have it. Rejects
   * when a file does not come, or is another than page.json says: nothing changes then.
   */
  keep(json: string): Promise<string> {
    return this.#alone(() => this.#keep(json));
  }

  /** One change at a time: what is being kept is not dropped as needed by nobody, by another worker neither. */
  #alone<T>(work: () => Promise<T>): Promise<T> {
    return navigator.locks.request(this.#name, work) as Promise<T>;
  }

  async #keep(json: string): Promise<string> {
    const { files } = parsePageManifest(json, 'page.json');
    const listed = files.map(({ name, digest }) => `${digest} ${name}\n`).sort();
    const version = await hashOf(new TextEncoder().encode(listed.join('')));
    const cache = await caches.open(this.#name);
    await Promise.all(
      files.map(async (file) => {
        if ((await cache.match(this.#addressOf(file))) === undefined) await this.#fetch(cache, file);
      }),
    );
    await this.#put(cache, this.#addressOf({ name: 'page.json', digest: version }), json);
    await this.#put(cache, this.#noteOf('current'), version);
    return version;
  }

  #put(cache: Cache, address: string, text: string): Promise<void> {
    return cache.put(address, new Response(text, { headers: { 'content-type': 'application/json; charset=utf-8' } }));
  }

  /** A file from the server, as it is kept. Rejects when it is not what its digest says. */
  async #fetch(cache: Cache, file: PageFile): Promise<Response> {
    const response = await fetch(`${this.#folder}${file.name}`, { cache: 'no-cache' });
    if (response.status !== 200) throw new Error(`${file.name}: the server answers ${response.status}`);
    const bytes = await response.arrayBuffer();
    if ((await hashOf(new Uint8Array(bytes))) !== file.digest)
      throw new Error(`${file.name}: is another file than page.json says`);
    await cache.put(this.#addressOf(file), answerOf(bytes, response.headers));
    return answerOf(bytes, response.headers);
  }

  get #script(): string {
    return `${this.#folder}sw.js`;
  }

  /** Keeps sw.js, which page.json does not list: pages of the visitor's own are packed with it. */
  async keepScript(): Promise<void> {
    await (await caches.open(this.#name)).add(new Request(this.#script, { cache: 'no-cache' }));
  }

  /** sw.js; null where it is not kept. */
  async script(): Promise<Response | null> {
    return (await this.#match(this.#script)) ?? null;
  }

  /** The version that was kept last; null when there is none. */
  current(): Promise<string | null> {
    return this.#note('current');
  }

  /** An open page, or a worker of it, has files of this version from now on; null: as the server has them. */
  async bind(client: string, version: string | null): Promise<void> {
    const note = `${version ?? AS_SERVED} ${Date.now()}`;
    if (client !== '') await this.#put(await caches.open(this.#name), this.#noteOf(client), note);
  }

  /** What a client was bound to; undefined: it was not. */
  async versionOf(client: string): Promise<string | null | undefined> {
    const version = (await this.#note(client))?.split(' ')[0];
    return version === AS_SERVED ? null : version;
  }

  /** The page.json of a version; null where it is not kept. */
  async manifest(version: string): Promise<Response | null> {
    return (await this.#match(this.#addressOf({ name: 'page.json', digest: version }))) ?? null;
  }

  async #filesOf(version: string): Promise<readonly PageFile[]> {
    const json = await this.manifest(version);
    return json === null ? [] : parsePageManifest(await json.text(), 'page.json').files;
  }

  /**
   * A file of a version, fetched anew when its copy is damaged; null where the version has none of this name. Rejects
   * when it cannot be had.
   */
  async file(version: string, name: string): Promise<Response | null> {
    const file = (await this.#filesOf(version)).find((f) => f.name === name);
    if (file === undefined) return null;
    const kept = await this.#match(this.#addressOf(file));
    if (kept !== undefined) {
      const bytes = await kept.arrayBuffer();
      if ((await hashOf(new Uint8Array(bytes))) === file.digest) return answerOf(bytes, kept.headers);
    }
    return this.#fetch(await caches.open(this.#name), file);
  }

  /** Drops versions that nobody has any more. @param open ids of pages and workers that there are. */
  prune(open: readonly string[]): Promise<void> {
    return this.#alone(() => this.#prune(open));
  }

  async #prune(open: readonly string[]): Promise<void> {
    const cache = await caches.open(this.#name);
    const addresses = (await cache.keys()).map(({ url }) => url);
    const notes = this.#noteOf('');
    const needed = new Set([this.#noteOf('current'), this.#script]);
    const versions = new Set([await this.current()]);
    for (const address of addresses.filter((a) => a.startsWith(notes))) {
      const [version, since = ''] = ((await this.#note(address.slice(notes.length))) ?? '').split(' ');
      const isOpen = open.includes(address.slice(notes.length));
      if (!isOpen && Date.now() - Number(since) > OPENING_MILLISECONDS) continue;
      needed.add(address);
      if (version !== AS_SERVED) versions.add(version);
    }
    for (const version of versions) {
      if (version === null) continue;
      needed.add(this.#addressOf({ name: 'page.json', digest: version }));
      for (const file of await this.#filesOf(version)) needed.add(this.#addressOf(file));
    }
    for (const address of addresses) if (!needed.has(address)) await cache.delete(address);
  }

  /** Drops everything. */
  async forget(): Promise<void> {
    await caches.delete(this.#name);
  }
}

function answerOf(bytes: ArrayBuffer, from: Headers): Response {
  const headers = HEADERS.flatMap((name) => {
    const value = from.get(name);
    return value === null ? [] : [[name, value] as [string, string]];
  });
  return new Response(bytes, { headers });
}
