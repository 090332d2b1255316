/**
 * Which trial is trained for how long: asynchronous successive halving (Li, Jamieson, Rostamizadeh and others: "A
 * system for massively parallel hyperparameter tuning", MLSys 2020), a wave of trials at a time. Trials are measured at
 * rungs, after 1, eta, eta^2, … times the least number of epochs; the best of eta at a rung goes on to the next. Waves
 * make the search a function of seed, width and results: in whatever order they are computed, and by whomever.
 */
import type { SearchSettings } from './space.js';

/** A trial that is to be trained up to a rung. */
export interface Job {
  readonly trial: number;
  /** From 0. */
  readonly rung: number;
}

/** What a trial came to at a rung: its best validation accuracy so far; null: it diverged. */
export type Result = number | null;

const keyOf = ({ trial, rung }: Job): string => `${trial} ${rung}`;

/** Results by trial and rung. */
export class Results {
  readonly #values = new Map<string, Result>();

  set(job: Job, result: Result): void {
    this.#values.set(keyOf(job), result);
  }

  /** Undefined: it is not there. */
  get(job: Job): Result | undefined {
    return this.#values.get(keyOf(job));
  }
}

/** Epochs up to each rung, in rising order; the last is that of a whole training. */
export function rungEpochs({ method, eta, 'min-epochs': least }: SearchSettings, epochs: number): number[] {
  if (method === 'random') return [epochs];
  const rungs: number[] = [];
  for (let e = least; e < epochs; e *= eta) rungs.push(e);
  return [...rungs, epochs];
}

/** A better one comes first; of equals the earlier trial. */
function byResult(results: Results, rung: number): (a: number, b: number) => number {
  const value = (trial: number): number => results.get({ trial, rung }) ?? -1;
  return (a, b) => value(b) - value(a) || a - b;
}

/** What comes next. */
export interface Progress {
  /** Waves that are over, in order. */
  readonly done: readonly (readonly Job[])[];
  /** The wave whose results are not all there; empty: the search is over. */
  readonly next: readonly Job[];
}

/** Goes through the search again, as far as there are results. @param rungs how many there are. */
export function progressOf(settings: SearchSettings, rungs: number, results: Results): Progress {
  const state = new State(settings, rungs, results);
  const done: (readonly Job[])[] = [];
  for (;;) {
    const wave = state.wave();
    if (wave.some((job) => results.get(job) === undefined)) return { done, next: wave };
    if (wave.length === 0) return { done, next: [] };
    for (const job of wave) state.finish(job);
    done.push(wave);
  }
}

/** Where a search stands between two waves. */
class State {
  readonly #settings: SearchSettings;
  readonly #results: Results;
  /** Trials that were measured at each rung. */
  readonly #measured: number[][];
  /** Trials of each rung that went on. */
  readonly #promoted: readonly Set<number>[];
  #begun = 0;

  constructor(settings: SearchSettings, rungs: number, results: Results) {
    this.#settings = settings;
    this.#results = results;
    this.#measured = Array.from({ length: rungs }, () => []);
    this.#promoted = this.#measured.map(() => new Set<number>());
  }

  /** Up to `width` jobs: promotions first, from the top; then new trials. */
  wave(): Job[] {
    const jobs: Job[] = [];
    while (jobs.length < this.#settings.width) {
      const job = this.#promotion() ?? this.#newTrial();
      if (job === null) break;
      jobs.push(job);
    }
    return jobs;
  }

  #promotion(): Job | null {
    for (let rung = this.#measured.length - 2; rung >= 0; rung--) {
      const among = [...this.#measured[rung]].sort(byResult(this.#results, rung));
      const best = among.slice(0, Math.floor(among.length / this.#settings.eta));
      const trial = best.find((t) => !this.#promoted[rung].has(t) && this.#results.get({ trial: t, rung }) !== null);
      if (trial === undefined) continue;
      this.#promoted[rung].add(trial);
      return { trial, rung: rung + 1 };
    }
    return null;
  }

  #newTrial(): Job | null {
    return this.#begun < this.#settings.trials ? { trial: this.#begun++, rung: 0 } : null;
  }

  finish({ trial, rung }: Job): void {
    this.#measured[rung].push(trial);
  }
}

/** Epochs that were trained in all; what goes on from a rung is not trained again. */
export function epochsSpent(waves: readonly (readonly Job[])[], rungs: readonly number[]): number {
  return waves.flat().reduce((sum, { rung }) => sum + rungs[rung] - (rung === 0 ? 0 : rungs[rung - 1]), 0);
}
