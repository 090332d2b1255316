/**
 * What the command line says: words for people on stderr, one JSON document on stdout when asked. Only this file writes
 * to the terminal, so that nothing out of a file (names of classes, paths, values) can move its cursor or be there
 * unseen.
 */
import type { OutputError } from '#platform';
import { WeftError } from '../device/errors.js';
import { forJson, visible, visibleLines } from '../text/visible.js';
import { shortened } from '../text/width.js';
import { optionOf } from './settings.js';

/** The name of a process that says nothing but its own failure: one of several ranks, of which the first speaks. */
let silentAs: string | null = null;

/** From now on this process says nothing but its failure, under a name. */
export function beSilent(name: string): void {
  silentAs = name;
}

export function say(text: string): void {
  if (silentAs === null) sayAloud(text);
}

/** As `say`, of a silent process too. */
export function sayAloud(text: string): void {
  process.stderr.write(`${visibleLines(text)}\n`);
}

let isJsonAsked = false;
let isPrinted = false;

/** At the start of a command. With `json` stdout belongs to the document: what else is answered goes to stderr. */
export function beginOutput(json: boolean): void {
  [isJsonAsked, isPrinted] = [json, false];
}

/** What was asked for, to stdout: a table, an answer, help. Progress and remarks are `say`'s. */
export function print(text: string): void {
  if (isJsonAsked) say(text);
  else if (silentAs === null) process.stdout.write(`${visibleLines(text)}\n`);
}

/** Whether stderr is a terminal, whose last line can be written over. */
export function hasLiveLine(): boolean {
  return process.stderr.isTTY === true && silentAs === null;
}

/** Columns of the terminal. */
export function terminalColumns(): number {
  return process.stderr.columns ?? 120;
}

/**
 * Columns of help: those of stdout's terminal, or what $COLUMNS says; 80 for a file or a pipe. At least 40, at most
 * 110.
 */
export function helpColumns(): number {
  const columns = Number(process.stdout.columns ?? process.env['COLUMNS'] ?? 80);
  return Math.max(40, Math.min(110, Number.isSafeInteger(columns) && columns > 0 ? columns : 80));
}

/** On a terminal: `line` in place of what stands there, cut to the terminal's width; '' leaves the line empty. */
export function showLive(line: string): void {
  // a full line would make some terminals begin another
  if (hasLiveLine()) process.stderr.write(`\r\x1b[K${shortened(visible(line), terminalColumns() - 1)}`);
}

/** Rows of the terminal. */
export function terminalRows(): number {
  return process.stderr.rows ?? 24;
}

let rowsShown = 0;

/** On a terminal: these lines in place of those that were shown last, each cut to its width; none: they are left. */
export function showLiveRows(lines: readonly string[]): void {
  if (!hasLiveLine()) return;
  const up = rowsShown === 0 ? '' : `\x1b[${rowsShown}A`;
  if (lines.length > 0)
    process.stderr.write(
      `\r${up}\x1b[J${lines.map((line) => `${shortened(visible(line), terminalColumns() - 1)}\n`).join('')}`,
    );
  rowsShown = lines.length;
}

/** As `say`, where such lines may be shown: they stay above it. */
export function sayBelowRows(text: string): void {
  rowsShown = 0;
  say(text);
}

/** The form of documents; more when a field goes or changes its meaning. Fields may be added (docs/json.md). */
const SCHEMA = 1;

/** The one document that `--json` asks for: fields, never a bare list, so that there is room for more. */
export function printJson<T extends object>(fields: T extends readonly unknown[] ? never : T): void {
  printData({ schema: SCHEMA, ...fields });
}

/** As `printJson`, of what has a form of its own. */
export function printData(value: unknown): void {
  isPrinted = true;
  if (silentAs === null) process.stdout.write(`${forJson(value, 2)}\n`);
}

/** By its name: help, which loads none of the platform, reports errors too. */
function isOutputError(error: unknown): error is OutputError {
  return error instanceof Error && error.name === 'OutputError';
}

/**
 * Reports a failure and returns the exit code. `asJson`: on stdout too, unless the command has printed its document
 * already.
 */
export function reportError(error: unknown, asJson: boolean): number {
  const json = asJson && !isPrinted && silentAs === null;
  if (silentAs !== null) {
    const name = silentAs;
    silentAs = null;
    say(`${name}:`);
  }
  if (error instanceof WeftError || isOutputError(error)) {
    const { message, fix } = error instanceof WeftError ? error.spelled(optionOf) : error;
    say(`weft: ${error.code === 'interrupted' ? '' : 'error: '}${indented(message)}`);
    if (fix !== undefined) say(`  fix: ${indented(fix)}`);
    if (json)
      printJson({
        error: { code: error.code, message, ...(fix === undefined ? {} : { fix }) },
      });
    return error.exitCode;
  }
  const system = error as NodeJS.ErrnoException;
  if (system?.code !== undefined && system.syscall !== undefined) {
    const fix = 'check the path, its permissions, and the room on the disk';
    // the file system's own words name the file and the reason
    say(`weft: error: ${indented(system.message)}\n  fix: ${fix}`);
    if (json) printJson({ error: { code: 'system', message: system.message, fix } });
    return 3;
  }
  say(`weft: internal error, please report it:\n${error instanceof Error ? error.stack : String(error)}`);
  if (json) printJson({ error: { code: 'internal', message: String(error) } });
  return 1;
}

/** Lines below the first stand further in: text from a file that is quoted cannot pass for a line of Weft's own. */
function indented(text: string): string {
  return text.replaceAll('\n', '\n    ');
}

/** 75 s as 1:15; `-` where nothing can be said yet. */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '-';
  const s = Math.max(0, Math.round(seconds));
  const two = (n: number): string => String(n).padStart(2, '0');
  return s >= 3600
    ? `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`
    : `${Math.floor(s / 60)}:${two(s % 60)}`;
}

/** `-` for what is not defined. */
export function percent(share: number | null): string {
  return share === null || !Number.isFinite(share) ? '-' : `${(100 * share).toFixed(2)} %`;
}
