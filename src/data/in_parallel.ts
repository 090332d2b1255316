import { hostDescription } from '#platform';

/** Runs `work` on 0 … count - 1, as many at a time as the host has cores. */
export async function inParallel(count: number, work: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) await work(i);
  };
  await Promise.all(Array.from({ length: Number(hostDescription()['cores']) + 1 }, lane)); // one more: the next file is read meanwhile
}
