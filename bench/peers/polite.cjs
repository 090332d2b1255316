/**
 * Preloaded (`node -r ./polite.cjs …`): leaves to the GPU's threads the core that waiting would take. While a promise is pending,
 * Dawn's Node binding asks again from every setImmediate; here, once that has gone on for 1 ms without a pause, each round sleeps
 * 0.5 ms first. Weft waits by the same rule.
 */
const POLL_MS = 1;
const SLEEP_MS = 0.5;
/** Two rounds further apart than this belong to different waits. */
const PAUSE_MS = 2;

const cell = new Int32Array(new SharedArrayBuffer(4));
const immediately = globalThis.setImmediate;
let waitBegan = 0;
let lastRound = 0;

globalThis.setImmediate = (callback, ...values) =>
  immediately(() => {
    const now = performance.now();
    if (now - lastRound > PAUSE_MS) waitBegan = now;
    else if (now - waitBegan > POLL_MS) Atomics.wait(cell, 0, 0, SLEEP_MS);
    lastRound = performance.now();
    callback(...values);
  });
