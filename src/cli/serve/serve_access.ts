/**
 * Who may ask `weft serve` when other machines can reach it: who shows its token, as with notebooks. The address that
 * is printed has it once; the browser keeps it in a cookie, and the address bar does not.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { UsageError } from '../../device/errors.js';

/** Said instead of a token: whoever reaches the server may ask it. */
const NONE = 'none';

/** A token that nobody guesses: 128 bits. */
function randomToken(): string {
  return randomBytes(16).toString('base64url');
}

/**
 * The token of a server; null: none is asked for.
 * @param given `none`, or one of the user's own. Default: a random one where other machines are let in.
 * @throws UsageError for one that is too short, or does not fit into an address and a cookie.
 */
export function tokenOf(given: string | undefined, isForOthers: boolean): string | null {
  if (given === NONE) return null;
  if (given === undefined) return isForOthers ? randomToken() : null;
  if (!/^[\w-]{8,200}$/.test(given))
    throw new UsageError('--token takes 8 to 200 letters, digits, - and _', {
      fix: `leave it out: a random one is printed; or --token ${NONE}, which lets everybody in`,
    });
  return given;
}

/**
 * How long a browser keeps it, in seconds. It comes with links from elsewhere (Lax), or the printed address would not
 * work from a chat; other sites' scripts get no further for that: their origin is refused.
 */
const KEPT_SECONDS = 30 * 86_400;

/** Of one length, whatever is shown. */
function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** What it looks at of a request. */
export type Asking = Pick<IncomingMessage, 'url' | 'headers'> & { readonly socket: Pick<Socket, 'localPort'> };

/** Servers on other ports of the same machine are told apart: their cookies are in one jar. */
function cookieOf({ localPort }: Asking['socket']): string {
  return `weft-${localPort}`;
}

export class Access {
  readonly #digest: Buffer;
  readonly #isSecure: boolean;

  constructor(token: string, isSecure: boolean) {
    this.#digest = digestOf(token);
    this.#isSecure = isSecure;
  }

  /** Compared in a time that says nothing of it. */
  #isToken(shown: string): boolean {
    return timingSafeEqual(digestOf(shown), this.#digest);
  }

  /** Whether a request shows the token: in its cookie, or as `authorization: Bearer …`. */
  allows({ headers, socket }: Asking): boolean {
    const [, bearer] = /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '') ?? [];
    if (bearer !== undefined && this.#isToken(bearer)) return true;
    const start = `${cookieOf(socket)}=`;
    const own = (headers.cookie ?? '').split(/; */).find((part) => part.startsWith(start));
    return own !== undefined && this.#isToken(own.slice(start.length));
  }

  /**
   * What a page that was asked for with the right `?token=` is answered: the cookie, and its address without the token.
   * Null: the token is not in the address, or is another.
   */
  welcome({ url = '/', socket }: Asking): Readonly<Record<string, string>> | null {
    const [path, query = ''] = url.split('?');
    const words = new URLSearchParams(query);
    const shown = words.get('token');
    if (shown === null || !this.#isToken(shown)) return null;
    words.delete('token');
    const rest = words.toString();
    const secure = this.#isSecure ? '; Secure' : '';
    return {
      location: `${path.replace(/^\/{2,}/, '/')}${rest === '' ? '' : `?${rest}`}`,
      'set-cookie': `${cookieOf(socket)}=${shown}; Path=/; Max-Age=${KEPT_SECONDS}; HttpOnly; SameSite=Lax${secure}`,
    };
  }
}
