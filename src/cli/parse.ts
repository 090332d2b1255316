/** One command's words to values, by yargs; what is wrong with them in Weft's words. */
import yargs, { type Options } from 'yargs';
import { UsageError } from '../device/errors.js';
import { argumentsOf, type Command, type Parsed } from './declare/declared.js';
import { optionHint, spelled } from './hints.js';
import type { OptionSpec } from './options/options.js';

/** Numbers come as text (no type is named for them), so that `--lr abc` can be refused with its own words. */
function yargsOption(spec: OptionSpec): Options {
  if (spec.type === 'boolean') return { type: 'boolean' };
  return { ...(spec.type === 'string' ? { type: 'string' } : {}), requiresArg: true };
}

/** `--valSplit` and `--val_split` as `--val-split`, where the command has that option. */
function respelled(word: string, names: readonly string[]): string {
  const [, no, name, rest] = /^--(no-)?([A-Za-z][\w-]*)(=.*)?$/s.exec(word) ?? [];
  const own = name === undefined ? undefined : spelled(name, names);
  return own === undefined ? word : `--${no ?? ''}${own}${rest ?? ''}`;
}

/** @throws UsageError for `--json=maybe`, which yargs would take for false. */
export function checkSwitches(words: readonly string[], { options }: Pick<Command, 'options'>): void {
  for (const word of words) {
    const [, name, value] = /^--([a-z-]+)=(.*)$/s.exec(word) ?? [];
    if (options[name]?.type === 'boolean' && value !== 'true' && value !== 'false')
      throw new UsageError(`--${name} takes no value, got "${value}"`, { fix: `write --${name}, or leave it out` });
  }
}

/**
 * What the words after a command's name say.
 * @param path how the command is called: `data show`. @throws UsageError for what it does not take, and for an argument
 * that is missing.
 */
export async function parseCommand(given: readonly string[], command: Command, path: string): Promise<Parsed> {
  const names = Object.keys(command.options);
  const end = given.indexOf('--');
  const words = given.map((word, i) => (end >= 0 && i > end ? word : respelled(word, names)));
  const help = `weft ${path} --help lists what it takes`;
  checkSwitches(words, command);
  const parsed = await yargs(words)
    .parserConfiguration({
      'camel-case-expansion': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'dot-notation': false,
    })
    .detectLocale(false)
    .help(false)
    .version(false)
    .exitProcess(false)
    .options(Object.fromEntries(Object.entries(command.options).map(([name, spec]) => [name, yargsOption(spec)])))
    .fail((message: string, error: Error | undefined) => {
      const valueless = /^Not enough arguments following: (.+)$/.exec(message)?.[1];
      throw valueless === undefined
        ? (error ?? new UsageError(message, { fix: help }))
        : new UsageError(`--${valueless} needs a value`, { fix: help });
    })
    .parseAsync();
  const { _: rest, $0: _script, ...values } = parsed as Record<string, unknown>;
  const foreign = Object.keys(values).find((name) => !names.includes(name));
  if (foreign !== undefined) {
    const written =
      given.find(
        (word) =>
          word === `-${foreign}` || new RegExp(`^--(no-)?${foreign.replace(/[^\w-]/g, '\\$&')}(=|$)`).test(word),
      ) ?? `-${foreign}`;
    throw new UsageError(`weft ${path} takes no option ${written.replace(/=.*/s, '')}`, {
      fix: optionHint(foreign, names) ?? help,
    });
  }
  return { ...values, ...positionals((rest as unknown[]).map(String), command, path, help) };
}

function positionals(words: readonly string[], command: Command, path: string, help: string): Parsed {
  const wanted = argumentsOf(command);
  const values: Record<string, unknown> = {};
  let at = 0;
  for (const { name, isList } of wanted) {
    if (at >= words.length) break;
    values[name] = isList ? words.slice(at) : words[at];
    at = isList ? words.length : at + 1;
  }
  const missing = wanted.filter(({ name, isRequired }) => isRequired && values[name] === undefined);
  const written = `weft ${path}${command.form.replace(/^\S+/, '')}`;
  if (missing.length > 0)
    throw new UsageError(
      `weft ${path} needs ${missing.map((m) => `<${m.name}${m.isList ? '..' : ''}>`).join(' and ')}`,
      { fix: written },
    );
  if (at < words.length)
    throw new UsageError(`weft ${path} takes no argument "${words[at]}"`, {
      fix: wanted.length === 0 ? help : written,
    });
  return values;
}
