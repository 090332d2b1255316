/** The files that come with the page: fetched once, checked, and kept by the browser. */
import { DataError } from '../../device/errors.js';
import type { PageFile } from '../../retrieval/page_manifest.js';
import { fetchFile } from './fetch_file.js';

const CACHE = 'weft-files';

/** Browsers offer the cache on https and on this machine only; elsewhere files are fetched each time. */
async function openCache(): Promise<Cache | null> {
  return 'caches' in globalThis ? caches.open(CACHE).catch(() => null) : null;
}

/** Other contents have another address. */
function addressOf({ name, digest }: PageFile): string {
  return new URL(`${name}?${digest}`, location.href).href;
}

/**
 * Drops what earlier pages left in this one's folder: other folders of the site may have pages of their own. @param
 * files all that this page may fetch.
 */
export async function forgetOthers(files: readonly PageFile[]): Promise<void> {
  const cache = await openCache();
  const own = files.map(addressOf);
  const folder = new URL('.', location.href).href;
  for (const { url } of (await cache?.keys()) ?? [])
    if (new URL('.', url).href === folder && !own.includes(url)) await cache?.delete(url);
}

/** SHA-256 in hex. */
export async function hashOf(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  // a page that has WebGPU has this: both want https, or this machine
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * A file that page.json names. @param onProgress is told how many of its bytes have come.
 * @throws DataError when it does not arrive whole, or is another than page.json says: a page may be visited while it is
 * being written anew.
 */
export async function fetchKept(file: PageFile, onProgress: (bytes: number) => void): Promise<Uint8Array> {
  const { name, bytes, digest } = file;
  const cache = await openCache();
  const address = addressOf(file);
  const kept = await cache?.match(address);
  if (kept !== undefined) {
    const content = new Uint8Array(await kept.arrayBuffer());
    onProgress(bytes);
    if ((await hashOf(content)) === digest) return content;
    await cache?.delete(address); // damaged where the browser keeps it: fetched anew
  }
  // else the other contents that an earlier visit met might come again
  const { body } = await fetchFile(name, `?${digest}`, { cache: 'no-cache' });
  const all = new Uint8Array(bytes);
  let at = 0;
  for (const reader = body?.getReader(); reader !== undefined;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (at + value.length > bytes)
      throw new DataError(`${name}: has more than the ${bytes} bytes that page.json says`, {
        fix: 'write the page anew',
      });
    all.set(value, at);
    onProgress((at += value.length));
  }
  if (at < bytes) throw new DataError(`${name}: ended after ${at} of ${bytes} bytes`, { fix: 'load the page again' });
  if ((await hashOf(all)) !== digest)
    throw new DataError(`${name}: is another file than page.json says`, {
      fix: 'load the page again in a moment, or write it anew',
    });
  await cache?.put(address, new Response(all)).catch(() => undefined); // no room: fetched again next time
  return all;
}
