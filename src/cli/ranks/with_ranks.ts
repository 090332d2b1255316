/** Commands that several processes run together, as `mpirun` and `srun` start them. */
import { env } from '#platform';
import { ALONE, gatherTexts, type Collective } from '../../collective/collective.js';
import { launched } from '../../collective/mpi/launcher.js';
import { openMpi } from '../../collective/mpi/open_mpi.js';
import { adapterLine, listAdapters, summarizeAdapter } from '../../device/adapter.js';
import type { Device } from '../../device/device.js';
import { DivergedError, InterruptedError, UsageError, WeftError } from '../../device/errors.js';
import { beSilent, say, sayAloud } from '../output.js';

/**
 * After a signal a rank waits so long for the others before it says what may have happened, and before it ends. They
 * may be in a long step, and the first one may be saving.
 */
const [SAY_AFTER, END_AFTER] = [400, 600_000];

/** Failures that all ranks come to at the same place, and that leave nobody waiting. */
function isCommon(error: unknown): boolean {
  return error instanceof InterruptedError || error instanceof DivergedError;
}

/**
 * Runs `body` on all ranks that this process was started with, or by itself. Only the first one speaks. When one of
 * them fails, all end.
 * @throws UsageError when MPI is not there.
 */
export async function withRanks<T>(body: (collective: Collective) => Promise<T>): Promise<T> {
  const place = launched();
  if (place === null || place.size === 1) return body(ALONE);
  if (place.rank > 0) beSilent(`rank ${place.rank} of ${place.size}`);
  const watch = new SignalWatch(place.rank);
  try {
    const collective = (await openMpi({ isGivenUp: () => watch.isGivenUp() })) ?? ALONE;
    say(`${collective.size} ranks (${collective.name}) on ${[...new Set(collective.hosts)].join(', ')}`);
    const result = await body(collective).catch(async (error: unknown) => {
      if (isCommon(error)) await collective.close();
      throw error;
    });
    await collective.close();
    return result;
  } catch (error) {
    if (place.rank > 0) await firstOne(error, watch);
    throw error;
  } finally {
    watch.remove();
  }
}

/** So long another rank than the first waits before it says why it failed. */
const TURN_MILLISECONDS = 3000;

/** What fails on all ranks alike is said by the first one, which ends the others meanwhile. */
async function firstOne(error: unknown, watch: SignalWatch): Promise<void> {
  if (error instanceof InterruptedError || error instanceof DivergedError) process.exit(error.exitCode);
  const began = performance.now();
  while (performance.now() - began < TURN_MILLISECONDS) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (watch.isTold) process.exit(error instanceof WeftError ? error.exitCode : 1);
  }
}

/** A launcher that has lost a rank sends SIGTERM to the others, which wait for it. */
class SignalWatch {
  readonly #rank: number;
  readonly #onSignal = (): void => {
    // nobody else listens: nothing is being trained that could be saved
    if (process.listenerCount('SIGTERM') === 1) process.exit(143);
    this.#since ??= performance.now();
  };
  #since: number | null = null;
  #isSaid = false;

  constructor(rank: number) {
    this.#rank = rank;
    process.on('SIGTERM', this.#onSignal);
  }

  get isTold(): boolean {
    return this.#since !== null;
  }

  /** Asked while others are waited for. */
  isGivenUp(): boolean {
    if (this.#since === null) return false;
    const waited = performance.now() - this.#since;
    if (waited > SAY_AFTER && !this.#isSaid) {
      this.#isSaid = true;
      sayAloud(
        `\nrank ${this.#rank} was told to stop and waits for the others; if one of them has ended, all do, and ` +
          `weft train --resume goes on from the last checkpoint`,
      );
    }
    return waited > END_AFTER;
  }

  remove(): void {
    process.off('SIGTERM', this.#onSignal);
  }
}

/**
 * The adapter for this process: of several GPUs on a host each rank gets one. Null: the one that is asked for, or the
 * host's first.
 */
export async function adapterOfRank(asked: unknown): Promise<string | null> {
  const place = launched();
  if (place === null || asked !== undefined || env('WEFT_ADAPTER') !== undefined) return null;
  const gpus = (await listAdapters()).map(summarizeAdapter).filter((a) => !a.isSoftware);
  return gpus.length < 2 ? null : adapterLine(gpus[place.localRank % gpus.length]);
}

/** @throws UsageError on all ranks when two of them have the same GPU, unless that is wanted. */
export async function requireOwnGpus(collective: Collective, device: Device, isSharing: boolean): Promise<void> {
  if (collective.size === 1) return;
  const names = await gatherTexts(collective, device.adapter.isSoftware ? '' : device.name);
  const places = names.map((name, rank) => `${collective.hosts[rank]} ${name}`);
  const second = places.findIndex((place, rank) => names[rank] !== '' && places.indexOf(place) !== rank);
  if (second < 0 || isSharing) return;
  throw new UsageError(
    `ranks ${places.indexOf(places[second])} and ${second} would train on the same GPU of ` +
      `${collective.hosts[second]}: ${names[second]}`,
    {
      fix:
        'start as many ranks on a host as it has GPUs; --share-gpu if they are to share it, or if there are several ' +
        'of one name and each process sees another one',
    },
  );
}
