/** When one asks again. */

/** Answers that may be another in a while: a time-out, too early, too many, and four errors of the host's. */
export const TRANSIENT_STATUS: readonly number[] = [408, 425, 429, 500, 502, 503, 504];

/** With these a host may say how long it wants to be left alone. */
export const BUSY_STATUS: readonly number[] = [429, 503];

/** A pause does not become longer. */
const MOST_MS = 60_000;

/** A host may ask for any number; so long it is left alone. */
const MOST_ASKED_MS = 365 * 86_400_000;

/**
 * Milliseconds before the try after `failed` ones: it doubles, and a random half of it keeps those apart that failed
 * together.
 * @param random 0 to 1.
 */
export function backoff(failed: number, firstMs: number, random: number): number {
  return Math.min(MOST_MS, firstMs * 2 ** (failed - 1)) * (0.5 + 0.5 * random);
}

/**
 * Milliseconds that a Retry-After header asks for (RFC 9110, 10.2.3), in seconds or as a date: a year at most. null: it
 * says nothing.
 */
export function retryAfter(header: string | null, now: number): number | null {
  if (header === null) return null;
  const text = header.trim();
  if (/^\d+$/.test(text)) return Math.min(MOST_ASKED_MS, 1000 * Number(text));
  // a date has the name of a day in front; Date.parse takes much else
  const date = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)/.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(date) ? null : Math.min(MOST_ASKED_MS, Math.max(0, date - now));
}
