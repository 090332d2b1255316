/** What all scripts share: where the package is, how they speak, how they give up, how they start other programs. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The package's root folder. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url)).replace(/[\\/]$/, '');

/** True in a checkout (there is something to build), false in the published package. */
export const isCheckout = existsSync(join(ROOT, 'src'));

/**
 * A failure that is already explained: the message is for the user, the exit code for scripts (2 usage, 4 no adapter, 1
 * the rest).
 */
export class SetupError extends Error {
  constructor(exitCode, message) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Messages go to stderr: stdout belongs to `weft --json`. */
export function say(message) {
  process.stderr.write(`setup: ${message}\n`);
}

/** Reports an error at the top of a script and returns the exit code to end with. */
export function report(error) {
  if (error instanceof SetupError) say(error.message);
  else process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  return error instanceof SetupError ? error.exitCode : 1;
}

/**
 * The environment for a child process that touches Vulkan: Mesa prints a line about a missing runtime folder otherwise.
 */
export function vulkanEnvironment(extra = {}) {
  return { ...process.env, XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR || tmpdir(), ...extra };
}

/** Runs a program and keeps what it prints. `ok` is false as well when it could not be started. */
export function capture(command, args, options = {}) {
  const result = spawnSync(command, args, {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  });
  const output = `${result.stdout ?? ''}${result.stderr ?? ''}${result.error ? `${result.error.message}\n` : ''}`;
  return { ok: result.status === 0, status: result.status, signal: result.signal, stdout: result.stdout ?? '', output };
}

/** The last lines of a program's output, indented, to show under a message. */
export function tail(output, lines = 15) {
  return output
    .trimEnd()
    .split('\n')
    .slice(-lines)
    .map((line) => `  | ${line}`)
    .join('\n');
}
