/** A shop on this machine that does all to a crawler that shops do, and writes down what it was asked for. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';

export interface Asked {
  readonly host: string;
  readonly path: string;
  /** Milliseconds. */
  readonly at: number;
  readonly agent: string;
}

const SIDE = 48;

/** A picture of its own for each number: 6 x 6 squares of colours, smoothly enlarged. */
function drawn(n: number): ReturnType<typeof sharp> {
  let state = (n + 1) * 2654435761;
  const pixels = Uint8Array.from({ length: 108 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state >>> 24;
  });
  return sharp(pixels, { raw: { width: 6, height: 6, channels: 3 } }).resize(SIDE, SIDE);
}

const cache = new Map<string, Promise<Uint8Array>>();

function picture(n: number, quality = 90): Promise<Uint8Array> {
  const key = `${n} ${quality}`;
  let made = cache.get(key);
  if (made === undefined) cache.set(key, (made = drawn(n).jpeg({ quality }).toBuffer()));
  return made;
}

/** A PNG that says it has so many pixels, and has none. */
function promising(side: number): Uint8Array {
  const bytes = Buffer.alloc(64);
  bytes.write('89504e470d0a1a0a0000000d49484452', 'hex');
  bytes.writeUInt32BE(side, 16);
  bytes.writeUInt32BE(side, 20);
  bytes.set([8, 2], 24);
  return bytes;
}

export const ROBOTS = `User-agent: *
Disallow: /

User-agent: weft
Disallow: /closed/
Allow: /closed/open.jpg
`;

export class Shop {
  readonly asked: Asked[] = [];
  /** What /robots.txt says; a number is a status, an address is where it leads. */
  robots: string | number | URL = ROBOTS;
  /** Seconds that a busy page asks for, and whether as a date. */
  retryAfter = 0;
  /** Another host that redirects lead to, and one that nobody may be led to. */
  readonly other: string;
  readonly forbidden: string;
  readonly #server: Server;
  readonly #times = new Map<string, number>();
  readonly #busy = new Set<ReturnType<typeof setInterval>>();

  private constructor(other: string, forbidden: string) {
    this.other = other;
    this.forbidden = forbidden;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async open(other = '', forbidden = ''): Promise<Shop> {
    const shop = new Shop(other, forbidden);
    await new Promise<void>((resolve) => shop.#server.listen(0, '127.0.0.1', resolve));
    return shop;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `http://${this.host}`;
  }

  /** How often each path was asked for. */
  times(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { path } of this.asked) counts.set(path, (counts.get(path) ?? 0) + 1);
    return counts;
  }

  /** As if nobody had been here. */
  forget(): void {
    this.asked.length = 0;
    this.#times.clear();
  }

  async close(): Promise<void> {
    for (const timer of this.#busy) clearInterval(timer);
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Writes again and again while the other side listens. */
  #stream(response: ServerResponse, part: Uint8Array, everyMs: number): void {
    const timer = setInterval(() => response.write(part), everyMs);
    this.#busy.add(timer);
    response.on('close', () => {
      clearInterval(timer);
      this.#busy.delete(timer);
    });
  }

  async #answer({ url = '', headers }: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname: path } = new URL(url, this.url);
    this.asked.push({ host: this.host, path: url, at: performance.now(), agent: headers['user-agent'] ?? '' });
    if (path === '/robots.txt') {
      if (this.robots instanceof URL) return void response.writeHead(301, { Location: this.robots.href }).end();
      if (typeof this.robots === 'number') return void response.writeHead(this.robots).end();
      return void response.writeHead(200, { 'Content-Type': 'text/plain' }).end(this.robots);
    }
    const time = (this.#times.get(path) ?? 0) + 1;
    this.#times.set(path, time);
    const [, kind, name] = path.split('/');
    const n = Number.parseInt(name ?? '', 10) || 0;
    const send = (bytes: Uint8Array | string, more: Record<string, string | number> = {}, status = 200): void =>
      void response.writeHead(status, { 'Content-Type': 'image/jpeg', ...more }).end(bytes);
    const lead = (to: string): void => send('', { Location: to }, 302);
    const bytes = await picture(kind === 'same' ? 0 : n);
    switch (kind) {
      case 'p':
      case 'same':
      case 'closed':
      case 'Bilder%20f%C3%BCr':
        return send(bytes);
      case 'near':
        return send(await picture(n, 60));
      case 'webp':
        return send(await drawn(n).webp().toBuffer(), { 'Content-Type': 'text/html' });
      case 'busy':
        return time > 1 ? send(bytes) : send('', { 'Retry-After': this.retryAfter }, 429);
      case 'busy-date':
        return time > 1
          ? send(bytes)
          : send('', { 'Retry-After': new Date(Date.now() + 1000 * this.retryAfter).toUTCString() }, 503);
      case 'back-next-year':
        return send('', { 'Retry-After': 31_536_000 }, 429);
      case 'flaky':
        return time > 2 ? send(bytes) : send('oh', {}, 500);
      case 'down':
        return send('oh', {}, 502);
      case 'status':
        return send('no', {}, n);
      case 'loop':
        return lead(`/loop/${1 - n}.jpg`);
      case 'far':
        return n === 0 ? send(bytes) : lead(`/far/${n - 1}`);
      case 'elsewhere':
        return lead(`http://${this.other}/p/${name}`);
      case 'into-the-house':
        return lead(['//10.0.0.1/p/1.jpg', `http://${this.forbidden}/p/1.jpg`, 'http://[::1]/'][n % 3]);
      case 'file':
        return lead('file:///etc/passwd');
      case 'html':
        return send('<!DOCTYPE html><html><body>Sold out');
      case 'gif':
        return send('GIF89a and so on');
      case 'empty':
        return send('');
      case 'long':
        return send(bytes, { 'Content-Length': 5e9 });
      case 'endless':
        response.writeHead(200, { 'Content-Type': 'image/jpeg' }).write(bytes);
        return this.#stream(response, new Uint8Array(2 ** 18), 1);
      case 'drip':
        response.writeHead(200, { 'Content-Type': 'image/jpeg', 'Content-Length': bytes.length });
        return this.#stream(response, bytes.subarray(0, 1), 20);
      case 'silent':
        return;
      case 'reset':
        return void response.destroy();
      case 'broken-off':
      case 'once-broken-off':
        if (kind === 'once-broken-off' && time > 1) return send(bytes);
        response.writeHead(200, { 'Content-Length': bytes.length });
        return void response.write(bytes.subarray(0, 100), () => response.destroy());
      case 'gzip':
        return send(gzipSync(bytes), { 'Content-Encoding': 'gzip' });
      case 'bomb':
        return send(gzipSync(new Uint8Array(5e6)), { 'Content-Encoding': 'gzip' });
      case 'no-gzip':
        return send(bytes, { 'Content-Encoding': 'gzip' });
      case 'cut':
        return send(bytes.subarray(0, bytes.length / 2));
      case 'broken-png':
        return send((await drawn(n).png().toBuffer()).fill(7, 60, 90));
      case 'wide':
        return send(promising(100_000));
      default:
        return send('no', {}, 404);
    }
  }
}
