/**
 * The page's service worker, sw.js: the page opens without a network after its first visit. It answers for the page's
 * own files, itself and page.json, of its own folder, and for nothing else; weights are kept by the page
 * (worker/kept_files.ts), pictures to be classified go to the server as if it were not there.
 *
 * When the page is opened, page.json is asked of the server first. What it lists and is not here yet is fetched, each
 * file is compared with its SHA-256, and only then the page is answered with them: so a new version of the page takes
 * over as a whole. Without a network, or where the server fails, the version that was kept last answers. What the
 * server refuses (no token) is refused here too, and never kept.
 */
import { KeptPage } from './kept_page.js';

interface Lasting extends Event {
  waitUntil(work: Promise<unknown>): void;
}

interface Fetching extends Lasting {
  readonly request: Request;
  /** Who asks: an open page or a worker; '' for a page that is being opened. */
  readonly clientId: string;
  /** The page or the worker that the answer will be; '' for others. */
  readonly resultingClientId: string;
  respondWith(answer: Promise<Response>): void;
}

/** The little of ServiceWorkerGlobalScope that is used; the compiler knows the page's global scope only. */
interface Scope {
  readonly registration: { readonly scope: string; unregister(): Promise<boolean> };
  readonly clients: {
    get(id: string): Promise<{ readonly type: string } | undefined>;
    matchAll(options: { type: 'all'; includeUncontrolled: true }): Promise<readonly { readonly id: string }[]>;
  };
  skipWaiting(): Promise<void>;
  addEventListener(type: 'install' | 'activate', listener: (event: Lasting) => void): void;
  addEventListener(type: 'fetch', listener: (event: Fetching) => void): void;
}

/** A server that has not answered within this time is gone, where the page is kept. */
const PATIENCE_MILLISECONDS = 5_000;
/** Where files that page.json lists may be; what is elsewhere is not even looked for. */
const OWN = /^(?:[\w.-]+\.(?:html|js|css|svg|png|ico|webmanifest)|(?:assets|own)\/[\w.-]+)$/;

const SCRIPT = 'sw.js';

const scope = self as unknown as Scope;
const folder = scope.registration.scope;
const page = new KeptPage(folder);

/** page.json as the server has it now; null: there is no network, or the server fails. */
async function askServer(): Promise<Response | null> {
  try {
    const response = await fetch(`${folder}page.json`, {
      cache: 'no-cache',
      redirect: 'manual', // to where one signs in: the browser goes there itself
      signal: AbortSignal.timeout(PATIENCE_MILLISECONDS),
    });
    return response.status >= 500 ? null : response;
  } catch {
    return null;
  }
}

/** The page as a version has it. */
async function openedAs(version: string, event: Fetching): Promise<Response> {
  await page.bind(event.resultingClientId, version);
  const open = scope.clients.matchAll({ type: 'all', includeUncontrolled: true });
  event.waitUntil(open.then((all) => page.prune(all.map(({ id }) => id))));
  return (await page.file(version, 'index.html')) ?? Response.error();
}

async function opened(event: Fetching): Promise<Response> {
  const answer = await askServer();
  if (answer?.status === 404 || answer?.status === 410) {
    // another program is here now, or nothing
    await page.forget();
    await scope.registration.unregister();
  }
  try {
    if (answer?.ok === true) return await openedAs(await page.keep(await answer.text()), event);
    if (answer !== null) return await fetch(event.request); // says itself what is wrong
  } catch {
    // a page that is being written anew, no room, a network that ended: as the server has it, if it has
    const direct = await fetch(event.request).catch(() => null);
    if (direct !== null) return direct;
  }
  const version = await page.current();
  return version === null ? fetch(event.request) : openedAs(version, event);
}

/** The address that `weft serve` prints has the token, for which the server gives a cookie. */
async function openedWithToken(event: Fetching): Promise<Response> {
  try {
    return await fetch(event.request);
  } catch (error) {
    const version = await page.current();
    if (version === null) throw error;
    return openedAs(version, event);
  }
}

/**
 * The version of who asks; null: as the server has it. A worker gets that of its page. Firefox says which worker a
 * script becomes, and answers `clients.get` for it only when all its scripts have come: so it is bound before it asks.
 * Where a browser does not say it, a worker that was not bound has the newest.
 */
async function versionOf({ clientId, resultingClientId, request }: Fetching): Promise<string | null> {
  const bound = await page.versionOf(clientId);
  if (request.destination === 'worker' && resultingClientId !== '') {
    await page.bind(resultingClientId, bound ?? null);
    return bound ?? null;
  }
  if (bound !== undefined) return bound;
  return (await scope.clients.get(clientId))?.type === 'worker' ? page.current() : null;
}

/** The page's page.json: as the server has it, while it is of the same version. */
async function described(event: Fetching): Promise<Response> {
  const version = await versionOf(event);
  if (version === null) return fetch(event.request);
  const answer = await askServer();
  if (answer?.ok === false) return answer.type === 'opaqueredirect' ? fetch(event.request) : answer;
  if (answer !== null) {
    const json = await answer.clone().text();
    if ((await page.keep(json).catch(() => null)) === version) return answer;
  }
  return (await page.manifest(version)) ?? Response.error();
}

async function part(name: string, event: Fetching): Promise<Response> {
  const version = await versionOf(event);
  const kept = version === null ? null : await page.file(version, name);
  return kept ?? fetch(event.request);
}

/** This script, for who packs a page: the server's, or the one that was kept. */
async function script({ request }: Fetching): Promise<Response> {
  return fetch(request).catch(async (error: unknown) => {
    const kept = await page.script();
    if (kept === null) throw error;
    return kept;
  });
}

async function install(): Promise<void> {
  const answer = await askServer();
  if (answer?.ok !== true) throw new Error('page.json cannot be had');
  await page.keep(await answer.text());
  await page.keepScript();
  await scope.skipWaiting(); // pages keep their files, whichever worker answers
}

scope.addEventListener('install', (event) => event.waitUntil(install()));

scope.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin || !url.href.startsWith(folder)) return;
  const name = url.pathname.slice(new URL(folder).pathname.length);
  if (request.mode === 'navigate') {
    if (name !== '' && name !== 'index.html') return;
    event.respondWith(url.searchParams.has('token') ? openedWithToken(event) : opened(event));
  } else if (name === SCRIPT) event.respondWith(script(event));
  else if (name === 'page.json') event.respondWith(described(event));
  else if (OWN.test(name)) event.respondWith(part(name, event));
});
