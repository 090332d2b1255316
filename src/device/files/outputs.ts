/** Where results go: tried before anything is computed, and one process's alone while it writes. */
import {
  fileInfo,
  isLockFile,
  isTemporary,
  listDirectory,
  ownerOf,
  removeEmpty,
  takeFolder,
  tryFile,
  type LockOwner,
  type TakeOptions,
} from '#platform';
import { LockedError, UsageError } from '../errors.js';
import { worded } from '../../text/wording.js';

/**
 * Runs `body` while this process has the folder alone; the folder is made, and tried, before. What a killed process has
 * left half written in it is swept.
 * @throws LockedError when another process has it; UsageError when it is a file; OutputError when nothing can be
 * written there.
 */
export async function withFolder<T>(path: string, body: () => Promise<T>, options: TakeOptions = {}): Promise<T> {
  if ((await fileInfo(path))?.isDirectory === false)
    throw new UsageError(worded`{out} ${path} is a file`, { fix: 'name a folder' });
  const lock = await takeFolder(path, options);
  if ('heldBy' in lock) throw lockedError(path, lock.heldBy);
  try {
    return await body();
  } finally {
    lock.release();
  }
}

/** For what is looked at before the folder is taken. @throws LockedError when another process has it. */
export async function requireFree(path: string): Promise<void> {
  const owner = await ownerOf(path);
  if (owner !== null) throw lockedError(path, owner);
}

/**
 * As `withFolder`, of a folder that holds nothing and that nobody else has: `base`, else `base-2` and so on. For
 * results whose place nobody has chosen: two commands that start in the same second do not meet.
 */
export async function withFreshFolder<T>(
  base: string,
  body: (path: string) => Promise<T>,
  options: TakeOptions = {},
): Promise<T> {
  for (let number = 1; ; number++) {
    const path = number === 1 ? base : `${base}-${number}`;
    if (!(await isEmpty(path))) continue;
    const lock = await takeFolder(path, options);
    if ('heldBy' in lock) continue;
    try {
      if (await isEmpty(path)) return await body(path);
    } finally {
      lock.release();
    }
  }
}

/** Whether there is no such file or folder, or nothing in it. */
async function isEmpty(path: string): Promise<boolean> {
  const info = await fileInfo(path);
  return info === null || (info.isDirectory && (await listDirectory(path)).every(isLeftover));
}

function lockedError(path: string, { pid, host, since, command }: LockOwner): LockedError {
  const who =
    pid === 0
      ? 'another process, whose lock cannot be read'
      : `process ${pid} on ${host}, since ${since.slice(0, 19).replace('T', ' ')} ` +
        `UTC${command === '' ? '' : `: ${command}`}`;
  return new LockedError(`${path} is in use by ${who}`, {
    fix: 'wait until it has ended, or choose another folder; a lock whose process has died is taken over by itself',
  });
}

/** How long one waits for a turn. A turn takes milliseconds. */
const PATIENCE = 20_000;

/**
 * Runs `body`, which reads and writes files of a folder in next to no time, when no other process does so: waits for
 * its turn.
 * @throws LockedError after 20 s; OutputError when nothing can be written there.
 */
export async function inTurn<T>(folder: string, body: () => Promise<T>): Promise<T> {
  for (const end = performance.now() + PATIENCE; ;) {
    const lock = await takeFolder(folder, { isShort: true });
    if ('heldBy' in lock) {
      if (performance.now() > end) throw lockedError(folder, lock.heldBy);
      continue;
    }
    try {
      return await body();
    } finally {
      lock.release();
    }
  }
}

/** How often one looks whether a folder is free. */
const LOOK_AGAIN = 1000;

/**
 * As `withFolder`, but waits while another process has the folder. @param onWait is called again and again meanwhile;
 * what it throws ends the waiting.
 */
export async function whenFree<T>(path: string, body: () => Promise<T>, onWait: () => void): Promise<T> {
  for (let lock = await takeFolder(path); ; lock = await takeFolder(path)) {
    if (!('heldBy' in lock)) {
      try {
        return await body();
      } finally {
        lock.release();
      }
    }
    onWait();
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN));
  }
}

/** Runs `body`, which writes a file, after trying whether it can be written. @throws OutputError when it cannot. */
export async function withFile<T>(path: string | undefined, body: () => Promise<T>): Promise<T> {
  const made = path === undefined ? [] : tryFile(path);
  try {
    return await body();
  } finally {
    removeEmpty(made); // as far as nothing was written
  }
}

/** Names in a folder that no command has left as a result: its lock, and what an interrupted write leaves. */
export function isLeftover(name: string): boolean {
  return isLockFile(name) || isTemporary(name);
}
