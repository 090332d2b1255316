/**
 * One folder, one process: a lock file in the folder, made only when there is none. The lock of a process that has died
 * is taken over.
 *
 * Taking over must not be a race: of two that find the same dead lock, one could remove the lock that the other has
 * just put there. So the lock is never removed but replaced, and only by who has claimed that very lock (its token is
 * in the claim's name, and a claim is made only when there is none). Who claims, looks again: where the lock is another
 * by now, somebody else was quicker. A claim is a lock too, and where its owner has died, the next number is claimed;
 * claims are removed after the lock has been replaced.
 */
import { linkSync, openSync, closeSync, readdirSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { LockMessage } from './heartbeat.js';
import { isAlive, LOCK_TIMING, pause, readOwner, thisOwner, type LockOwner, type LockTiming } from './lock_owner.js';
import { codeOf, makeFolders, outputError, removeEmpty, sweepTemporaries, temporaryIn } from './outputs.js';

const LOCK = '.weft-lock';

/** Names in a folder that are no part of what a command has made there. */
export function isLockFile(name: string): boolean {
  return name.startsWith(LOCK);
}

export interface FolderLock {
  readonly owner: LockOwner;
  /** Lets others have the folder; removes it when this process has made it and nothing is in it. */
  release(): void;
}

export interface TakeOptions {
  /**
   * Is called when the lock is no longer this process's: somebody has removed it, or its folder, or has thought this
   * process dead.
   */
  readonly onLost?: () => void;
  /** What interrupted writes have left in the folders below is swept too. */
  readonly isDeep?: boolean;
  /** It is for moments: without a heartbeat. */
  readonly isShort?: boolean;
  readonly timing?: LockTiming;
}

interface Held extends FolderLock {
  readonly path: string;
  readonly onLost: (() => void) | undefined;
}

/** By the path of the lock file. */
const held = new Map<string, Held>();
let worker: Worker | null = null;

/**
 * Makes the folder, takes its lock, and sweeps what a process that was killed has left half written.
 * @returns the lock, or who has it. @throws OutputError when nothing can be written there.
 */
export async function takeFolder(
  folder: string,
  options: TakeOptions = {},
): Promise<FolderLock | { readonly heldBy: LockOwner }> {
  const timing = options.timing ?? LOCK_TIMING;
  const made: string[] = [];
  const owner = thisOwner();
  const path = join(folder, LOCK);
  try {
    for (let tries = 0; ;) {
      try {
        made.push(...makeFolders(folder)); // again and again: one that was refused may have removed what it made
        if (createExclusively(path, owner)) break;
        const other = readOwner(path);
        if (other === null) continue;
        if (await isAlive(path, other, timing)) return { heldBy: other };
        if (await replaceDead(path, other, owner, timing)) break;
        await pause(20);
      } catch (error) {
        if (codeOf(error) !== 'ENOENT' || ++tries > 20) throw error;
      }
    }
  } catch (error) {
    removeEmpty(made);
    throw outputError(folder, 'written', error);
  }
  const lock = hold(path, owner, made, options);
  try {
    for (const name of readdirSync(folder))
      if (isLockFile(name) && name !== LOCK) rmSync(join(folder, name), { force: true });
    sweepTemporaries(folder, (inside) => options.isDeep !== true || inside.includes(LOCK));
  } catch (error) {
    lock.release();
    throw outputError(folder, 'written', error);
  }
  return lock;
}

/** Who has the folder now, or null: nothing is made or taken. */
export async function ownerOf(folder: string, timing = LOCK_TIMING): Promise<LockOwner | null> {
  const path = join(folder, LOCK);
  const owner = readOwner(path);
  return owner !== null && !held.has(path) && (await isAlive(path, owner, timing)) ? owner : null;
}

/** Writes a lock that is whole from its first moment, unless there is one. */
function createExclusively(path: string, owner: LockOwner): boolean {
  const temporary = temporaryIn(dirname(path));
  try {
    writeOwner(temporary, owner);
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EACCES', 'EINVAL'].includes(codeOf(error)))
      throw error;
    return createWithoutLinks(path, owner); // such file systems know no second name for a file
  } finally {
    rmSync(temporary, { force: true });
  }
}

function createWithoutLinks(path: string, owner: LockOwner): boolean {
  try {
    writeOwner(path, owner);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/** Makes a file that was not there, or none. */
function writeOwner(path: string, owner: LockOwner): void {
  const file = openSync(path, 'wx');
  try {
    writeSync(file, `${JSON.stringify(owner)}\n`);
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  } finally {
    closeSync(file);
  }
}

/** Puts a lock in the place of a dead one; false when another process is about it, or was. */
async function replaceDead(path: string, dead: LockOwner, owner: LockOwner, timing: LockTiming): Promise<boolean> {
  const claims: string[] = [];
  for (let number = 1; ; number++) {
    const claim = `${path}-${dead.token}-${number}`;
    if (createExclusively(claim, owner)) {
      claims.push(claim);
      break;
    }
    const other = readOwner(claim);
    if (other === null || (await isAlive(claim, other, timing))) return false;
    claims.push(claim);
  }
  let mine = claims.slice(-1); // a dead claim stays as long as the dead lock does: nobody may make it again
  try {
    const isStill = readOwner(path)?.token === dead.token;
    if (isStill) replace(path, owner);
    mine = claims;
    return isStill;
  } finally {
    for (const claim of mine) rmSync(claim, { force: true });
  }
}

function replace(path: string, owner: LockOwner): void {
  const temporary = temporaryIn(dirname(path));
  try {
    writeOwner(temporary, owner);
    renameSync(temporary, path);
  } finally {
    rmSync(temporary, { force: true });
  }
}

function hold(
  path: string,
  owner: LockOwner,
  made: readonly string[],
  { onLost, isShort = false, timing = LOCK_TIMING }: TakeOptions,
): FolderLock {
  const release = (): void => {
    if (!held.delete(path)) return;
    tell({ drop: path });
    if (readOwner(path)?.token === owner.token) rmSync(path, { force: true });
    removeEmpty(made);
    if (held.size === 0) stopWatching();
  };
  if (held.size === 0) watchExit();
  held.set(path, { owner, path, onLost, release });
  if (!isShort) {
    worker ??= startHeartbeat(timing.beat);
    tell({ add: path, token: owner.token });
  }
  return { owner, release };
}

function tell(message: LockMessage): void {
  worker?.postMessage(message);
}

const onExit = (): void => {
  for (const lock of [...held.values()]) lock.release();
};

/**
 * Where nothing else listens to a signal it ends the process, as it would without a lock; but the locks are released.
 */
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const; // not SIGHUP: under nohup it must go on being ignored
const onSignal = (signal: NodeJS.Signals): void => {
  if (process.listenerCount(signal) === 1) process.exit(SIGNALS[signal as keyof typeof SIGNALS]);
};

function watchExit(): void {
  process.on('exit', onExit);
  for (const signal of Object.keys(SIGNALS)) process.on(signal, onSignal);
}

function startHeartbeat(milliseconds: number): Worker {
  const started = new Worker(new URL('./heartbeat.js', import.meta.url), {
    workerData: { milliseconds },
    execArgv: [],
  });
  started.on('message', (path: string) => {
    const lock = held.get(path);
    lock?.release(); // leaves the file, which is another's
    lock?.onLost?.();
  });
  started.on('error', () => {}); // without a heartbeat the lock still holds on this machine
  started.unref();
  return started;
}

function stopWatching(): void {
  process.off('exit', onExit);
  for (const signal of Object.keys(SIGNALS)) process.off(signal, onSignal);
  void worker?.terminate();
  worker = null;
}
