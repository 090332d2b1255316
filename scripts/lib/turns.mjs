/** Two processes that would prepare the same checkout at once take turns. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT, say } from './host.mjs';

/**
 * Runs `work` while no other process does so for this checkout. The lock is a file with the holder's process id in the
 * temporary folder (npm ci empties node_modules, so it cannot lie there); one whose holder is gone is taken over.
 */
export async function takingTurns(work) {
  const lock = join(tmpdir(), `weft-setup-${createHash('sha256').update(ROOT).digest('hex').slice(0, 16)}.lock`);
  let held = false;
  for (let waited = 0; !held; waited++) {
    try {
      const file = openSync(lock, 'wx');
      writeSync(file, String(process.pid));
      closeSync(file);
      held = true;
    } catch (error) {
      if (error.code !== 'EEXIST') break; // no place for a lock: go on without
      if (holderIsGone(lock)) rmSync(lock, { force: true });
      else {
        if (waited === 0) say('another process is preparing this checkout; waiting for it …');
        await new Promise((resolve) => setTimeout(resolve, 200));
      }
    }
  }
  try {
    work();
  } finally {
    if (held) rmSync(lock, { force: true });
  }
}

function holderIsGone(lock) {
  try {
    const pid = Number(readFileSync(lock, 'utf8'));
    if (!(pid > 0)) return false; // just being written
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH';
  }
}
