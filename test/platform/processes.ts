/** Processes that take the lock of a folder: nothing of the engine is loaded, so that many start in little time. */
import { spawn, type ChildProcess } from 'node:child_process';

const MODULE = new URL('../../src/platform/folder_lock.js', import.meta.url).href;

/** Takes the lock at a moment that all of a race share, says `got` or `refused`, and keeps it until its stdin ends. */
const TAKER = `
const [folder, at] = process.argv.slice(1);
const { takeFolder } = await import(${JSON.stringify(MODULE)});
while (Date.now() < Number(at));
const lock = await takeFolder(folder);
process.stdout.write('heldBy' in lock ? 'refused' : 'got');
process.stdin.on('end', () => { lock.release?.(); process.exit(); }).resume();
`;

export interface Taker {
  readonly process: ChildProcess;
  readonly answer: Promise<string>;
  /** Lets the lock go and ends. */
  end(): Promise<void>;
  kill(): Promise<void>;
}

/** @param at milliseconds since the epoch. */
export function taker(folder: string, at = 0): Taker {
  const child = spawn(process.execPath, ['--input-type=module', '-e', TAKER, folder, String(at)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const closed = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const stop = (how: () => void) => async (): Promise<void> => {
    how();
    await closed;
  };
  return {
    process: child,
    answer: new Promise((resolve) => child.stdout.once('data', (text: Buffer) => resolve(String(text)))),
    end: stop(() => child.stdin.end()),
    kill: stop(() => child.kill('SIGKILL')),
  };
}
