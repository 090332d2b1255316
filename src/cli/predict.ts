/** `weft predict`: the classes of pictures. */
import { noGrad } from '../autograd/graph.js';
import { softmax } from '../autograd/ops/softmax.js';
import { readDataFile } from '../data/data_file.js';
import { decodeRgba, decodeSquare, isPicture, isPng } from '../data/picture.js';
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
  describe: 'say what pictures show (PNG, JPEG or WebP of any size)',
  options: Object.keys({ ...PREDICT_OPTIONS, ...SHARED_OPTIONS }),
  builder: (yargs) =>
    yargs
      .positional('run', { type: 'string', describe: 'run folder' })
      .positional('images', { type: 'string', array: true, describe: 'PNG, JPEG or WebP files' })
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
async function readPicture(file: string, { input, normalization, model, config }: CheckpointHeader): Promise<Float32Array> {
  const side = input.width;
  if (![1, 3].includes(input.channels) || input.height !== side) {
    throw new ModelError(`${model} of this run takes ${input.channels}x${input.height}x${side} images; predict knows grey and RGB square ones only`, { fix: 'use a run on square images' });
  }
  const bytes = await readDataFile(file);
  const pixels = input.channels === 3 ? middle(await decodeSquare(bytes, file, config.imageSize ?? side), config.imageSize ?? side, side) : await greyPixels(bytes, file, side);
  const area = side * side;
  return Float32Array.from(pixels, (v, i) => (v / 255 - normalization.mean[Math.floor(i / area)]) / normalization.std[Math.floor(i / area)]);
}

async function greyPixels(bytes: Uint8Array, file: string, side: number): Promise<Uint8Array> {
  return toGreySquare(isPicture(bytes) && !isPng(bytes) ? await decodeRgba(bytes, file) : decodePng(bytes, file), side);
}

/** The middle of planes (3, from, from): (3, to, to), as the network saw the images that it was evaluated on. */
function middle(planes: Uint8Array, from: number, to: number): Uint8Array {
  const first = Math.floor((from - to) / 2);
  return Uint8Array.from({ length: 3 * to * to }, (_, i) => planes[(Math.floor(i / (to * to)) * from + first + (Math.floor(i / to) % to)) * from + first + (i % to)]);
}
