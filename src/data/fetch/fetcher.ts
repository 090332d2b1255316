/**
 * Asks for addresses one by one, as a guest of their hosts: what robots.txt does not allow is not asked for, a busy
 * host is left alone as long as it says, and whatever comes is held to limits. A redirect is a request of its own, with
 * the rules of the host that it leads to.
 */
import { HttpFailure, openHttp, type HttpAnswer, type HttpClient } from '#platform';
import { addressProblem, isHostOf } from './address.js';
import type { Journal } from './journal.js';
import { keepPicture } from './keep_picture.js';
import { Lanes } from './lanes.js';
import {
  DECIDED_ANEW,
  failed,
  NO_ROBOTS,
  OF_FAILURE,
  OF_HOST,
  OF_ROBOTS_TOO,
  outcomeOfStatus,
  PASSING,
  type Failed,
  type Result,
} from './outcome.js';
import { backoff, BUSY_STATUS, retryAfter, TRANSIENT_STATUS } from './retry.js';
import { ALL_ALLOWED, isAllowed, parseRobots, ROBOTS_BYTES, type Robots } from './robots.js';

export interface FetchSettings {
  /** Requests under way at once. */
  readonly concurrency: number;
  /** The same, at one host. */
  readonly perHost: number;
  /** Milliseconds between the beginnings of two requests at one host. */
  readonly delayMs: number;
  /** Tries after the first. */
  readonly retries: number;
  /** Milliseconds before the second try; they double from try to try. */
  readonly backoffMs: number;
  /** A host that wants to be left alone for longer is left alone for good. */
  readonly maxWaitMs: number;
  /** Milliseconds for a whole picture. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly maxPixels: number;
  readonly maxRedirects: number;
  readonly allowHttp: boolean;
  /** Hosts (with their ports, where they are named) whose addresses may be of a local network. */
  readonly privateHosts: readonly string[];
  readonly robots: boolean;
  /** Mail or page of the one who fetches, as the User-Agent says it. */
  readonly contact?: string;
  /** 0 to 1, for the pauses. Default Math.random. */
  readonly random?: () => number;
}

/** What robots.txt files know us as. */
export const PRODUCT = 'weft';

/** Nothing arrives for so long: the request is given up. */
const STALL_MS = 15_000;
/** Pictures of one host that fail for the host's sake, one after the other, before it is given up. */
const MOST_IN_A_ROW = 20;
/** A robots.txt may ask for any delay; a longer one is cut to this. */
const MOST_CRAWL_DELAY = 60;

const isRedirect = (status: number): boolean => [301, 302, 303, 307, 308].includes(status);

/** A wanted address and how far it is: after redirects it is asked for elsewhere. */
interface Job {
  /** null: for the robots.txt of the origin. */
  readonly url: string | null;
  readonly origin: string;
  at: URL;
  tries: number;
  readonly passed: Set<string>;
}

export interface FetchCounts {
  requests: number;
  retries: number;
  bytes: number;
}

export class Fetcher {
  readonly #settings: FetchSettings;
  readonly #folder: string;
  readonly #journal: Journal;
  readonly #agent: string;
  readonly #onSettled: () => void;
  readonly #lanes: Lanes<Job>;
  /** By origin; jobs wait where it is being fetched. */
  readonly #robots = new Map<string, Robots | Failed | Job[]>();
  /** Pictures in a row that failed for the host's sake. */
  readonly #inARow = new Map<string, number>();
  /** Hosts of which nothing more is asked in this run. */
  readonly #left = new Map<string, Failed>();
  /** Results that are no part of the journal: the next run looks again. */
  readonly passing = new Map<string, Result>();
  readonly counts: FetchCounts = { requests: 0, retries: 0, bytes: 0 };

  constructor(folder: string, journal: Journal, version: string, settings: FetchSettings, onSettled: () => void) {
    this.#settings = settings;
    this.#folder = folder;
    this.#journal = journal;
    const { contact } = settings;
    this.#agent = `${PRODUCT}/${version} (weft data fetch${contact === undefined ? '' : `; +${contact}`})`;
    this.#onSettled = onSettled;
    this.#lanes = new Lanes(settings);
  }

