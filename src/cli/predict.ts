/** `weft predict`: the classes of pictures. */
import { readDataFile } from '../data/data_file.js';
import { decodePicture } from '../data/decode_picture.js';
import { readCheckpoint } from '../train/checkpoint.js';
import { Classifier, modelInput, type ClassProbability } from '../train/classifier.js';
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
    const inputs: Float32Array[] = [];
    for (const file of files) inputs.push(modelInput(await decodePicture(await readDataFile(file), file, header.input.channels), header)); // all are read before the model runs: a bad one costs nothing
    await withDevice(argv, async (device) => {
      const classifier = new Classifier(device, checkpoint);
      const results: { file: string; top: ClassProbability[] }[] = [];
      for (const [i, file] of files.entries()) {
        const ranked = (await classifier.rank(inputs[i])).slice(0, top);
        results.push({ file, top: ranked });
        say(`${file}: ${ranked.map((r) => `${r.class} ${percent(r.probability)}`).join(', ')}`);
      }
      if (argv['json'] === true) printJson(results);
    });
  },
};
