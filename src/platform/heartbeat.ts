/**
 * The thread that keeps a process's locks warm: every few seconds it sets the time of each lock file, whatever the main
 * thread is busy with, and tells when one is no longer this process's.
 */
import { readFileSync, utimesSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';

/** What the main thread sends. */
export type LockMessage = { readonly add: string; readonly token: string } | { readonly drop: string };

const tokens = new Map<string, string>();

function isOwn(path: string, token: string): boolean {
  try {
    return (JSON.parse(readFileSync(path, 'utf8')) as { token: string }).token === token;
  } catch (error) {
    // a disk that does not answer may answer again
    return !['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
  }
}

function beat(): void {
  for (const [path, token] of tokens) {
    if (!isOwn(path, token)) {
      tokens.delete(path);
      parentPort?.postMessage(path);
      continue;
    }
    try {
      const now = new Date();
      utimesSync(path, now, now);
    } catch {
      // the next beat may succeed
    }
  }
}

parentPort?.on('message', (message: LockMessage) => {
  if ('add' in message) tokens.set(message.add, message.token);
  else tokens.delete(message.drop);
});
setInterval(beat, (workerData as { milliseconds: number }).milliseconds);
