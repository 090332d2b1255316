/** What is wrong with a command line, in Weft's words instead of yargs'. */
import { UsageError } from '../device/errors.js';
import type { Command } from './command.js';
import { SHARED_OPTIONS, suggest, TRAIN_OPTIONS, TUNE_OPTIONS, type OptionSpec } from './options.js';
import { INDEX_OPTIONS, SIMILAR_OPTIONS } from './retrieval_options.js';
import { VAE_OPTIONS } from './vae_options.js';

/** `eval` of `eval <run>`. */
function firstWord(form: string): string {
  return form.split(' ')[0];
}

/**
 * Names what yargs complains about; an unknown name gets a suggestion where one is nearly right.
 * @param message yargs' own words. @param argv the words of the command line.
 */
export function usageError(message: string, argv: readonly string[], commands: readonly Command[]): UsageError {
  const command = commands.find((c) => firstWord(c.command) === argv[0]);
  const names = commands.map((c) => firstWord(c.command));
  const unknown = /^Unknown (?:argument|command)s?: ([^,]+)/.exec(message)?.[1];
  if (command === undefined) {
    const late = argv.find((word) => names.includes(word)); // weft --json models
    if (late !== undefined) return new UsageError(`the command comes first, then its options`, { fix: `weft ${[late, ...argv.filter((word) => word !== late)].join(' ')}` });
    if (unknown === undefined) return new UsageError(message, { fix: 'weft --help lists the commands' });
    if (argv.some((word) => word.startsWith(`--${unknown}`))) return new UsageError(`weft takes no option --${unknown} without a command`, { fix: 'weft --help lists the commands' });
    const near = suggest(unknown, names);
    return new UsageError(`there is no command "${unknown}"`, { fix: near === undefined ? 'weft --help lists them' : `did you mean ${near}?` });
  }
  const subcommand = command.subcommands?.find((form) => firstWord(form) === argv[1]);
  const form = subcommand === undefined ? command.command : `${firstWord(command.command)} ${subcommand}`;
  const path = form.replace(/ [<[].*/, '');
  const help = `weft ${path} --help lists what it takes`;

  const valueless = /^Not enough arguments following: (.+)$/.exec(message)?.[1];
  if (valueless !== undefined) return new UsageError(`--${valueless} needs a value`, { fix: help });
  const got = /^Not enough non-option arguments: got (\d+)/.exec(message)?.[1];
  if (got !== undefined) return new UsageError(`weft ${path} needs ${(form.match(/<.*?>/g) ?? []).slice(Number(got)).join(' and ')}`, { fix: `weft ${form}` });
  if (unknown === undefined) return new UsageError(message, { fix: help });

  if (command.subcommands !== undefined && subcommand === undefined && !argv[1].startsWith('-')) {
    const near = suggest(argv[1], command.subcommands.map(firstWord));
    return new UsageError(`weft ${path} has no command "${argv[1]}"`, { fix: near === undefined ? help : `did you mean ${path} ${near}?` });
  }
  const written = argv.find((word) => word === `-${unknown}` || word === `--${unknown}` || word === `--no-${unknown}` || word.startsWith(`--${unknown}=`));
  if (written === undefined) return new UsageError(`weft ${path} takes no argument "${unknown}"`, { fix: form === path ? help : `weft ${form}` });
  const near = suggest(unknown, command.options);
  return new UsageError(`weft ${path} takes no option ${written.replace(/=.*/, '')}`, { fix: near === undefined ? help : `did you mean --${near}?` });
}

const SWITCHES = Object.entries({ ...TRAIN_OPTIONS, ...TUNE_OPTIONS, ...VAE_OPTIONS, ...INDEX_OPTIONS, ...SIMILAR_OPTIONS, ...SHARED_OPTIONS } as Record<string, OptionSpec>).flatMap(([name, spec]) => (spec.type === 'boolean' ? [name] : []));

/**
 * @throws UsageError for `--json=maybe`, which yargs would take for false.
 * @param further switches of commands from outside.
 */
export function checkSwitches(argv: readonly string[], further: readonly string[] = []): void {
  const switches = [...SWITCHES, ...further];
  for (const word of argv) {
    const [, name, value] = /^--([a-z-]+)=(.*)$/.exec(word) ?? [];
    if (switches.includes(name) && value !== 'true' && value !== 'false') throw new UsageError(`--${name} takes no value, got "${value}"`, { fix: `write --${name}, or leave it out` });
  }
}
