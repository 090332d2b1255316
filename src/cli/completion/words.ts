/** What can stand where on a command line of Weft, out of the declared commands: scripts for shells are made of it. */
import { argumentsOf, isGroup, nameOf, type Command, type Sections } from '../declare/declared.js';
import type { OptionSpec } from '../options/options.js';

/** What may come after an option or stand as an argument. */
export type Value =
  { readonly kind: 'file' } | { readonly kind: 'number' } | { readonly kind: 'choice'; of: readonly string[] };

export interface OptionWord {
  /** With its dashes; a switch that is on is offered as `--no-…`, as help does. */
  readonly word: string;
  readonly about: string;
  /** Null: a switch. */
  readonly value: Value | null;
}

/** A command, or a group where `commands` are what may follow. */
export interface CommandWord {
  /** `['data', 'show']`. */
  readonly path: readonly string[];
  readonly about: string;
  readonly commands: readonly CommandWord[];
  readonly options: readonly OptionWord[];
  readonly arguments: readonly (Value & { readonly isList: boolean })[];
}

/** Longer descriptions end here. */
const LONGEST = 72;

/** The first clause of a description, on one line beside its word. */
export function clauseOf(describe: string): string {
  const [first] = describe.split(/[;(]|: /);
  const text = first.trim();
  return text.length <= LONGEST ? text : `${text.slice(0, text.lastIndexOf(' ', LONGEST - 1))} …`;
}

const HELP: OptionWord = { word: '--help', about: 'show what it takes', value: null };

function valueOf({ type, choices }: OptionSpec): Value | null {
  if (type === 'boolean') return null;
  if (choices !== undefined) return { kind: 'choice', of: choices };
  return { kind: type === 'string' ? 'file' : 'number' };
}

function commandWord(c: Command, above: readonly string[]): CommandWord {
  return {
    path: [...above, nameOf(c)],
    about: c.describe,
    commands: [],
    options: [
      ...Object.entries(c.options).map(([name, spec]) => {
        const isOn = spec.type === 'boolean' && spec.default === true;
        const about = clauseOf(spec.describe);
        return { word: `--${isOn ? 'no-' : ''}${name}`, about: isOn ? `off: ${about}` : about, value: valueOf(spec) };
      }),
      HELP,
    ],
    arguments: argumentsOf(c).map(({ name, isList }) => {
      const of = c.choices?.[name];
      return { ...(of === undefined ? { kind: 'file' as const } : { kind: 'choice' as const, of }), isList };
    }),
  };
}

/** All commands of these sections. */
export function commandWords(sections: Sections): CommandWord[] {
  return sections
    .flatMap(([, commands]) => commands)
    .map((c) =>
      isGroup(c)
        ? {
            path: [c.name],
            about: c.describe,
            commands: c.commands.map((own) => commandWord(own, [c.name])),
            options: [HELP],
            arguments: [],
          }
        : commandWord(c, []),
    );
}

/** Groups after their commands' parents, in one list. */
export function flat(words: readonly CommandWord[]): CommandWord[] {
  return words.flatMap((w) => [w, ...flat(w.commands)]);
}
