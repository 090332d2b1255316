/** The command line's entry: finds the command, parses, runs, and turns failures into words and an exit code. */
import { UsageError } from '../device/errors.js';
import { SECTIONS } from './declare/commands.js';
import {
  isGroup,
  nameOf,
  type Command,
  type CommandGroup,
  type Declared,
  type Parsed,
  type Sections,
} from './declare/declared.js';
import { commandHelp, groupHelp, mainHelp } from './help.js';
import { suggest } from './hints.js';
import { helpColumns, beginOutput, print, reportError, say } from './output.js';

/** What a command line asks for. */
type Asked =
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'version' }
  | { readonly kind: 'run'; readonly command: Command; readonly path: string; readonly words: readonly string[] };

/**
 * Runs the command line and returns its exit code: 0; 2 usage, 3 data, 4 adapter, 5 GPU, 6 diverged, 7 model file, 8
 * check; 130, 143 stopped.
 * @param version of the package. @param extra groups of commands from outside of the engine, e.g. `bench`.
 */
export async function main(
  argv: readonly string[],
  version: string,
  extra: readonly CommandGroup[] = [],
): Promise<number> {
  const json = argv.includes('--json') || argv.includes('--json=true');
  beginOutput(json);
  try {
    const sections: Sections = [...SECTIONS, ...(extra.length === 0 ? [] : [['Measure', extra] as const])];
    const asked = whatIsAsked(argv, version, sections);
    if (asked.kind === 'help') print(asked.text.trimEnd());
    else if (asked.kind === 'version') print(version);
    else {
      const [{ parseCommand }, { onNotice }] = await Promise.all([
        import('./parse.js'),
        import('../device/notices.js'),
      ]);
      onNotice(say);
      const argv = await parseCommand(asked.words, asked.command, asked.path);
      await asked.command.run(
        namesCode(argv) ? await (await import('./own/load_own.js')).loadOwn(argv) : argv,
        sections,
      );
    }
    return 0;
  } catch (error) {
    return reportError(error, json);
  }
}

/** Whether an option may name a file of code: only then is it worth loading what looks. */
function namesCode(argv: Parsed): boolean {
  return Object.values(argv).some((value) => typeof value === 'string' && /\.(m?[jt]s|onnx)\b/.test(value));
}

/** @throws UsageError when there is no such command. */
function whatIsAsked(argv: readonly string[], version: string, sections: Sections): Asked {
  const commands = sections.flatMap(([, own]) => own);
  const options = argv.slice(0, argv.includes('--') ? argv.indexOf('--') : argv.length);
  const isHelp = options.some((word) => word === '--help' || word === '-h') || argv[0] === 'help';
  const [first, ...words] = argv[0] === 'help' ? argv.slice(1) : argv;
  if (first === undefined || first === '--help' || first === '-h')
    return { kind: 'help', text: mainHelp(sections, version, helpColumns()) };
  if (options.includes('--version')) return { kind: 'version' };
  const found = commands.find((c) => nameOf(c) === first);
  if (found === undefined) throw noCommand(first, argv, commands);
  if (!isGroup(found))
    return isHelp
      ? { kind: 'help', text: commandHelp(found, nameOf(found), helpColumns()) }
      : { kind: 'run', command: found, path: nameOf(found), words };
  const isBare = (words[0] ?? '--').startsWith('-') && !isHelp;
  const name = isBare ? (found.otherwise ?? words[0]) : words[0];
  const own = found.commands.find((c) => nameOf(c) === name);
  if (own !== undefined) {
    const path = `${found.name} ${name}`;
    return isHelp
      ? { kind: 'help', text: commandHelp(own, path, helpColumns()) }
      : { kind: 'run', command: own, path, words: words[0] === name ? words.slice(1) : words };
  }
  if (isHelp) return { kind: 'help', text: groupHelp(found, helpColumns()) };
  throw noSubcommand(found, name);
}

function noCommand(first: string, argv: readonly string[], commands: readonly Declared[]): UsageError {
  const names = commands.map(nameOf);
  const late = argv.find((word) => names.includes(word)); // weft --json models
  if (first.startsWith('-')) {
    if (late !== undefined)
      return new UsageError('the command comes first, then its options', {
        fix: `weft ${[late, ...argv.filter((word) => word !== late)].join(' ')}`,
      });
    return new UsageError(`weft takes no option ${first.replace(/=.*/s, '')} without a command`, {
      fix: 'weft --help lists the commands',
    });
  }
  const groups = commands.filter(isGroup).find((c) => c.commands.some((own) => nameOf(own) === first));
  const near =
    groups === undefined
      ? (MEANT[first.toLowerCase()] ?? suggest(first.toLowerCase(), names))
      : `${groups.name} ${first}`;
  return new UsageError(`there is no command "${first}"`, {
    fix: near === undefined ? 'weft --help lists them' : `did you mean ${near}?`,
  });
}

function noSubcommand({ name, commands }: CommandGroup, word: string | undefined): UsageError {
  const names = commands.map(nameOf);
  const list = `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`;
  if (word === undefined || word.startsWith('-'))
    return new UsageError(`which of ${list}?`, { fix: `weft ${name} --help tells what each does` });
  const near = suggest(word.toLowerCase(), names);
  return new UsageError(`weft ${name} has no command "${word}"`, {
    fix: near === undefined ? `it has ${list}` : `did you mean ${name} ${near}?`,
  });
}

/** What other tools call commands. */
const MEANT: Readonly<Record<string, string>> = {
  fit: 'train',
  finetune: 'train',
  evaluate: 'eval',
  test: 'eval',
  val: 'eval',
  validate: 'eval',
  classify: 'predict',
  infer: 'predict',
  inference: 'predict',
  detect: 'predict',
  search: 'similar',
  find: 'similar',
  retrieve: 'similar',
  embed: 'index',
  list: 'models',
  benchmark: 'bench',
  info: 'doctor',
  check: 'data check',
  version: '--version',
  resume: 'train --resume RUN',
  web: 'serve',
  server: 'serve',
  lr: 'lr-find',
  lrfind: 'lr-find',
  dataset: 'data',
  datasets: 'data',
};
