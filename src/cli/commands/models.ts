/** `weft models`: the architectures. */
import { MODELS, type ModelInput } from '../../nn/models/registry.js';
import { textTable } from '../../report/table.js';
import type { Parsed } from '../declared.js';
import { print, printJson } from '../output.js';

export async function run(argv: Parsed): Promise<void> {
  const rows = MODELS.map(({ name, description, input, minimumSize, build }) => ({
    name,
    parameters: build(input).parameterCount(),
    description,
    input,
    minimumSize,
  }));
  if (argv['json'] === true) printJson(rows);
  print(
    'parameters are for the images and the number of classes that each was designed for; all take others (weft ' +
      'summary MODEL)\n',
  );
  const cells = rows.map((r) => [
    r.name,
    r.parameters.toLocaleString('en-US'),
    inputText(r.input),
    String(r.minimumSize),
    r.description,
  ]);
  print(
    textTable(['model', 'parameters', 'images, classes', 'smallest', ''], cells, [
      'left',
      'right',
      'left',
      'right',
      'left',
    ]),
  );
}

function inputText({ channels, height, width, classes }: ModelInput): string {
  return `${height}x${width}x${channels}, ${classes}`;
}
