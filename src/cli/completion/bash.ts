/** Completion for bash (3.2, which macOS has, and later), by itself: it needs no package of completions. */
import { flat, type CommandWord, type Value } from './words.js';
import { quoted } from '../../text/shell_word.js';

/** Lines of a `case` with the same body share one. */
function cases(rows: readonly (readonly [pattern: string, body: string])[]): string[] {
  const patterns = new Map<string, string[]>();
  for (const [pattern, body] of rows) patterns.set(body, [...(patterns.get(body) ?? []), quoted(pattern)]);
  return [...patterns].map(([body, all]) => `    ${all.join('|')}) ${body};;`);
}

function valueOf(value: Value | undefined): string {
  if (value === undefined || value.kind === 'number') return 'kind=none';
  return value.kind === 'file' ? 'kind=file' : `kind=words words=${quoted(value.of.join(' '))}`;
}

const withValues = ({ options }: CommandWord): string[] => options.filter((o) => o.value !== null).map((o) => o.word);

/** A script that completes commands, options, their choices, and files. */
export function bashScript(commands: readonly CommandWord[]): string {
  const all = flat(commands);
  const pathOf = (c: CommandWord): string => c.path.join(' ');
  const groups = all.filter((c) => c.commands.length > 0);
  const names = (list: readonly CommandWord[]): string => list.map((c) => c.path[c.path.length - 1]).join(' ');
  return [
    '# Completion of weft for bash: source <(weft completion bash), or keep it in a file that ~/.bashrc sources.',
    '_weft() {',
    '  local cur="${COMP_WORDS[COMP_CWORD]}" at=$COMP_CWORD path="" first=2 kind=none words="" option=""',
    // readline takes `=` for a word of its own
    '  if [ "$cur" = "=" ]; then cur=""; at=$((at + 1)); fi',
    '  if [ "$at" -ge 3 ] && [ "${COMP_WORDS[at - 1]}" = "=" ]; then option="${COMP_WORDS[at - 2]}"',
    '  else option="${COMP_WORDS[at - 1]}"; fi',
    '  if [ "$COMP_CWORD" -ge 2 ]; then path="${COMP_WORDS[1]}"; fi',
    '  case "$path" in',
    ...(groups.length === 0
      ? []
      : [
          `    ${groups.map((c) => quoted(pathOf(c))).join('|')})`,
          '      if [ "$COMP_CWORD" -ge 3 ]; then path="$path ${COMP_WORDS[2]}"; first=3; fi;;',
        ]),
    '  esac',
    '  local values=""', // options that the next word belongs to
    '  case "$path" in',
    ...cases(all.map((c) => [pathOf(c), `values=${quoted(` ${withValues(c).join(' ')} `)}`] as const)),
    '  esac',
    '  local i count=0', // arguments before the word: options with values do not count
    '  for ((i = first; i < COMP_CWORD; i++)); do',
    '    case "${COMP_WORDS[i]}" in',
    '      --*|=) continue;;',
    '    esac',
    '    if [ "${COMP_WORDS[i - 1]}" = "=" ]; then continue; fi',
    '    case "$values" in',
    '      *" ${COMP_WORDS[i - 1]} "*) ;;',
    '      *) count=$((count + 1));;',
    '    esac',
    '  done',
    '  case "$path:$count" in',
    ...cases(
      all.flatMap((c) =>
        c.commands.length > 0
          ? [[`${pathOf(c)}:0`, `kind=words words=${quoted(names(c.commands))}`] as const]
          : c.arguments.map((value, i) => [`${pathOf(c)}:${i}`, valueOf(value)] as const),
      ),
    ),
    ...all.flatMap((c) => {
      const last = c.arguments.at(-1);
      return last?.isList === true ? [`    ${quoted(`${pathOf(c)}:`)}*) ${valueOf(last)};;`] : [];
    }),
    `    :*) kind=words words=${quoted(`${names(commands)} help --help --version`)};;`,
    '  esac',
    '  case "$path $option" in',
    ...cases(
      all.flatMap((c) =>
        c.options.flatMap(({ word, value }) =>
          value === null ? [] : [[`${pathOf(c)} ${word}`, valueOf(value)] as const],
        ),
      ),
    ),
    '    *) case "$cur" in -*)',
    '      kind=words',
    '      case "$path" in',
    ...cases(all.map((c) => [pathOf(c), `words=${quoted(c.options.map((o) => o.word).join(' '))}`] as const)),
    '      esac;;',
    '    esac;;',
    '  esac',
    '  COMPREPLY=()',
    '  if [ "$kind" = words ]; then COMPREPLY=($(compgen -W "$words" -- "$cur")); fi',
    '  if [ "$kind" != file ]; then compopt +o default 2>/dev/null; fi',
    '}',
    'complete -o default -F _weft weft weftgrad',
    '',
  ].join('\n');
}
