/** How much of the server one address may have: pictures a minute, in bursts of a few. */

/** A bucket that fills again, of one address. */
interface Bucket {
  tokens: number;
  /** When it was looked at last, in milliseconds. */
  at: number;
}

/** Addresses that are remembered: the rest of an attack from many costs no memory. */
const MOST_ADDRESSES = 10_000;

/** The address that counts: of IPv6 the network of 64 bits, in which one machine may take any. */
export function clientOf(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/, '');
  if (!plain.includes(':')) return plain;
  const [head, tail] = plain.replace(/%.*$/, '').split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const filled =
    tail === undefined ? left : [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
  return `${filled.slice(0, 4).join(':')}::/64`;
}

export class Quota {
  readonly #perMinute: number;
  readonly #burst: number;
  readonly #now: () => number;
  readonly #buckets = new Map<string, Bucket>();

  /** @param perMinute of each address; a sixth of it, and 5 at least, may come at once. */
  constructor(perMinute: number, now: () => number = () => performance.now()) {
    this.#perMinute = perMinute;
    this.#burst = Math.max(5, Math.ceil(perMinute / 6));
    this.#now = now;
  }

  /** Takes one; null, or the seconds after which there will be one. */
  take(address: string): number | null {
    const client = clientOf(address);
    const now = this.#now();
    const before = this.#buckets.get(client) ?? { tokens: this.#burst, at: now };
    const filled = before.tokens + ((now - before.at) * this.#perMinute) / 60_000;
    const tokens = Math.min(this.#burst, filled);
    this.#buckets.delete(client); // and to the end: the first are those that were silent longest
    this.#buckets.set(client, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now });
    const [silent] = this.#buckets.keys();
    if (this.#buckets.size > MOST_ADDRESSES) this.#buckets.delete(silent);
    return tokens >= 1 ? null : Math.ceil(((1 - tokens) * 60) / this.#perMinute);
  }
}
