/**
 * Bodies on their way to `weft serve`. Whoever sends nothing holds nothing: there is no number of places that silent
 * senders could fill, only the memory of what has come, and where that runs out, the sender that has been silent
 * longest is sent away.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

export interface UploadLimits {
  /** Of one body. */
  readonly body: number;
  /** Of all bodies that have not come whole yet. */
  readonly together: number;
  /** A sender that is silent for so long has given up. */
  readonly idleMilliseconds: number;
}

/** A request that is refused, with the status that says so. */
export class Refusal extends Error {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

interface Upload {
  bytes: number;
  /** When its last byte came. */
  last: number;
  readonly refuse: (why: Refusal) => void;
}

export class Uploads {
  readonly #limits: UploadLimits;
  readonly #open = new Set<Upload>();
  /** Bytes of all of them. */
  #held = 0;

  constructor(limits: UploadLimits) {
    this.#limits = limits;
  }

  /** Bytes of bodies that have not come whole yet. */
  get held(): number {
    return this.#held;
  }

  /**
   * The request's body. One that says that it is too large is refused before it is read.
   * @throws Refusal 413 too large; 408 its sender fell silent; 503 others' bodies left no memory; 400 it broke off.
   */
  read(request: IncomingMessage, response: ServerResponse): Promise<Uint8Array> {
    const { body, idleMilliseconds } = this.#limits;
    const tooLarge = new Refusal(413, `the picture has more than ${body / 1e6} MB`);
    if (Number(request.headers['content-length'] ?? 0) > body) return Promise.reject(tooLarge);
    if (isAsking(request)) response.writeContinue();
    return new Promise<Uint8Array>((resolve, reject) => {
      const parts: Uint8Array[] = [];
      const upload: Upload = { bytes: 0, last: performance.now(), refuse: (why) => end(() => reject(why)) };
      const idle = setTimeout(() => upload.refuse(new Refusal(408, 'the picture stopped coming')), idleMilliseconds);
      const onData = (part: Uint8Array): void => {
        idle.refresh();
        upload.last = performance.now();
        upload.bytes += part.length;
        this.#held += part.length;
        if (upload.bytes > body) return upload.refuse(tooLarge);
        parts.push(part);
        if (this.#held > this.#limits.together) this.#sendAway();
      };
      const onEnd = (): void => end(() => resolve(joined(parts, upload.bytes)));
      // its sender has gone
      const onClose = (): void => upload.refuse(new Refusal(400, 'the picture did not come whole'));
      const end = (settle: () => void): void => {
        clearTimeout(idle);
        if (this.#open.delete(upload)) this.#held -= upload.bytes;
        request.off('data', onData).off('end', onEnd).off('close', onClose);
        settle();
      };
      this.#open.add(upload);
      request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
    });
  }

  #sendAway(): void {
    const silentFirst = [...this.#open].sort((a, b) => a.last - b.last);
    for (const upload of silentFirst) {
      if (this.#held <= this.#limits.together) return;
      upload.refuse(new Refusal(503, 'the server is busy; try again in a moment'));
    }
  }
}

/** Whether the sender waits for a word before it sends the body (curl does so for large ones). */
function isAsking(request: IncomingMessage): boolean {
  return request.headers.expect?.toLowerCase() === '100-continue';
}

function joined(parts: readonly Uint8Array[], size: number): Uint8Array {
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/**
 * What is read of a refused body, and how long, so that its sender comes to read the answer: one that is cut off sees a
 * broken connection instead.
 */
const LINGER_BYTES = 256e6;
const LINGER_MILLISECONDS = 10_000;
const LINGER_IDLE_MILLISECONDS = 2_000;

/** Resolves when the rest of a body has come and was thrown away, or when that has lasted long enough. */
export function readAway(request: IncomingMessage): Promise<void> {
  if (request.complete || request.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    let bytes = 0;
    const done = (): void => {
      clearTimeout(idle);
      clearTimeout(whole);
      resolve();
    };
    const idle = setTimeout(done, LINGER_IDLE_MILLISECONDS);
    const whole = setTimeout(done, LINGER_MILLISECONDS);
    request.on('data', (part: Uint8Array) => {
      idle.refresh();
      if ((bytes += part.length) > LINGER_BYTES) done();
    });
    request.on('end', done).on('close', done).on('error', done);
  });
}
