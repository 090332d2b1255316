/**
 * The server behind `weft serve`: the page's files out of memory, small pictures of an index made when they are asked
 * for, and POST /classify for browsers that cannot compute; /healthz and /metrics for who looks after it. Only names
 * that are in the map, or that belong to a row of the index, are handed out, so there is no path out of the folder.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TLSSocket } from 'node:tls';
import { MAX_PICTURE_BYTES } from '../../data/pictures/picture_header.js';
import { DataError, WeftError } from '../../device/errors.js';
import { visible } from '../../text/visible.js';
import type { PageAnswer } from '../../retrieval/page_manifest.js';
import type { SimilarFilter } from '../../retrieval/similar_finder.js';
import type { RowPictures } from '../../retrieval/row_pictures.js';
import type { Access } from './serve_access.js';
import { etagOf, hasFile } from './etag.js';
import { HEADERS } from './serve_headers.js';
import { isLoopback, isOwnName, isSameMachine } from './serve_hosts.js';
import { ServeMetrics, type Route } from './serve_metrics.js';
import { clientOf, type Quota } from './serve_quota.js';
import type { TlsFiles } from './serve_tls.js';
import { readAway, Refusal, Uploads, type UploadLimits } from './serve_upload.js';

/** Pictures that are there and wait for their turn; a decoded one may take 256 MB. */
const MAX_WAITING = 4;
/** Pictures that are on their way. */
const UPLOADS: UploadLimits = { body: MAX_PICTURE_BYTES, together: 320e6, idleMilliseconds: 5_000 };
/** Said to who is told to come again. */
const RETRY = { 'retry-after': '1' };
/** Counted, in nginx's number, where the asking side went before there was an answer. */
const GONE = 499;
/** A request must have come whole within this time. */
const REQUEST_MILLISECONDS = 60_000;
/** A connection that asks for nothing is closed after this; Node looks once a second. */
const SILENT_MILLISECONDS = 5_000;

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json; charset=utf-8',
  svg: 'image/svg+xml',
  safetensors: 'application/octet-stream',
  png: 'image/png',
  webp: 'image/webp',
  webmanifest: 'application/manifest+json',
};

/** A picture's address names its index: it may be kept for a day without asking again. */
const KEEP = { 'cache-control': 'max-age=86400' };

/** What is asked of a picture, in the address: `?run=NAME&brand=NAME&label=NAME`. */
export interface Question {
  readonly run: string;
  /** Which similar products. */
  readonly where: SimilarFilter;
}

export interface ServeParts {
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Of an index's rows. */
  readonly pictures: Pick<RowPictures, 'rowOf' | 'get'> | null;
  /** Names of the runs that pictures are classified with, the first where none is asked for. */
  readonly runs: readonly string[];
  /** What a picture file shows to a run, and what it is like. */
  readonly classify: (bytes: Uint8Array, question: Question) => Promise<PageAnswer>;
  /** A failure that is no picture's fault. */
  readonly onFailure: (error: unknown) => void;
  /** Lowered by tests. */
  readonly limits?: Partial<UploadLimits>;
  /** Who may ask. Absent: whoever reaches the server. */
  readonly access?: Access | null;
  /** Pictures of one address. Absent: as many as it likes. */
  readonly quota?: Quota | null;
  /** For https. Absent: http. */
  readonly tls?: TlsFiles | null;
}

/** The server, and how it is ended. */
export interface PageServer {
  readonly server: Server;
  /**
   * Takes no new connection, and no new picture on those that there are; resolves when what is under way is answered,
   * or after so many milliseconds, when the rest is cut off.
   */
  drain(milliseconds: number): Promise<void>;
}

function answer(
  response: ServerResponse,
  status: number,
  type: string,
  body: Uint8Array | string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  response.writeHead(status, {
    ...HEADERS,
    'cache-control': 'no-cache',
    ...headers,
    'content-type': type,
    'content-length': bytes.length,
  });
  if (response.req.method !== 'HEAD') response.write(bytes);
  // Node closes the connection at the end of a last answer, also on a sender that has not come to read it.
  if (headers['connection'] === 'close') void readAway(response.req).then(() => response.end());
  else response.end();
}

