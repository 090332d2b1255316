/**
 * Commands from outside of the engine. What lies beside src/ (bench/) may import the engine, but not the other way round, and yargs
 * stays here: so such a command comes as plain data, and the one who starts the command line hands it in.
 */
import type { Argv } from 'yargs';
import type { Command, Parsed } from './command.js';
import { yargsOptions, type OptionSpec } from './options.js';

export interface FurtherSubcommand {
  /** Its name, then its arguments: `compare <a> <b>`. */
  readonly form: string;
  readonly describe: string;
  /** What each argument of `form` is. */
  readonly positionals?: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, OptionSpec>>;
  /** Command line (without `weft`) and what it does. */
  readonly examples?: readonly (readonly [line: string, does: string])[];
  readonly run: (argv: Parsed) => Promise<void>;
}

export interface FurtherCommand {
  readonly name: string;
  readonly describe: string;
  readonly commands: readonly FurtherSubcommand[];
}

function build(yargs: Argv, c: FurtherSubcommand): Argv {
  for (const [name, describe] of Object.entries(c.positionals ?? {})) yargs.positional(name, { type: 'string', describe });
  for (const [line, does] of c.examples ?? []) yargs.example(`$0 ${line}`, does);
  return yargs.options(yargsOptions(c.options));
}

/** The command as yargs is told of it. */
export function commandOf({ name, describe, commands }: FurtherCommand): Command {
  const names = commands.map((c) => c.form.split(' ')[0]);
  return {
    command: name,
    describe,
    options: commands.flatMap((c) => Object.keys(c.options)),
    subcommands: commands.map((c) => c.form),
    builder: (yargs) => {
      for (const c of commands) yargs.command(c.form, c.describe, (inner) => build(inner, c), (argv) => c.run(argv));
      return yargs.demandCommand(1, `which of ${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}?`);
    },
    run: async () => {},
  };
}

/** Options that take no value. */
export function switchesOf({ commands }: FurtherCommand): string[] {
  return commands.flatMap((c) => Object.entries(c.options).flatMap(([name, spec]) => (spec.type === 'boolean' ? [name] : [])));
}
