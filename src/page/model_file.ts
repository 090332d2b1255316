/** The model that comes with the page: what `page.json` says of it, and its weights, fetched once and kept by the browser. */
import { DataError } from '../device/errors.js';
import type { PageManifest } from '../train/page_manifest.js';

/** Old weights are dropped when there are new ones. */
const CACHE = 'weft-weights';

/** What the page was made with; null when it came without a model. */
export async function fetchManifest(): Promise<PageManifest | null> {
  const response = await fetch('./page.json', { cache: 'no-cache' });
  if (response.status === 404) return null;
  if (!response.ok) throw new DataError(`page.json: the server answers ${response.status}`, { fix: 'load the page again' });
  return (await response.json()) as PageManifest;
}

/** Browsers offer the cache on https and on this machine only; elsewhere the weights are fetched each time. */
async function openCache(): Promise<Cache | null> {
  return 'caches' in globalThis ? caches.open(CACHE).catch(() => null) : null;
}

/**
 * The weights. @param onProgress is told the share that has come.
 * @throws DataError when they do not arrive whole.
 */
export async function fetchWeights({ weights, bytes, digest }: PageManifest, onProgress: (share: number) => void): Promise<Uint8Array> {
  const cache = await openCache();
  const address = new URL(`${weights}?${digest}`, location.href).href; // other weights have another address
  const kept = await cache?.match(address);
  if (kept !== undefined) return new Uint8Array(await kept.arrayBuffer());
  const response = await fetch(address);
  if (!response.ok || response.body === null) throw new DataError(`${weights}: the server answers ${response.status}`, { fix: 'load the page again' });
  const all = new Uint8Array(bytes);
  let at = 0;
  for (const reader = response.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    if (at + value.length > bytes) throw new DataError(`${weights}: has more than the ${bytes} bytes that page.json says`, { fix: 'write the page anew' });
    all.set(value, at);
    onProgress((at += value.length) / bytes);
  }
  if (at < bytes) throw new DataError(`${weights}: ended after ${at} of ${bytes} bytes`, { fix: 'load the page again' });
  for (const old of (await cache?.keys()) ?? []) await cache?.delete(old);
  await cache?.put(address, new Response(all)).catch(() => undefined); // no room: fetched again next time
  return all;
}
