/**
 * One GET at a time of what a stranger's table names: no redirect is followed, no cookie kept, the body is held to its
 * limits as it comes, and the address that a name leads to is looked at before it is connected to. Node's fetch gives
 * no hold on that last: between a look at the name and the request the name could lead elsewhere.
 */
import { lookup as lookUp, type LookupAddress } from 'node:dns';
import { setMaxListeners } from 'node:events';
import { Agent as PlainAgent, request as plainRequest, type IncomingMessage } from 'node:http';
import { Agent as SecureAgent, request as secureRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { pipeline, type Readable } from 'node:stream';
import { createBrotliDecompress, createInflate, createUnzip } from 'node:zlib';
import { isPublicAddress, literalAddress } from './addresses.js';
import { HttpFailure, httpFailure } from './failure.js';

export interface HttpAsk {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** A longer body is given up as soon as it is known to be so. */
  readonly maxBytes: number;
  /** Of a longer body the beginning is taken instead. */
  readonly isCut: boolean;
  /** Milliseconds from the start to the last byte. */
  readonly totalMs: number;
  /** Milliseconds in which something must arrive. */
  readonly stallMs: number;
  /** Whether the host may be of a local network, or this machine. */
  readonly mayBePrivate: boolean;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly location: string | null;
  readonly retryAfter: string | null;
  /** Unpacked. Of an answer that is not 200 perhaps its beginning only. */
  readonly bytes: Uint8Array;
}

/** What is read of the page that says what went wrong, so that the connection can be used again. */
const ERROR_PAGE = 2 ** 16;

const refused = (address: string): HttpFailure =>
  new HttpFailure('private-address', `leads to ${address}, an address of a local network or of this machine`);

/** Looks a name up, and gives no address away that is not everybody's: what is connected to is what was looked at. */
const guardedLookup: LookupFunction = (hostname, options, done) => {
  lookUp(hostname, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
    const strange = error === null ? addresses.find(({ address }) => !isPublicAddress(address)) : undefined;
    if (error !== null) done(error, []);
    else if (strange !== undefined) done(refused(strange.address), []);
    else if (options.all === true) done(null, addresses);
    else done(null, addresses[0].address, addresses[0].family);
  });
};

/** The body without its packing. @throws HttpFailure for a packing that is not known. */
function unpacked(response: IncomingMessage): Readable {
  const encoding = (response.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return response;
  const unpack = { gzip: createUnzip, 'x-gzip': createUnzip, deflate: createInflate, br: createBrotliDecompress };
  const make = Object.hasOwn(unpack, encoding) ? unpack[encoding as keyof typeof unpack] : null;
  if (make === null) throw new HttpFailure('bad-encoding', `the body is packed as ${JSON.stringify(encoding)}`);
  return pipeline(response, make(), () => {}); // an error comes out of the loop that reads
}

/** The whole body. */
async function bodyOf(response: IncomingMessage, ask: HttpAsk, onPart: () => void): Promise<Uint8Array> {
  const isAnswer = response.statusCode === 200;
  const isWanted = isAnswer && !ask.isCut;
  const most = isAnswer ? ask.maxBytes : ERROR_PAGE;
  const tooLarge = (): HttpFailure =>
    new HttpFailure('too-large', `has more than ${most.toLocaleString('en-US')} bytes`);
  if (isWanted && Number(response.headers['content-length'] ?? 0) > most) throw tooLarge();
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const part of unpacked(response) as AsyncIterable<Uint8Array>) {
      onPart();
      length += part.length;
      if (length > most) {
        if (isWanted) throw tooLarge();
        parts.push(part.subarray(0, most + part.length - length));
        break;
      }
      parts.push(part);
    }
  } catch (error) {
    if (!isAnswer) return Buffer.concat(parts); // the status says enough
    if (error instanceof HttpFailure) throw error;
    if ((error as NodeJS.ErrnoException).code?.startsWith('Z_') === true && response.complete)
      throw new HttpFailure('bad-encoding', 'the body is not packed as its header says', error);
    throw new HttpFailure('truncated', 'the connection broke before the end of the body', error);
  }
  return Buffer.concat(parts);
}

/** Connections that are kept for a while, a few for each host. */
export class HttpClient {
  readonly #plain = new PlainAgent({ keepAlive: true });
  readonly #secure = new SecureAgent({ keepAlive: true });

  /** @throws HttpFailure, also for a host whose address is not everybody's, before anything is connected. */
  async get(ask: HttpAsk): Promise<HttpAnswer> {
    const literal = literalAddress(ask.url.hostname);
    if (literal !== null && !ask.mayBePrivate && !isPublicAddress(literal)) throw refused(literal);
    if (ask.signal.aborted) throw new HttpFailure('stopped', 'stopped');
    const isSecure = ask.url.protocol === 'https:';
    const request = (isSecure ? secureRequest : plainRequest)(ask.url, {
      agent: isSecure ? this.#secure : this.#plain,
      headers: ask.headers,
      ...(ask.mayBePrivate ? {} : { lookup: guardedLookup }),
    });
    let ended: HttpFailure | null = null;
    const end = (failure: HttpFailure): void => {
      ended ??= failure;
      request.destroy(ended);
    };
    const late = (ms: number, what: string): (() => void) => {
      return () => end(new HttpFailure('timeout', `${what} in ${ms / 1000} s`));
    };
    const total = setTimeout(late(ask.totalMs, 'is not whole'), ask.totalMs);
    const stall = setTimeout(late(ask.stallMs, 'nothing arrived'), ask.stallMs);
    const onAbort = (): void => end(new HttpFailure('stopped', 'stopped'));
    setMaxListeners(0, ask.signal); // one for each request under way
    ask.signal.addEventListener('abort', onAbort);
    try {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        request.on('response', resolve).on('error', reject);
        request.end();
      });
      stall.refresh();
      const bytes = await bodyOf(response, ask, () => stall.refresh());
      return {
        status: response.statusCode ?? 0,
        location: response.headers.location ?? null,
        retryAfter: response.headers['retry-after'] ?? null,
        bytes,
      };
    } catch (error) {
      request.destroy(); // a body that nobody reads would keep its connection
      throw ended ?? httpFailure(error);
    } finally {
      clearTimeout(total);
      clearTimeout(stall);
      ask.signal.removeEventListener('abort', onAbort);
    }
  }

  close(): void {
    this.#plain.destroy();
    this.#secure.destroy();
  }
}
