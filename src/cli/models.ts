/** `weft models`: the architectures. */
import { DEFAULT_INPUT, MODELS } from '../nn/models/registry.js';
import { textTable } from '../train/table.js';
import type { Command } from './command.js';
import { SHARED_OPTIONS, yargsOptions } from './options.js';
import { printJson, say } from './output.js';

export const modelsCommand: Command = {
  command: 'models',
  describe: 'list the models',
  options: ['json'],
  builder: (yargs) => yargs.options(yargsOptions({ json: SHARED_OPTIONS.json })),
  run: async (argv) => {
    const rows = MODELS.map((m) => ({ name: m.name, parameters: m.build(DEFAULT_INPUT).parameterCount(), description: m.description }));
    if (argv['json'] === true) printJson(rows);
    const { channels, height, width, classes } = DEFAULT_INPUT;
    say(`parameters for ${height}x${width} images of ${channels} channel and ${classes} classes\n`);
    say(textTable(['model', 'parameters', ''], rows.map((r) => [r.name, r.parameters.toLocaleString('en-US'), r.description]), ['left', 'right', 'left']));
  },
};
