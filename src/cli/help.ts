/** Help, at any width: options in groups, whole words. */
import { isGroup, nameOf, type Command, type CommandGroup, type Declared, type Example } from './declare/declared.js';
import type { OptionSpec, SpecTable } from './options/options.js';

/** Narrower than this the names stand on lines of their own. */
const BESIDE = 60;
/** A name that is longer has its description below it. */
const LONGEST = 28;

/** Words to lines of at most `width` columns. A word that is longer is broken behind a comma, else it stays whole. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  const put = (piece: string, gap: string): void => {
    if (line !== '' && line.length + gap.length + piece.length > width) {
      lines.push(line);
      line = '';
    }
    line = line === '' ? piece : `${line}${gap}${piece}`;
  };
  for (const word of text.split(/ +/)) {
    if (word.length <= width) put(word, ' ');
    else for (const [i, piece] of word.split(/(?<=,)/).entries()) put(piece, i === 0 ? ' ' : '');
  }
  return line === '' ? lines : [...lines, line];
}

/** Names on the left, what each is on the right, or below it where there is little room. */
function table(rows: readonly (readonly [name: string, describe: string])[], width: number): string[] {
  const fitting = rows.map(([name]) => name.length).filter((n) => n <= LONGEST);
  const left = width < BESIDE ? 4 : Math.max(0, ...fitting) + 4;
  return rows.flatMap(([name, describe]) => {
    const lines = wrap(describe, width - left);
    const isBeside = width >= BESIDE && name.length + 4 <= left;
    const [first = '', ...more] = lines;
    const below = (isBeside ? more : lines).map((line) => `${' '.repeat(left)}${line}`);
    return isBeside ? [`  ${name.padEnd(left - 2)}${first}`.trimEnd(), ...below] : [`  ${name}`, ...below];
  });
}

function optionName(name: string, { type, choices, default: otherwise }: OptionSpec): string {
  if (type === 'boolean') return otherwise === true ? `--no-${name}` : `--${name}`;
  return `--${name} ${choices !== undefined ? 'NAME' : type === 'string' ? 'TEXT' : type === 'integer' ? 'N' : 'X'}`;
}

function optionText({ type, describe, choices, default: otherwise, demand }: OptionSpec): string {
  const notes = [
    ...(demand ? [' (must be given)'] : []),
    ...(choices === undefined ? [] : [`: ${choices.join(', ')}`]),
    ...(otherwise === undefined || type === 'boolean' ? [] : [` (default: ${otherwise})`]),
  ];
  return `${describe}${notes.join('')}`;
}

/** A heading for each group of options; those without come first. */
function optionLines(options: SpecTable, width: number): string[] {
  const first = Object.values(options).some((spec) => spec.group !== undefined) ? 'What everybody needs' : 'Options';
  const groups = new Map<string, [string, string][]>([[first, []]]);
  for (const [name, spec] of Object.entries(options)) {
    const title = spec.group ?? first;
    groups.set(title, [...(groups.get(title) ?? []), [optionName(name, spec), optionText(spec)]]);
  }
  groups.set(first, [...(groups.get(first) ?? []), ['--help', 'show this']]);
  return [...groups].flatMap(([title, rows]) => ['', `${title}:`, ...table(rows, width)]);
}

/** A command line, over several lines as a shell takes them. */
function commandLines(line: string, width: number): string[] {
  const lines = wrap(line, width - 6);
  return lines.map((words, i) => `${i === 0 ? '  ' : '    '}${words}${i < lines.length - 1 ? ' \\' : ''}`);
}

function exampleLines(examples: readonly Example[], width: number): string[] {
  if (examples.length === 0) return [];
  return [
    '',
    'Examples:',
    ...examples.flatMap(([line, does]) => [
      ...commandLines(`weft ${line}`, width),
      ...wrap(does, width - 6).map((words) => `      ${words}`),
    ]),
  ];
}

/** @param path how it is called: `data show`. */
export function commandHelp(command: Command, path: string, width: number): string {
  const { form, describe, positionals = {}, options, examples } = command;
  const required = Object.entries(options).flatMap(([name, spec]) =>
    spec.demand ? [` ${optionName(name, spec)}`] : [],
  );
  return [
    ...wrap(`weft ${path}: ${describe}`, width),
    '',
    ...wrap(`Usage: weft ${path}${form.replace(/^\S+/, '')}${required.join('')} [options]`, width),
    ...(Object.keys(positionals).length === 0 ? [] : ['', 'Arguments:', ...table(Object.entries(positionals), width)]),
    ...exampleLines(examples, width),
    ...optionLines(options, width),
    '',
  ].join('\n');
}

export function groupHelp({ name, describe, commands }: CommandGroup, width: number): string {
  return [
    ...wrap(`weft ${name}: ${describe}`, width),
    '',
    'Commands:',
    ...table(
      commands.map((c) => [`${name} ${c.form}`, c.describe] as const),
      width,
    ),
    ...exampleLines(
      commands.flatMap((c) => c.examples.slice(0, 1)),
      width,
    ),
    '',
    ...wrap(`weft ${name} COMMAND --help shows the options of one.`, width),
    '',
  ].join('\n');
}

/** @param sections commands under headings. */
export function mainHelp(
  sections: readonly (readonly [title: string, commands: readonly Declared[]])[],
  version: string,
  width: number,
): string {
  return [
    ...wrap(`weft ${version}: train image classifiers on any GPU, and use them`, width),
    '',
    ...wrap('Usage: weft COMMAND [options]', width),
    ...sections.flatMap(([title, commands]) => [
      '',
      `${title}:`,
      ...table(
        commands.map((c) => [isGroup(c) ? nameOf(c) : c.form, c.describe] as const),
        width,
      ),
    ]),
    ...exampleLines(
      [
        ['train --data synthetic --model lenet5', 'a first run, on drawn garments: needs no data'],
        ['predict runs/NAME photos/', 'what pictures show, by the run that was trained'],
      ],
      width,
    ),
    '',
    ...wrap(
      'weft COMMAND --help shows what one takes; weft --version the version. Where weft is not on the path: npx ' +
        'weftgrad COMMAND (npx weft would fetch a package of others).',
      width,
    ),
    '',
  ].join('\n');
}
