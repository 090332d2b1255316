/** `weft models`: the architectures, what they cost and what they are good for. */
import { MODELS, type ModelInput } from '../../nn/models/registry.js';
import { summarize } from '../../nn/summary.js';
import { textTable } from '../../report/table.js';
import type { Parsed } from '../declare/declared.js';
import { print, printJson } from '../output.js';

export async function run(argv: Parsed): Promise<void> {
  const rows = MODELS.map(({ name, description, use, input, minimumSize, build }) => {
    const { parameters, flops, activationBytes } = summarize(build(input), input);
    return { name, parameters, multiplyAdds: flops / 2, activationBytes, description, use, input, minimumSize };
  });
  if (argv['json'] === true) printJson({ models: rows });
  print(
    'parameters, millions of multiply-adds of an image, and the MiB that its activations take in training, are for ' +
      'the images\nand the number of classes that each was designed for; all take others, from the smallest side on ' +
      '(weft summary MODEL)\n',
  );
  const cells = rows.map((r) => [
    r.name,
    r.parameters.toLocaleString('en-US'),
    few(r.multiplyAdds / 1e6),
    few(r.activationBytes / 2 ** 20),
    inputText(r.input),
    String(r.minimumSize),
    r.use,
  ]);
  print(
    textTable(['model', 'parameters', 'M mul-adds', 'MiB', 'images, classes', 'smallest', 'good for'], cells, [
      'left',
      'right',
      'right',
      'right',
      'left',
      'right',
      'left',
    ]),
  );
}

/** Two decimals below 10, one below 100. */
function few(n: number): string {
  const digits = n < 10 ? 2 : n < 100 ? 1 : 0;
  return n.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function inputText({ channels, height, width, classes }: ModelInput): string {
  return `${height}x${width}x${channels}, ${classes}`;
}
