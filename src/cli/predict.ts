/** `weft predict`: the classes of pictures. */
import { readDataFile } from '../data/data_file.js';
import { decodeRgba } from '../data/picture.js';
import { readCheckpoint } from '../train/checkpoint.js';
import { Classifier, modelInput, type ClassProbability } from '../train/classifier.js';
import { RunFolder } from '../train/run_folder.js';
import { withDevice, type Command } from './command.js';
import { resolveOptions, SHARED_OPTIONS, yargsOptions, type OptionSpec } from './options.js';
import { percent, printJson, say } from './output.js';
import { TTA_OPTION, viewsFrom } from './views.js';

const PREDICT_OPTIONS = {
  top: { type: 'integer', describe: 'classes to show for each picture', default: 3, min: 1 },
  'same-product': { type: 'boolean', describe: 'the pictures show one product: the mean of their probabilities is the answer', default: false },
  tta: TTA_OPTION,
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
    const o = resolveOptions(PREDICT_OPTIONS, argv);
    const [top, views] = [Number(o['top']), viewsFrom(o)];
    const checkpoint = await readCheckpoint(new RunFolder(String(argv['run'])).file('best.safetensors'));
    const { header } = checkpoint;
    const files = (argv['images'] as string[]).map(String);
    const inputs: Float32Array[] = [];
    for (const file of files) inputs.push(modelInput(await decodeRgba(await readDataFile(file), file), header, views)); // all are read before the model runs: a bad one costs nothing
    await withDevice(argv, async (device) => {
      const classifier = new Classifier(device, checkpoint, views);
      const results: { file?: string; files?: readonly string[]; top: readonly ClassProbability[] }[] = [];
      const answer = (about: { file: string } | { files: readonly string[] }, ranked: readonly ClassProbability[]): void => {
        const shown = ranked.slice(0, top);
        results.push({ ...about, top: shown });
        say(`${'file' in about ? about.file : about.files.join(', ')}: ${shown.map((r) => `${r.class} ${percent(r.probability)}`).join(', ')}`);
      };
      if (o['same-product'] === true) answer({ files }, await classifier.rankTogether(inputs));
      else for (const [i, file] of files.entries()) answer({ file }, await classifier.rank(inputs[i]));
      if (argv['json'] === true) printJson(results);
    });
  },
};