function answerJson(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  answer(response, status, TYPES['json'], JSON.stringify(value), headers);
}

/**
 * Other sites must not have this machine compute for them, nor reach it under a name of theirs. A page under another of
 * this machine's own names (localhost for 127.0.0.1) is let in, and the answer tells its browser so.
 */
function requireOwnSite({ headers, socket }: IncomingMessage, response: ServerResponse, bound: string): void {
  const own = (headers.host ?? '').toLowerCase();
  const local = socket.localAddress ?? '';
  if (isLoopback(local) && !isOwnName(own, local, bound))
    throw new Refusal(403, 'this server is reached as localhost or 127.0.0.1 only');
  const origin = headers.origin?.toLowerCase();
  // what is not encrypted may be anybody's; a proxy may speak https for a server that does not
  if (socket instanceof TLSSocket && origin?.startsWith('http:') === true)
    throw new Refusal(403, 'a page without https may not ask this server');
  if (origin === undefined || origin === `http://${own}` || origin === `https://${own}`) return;
  if (!isLoopback(local) || !isSameMachine(origin, own)) throw new Refusal(403, 'another site may not ask this server');
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('vary', 'origin');
}

/** Places of one address among those who wait where there are quotas, so that others find one. */
const MAX_WAITING_OF_ONE = 2;

function routeOf(path: string, isPicture: boolean): Route {
  if (path === '/classify') return 'classify';
  if (path === '/healthz') return 'health';
  if (path === '/metrics') return 'metrics';
  return isPicture ? 'picture' : 'page';
}

/** @throws Refusal where there is no such run. */
function questionOf(url: string, runs: readonly string[]): Question {
  if (runs.length === 0) throw new Refusal(404, 'this page came without a run: there is nothing to classify with');
  const words = new URLSearchParams(url.split('?')[1] ?? '');
  const run = words.get('run') ?? runs[0];
  if (!runs.includes(run))
    throw new Refusal(404, `there is no run ${visible(run).slice(0, 100)}; there are: ${runs.join(', ')}`);
  return { run, where: { brand: words.get('brand') ?? undefined, label: words.get('label') ?? undefined } };
}

