/** `weft predict`: the classes of pictures. */
import { noGrad } from '../autograd/graph.js';
import { softmax } from '../autograd/ops/softmax.js';
import { readDataFile } from '../data/data_file.js';
import { decodePng } from '../data/png.js';
import { toGreySquare } from '../data/predict_image.js';
import { ModelError } from '../device/errors.js';
import { readCheckpoint, modelOf, restore } from '../train/checkpoint.js';
import type { CheckpointHeader } from '../train/checkpoint_header.js';
import { RunFolder } from '../train/run_folder.js';
import { tensor } from '../tensor/tensor.js';
import { withDevice, type Command } from './command.js';
import { resolveOptions, SHARED_OPTIONS, yargsOptions, type OptionSpec } from './options.js';
import { percent, printJson, say } from './output.js';

const PREDICT_OPTIONS = {
  top: { type: 'integer', describe: 'classes to show for each picture', default: 3, min: 1 },
} as const satisfies Record<string, OptionSpec>;

export const predictCommand: Command = {
  command: 'predict <run> <images..>',
  describe: 'say what pictures show (PNG of any size)',
  options: Object.keys({ ...PREDICT_OPTIONS, ...SHARED_OPTIONS }),
  builder: (yargs) =>
    yargs
      .positional('run', { type: 'string', describe: 'run folder' })
      .positional('images', { type: 'string', array: true, describe: 'PNG files' })
      .options(yargsOptions({ ...PREDICT_OPTIONS, ...SHARED_OPTIONS })),
  run: async (argv) => {
    const top = Number(resolveOptions(PREDICT_OPTIONS, argv)['top']);
    const checkpoint = await readCheckpoint(new RunFolder(String(argv['run'])).file('best.safetensors'));
    const { header } = checkpoint;
    const files = (argv['images'] as string[]).map(String);
    const pixels: Float32Array[] = [];
    for (const file of files) pixels.push(await readPicture(file, header)); // all are read before the model runs: a bad one costs nothing
    await withDevice(argv, async (device) => {
      const model = modelOf(checkpoint).to(device).eval();
      restore(checkpoint, model, null);
      const { channels, height, width, classes } = header.input;
      const results: { file: string; top: { class: string; probability: number }[] }[] = [];
      for (const [i, file] of files.entries()) {
        const p = device.step(() => noGrad(() => softmax(model.forward(tensor(device, pixels[i], { shape: [1, channels, height, width] })))));
        const values = await p.read();
        p.storage.release();
        const ranked = Array.from({ length: classes }, (_, c) => ({ class: header.classes[c], probability: values[c] })).sort((a, b) => b.probability - a.probability);
        results.push({ file, top: ranked.slice(0, top) });
        say(`${file}: ${ranked.slice(0, top).map((r) => `${r.class} ${percent(r.probability)}`).join(', ')}`);
      }
      if (argv['json'] === true) printJson(results);
    });
  },
};

/** A picture as the model's normalised input (C, H, W). */
async function readPicture(file: string, { input, normalization, model }: CheckpointHeader): Promise<Float32Array> {
  if (input.channels !== 1 || input.height !== input.width) {
    throw new ModelError(`${model} of this run takes ${input.channels}x${input.height}x${input.width} images; predict knows grey square ones only`, { fix: 'use a run on grey square images' });
  }
  const grey = toGreySquare(decodePng(await readDataFile(file), file), input.width);
  return Float32Array.from(grey, (v) => (v / 255 - normalization.mean[0]) / normalization.std[0]);
}
