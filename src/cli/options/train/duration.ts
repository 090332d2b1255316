/** A length of time on the command line. */
import { UsageError } from '../../../device/errors.js';

const UNITS: Readonly<Record<string, number>> = { d: 86_400, h: 3600, m: 60, s: 1 };

/** Seconds of `90s`, `30m`, `1h30m`, `2d`. @throws UsageError for another form, and for no time at all. */
export function durationOf(option: string, text: string): number {
  const parts = /^(?:\d+(?:\.\d+)?[dhms])+$/.test(text) ? [...text.matchAll(/([\d.]+)([dhms])/g)] : [];
  const seconds = parts.reduce((sum, [, count, unit]) => sum + Number(count) * UNITS[unit], 0);
  if (!(seconds > 0))
    throw new UsageError(`--${option} "${text}" is not a length of time`, {
      fix: 'a number with d, h, m or s, e.g. 90s, 30m, 1h30m',
    });
  return seconds;
}
