/** What a command that writes does first: it takes the folder for itself, and tries it. */
import { parentFolder, removeEmpty } from '#platform';
import { withFolder, withFreshFolder } from '../device/files/outputs.js';
import { say } from './output.js';

/**
 * Runs `body` while this process has the folder alone; see `withFolder`. Should the lock get lost meanwhile, the
 * process ends: what it has saved so far is whole, and what it would write from now on might go into another's results.
 * @param isDeep the folders below belong to the command too.
 * @throws LockedError, OutputError
 */
export function ownFolder<T>(path: string, body: () => Promise<T>, isDeep = false): Promise<T> {
  return withFolder(path, body, { isDeep, onLost: () => endWithoutLock(path) });
}

/** Exit code of LockedError. */
const LOST = 2;

function endWithoutLock(path: string): never {
  say(
    `\nweft: error: ${path} is no longer this process's: its lock was removed, or another process has taken the ` +
      `folder\n  fix: see what is in the folder; then go on, or start again in another one`,
  );
  process.exit(LOST);
}

/** As `ownFolder`, of a folder that holds nothing yet: see `withFreshFolder`. */
export function ownFreshFolder<T>(base: string, body: (path: string) => Promise<T>): Promise<T> {
  return withFreshFolder(base, body, { onLost: () => endWithoutLock(base) }).finally(() =>
    removeEmpty([parentFolder(base)]),
  ); // another may have made it
}
