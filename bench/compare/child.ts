/** Runs one contender's process and reads its result. */
import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import type { Contender } from './contenders.js';
import { RESULT, type Measurement } from './measure.js';

export type Result = Measurement | { readonly error: string };

/** What a process said: its result line, or why there is none. */
export function readResult(stdout: string, stderr: string, ending: string): Result {
  const line = stdout.split('\n').findLast((l) => l.startsWith(RESULT));
  if (line !== undefined) {
    try {
      return JSON.parse(line.slice(RESULT.length)) as Result;
    } catch {
      return { error: `an unreadable result: ${line.slice(0, 100)}` };
    }
  }
  const said = stderr.trim().split('\n').slice(-3).join(' ').slice(0, 300);
  return { error: said === '' ? ending : `${ending}: ${said}` };
}

/**
 * @param budget milliseconds of measuring. @param timeout seconds until the process is ended.
 * Never rejects: a contender that cannot be started is a failure like any other.
 */
export function runContender(contender: Contender, workload: string, budget: number, timeout: number): Promise<Result> {
  const [program, ...args] = contender.command;
  return new Promise((resolve) => {
    const child = spawn(program, [...args, workload, String(budget)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, XDG_RUNTIME_DIR: process.env['XDG_RUNTIME_DIR'] || tmpdir() },
      timeout: timeout * 1000,
      killSignal: 'SIGKILL',
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => (stdout += String(chunk)));
    child.stderr.on('data', (chunk) => (stderr += String(chunk)));
    child.on('error', (error) => resolve({ error: error.message }));
    child.on('close', (code, signal) => {
      const ending =
        signal === 'SIGKILL'
          ? `ended after ${timeout} s`
          : signal !== null
            ? `ended by ${signal}`
            : `exit code ${code}`;
      resolve(readResult(stdout, stderr, ending));
    });
  });
}
