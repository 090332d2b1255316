/** `weft predict`: the classes of pictures. */
import { readDataFile } from '../data/data_file.js';
import { decodeRgba } from '../data/picture.js';
import { readCheckpoint } from '../train/checkpoint.js';
import { Classifier, modelInput, type ClassProbability } from '../train/classifier.js';
import { RunFolder } from '../train/run_folder.js';
import { visible } from '../text/visible.js';
import { named } from '../text/width.js';
import { withDevice } from './command.js';
import type { Parsed } from './declared.js';
import { resolveOptions } from './options.js';
import { percent, print, printJson } from './output.js';
import { PREDICT_OPTIONS } from './run_options.js';
import { viewsFrom } from './views.js';

export async function run(argv: Parsed): Promise<void> {
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
      print(`${visible('file' in about ? about.file : about.files.join(', '))}: ${shown.map((r) => `${named(r.class)} ${percent(r.probability)}`).join(', ')}`);
    };
    if (o['same-product'] === true) answer({ files }, await classifier.rankTogether(inputs));
    else for (const [i, file] of files.entries()) answer({ file }, await classifier.rank(inputs[i]));
    if (argv['json'] === true) printJson(results);
  });
}
