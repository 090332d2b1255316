/** What the command line says: words for people on stderr, one JSON document on stdout when asked. */
import { WeftError } from '../device/errors.js';

export function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

let isPrinted = false;

export function printJson(value: unknown): void {
  isPrinted = true;
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

/** Reports a failure and returns the exit code. `asJson`: on stdout too, unless the command has printed its document already. */
export function reportError(error: unknown, asJson: boolean): number {
  const json = asJson && !isPrinted;
  if (error instanceof WeftError) {
    say(`weft: ${error.code === 'interrupted' ? '' : 'error: '}${error.message}`);
    if (error.fix !== undefined) say(`  fix: ${error.fix}`);
    if (json) printJson({ error: { code: error.code, message: error.message, ...(error.fix === undefined ? {} : { fix: error.fix }) } });
    return error.exitCode;
  }
  const system = error as NodeJS.ErrnoException;
  if (system?.code !== undefined && system.syscall !== undefined) {
    const fix = 'check the path, its permissions, and the room on the disk';
    say(`weft: error: ${system.message}\n  fix: ${fix}`); // the file system's own words name the file and the reason
    if (json) printJson({ error: { code: 'system', message: system.message, fix } });
    return 3;
  }
  say(`weft: internal error, please report it:\n${error instanceof Error ? error.stack : String(error)}`);
  if (json) printJson({ error: { code: 'internal', message: String(error) } });
  return 1;
}

/** 75 s as 1:15. */
export function duration(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  const two = (n: number): string => String(n).padStart(2, '0');
  return s >= 3600 ? `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`;
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}
