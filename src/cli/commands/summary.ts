/** `weft summary`: what a model is made of. Needs no adapter. */
import { formatShape } from '../../tensor/shape.js';
import { buildModel, modelSpec, type ModelInput } from '../../nn/models/registry.js';
import { summarize } from '../../nn/summary.js';
import { textTable } from '../../report/table.js';
import type { Parsed } from '../declare/declared.js';
import { resolveOptions } from '../options/options.js';
import { print, printJson } from '../output.js';
import { SUMMARY_OPTIONS } from '../options/run_options.js';

export async function run(argv: Parsed): Promise<void> {
  const o = resolveOptions(SUMMARY_OPTIONS, argv);
  const spec = modelSpec(String(argv['model']));
  const size = o['image-size'];
  const input: ModelInput = {
    channels: Number(o['channels'] ?? spec.input.channels),
    height: Number(size ?? spec.input.height),
    width: Number(size ?? spec.input.width),
    classes: Number(o['classes'] ?? spec.input.classes),
  };
  const { layers, ...totals } = summarize(buildModel(spec.name, input), input);
  if (argv['json'] === true) printJson({ model: spec.name, description: spec.description, input, ...totals, layers });
  const whole = (n: number): string => (n === 0 ? '' : n.toLocaleString('en-US'));
  const rows = layers.map((l) => [
    l.name === '' ? spec.name : l.name,
    l.type,
    formatShape(l.output),
    whole(l.parameters),
    megas(l.flops),
    kibibytes(l.activationBytes),
  ]);
  print(
    `${spec.name}: ${spec.description}\n${input.height}x${input.width} images of ${input.channels} ` +
      `${input.channels === 1 ? 'channel' : 'channels'}, ${input.classes} classes; shapes, work and memory for one ` +
      `image\n`,
  );
  print(
    textTable(['layer', 'type', 'output', 'parameters', 'MFLOP', 'KiB'], rows, [
      'left',
      'left',
      'left',
      'right',
      'right',
      'right',
    ]),
  );
  const [mebi, flops] = [(bytes: number): string => (bytes / 2 ** 20).toFixed(1), (totals.flops / 1e6).toFixed(1)];
  print(
    `\nparameters: ${totals.parameters.toLocaleString('en-US')} (${mebi(totals.parameters * 4)} MiB; training ` +
      `with Adam takes four times that)`,
  );
  print(
    `work: ${flops} MFLOP forward (a multiply-add counts as two), about ${((3 * totals.flops) / 1e6).toFixed(1)} ` +
      `in a training step`,
  );
  print(
    `activations: ${mebi(totals.activationBytes)} MiB for each image of a training step, besides what kernels ` +
      `need for themselves`,
  );
}

function megas(flops: number): string {
  return flops === 0 ? '' : (flops / 1e6).toFixed(2);
}

function kibibytes(bytes: number): string {
  return bytes === 0 ? '' : (bytes / 1024).toFixed(1);
}