/** The server, not yet listening. */
export function pageServer(parts: ServeParts): PageServer {
  const { files, pictures, runs, classify, onFailure, limits, access = null, quota = null, tls = null } = parts;
  const uploadLimits: UploadLimits = { ...UPLOADS, ...limits };
  const uploads = new Uploads(uploadLimits);
  const waiting = new Map<string, number>();
  const mostOfOne = quota === null ? MAX_WAITING : MAX_WAITING_OF_ONE;
  let [inAll, underWay] = [0, 0];
  let isDraining = false;
  let turn: Promise<unknown> = Promise.resolve();
  const began = performance.now();
  const metrics = new ServeMetrics({
    weft_pictures_waiting: { help: 'Pictures that are there and wait for their turn.', value: () => inAll },
    weft_upload_bytes: { help: 'Of pictures that have not come whole yet.', value: () => uploads.held },
    weft_resident_bytes: { help: 'Memory of the process.', value: () => process.memoryUsage.rss() },
    weft_uptime_seconds: { help: 'Since the start.', value: () => (performance.now() - began) / 1000 },
  });

  function requirePlace(client: string): void {
    if (isDraining) throw new Refusal(503, 'the server is being ended', RETRY);
    if (inAll >= MAX_WAITING || (waiting.get(client) ?? 0) >= mostOfOne)
      throw new Refusal(503, 'the server is busy; try again in a moment', RETRY);
  }

  /** One picture at a time: each takes the whole GPU and much memory. */
  async function inTurn(bytes: Uint8Array, question: Question, client: string): Promise<PageAnswer> {
    requirePlace(client);
    const move = (by: 1 | -1): void => {
      inAll += by;
      const own = (waiting.get(client) ?? 0) + by;
      if (own === 0) waiting.delete(client);
      else waiting.set(client, own);
    };
    move(1);
    try {
      const mine = turn.then(() => classify(bytes, question));
      turn = mine.catch(() => undefined);
      return await mine;
    } finally {
      move(-1);
    }
  }

  async function classified(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method === 'OPTIONS')
      return answer(response, 200, TYPES['json'], '', {
        allow: 'POST',
        'access-control-allow-methods': 'POST',
        'access-control-allow-headers': 'content-type',
      });
    if (request.method !== 'POST') throw new Refusal(405, 'POST a picture to /classify');
    const question = questionOf(request.url ?? '', runs);
    const client = clientOf(request.socket.remoteAddress ?? '');
    requirePlace(client); // while it is on its way others may come whole
    const seconds = quota?.take(client) ?? null;
    if (seconds !== null)
      throw new Refusal(429, `too many pictures; the next one in ${seconds} s`, { 'retry-after': String(seconds) });
    answerJson(response, 200, await inTurn(await uploads.read(request, response), question, client));
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = request.url ?? '/';
    const path = url.split('?')[0];
    const name = path === '/' ? 'index.html' : path.slice(1);
    const row = pictures?.rowOf(name) ?? null;
    const [arrived, route] = [performance.now(), routeOf(path, row !== null)];
    response.once('close', () => {
      const status = response.headersSent ? response.statusCode : GONE;
      metrics.answered(route, status, (performance.now() - arrived) / 1000);
    });
    requireOwnSite(request, response, (server.address() as AddressInfo | null)?.address ?? '');
    if (route === 'health')
      return answerJson(response, isDraining ? 503 : 200, { status: isDraining ? 'ending' : 'ok' });
    const welcome = request.method === 'GET' ? (access?.welcome(request) ?? null) : null;
    if (welcome !== null) return answer(response, 303, TYPES['html'], '', welcome);
    if (access !== null && !access.allows(request))
      throw new Refusal(401, 'open the address that weft serve has printed, with its token', {
        'www-authenticate': 'Bearer realm="weft"',
      });
    if (route === 'classify') return classified(request, response);
    if (request.method !== 'GET' && request.method !== 'HEAD') throw new Refusal(405, 'only GET is known here');
    if (route === 'metrics') return answer(response, 200, 'text/plain; version=0.0.4; charset=utf-8', metrics.text());
    const file = row === null ? files.get(name) : await pictures?.get(row);
    if (file === undefined || file === null) throw new Refusal(404, 'there is no such file');
    const etag = etagOf(file);
    const isKept = hasFile(request, etag);
    const type = TYPES[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
    answer(response, isKept ? 304 : 200, type, isKept ? '' : file, { etag, ...(row === null ? {} : KEEP) });
  }

  function fail(error: unknown, response: ServerResponse): void {
    if (response.headersSent) return void response.destroy();
    const closing = { connection: 'close' }; // the rest of a refused body is thrown away
    if (error instanceof Refusal)
      return answerJson(
        response,
        error.status,
        { error: { message: error.message } },
        { ...error.headers, ...closing },
      );
    const words =
      error instanceof WeftError
        ? { message: error.message, ...(error.fix === undefined ? {} : { fix: error.fix }) }
        : { message: 'the server failed; its own output says why' };
    if (!(error instanceof DataError)) onFailure(error);
    answerJson(response, error instanceof DataError ? 422 : 500, { error: words }, closing);
  }

  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    underWay++;
    response.once('close', () => {
      underWay--;
      if (isDraining && underWay === 0) server.closeAllConnections();
    });
    respond(request, response).catch((error: unknown) => fail(error, response));
  };
  const times = {
    requestTimeout: REQUEST_MILLISECONDS,
    headersTimeout: SILENT_MILLISECONDS,
    handshakeTimeout: uploadLimits.idleMilliseconds, // of TLS: closeAllConnections knows no connection before its end
    connectionsCheckingInterval: 1000,
  };
  const server = tls === null ? createServer(times, onRequest) : createSecureServer({ ...times, ...tls }, onRequest);
  server.on('checkContinue', onRequest); // asks before it sends: told so in time when it is refused
  const drain = (milliseconds: number): Promise<void> =>
    new Promise((resolve) => {
      isDraining = true;
      const rest = setTimeout(() => server.closeAllConnections(), milliseconds);
      server.close(() => {
        clearTimeout(rest);
        resolve();
      });
      if (underWay === 0) server.closeAllConnections();
    });
  return { server, drain };
}
