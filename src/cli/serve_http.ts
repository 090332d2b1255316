/**
 * The server behind `weft serve`: the page's files out of memory, small pictures of an index made when they are asked for, and POST
 * /classify for browsers that cannot compute. Only names that are in the map, or that belong to a row of the index, are handed out, so
 * there is no path to leave the folder by.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { MAX_PICTURE_BYTES } from '../data/picture_header.js';
import { DataError, WeftError } from '../device/errors.js';
import type { PageAnswer } from '../train/page_manifest.js';
import type { RowPictures } from '../train/retrieval/row_pictures.js';
import { isLoopback, isOwnName } from './serve_hosts.js';

/** Pictures that are there and wait for their turn; a decoded one may take 256 MB. */
const MAX_WAITING = 4;
/** Pictures that are on their way, however slowly they come: 320 MB. */
const MAX_UPLOADS = 16;
/** A body must arrive within this time. */
const REQUEST_MILLISECONDS = 60_000;

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  json: 'application/json; charset=utf-8',
  svg: 'image/svg+xml',
  safetensors: 'application/octet-stream',
  png: 'image/png',
  webp: 'image/webp',
};

/** A picture's address names its index: it may be kept for a day without asking again. */
const KEEP = { 'cache-control': 'max-age=86400' };

/** As in the page itself, and what only a header can say. */
const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
};

export interface ServeParts {
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Of an index's rows. */
  readonly pictures: Pick<RowPictures, 'rowOf' | 'get'> | null;
  /** What a picture file shows, and what it is like. */
  readonly classify: (bytes: Uint8Array) => Promise<PageAnswer>;
  /** A failure that is no picture's fault. */
  readonly onFailure: (error: unknown) => void;
}

/** A request that is refused, with the status that says so. */
class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

function answer(response: ServerResponse, status: number, type: string, body: Uint8Array | string, headers: Readonly<Record<string, string>> = {}): void {
  const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
  response.writeHead(status, { ...HEADERS, 'cache-control': 'no-cache', ...headers, 'content-type': type, 'content-length': bytes.length });
  response.end(response.req.method === 'HEAD' ? undefined : bytes);
}

function answerJson(response: ServerResponse, status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): void {
  answer(response, status, TYPES['json'], JSON.stringify(value), headers);
}

/** The request's body. What is too large is refused before it is read, by its header, or as soon as it shows; so is what breaks off. */
async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const tooLarge = new Refusal(413, `the picture has more than ${MAX_PICTURE_BYTES / 1e6} MB`);
  if (Number(request.headers['content-length'] ?? 0) > MAX_PICTURE_BYTES) throw tooLarge;
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const part of request as AsyncIterable<Uint8Array>) {
      if ((size += part.length) > MAX_PICTURE_BYTES) throw tooLarge;
      parts.push(part);
    }
  } catch (error) {
    throw error instanceof Refusal ? error : new Refusal(400, 'the picture did not come whole'); // its sender has gone
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Other sites must not have this machine compute for them, nor reach it under a name of theirs. */
function requireOwnSite({ headers, socket }: IncomingMessage, bound: string): void {
  const own = headers.host ?? '';
  const local = socket.localAddress ?? '';
  if (isLoopback(local) && !isOwnName(own, local, bound)) throw new Refusal(403, 'this server is reached as localhost or 127.0.0.1 only');
  if (headers.origin !== undefined && headers.origin !== `http://${own}` && headers.origin !== `https://${own}`) throw new Refusal(403, 'another site may not ask this server');
}

/** The server, not yet listening. */
export function pageServer({ files, pictures, classify, onFailure }: ServeParts): Server {
  let uploads = 0;
  let waiting = 0;
  let turn: Promise<unknown> = Promise.resolve();

  function requirePlace(isFree: boolean): void {
    if (!isFree) throw new Refusal(503, 'the server is busy; try again in a moment');
  }

  async function upload(request: IncomingMessage): Promise<Uint8Array> {
    requirePlace(uploads < MAX_UPLOADS && waiting < MAX_WAITING);
    uploads++;
    try {
      return await readBody(request);
    } finally {
      uploads--;
    }
  }

  /** One picture at a time: each takes the whole GPU and much memory. */
  async function inTurn(bytes: Uint8Array): Promise<PageAnswer> {
    requirePlace(waiting < MAX_WAITING); // others may have come whole meanwhile
    waiting++;
    try {
      const mine = turn.then(() => classify(bytes));
      turn = mine.catch(() => undefined);
      return await mine;
    } finally {
      waiting--;
    }
  }

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    requireOwnSite(request, (server.address() as AddressInfo | null)?.address ?? '');
    const path = (request.url ?? '/').split('?')[0];
    if (path === '/classify') {
      if (request.method !== 'POST') throw new Refusal(405, 'POST a picture to /classify');
      return answerJson(response, 200, await inTurn(await upload(request)));
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') throw new Refusal(405, 'only GET is known here');
    const name = path === '/' ? 'index.html' : path.slice(1);
    const row = pictures?.rowOf(name) ?? null;
    const file = row === null ? files.get(name) : await pictures?.get(row);
    if (file === undefined || file === null) throw new Refusal(404, 'there is no such file');
    answer(response, 200, TYPES[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream', file, row === null ? {} : KEEP);
  }

  function fail(error: unknown, response: ServerResponse): void {
    if (response.headersSent) return void response.destroy();
    const closing = { connection: 'close' }; // the rest of a refused body is not read
    if (error instanceof Refusal) return answerJson(response, error.status, { error: { message: error.message } }, closing);
    const words = error instanceof WeftError ? { message: error.message, ...(error.fix === undefined ? {} : { fix: error.fix }) } : { message: 'the server failed; its own output says why' };
    if (!(error instanceof DataError)) onFailure(error);
    answerJson(response, error instanceof DataError ? 422 : 500, { error: words }, closing);
  }

  const server = createServer({ requestTimeout: REQUEST_MILLISECONDS, headersTimeout: REQUEST_MILLISECONDS / 4 }, (request, response) => {
    respond(request, response).catch((error: unknown) => fail(error, response));
  });
  return server;
}