  /** Fetches all that the journal does not know. @throws OutputError */
  async run(urls: readonly URL[], signal: AbortSignal): Promise<void> {
    const client = await openHttp();
    const broken = new AbortController(); // what is under way ends with the first error of ours
    const both = AbortSignal.any([signal, broken.signal]);
    for (const [host, notBefore] of this.#journal.pauses) {
      const ms = notBefore - Date.now();
      if (ms > this.#settings.maxWaitMs) this.#leave(host, this.#postponed(host));
      else if (ms > 0) this.#lanes.pause(host, ms);
    }
    for (const url of urls)
      this.#enqueue({ url: url.href, origin: url.origin, at: url, tries: 0, passed: new Set([url.href]) });
    try {
      await this.#lanes.run(
        (job, host) =>
          this.#step(client, job, host, both).catch((error: unknown) => {
            broken.abort();
            throw error;
          }),
        both,
      );
    } finally {
      client.close();
    }
  }

  #settle(job: Job, result: Result): void {
    if (job.url === null) {
      const { outcome, reason } = result as Failed;
      const robots = OF_ROBOTS_TOO.includes(outcome)
        ? failed(outcome, reason)
        : failed('robots-unreachable', `robots.txt: ${reason}`);
      this.#settleRobots(job, NO_ROBOTS.includes(outcome) ? ALL_ALLOWED : robots);
      return;
    }
    if (DECIDED_ANEW.includes(result.outcome)) this.passing.set(job.url, result);
    else this.#journal.add(job.url, result);
    this.#onSettled();
    const host = job.at.host;
    if (PASSING.includes(result.outcome)) return;
    const inARow = OF_HOST.includes(result.outcome) ? (this.#inARow.get(host) ?? 0) + 1 : 0;
    this.#inARow.set(host, inARow);
    if (inARow >= MOST_IN_A_ROW)
      this.#leave(host, failed('host-given-up', `${inARow} pictures of ${host} failed one after the other`));
  }

  #postponed(host: string): Failed {
    return failed('postponed', `${host} wants to be left alone for more than ${this.#settings.maxWaitMs / 1000} s`);
  }

  /** Nothing more is asked of a host in this run. */
  #leave(host: string, result: Failed): void {
    this.#left.set(host, result);
    for (const job of this.#lanes.clear(host)) this.#settle(job, result);
  }

  #settleRobots({ origin }: Job, robots: Robots | Failed): void {
    const waiting = this.#robots.get(origin);
    this.#robots.set(origin, robots);
    if (!('outcome' in robots) && robots.crawlDelay !== null)
      this.#lanes.slowDown(new URL(origin).host, 1000 * Math.min(MOST_CRAWL_DELAY, robots.crawlDelay));
    if (Array.isArray(waiting)) for (const job of waiting) this.#enqueue(job);
  }

  #enqueue(job: Job): void {
    const { origin, host } = job.at;
    const left = this.#left.get(host);
    if (left !== undefined) return this.#settle(job, left);
    if (job.url !== null && this.#settings.robots) {
      const robots = this.#robots.get(origin);
      if (robots === undefined) {
        this.#robots.set(origin, [job]);
        const at = new URL('/robots.txt', origin);
        this.#lanes.add(host, { url: null, origin, at, tries: 0, passed: new Set([at.href]) });
        return;
      }
      if (Array.isArray(robots)) return void robots.push(job);
      if ('outcome' in robots) return this.#settle(job, robots);
      if (!isAllowed(robots, job.at))
        return this.#settle(job, failed('robots', `robots.txt of ${host} does not allow it`));
    }
    this.#lanes.add(host, job);
  }

  async #step(client: HttpClient, job: Job, host: string, signal: AbortSignal): Promise<void> {
    const { timeoutMs, maxBytes, privateHosts } = this.#settings;
    let answer: HttpAnswer;
    this.counts.requests++;
    try {
      answer = await client.get({
        url: job.at,
        headers: {
          'User-Agent': this.#agent,
          Accept: job.url === null ? 'text/plain,*/*;q=0.5' : 'image/jpeg,image/png,image/webp;q=0.9,*/*;q=0.1',
          'Accept-Encoding': 'identity',
        },
        maxBytes: job.url === null ? ROBOTS_BYTES : maxBytes,
        isCut: job.url === null,
        totalMs: timeoutMs,
        stallMs: Math.min(STALL_MS, timeoutMs),
        mayBePrivate: isHostOf(job.at, privateHosts),
        signal,
      });
    } catch (error) {
      if (!(error instanceof HttpFailure)) throw error;
      if (error.kind === 'stopped') return;
      const failure = failed(OF_FAILURE[error.kind], error.message);
      return error.isTransient ? this.#again(job, host, failure, null) : this.#settle(job, failure);
    }
    this.counts.bytes += answer.bytes.length;
    const { status, location } = answer;
    if (isRedirect(status) && location !== null) return this.#follow(job, location);
    if (status === 200) {
      if (job.url !== null)
        return this.#settle(job, await keepPicture(this.#folder, answer.bytes, this.#settings.maxPixels));
      const text = new TextDecoder().decode(answer.bytes);
      return this.#settleRobots(job, parseRobots(text, PRODUCT));
    }
    const failure = failed(outcomeOfStatus(status), `the host answers ${status}`);
    if (!TRANSIENT_STATUS.includes(status)) return this.#settle(job, failure);
    const isBusy = BUSY_STATUS.includes(status);
    this.#again(job, host, failure, isBusy ? retryAfter(answer.retryAfter, Date.now()) : null, isBusy);
  }

  #follow(job: Job, location: string): void {
    const refused = (why: string): void => this.#settle(job, failed('redirect', why));
    if (!URL.canParse(location, job.at.href)) return refused('is redirected to what is no URL');
    const next = new URL(location, job.at);
    next.hash = '';
    const problem = addressProblem(next, this.#settings);
    if (problem !== null) return refused(`is redirected to ${next.protocol}//${next.host}: ${problem.reason}`);
    if (job.passed.has(next.href)) return refused('is redirected in a circle');
    if (job.passed.size > this.#settings.maxRedirects)
      return refused(`is redirected more than ${this.#settings.maxRedirects} times`);
    job.passed.add(next.href);
    job.at = next;
    this.#enqueue(job);
  }

  /** @param askedMs how long the host wants to be left alone. @param isBusy then nothing else is asked of it either. */
  #again(job: Job, host: string, failure: Failed, askedMs: number | null, isBusy = false): void {
    const { retries, backoffMs, maxWaitMs, random = Math.random } = this.#settings;
    const ms = askedMs ?? backoff(job.tries + 1, backoffMs, random());
    if (askedMs !== null) this.#journal.pause(host, Date.now() + ms);
    if (ms > maxWaitMs && askedMs !== null) {
      const postponed = this.#postponed(host);
      this.#settle(job, postponed);
      return this.#leave(host, postponed);
    }
    if (isBusy) this.#lanes.pause(host, ms);
    if (++job.tries > retries) return this.#settle(job, failure);
    this.counts.retries++;
    this.#lanes.add(host, job, ms);
  }
}
