/** What became of a row of a feed. */
import type { HttpFailureKind } from '#platform';

/** Outcomes, in the order that reports have them, in words. */
export const OUTCOMES = {
  fetched: 'a picture in the folder',
  'no-address': 'the row names no picture',
  'bad-row': 'the row has more or fewer fields than the first',
  'bad-address': 'no address that can be asked for',
  'private-address': 'leads to a local network or this machine',
  robots: 'the host’s robots.txt does not allow it',
  'robots-unreachable': 'the host’s robots.txt cannot be had, which allows nothing',
  'not-found': 'not there (404, 410)',
  refused: 'refused (401, 403, 451)',
  'http-error': 'another answer than a picture',
  busy: 'too many requests, after all tries (429, 503)',
  'server-error': 'an error of the host, after all tries',
  'unknown-host': 'no host of that name',
  unreachable: 'no connection, after all tries',
  certificate: 'a certificate that is not trusted',
  timeout: 'too slow, after all tries',
  truncated: 'broken off, after all tries',
  redirect: 'redirected in a circle, too often or to where it may not lead',
  'too-large': 'more bytes than allowed',
  'too-many-pixels': 'more pixels than allowed',
  'not-a-picture': 'no JPEG, PNG or WebP picture',
  damaged: 'a damaged picture',
  postponed: 'the host wants to be left alone for longer',
  'host-given-up': 'the host failed too often in a row',
  pending: 'not asked for yet',
} as const;

export type Outcome = keyof typeof OUTCOMES;

export interface Failed {
  readonly outcome: Exclude<Outcome, 'fetched'>;
  readonly reason: string;
}

/** A picture that is in the folder. */
export interface Fetched {
  readonly outcome: 'fetched';
  /** Below the folder. */
  readonly file: string;
  readonly bytes: number;
  readonly width: number;
  readonly height: number;
  /** Its perceptual hash, as 16 hexadecimal digits. */
  readonly look: string;
}

export type Result = Fetched | Failed;

export function failed(outcome: Failed['outcome'], reason: string): Failed {
  return { outcome, reason };
}

/** What a request that brought no answer comes to. */
export const OF_FAILURE: Readonly<Record<Exclude<HttpFailureKind, 'stopped'>, Failed['outcome']>> = {
  'private-address': 'private-address',
  'unknown-host': 'unknown-host',
  unreachable: 'unreachable',
  certificate: 'certificate',
  timeout: 'timeout',
  'too-large': 'too-large',
  truncated: 'truncated',
  'bad-encoding': 'damaged',
};

/** What an answer without a picture comes to. */
export function outcomeOfStatus(status: number): Failed['outcome'] {
  if (status === 404 || status === 410) return 'not-found';
  if (status === 401 || status === 403 || status === 451) return 'refused';
  if (status === 429 || status === 503) return 'busy';
  return status >= 500 ? 'server-error' : 'http-error';
}

/** Outcomes that say something about the host, not about the one picture. */
export const OF_HOST: readonly Outcome[] = [
  'busy',
  'server-error',
  'unknown-host',
  'unreachable',
  'certificate',
  'timeout',
];

/** What was left for later: all of it is asked for in the next run. */
export const PASSING: readonly Outcome[] = ['postponed', 'host-given-up', 'pending'];

/** What depends on rules and settings: it is no part of the journal, and the next run decides anew. */
export const DECIDED_ANEW: readonly Outcome[] = [...PASSING, 'robots', 'robots-unreachable', 'private-address'];

/** Answers to the question for robots.txt after which all is allowed: RFC 9309, 2.3.1.3. */
export const NO_ROBOTS: readonly Outcome[] = ['not-found', 'refused', 'http-error'];

/** What a host's robots.txt came to, where that says why its pictures cannot be had either. */
export const OF_ROBOTS_TOO: readonly Outcome[] = [...PASSING, 'private-address', 'unknown-host', 'certificate'];
