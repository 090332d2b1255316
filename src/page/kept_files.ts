/** The files that come with the page: what `page.json` says of them, and they themselves, fetched once and kept by the browser. */
import { DataError } from '../device/errors.js';
import type { PageFile, PageManifest } from '../train/page_manifest.js';

const CACHE = 'weft-files';

/** What the page was made with; null when it came without a model. */
export async function fetchManifest(): Promise<PageManifest | null> {
  const response = await fetch('./page.json', { cache: 'no-cache' });
  if (response.status === 404) return null;
  if (!response.ok) throw new DataError(`page.json: the server answers ${response.status}`, { fix: 'load the page again' });
  return (await response.json()) as PageManifest;
}

/** Browsers offer the cache on https and on this machine only; elsewhere files are fetched each time. */
async function openCache(): Promise<Cache | null> {
  return 'caches' in globalThis ? caches.open(CACHE).catch(() => null) : null;
}

/** Other contents have another address. */
function addressOf({ name, digest }: PageFile): string {
  return new URL(`${name}?${digest}`, location.href).href;
}

/** Drops what earlier pages left. @param files all that this page may fetch. */
export async function forgetOthers(files: readonly PageFile[]): Promise<void> {
  const cache = await openCache();
  const own = files.map(addressOf);
  for (const kept of (await cache?.keys()) ?? []) if (!own.includes(kept.url)) await cache?.delete(kept);
}

/**
 * A file that page.json names. @param onProgress is told how many of its bytes have come.
 * @throws DataError when it does not arrive whole.
 */
export async function fetchKept(file: PageFile, onProgress: (bytes: number) => void): Promise<Uint8Array> {
  const { name, bytes } = file;
  const cache = await openCache();
  const address = addressOf(file);
  const kept = await cache?.match(address);
  if (kept !== undefined) {
    onProgress(bytes);
    return new Uint8Array(await kept.arrayBuffer());
  }
  const response = await fetch(address);
  if (!response.ok || response.body === null) throw new DataError(`${name}: the server answers ${response.status}`, { fix: 'load the page again' });
  const all = new Uint8Array(bytes);
  let at = 0;
  for (const reader = response.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    if (at + value.length > bytes) throw new DataError(`${name}: has more than the ${bytes} bytes that page.json says`, { fix: 'write the page anew' });
    all.set(value, at);
    onProgress((at += value.length));
  }
  if (at < bytes) throw new DataError(`${name}: ended after ${at} of ${bytes} bytes`, { fix: 'load the page again' });
  await cache?.put(address, new Response(all)).catch(() => undefined); // no room: fetched again next time
  return all;
}
