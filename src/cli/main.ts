/** The command line's entry: parses with yargs, runs one command, turns failures into words and an exit code. */
import yargs, { type Argv } from 'yargs';
import { packageJson } from '#platform';
import { UsageError } from '../device/errors.js';
import { dataCommand } from './data.js';
import { doctorCommand } from './doctor.js';
import { evalCommand } from './eval.js';
import { modelsCommand } from './models.js';
import { suggest } from './options.js';
import { reportError } from './output.js';
import { predictCommand } from './predict.js';
import { trainCommand } from './train.js';

const COMMANDS = [trainCommand, evalCommand, predictCommand, modelsCommand, dataCommand, doctorCommand];

/** Runs the command line and returns its exit code: 0; 2 usage, 3 data, 4 adapter, 5 GPU, 6 diverged, 7 model file, 8 check; 130, 143 stopped. */
export async function main(argv: readonly string[]): Promise<number> {
  const json = argv.includes('--json');
  try {
    const parser = build(argv);
    await parser.parseAsync();
    return 0;
  } catch (error) {
    return reportError(error, json);
  }
}

function build(argv: readonly string[]): Argv {
  const parser = yargs([...argv])
    .scriptName('weft')
    .usage('weft <command>: train image classifiers on any GPU')
    .version(packageJson().version)
    .parserConfiguration({ 'camel-case-expansion': false, 'parse-numbers': false, 'parse-positional-numbers': false })
    .strict()
    .demandCommand(1, 'which command?')
    .help()
    .alias('h', 'help')
    .wrap(Math.min(110, process.stderr.columns ?? 110))
    .exitProcess(false)
    .fail((message: string, error: Error | undefined) => {
      // yargs wraps its own complaints in errors too (YError); any other error is a command's.
      throw error !== undefined && error.name !== 'YError' ? error : usageError(message, argv);
    });
  for (const c of COMMANDS) parser.command(c.command, c.describe, c.builder, (parsed) => c.run(parsed));
  return parser;
}

/** yargs' own words; an unknown name gets a suggestion where one is nearly right. */
function usageError(message: string, argv: readonly string[]): UsageError {
  const unknown = /^Unknown (?:argument|command)s?: ([^,]+)/.exec(message)?.[1];
  const command = COMMANDS.find((c) => c.command.split(' ')[0] === argv[0]);
  if (unknown === undefined) return new UsageError(message, { fix: `weft ${command === undefined ? '' : `${argv[0]} `}--help` });
  if (command === undefined) {
    const near = suggest(unknown, COMMANDS.map((c) => c.command.split(' ')[0]));
    return new UsageError(`there is no command "${unknown}"`, { fix: near === undefined ? 'weft --help lists them' : `did you mean ${near}?` });
  }
  const isOption = argv.some((word) => word === `-${unknown}` || word === `--${unknown}` || word.startsWith(`--${unknown}=`));
  const near = isOption ? suggest(unknown, command.options) : undefined;
  const fix = near === undefined ? `weft ${argv[0]} --help lists what it takes` : `did you mean --${near}?`;
  return new UsageError(`weft ${argv[0]} takes no ${isOption ? 'option --' : 'argument '}${unknown}`, { fix });
}
