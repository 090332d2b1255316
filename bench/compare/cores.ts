/** How much two threads get done against one: near 2 on a machine with two cores or more that is quiet. */
import { Worker } from 'node:worker_threads';

const SPIN = `
const { parentPort } = require('node:worker_threads');
parentPort.on('message', (ms) => {
  const end = performance.now() + ms;
  let rounds = 0;
  for (let x = 0; performance.now() < end; rounds++) for (let i = 0; i < 20000; i++) x += i;
  parentPort.postMessage(rounds);
});`;

const WARM_MS = 50;
const SPIN_MS = 150;

export async function effectiveCores(): Promise<number> {
  const workers = [0, 1].map(() => new Worker(SPIN, { eval: true }));
  const spin = (worker: Worker, ms: number): Promise<number> =>
    new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
      worker.postMessage(ms);
    });
  try {
    await Promise.all(workers.map((w) => spin(w, WARM_MS)));
    const one = await spin(workers[0], SPIN_MS);
    const [a, b] = await Promise.all(workers.map((w) => spin(w, SPIN_MS)));
    return Number(((a + b) / one).toFixed(2));
  } finally {
    await Promise.all(workers.map((w) => w.terminate()));
  }
}
