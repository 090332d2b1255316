/** The command line's entry: parses with yargs, runs one command, turns failures into words and an exit code. */
import yargs, { type Argv } from 'yargs';
import { packageJson } from '#platform';
import { onNotice } from '../device/notices.js';
import type { Command } from './command.js';
import { dataCommand } from './data.js';
import { doctorCommand } from './doctor.js';
import { compareCommand } from './compare.js';
import { imbalanceCommand } from './imbalance.js';
import { evalCommand } from './eval.js';
import { evalRetrievalCommand } from './eval_retrieval.js';
import { commandOf, switchesOf, type FurtherCommand } from './further.js';
import { lrFindCommand } from './lr_find.js';
import { indexCommand } from './make_index.js';
import { modelsCommand } from './models.js';
import { reportError, say, terminalColumns } from './output.js';
import { pageCommand } from './page.js';
import { predictCommand } from './predict.js';
import { serveCommand } from './serve.js';
import { similarCommand } from './similar.js';
import { summaryCommand } from './summary.js';
import { trainCommand } from './train.js';
import { tuneCommand } from './tune.js';
import { checkSwitches, usageError } from './usage.js';
import { vaeCommand } from './vae.js';

const COMMANDS = [trainCommand, compareCommand, imbalanceCommand, vaeCommand, lrFindCommand, evalCommand, predictCommand, indexCommand, similarCommand, evalRetrievalCommand, serveCommand, pageCommand, modelsCommand, summaryCommand, dataCommand, doctorCommand, tuneCommand];

/**
 * Runs the command line and returns its exit code: 0; 2 usage, 3 data, 4 adapter, 5 GPU, 6 diverged, 7 model file, 8 check; 130, 143 stopped.
 * @param further commands from outside of the engine, e.g. `bench`.
 */
export async function main(argv: readonly string[], further: readonly FurtherCommand[] = []): Promise<number> {
  const json = argv.includes('--json') || argv.includes('--json=true');
  onNotice(say);
  try {
    checkSwitches(argv, further.flatMap(switchesOf));
    const parser = build(argv, [...COMMANDS, ...further.map(commandOf)]);
    await parser.parseAsync();
    return 0;
  } catch (error) {
    return reportError(error, json);
  }
}

function build(argv: readonly string[], commands: readonly Command[]): Argv {
  const parser = yargs([...argv])
    .scriptName('weft')
    .usage('weft <command>: train image classifiers on any GPU')
    .version(packageJson().version)
    .parserConfiguration({ 'camel-case-expansion': false, 'parse-numbers': false, 'parse-positional-numbers': false })
    .strict()
    .demandCommand(1, 'which command?')
    .help()
    .alias('h', 'help')
    .wrap(Math.min(110, terminalColumns()))
    .exitProcess(false)
    .fail((message: string, error: Error | undefined) => {
      // yargs wraps its own complaints in errors too (YError); any other error is a command's.
      throw error !== undefined && error.name !== 'YError' ? error : usageError(message, argv, commands);
    });
  for (const c of commands) parser.command(c.command, c.describe, c.builder, (parsed) => c.run(parsed));
  return parser;
}
