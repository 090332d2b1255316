/** Work on many files: as many at a time as the host has cores, and one more: the next file is read meanwhile. */
import { hostDescription } from '#platform';

function usualLanes(): number {
  return Number(hostDescription()['cores']) + 1;
}

/** Runs `work` on 0 … count - 1. */
export async function inParallel(count: number, work: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) await work(i);
  };
  await Promise.all(Array.from({ length: usualLanes() }, lane));
}

/**
 * Runs `work` on 0 … count - 1, several at a time, and `use` on what comes of it, in order and one after the other.
 * What waits for its turn is bounded: for each lane there are a few at most.
 */
export async function inOrder<T>(
  count: number,
  work: (i: number) => Promise<T>,
  use: (made: T, i: number) => void | Promise<void>,
): Promise<void> {
  const few = fewAtOnce();
  const ahead = 4 * usualLanes();
  const made: Promise<T>[] = [];
  let begun = 0;
  for (let i = 0; i < count; i++) {
    for (; begun < Math.min(count, i + ahead); begun++) {
      const next = begun;
      const promise = few(() => work(next));
      promise.catch(() => {}); // it is thrown when its turn comes
      made.push(promise);
    }
    await use(await (made.shift() as Promise<T>), i);
  }
}

/**
 * For work that comes when it comes: what is made here runs it, at most so many pieces at a time, the others in their
 * order.
 */
export function fewAtOnce(most = usualLanes()): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running < most) running++;
    else await new Promise<void>((resolve) => waiting.push(resolve)); // takes over the place of one that ends
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
