/**
 * How one problem's candidates compete. It knows nothing of GPUs: a stand lets a candidate prove itself and times it.
 *
 * 1. Each candidate, the default first, has to compute rightly (`Stand.validate`), then runs once against the clock.
 * 2. Those that are not hopelessly slow, and the default, run in rounds, one after the other, so that a slow moment of
 *    the machine
 *    meets all of them. After each round those go home whose median is more than twice the best.
 *    All measurements are of equally many runs: the first run after a pause is slower than the others.
 * 3. The smallest median wins, but the default stays unless its median and its best measurement are both beaten
 *    clearly: what is
 *    within the noise must not flicker.
 */
import type { Choice } from '../../device/choices.js';
import { GpuError } from '../../device/errors.js';

export interface Stand {
  /** Rejects, saying why, unless the candidate computes what the reference does. */
  validate(choice: Choice): Promise<void>;
  /** Milliseconds of one run, the mean of so many. */
  time(choice: Choice, runs: number): Promise<number>;
  /** A measurement should take about so long, to stand out from the clock's grain. */
  readonly sampleMilliseconds: number;
}

/** The GPU was lost while a candidate ran: nothing can be measured any more. */
export class LostError extends GpuError {}

export interface Rejection {
  readonly choice: Choice;
  readonly reason: string;
}

export interface Selection {
  /** null: no candidate computes rightly. */
  readonly choice: Choice | null;
  /** Median milliseconds of the choice. */
  readonly milliseconds: number | null;
  /** Of the default; null when it was rejected. */
  readonly defaultMilliseconds: number | null;
  /** Candidates that were looked at, rejected ones too. */
  readonly tried: number;
  /** Candidates for which there was no time. */
  readonly untried: number;
  readonly rejected: readonly Rejection[];
}

/** The share of the time that may be spent before the rounds: compiling a candidate takes longer than running it. */
const TRYING_SHARE = 0.7;
const ROUNDS = 7;
const MAX_RUNS = 50;
const HOPELESS = 2;
/**
 * A winner must need less than this share of the default's time: by the median, and by the best measurement, which
 * noise hardly touches.
 */
const CLEARLY_FASTER = 0.95;

interface Entrant {
  readonly choice: Choice;
  readonly isDefault: boolean;
  readonly times: number[];
}

/**
 * @param candidates the default first.
 * @param seconds after these no further candidate is tried and no further round begun; the default is always tried.
 * @throws LostError when the GPU is lost.
 */
export async function select(
  candidates: readonly Choice[],
  stand: Stand,
  seconds: number,
  now: () => number = () => performance.now() / 1000,
): Promise<Selection> {
  const began = now();
  const spent = (): number => now() - began;
  const rejected: Rejection[] = [];
  /** What a candidate's work resolves to; undefined once it is rejected. */
  const attempt = async <T>(choice: Choice, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof LostError) throw error;
      rejected.push({ choice, reason: error instanceof Error ? error.message : String(error) });
      return undefined;
    }
  };

  let entrants: Entrant[] = [];
  let untried = 0;
  for (const [i, choice] of candidates.entries()) {
    if (i > 0 && spent() > seconds * TRYING_SHARE) {
      untried++;
      continue;
    }
    const best = fastest(entrants)?.times[0] ?? Infinity;
    const first = await attempt(choice, async () => {
      await stand.validate(choice);
      const time = await stand.time(choice, 1);
      // nobody goes home for one hiccup
      return time <= HOPELESS * best ? time : Math.min(time, await stand.time(choice, 1));
    });
    if (first !== undefined) entrants.push({ choice, isDefault: i === 0, times: [first] });
  }

  const all = entrants;
  const shortest = Math.min(...all.map((e) => e.times[0]));
  /** A hopeless default is measured for the record only. */
  const runs = new Map(
    all.map((e) => [e, runsFor(e.times[0] <= HOPELESS * shortest ? shortest : e.times[0], stand.sampleMilliseconds)]),
  );
  entrants = withoutHopeless(entrants);
  for (let round = 0; round < ROUNDS && entrants.length > 1 && (round === 0 || spent() < seconds); round++) {
    // There and back again: nobody always runs after the same neighbour.
    for (const entrant of round % 2 === 0 ? entrants : entrants.toReversed()) {
      const time = await attempt(entrant.choice, () => stand.time(entrant.choice, runs.get(entrant) ?? 1));
      if (time === undefined) entrants = entrants.filter((e) => e !== entrant);
      else if (round === 0)
        entrant.times.splice(0, 1, time); // the first was a single run, still warming up
      else entrant.times.push(time);
    }
    entrants = withoutHopeless(entrants);
  }

  const isRejected = (e: Entrant): boolean => rejected.some((r) => r.choice === e.choice);
  const standard = all.find((e) => e.isDefault && !isRejected(e));
  const best = fastest(entrants.length > 0 ? entrants : all.filter((e) => !isRejected(e)));
  const winner = standard !== undefined && best !== undefined && !isClearlyFaster(best, standard) ? standard : best;
  return {
    choice: winner?.choice ?? null,
    milliseconds: winner === undefined ? null : median(winner.times),
    defaultMilliseconds: standard === undefined ? null : median(standard.times),
    tried: candidates.length - untried,
    untried,
    rejected,
  };
}

function runsFor(milliseconds: number, sample: number): number {
  return Math.min(MAX_RUNS, Math.max(1, Math.ceil(sample / Math.max(milliseconds, 1e-6))));
}

function isClearlyFaster(a: Entrant, b: Entrant): boolean {
  return (
    median(a.times) < CLEARLY_FASTER * median(b.times) && Math.min(...a.times) < CLEARLY_FASTER * Math.min(...b.times)
  );
}

function fastest(entrants: readonly Entrant[]): Entrant | undefined {
  return [...entrants].sort((a, b) => median(a.times) - median(b.times))[0];
}

function withoutHopeless(entrants: readonly Entrant[]): Entrant[] {
  const best = fastest(entrants);
  return entrants.filter((e) => best === undefined || e.isDefault || median(e.times) <= HOPELESS * median(best.times));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
