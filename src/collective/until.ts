/** Waiting for other ranks. */
import { sleep } from '#platform';
import { CollectiveError } from '../device/errors.js';

/** The first asks follow one another at once: ranks of the same speed come together within microseconds. */
const BUSY_MILLISECONDS = 0.2;
/** Between later ones the thread sleeps so long, and leaves its processor to others. */
const SLEEP_MILLISECONDS = 0.1;
/** So often what else waits in this thread (signals, messages) gets its turn. */
const BREATH_MILLISECONDS = 10;

/**
 * Goes on when `isDone` says so. In a page, for a worker: its main thread may not sleep.
 * @param isGivenUp asked now and then; when true, waiting is over.
 * @throws CollectiveError when it was given up.
 */
export async function until(isDone: () => boolean, isGivenUp: () => boolean): Promise<void> {
  const began = performance.now();
  let breath = began;
  while (!isDone()) {
    const now = performance.now();
    if (now - began < BUSY_MILLISECONDS) continue;
    sleep(SLEEP_MILLISECONDS);
    if (now - breath < BREATH_MILLISECONDS) continue;
    await new Promise((resolve) => setTimeout(resolve, 0));
    breath = performance.now();
    if (isGivenUp())
      throw new CollectiveError('another rank has ended, or this one was told to while it waited for it', {
        fix: 'see what the other one says; what was saved last is whole, and can be gone on with',
      });
  }
}
