/**
 * Commands as plain data: parsing, checks and help derive from them, and what a command needs is loaded when it runs.
 * What lies beside src/ (bench/) may import the engine, but not the other way round: its commands are handed in by the
 * one who starts the command line.
 */
import type { SpecTable } from '../options/options.js';

/** What was parsed: option and argument names, and what was given for them. */
export type Parsed = Readonly<Record<string, unknown>>;

/** Command line without `weft`, and what it does. */
export type Example = readonly [line: string, does: string];

export interface Command {
  /** Its name, then its arguments: `eval <run>`, `index [run]`, `predict <run> <images..>`. */
  readonly form: string;
  readonly describe: string;
  /** What each argument of `form` is. */
  readonly positionals?: Readonly<Record<string, string>>;
  /** What an argument may be, where that is known; shells complete it. */
  readonly choices?: Readonly<Record<string, readonly string[]>>;
  readonly options: SpecTable;
  readonly examples: readonly Example[];
  /** `all`: all commands there are. */
  readonly run: (argv: Parsed, all: Sections) => Promise<void>;
}

/** A command with commands of its own: `data show`. */
export interface CommandGroup {
  readonly name: string;
  readonly describe: string;
  /** The command of these that runs where none is named. */
  readonly otherwise?: string;
  readonly commands: readonly Command[];
}

export type Declared = Command | CommandGroup;

/** In the order in which help lists them. */
export type Sections = readonly (readonly [title: string, commands: readonly Declared[]])[];

export function isGroup(c: Declared): c is CommandGroup {
  return 'commands' in c;
}

/** `eval` of `eval <run>`. */
export function nameOf(c: Declared): string {
  return isGroup(c) ? c.name : c.form.split(' ')[0];
}

export interface Argument {
  readonly name: string;
  readonly isRequired: boolean;
  /** Takes all that is left. */
  readonly isList: boolean;
}

export function argumentsOf({ form }: Command): Argument[] {
  return [...form.matchAll(/([<[])([\w-]+)(\.\.)?[>\]]/g)].map(([, open, name, dots]) => ({
    name,
    isRequired: open === '<',
    isList: dots !== undefined,
  }));
}
