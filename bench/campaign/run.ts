/** Runs one part in a process of its own, for no longer than it may take, and reads what it said. */
import { spawn } from 'node:child_process';
import type { Part, Reading } from './parts.js';
import type { PartResult } from './document.js';

/** What a process that cannot run its part ends with: it is left out, and has not failed. */
const LEFT_OUT = 77;

/** JSON that stands in lines of its own, or as one document. Nothing where there is none. */
export function read(reading: Reading, stdout: string): unknown {
  if (reading === 'tests') {
    const total = /^(\d+) passed, (\d+) failed, (\d+) skipped$/m.exec(stdout);
    const failures = [...stdout.matchAll(/^ +FAIL +(.*)$/gm)].map((m) => m[1].trim());
    return total && { passed: Number(total[1]), failed: Number(total[2]), skipped: Number(total[3]), failures };
  }
  const parsed = (text: string): unknown => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      return null; // the last line of a process that was ended may be half of one
    }
  };
  if (reading === 'json') return parsed(stdout);
  const rows = stdout
    .split('\n')
    .filter((l) => l.startsWith('{'))
    .map(parsed)
    .filter((v) => v !== null);
  return rows.length === 0 ? null : rows;
}

const lastLines = (text: string): string =>
  text
    .trim()
    .split('\n')
    .filter((l) => l.trim() !== '' && !l.startsWith('Warning: max')) // Dawn's, of limits that it cannot use
    .slice(-3)
    .join(' | ')
    .slice(-400);

export interface Running {
  readonly result: Promise<PartResult>;
  /** Ends it; what it said by then is kept. */
  readonly stop: () => void;
}

/** @param most seconds. @param env what its environment has besides. Never rejects. */
export function runPart(part: Part, most: number, env: Readonly<Record<string, string>>): Running {
  const began = performance.now();
  let [stdout, stderr, reason] = ['', '', null as PartResult['state'] | null];
  // a group of its own, so that what it starts ends with it
  const child = spawn(part.program, part.args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    detached: process.platform !== 'win32',
  });
  const end = (why: PartResult['state']): void => {
    reason ??= why;
    try {
      if (child.pid !== undefined && process.platform !== 'win32') process.kill(-child.pid, 'SIGKILL');
      else child.kill('SIGKILL');
    } catch {
      // it has ended meanwhile
    }
  };
  const timer = setTimeout(() => end('too slow'), 1000 * most);
  const result = new Promise<PartResult>((resolve) => {
    const done = (state: PartResult['state'], note: string | null): void => {
      clearTimeout(timer);
      resolve({ state, seconds: (performance.now() - began) / 1000, note, data: read(part.reading, stdout) });
    };
    child.stdout.on('data', (chunk) => (stdout += String(chunk)));
    child.stderr.on('data', (chunk) => (stderr = (stderr + String(chunk)).slice(-4000)));
    child.on('error', (error) => done('skipped', `${part.program} cannot be started: ${error.message}`));
    child.on('close', (code, signal) => {
      if (reason === 'too slow') return done(reason, `ended after ${most.toFixed(0)} s`);
      if (reason !== null) return done(reason, 'stopped by the user');
      if (code === 0) return done('done', null);
      const said = lastLines(stderr);
      if (code === LEFT_OUT) return done('skipped', said);
      const ending = code === null ? `ended by ${String(signal)}` : `exit code ${code}`;
      done('failed', said === '' ? ending : `${ending}: ${said}`);
    });
  });
  return { result, stop: () => end('stopped') };
}
