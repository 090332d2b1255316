/** `weft predict`: the classes of pictures. */
import { noGrad } from '../autograd/graph.js';
import { softmax } from '../autograd/ops/softmax.js';
import { DeviceDataset } from '../data/device_dataset.js';
import { queryPictures } from '../data/query_pictures.js';
import { ModelError } from '../device/errors.js';
import { readCheckpoint, modelOf, restore } from '../train/checkpoint.js';
import type { CheckpointHeader } from '../train/checkpoint_header.js';
import { RunFolder } from '../train/run_folder.js';
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
    const { input, config, normalization } = header;
    const pictures = await queryPictures(files, { channels: input.channels, imageSize: config.imageSize ?? input.width, side: squareSide(header) }); // all are read before the model runs: a bad one costs nothing
    await withDevice(argv, async (device) => {
      const model = modelOf(checkpoint).to(device).eval();
      restore(checkpoint, model, null);
      const resident = new DeviceDataset(device, pictures, normalization);
      const walk = resident.walk(Uint32Array.from(files, (_, i) => i), { batch: 1 });
      const results: { file: string; top: { class: string; probability: number }[] }[] = [];
      for (const file of files) {
        await walk.load(1);
        const p = device.step(() => noGrad(() => softmax(model.forward(walk.next(1).x))));
        const values = await p.read();
        p.storage.release();
        const ranked = Array.from({ length: input.classes }, (_, c) => ({ class: header.classes[c], probability: values[c] })).sort((a, b) => b.probability - a.probability);
        results.push({ file, top: ranked.slice(0, top) });
        say(`${file}: ${ranked.slice(0, top).map((r) => `${r.class} ${percent(r.probability)}`).join(', ')}`);
      }
      for (const part of [walk, resident]) part.release();
      if (argv['json'] === true) printJson(results);
    });
  },
};

/** Pixels a side of what the model takes. @throws ModelError unless it is a square. */
function squareSide({ model, input: { channels, height, width } }: CheckpointHeader): number {
  if (![1, 3].includes(channels) || height !== width) {
    throw new ModelError(`${model} of this run takes ${channels}x${height}x${width} images; predict knows grey and RGB square ones only`, { fix: 'use a run on square images' });
  }
  return width;
}
