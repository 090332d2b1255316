/** Completion for fish. */
import { clauseOf, flat, type CommandWord, type Value } from './words.js';

/** As fish quotes: a backslash before a quote and before a backslash. */
function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}

/** What is offered after an option, or as an argument. */
function offered(value: Value): string {
  if (value.kind === 'file') return '-r -F';
  return value.kind === 'number' ? '-x' : `-x -a ${quoted(value.of.join(' '))}`;
}

/** A script that completes commands, options, their choices, and files, each with what it is. */
export function fishScript(commands: readonly CommandWord[]): string {
  const line = (condition: string, rest: string): string => `complete -c weft -n ${quoted(condition)} ${rest}`;
  const names = (list: readonly CommandWord[], condition: string): string[] =>
    list.map(({ path, about }) =>
      line(condition, `-f -a ${quoted(path[path.length - 1])} -d ${quoted(clauseOf(about))}`),
    );
  return [
    '# Completion of weft for fish: weft completion fish > ~/.config/fish/completions/weft.fish',
    'function __weft_at',
    '    set -l words (commandline -opc)',
    '    set -e words[1]',
    '    test (count $words) -ge (count $argv); or return 1',
    '    for i in (seq (count $argv))',
    '        test "$words[$i]" = "$argv[$i]"; or return 1',
    '    end',
    'end',
    'function __weft_just',
    '    set -l words (commandline -opc)',
    '    test (count $words) -eq (math (count $argv) + 1); and __weft_at $argv',
    'end',
    ...names(commands, '__weft_just'),
    line('__weft_just', "-f -l version -d 'show the version'"),
    line('__weft_just', "-f -l help -d 'show all commands'"),
    ...flat(commands).flatMap((c) => {
      const here = `__weft_at ${c.path.join(' ')}`;
      return [
        ...names(c.commands, `__weft_just ${c.path.join(' ')}`),
        ...c.options.map(({ word, about, value }) =>
          line(here, `-l ${word.slice(2)} ${value === null ? '' : `${offered(value)} `}-d ${quoted(about)}`),
        ),
        ...(c.arguments.length === 0 && c.commands.length === 0 ? [line(here, '-f')] : []),
        ...c.arguments.flatMap((value) =>
          value.kind === 'choice' ? [line(here, `-f -a ${quoted(value.of.join(' '))}`)] : [],
        ),
      ];
    }),
    'complete -c weftgrad -w weft',
    '',
  ].join('\n');
}
