/**
 * How many cores the host really gives: two threads that spin, against one. A machine that shares its cores with others gives less
 * than it says, and then absolute times mean little.
 */
import { Worker } from 'node:worker_threads';

const SPIN = `
const { parentPort } = require('node:worker_threads');
parentPort.on('message', (milliseconds) => {
  const end = performance.now() + milliseconds;
  let rounds = 0;
  let x = 0;
  for (; performance.now() < end; rounds++) for (let i = 0; i < 20000; i++) x += i;
  parentPort.postMessage(x > 0 ? rounds : 0);
});`;

/** Below this, of two, absolute figures are to be distrusted. */
export const ENOUGH_CORES = 1.8;

/** Work done by two threads at once over the work done by one: 2 on a quiet machine of two or more cores. */
export async function effectiveCores(milliseconds = 150): Promise<number> {
  const workers = [0, 1].map(() => new Worker(SPIN, { eval: true }));
  const spin = (worker: Worker, ms: number): Promise<number> =>
    new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.postMessage(ms);
    });
  try {
    await Promise.all(workers.map((w) => spin(w, 30))); // started and compiled
    const alone = await spin(workers[0], milliseconds);
    const together = await Promise.all(workers.map((w) => spin(w, milliseconds)));
    return together.reduce((a, b) => a + b, 0) / alone;
  } finally {
    await Promise.all(workers.map((w) => w.terminate()));
  }
}
