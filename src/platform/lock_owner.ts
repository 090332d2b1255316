/**
 * Who owns a lock, and whether that process still lives: by its number and start where it runs on this machine, else by
 * its heartbeat.
 */
import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename } from 'node:path';

/** What a lock file holds, as JSON. */
export interface LockOwner {
  /** Of this very taking. */
  readonly token: string;
  readonly pid: number;
  /**
   * When the process started, in the kernel's ticks since boot: a number that is used again has another. Null where the
   * system does not say.
   */
  readonly started: string | null;
  /**
   * Of the machine since it was last booted, and of the container: process numbers mean nothing elsewhere. Null where
   * the system does not say.
   */
  readonly boot: string | null;
  readonly host: string;
  readonly command: string;
  /** ISO date. */
  readonly since: string;
}

/** How long one waits for signs of life. */
export interface LockTiming {
  /** Milliseconds between two heartbeats. */
  readonly beat: number;
  /** A process that runs here may just be ending: it is looked at for so long. */
  readonly ending: number;
  /** A lock of another host whose heartbeat is not heard in this time… */
  readonly listen: number;
  /** …and is as old as this, is dead; of a host with this name that was booted since, the first is enough. */
  readonly silent: number;
}

export const LOCK_TIMING: LockTiming = { beat: 5000, ending: 250, listen: 11_000, silent: 60_000 };
/** So long without a heartbeat is death, whatever the clocks of two hosts differ by. */
const CERTAINLY_DEAD = 600_000;
const PAUSE = 50;

function tryRead<T>(read: () => T): T | null {
  try {
    return read();
  } catch {
    return null;
  }
}

/**
 * Fields of /proc/PID/stat from the third on: the second is a name, which may hold anything. Null when there is no such
 * process.
 */
function processFields(pid: number): string[] | null {
  const text = tryRead(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  return text === null ? null : text.slice(text.lastIndexOf(')') + 2).split(' ');
}

const [STATE, STARTED] = [0, 19];

function thisBoot(): string | null {
  const boot = tryRead(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  const namespace = tryRead(() => readlinkSync('/proc/self/ns/pid'));
  return boot === null ? null : `${boot} ${namespace ?? ''}`;
}

/** This process, as the owner of a new lock. */
export function thisOwner(): LockOwner {
  const [, script = 'weft', ...words] = process.argv;
  return {
    token: randomBytes(12).toString('hex'),
    pid: process.pid,
    started: processFields(process.pid)?.[STARTED] ?? null,
    boot: thisBoot(),
    host: hostname(),
    command: [basename(script).replace(/\.m?js$/, ''), ...words].join(' ').slice(0, 300),
    since: new Date().toISOString(),
  };
}

/**
 * What a lock file says; null when it is gone. One that cannot be read has an owner of whom nothing is known but the
 * heartbeat.
 */
export function readOwner(path: string): LockOwner | null {
  const text = tryRead(() => readFileSync(path, 'utf8'));
  if (text === null) return null;
  const found = tryRead(() => JSON.parse(text) as Partial<LockOwner> | null) ?? {};
  const word = (value: unknown): string => (typeof value === 'string' ? value.replace(/[\p{Cc}\p{Cf}]/gu, '?') : '');
  return {
    token: /^[0-9a-f]{1,64}$/.test(word(found.token))
      ? word(found.token)
      : `unread-${tryRead(() => statSync(path).ino) ?? 0}`,
    pid: Number.isSafeInteger(found.pid) && Number(found.pid) > 0 ? Number(found.pid) : 0,
    started: typeof found.started === 'string' ? found.started : null,
    boot: typeof found.boot === 'string' ? found.boot : null,
    host: word(found.host),
    command: word(found.command).slice(0, 300),
    since: word(found.since),
  };
}

/**
 * Whether a process of this machine runs. One that has ended and is not yet collected by its parent does not.
 * 'perhaps': one of this number does, and the system does not say when it started.
 */
function runs({ pid, started }: LockOwner): 'yes' | 'no' | 'perhaps' {
  const fields = processFields(pid);
  if (fields !== null && started !== null)
    return /^[ZXx]/.test(fields[STATE]) || fields[STARTED] !== started ? 'no' : 'yes';
  try {
    process.kill(pid, 0); // sends nothing
    return 'perhaps';
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM' ? 'perhaps' : 'no';
  }
}

export const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Milliseconds since the epoch; null when the lock is gone. */
function heartbeat(path: string): number | null {
  return tryRead(() => statSync(path).mtimeMs);
}

/**
 * Whether the owner of a lock still lives. On this machine its number and start decide at once. Elsewhere (a shared
 * disk, another container) and where the system does not tell when a process started, only the heartbeat does: one that
 * moves while it is watched is alive, by nobody's clock.
 */
export async function isAlive(path: string, owner: LockOwner, timing: LockTiming): Promise<boolean> {
  const isHere = owner.boot === null ? thisBoot() === null && owner.host === hostname() : owner.boot === thisBoot();
  if (isHere) {
    const end = performance.now() + timing.ending;
    for (let state = runs(owner); state !== 'no'; state = runs(owner)) {
      if (state === 'perhaps') return isHeard(path, owner, timing);
      if (performance.now() >= end) return true;
      await pause(PAUSE);
    }
    return false;
  }
  return isHeard(path, owner, timing);
}

async function isHeard(path: string, owner: LockOwner, timing: LockTiming): Promise<boolean> {
  const first = heartbeat(path);
  if (first === null || Date.now() - first > CERTAINLY_DEAD) return false;
  const end = performance.now() + timing.listen;
  while (performance.now() < end) {
    await pause(PAUSE);
    const now = heartbeat(path);
    if (now !== first) return now !== null;
  }
  const hasRebooted =
    owner.host === hostname() &&
    owner.boot !== null &&
    thisBoot() !== null &&
    owner.boot.split(' ')[0] !== thisBoot()?.split(' ')[0];
  return !hasRebooted && Date.now() - first < timing.silent;
}
