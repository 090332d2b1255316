/** Completion for zsh, through its `_arguments`. */
import { clauseOf, type CommandWord, type OptionWord, type Value } from './words.js';
import { quoted } from '../../text/shell_word.js';

function action(value: Value): string {
  if (value.kind === 'file') return '_files';
  return value.kind === 'number' ? ' ' : `(${value.of.join(' ')})`;
}

/** `--model=[architecture]:value:(cnn lenet5)`. */
function optionSpec({ word, about, value }: OptionWord): string {
  const said = `[${about.replace(/[\\[\]:]/g, '\\$&')}]`;
  return quoted(value === null ? `${word}${said}` : `${word}=${said}:value:${action(value)}`);
}

function described(commands: readonly CommandWord[], indent: string): string[] {
  const rows = commands.map(({ path, about }) => quoted(`${path[path.length - 1]}:${clauseOf(about)}`));
  return [`${indent}local -a commands=(`, ...rows.map((row) => `${indent}  ${row}`), `${indent})`];
}

function branch(c: CommandWord, indent: string): string[] {
  const name = c.path[c.path.length - 1];
  const deeper = `${indent}    `;
  if (c.commands.length === 0) {
    const specs = [
      ...c.options.map(optionSpec),
      ...c.arguments.map((value) => quoted(`${value.isList ? '*' : ''}:argument:${action(value)}`)),
    ];
    return [`${indent}  ${name})`, `${deeper}_arguments \\`, `${specs.map((s) => `${deeper}  ${s}`).join(' \\\n')} ;;`];
  }
  return [
    `${indent}  ${name})`,
    `${deeper}if (( CURRENT == 2 )); then`,
    ...described(c.commands, `${deeper}  `),
    `${deeper}  _describe -t commands command commands; return`,
    `${deeper}fi`,
    `${deeper}shift words; (( CURRENT-- ))`,
    `${deeper}case "$words[1]" in`,
    ...c.commands.flatMap((own) => branch(own, deeper)),
    `${deeper}esac ;;`,
  ];
}

/** A script that completes commands, options, their choices, and files, each with what it is. */
export function zshScript(commands: readonly CommandWord[]): string {
  return [
    '#compdef weft weftgrad',
    '# Completion of weft for zsh: source <(weft completion zsh) after compinit, or keep it as _weft in $fpath.',
    '_weft() {',
    '  if (( CURRENT == 2 )); then',
    ...described(commands, '    '),
    "    _describe -t commands command commands; _arguments '--help[show all commands]' '--version[show the version]'",
    '    return',
    '  fi',
    '  shift words; (( CURRENT-- ))',
    '  case "$words[1]" in',
    ...commands.flatMap((c) => branch(c, '  ')),
    '  esac',
    '}',
    'if [ "$funcstack[1]" = _weft ]; then _weft "$@"; else compdef _weft weft weftgrad; fi',
    '',
  ].join('\n');
}
