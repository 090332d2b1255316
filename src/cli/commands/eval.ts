/** `weft eval`: accuracy of a run's model over a data set. */
import { joinPath, writeFileAtomic } from '#platform';
import { loadDataset } from '../../data/load.js';
import type { DatasetSplits, ImageDataset } from '../../data/dataset.js';
import { trainingSplit } from '../../data/sampler.js';
import { DataError } from '../../device/errors.js';
import { readCheckpoint, type Checkpoint } from '../../train/checkpoint/checkpoint.js';
import { matchClasses } from '../../inference/class_match.js';
import { calibrationOf } from '../../inference/calibrate.js';
import { evaluateEach, inModelClasses, MAX_TABLED_CLASSES } from '../../inference/evaluate_checkpoint.js';
import { RunFolder, temperatureOfRun, writeConfusion } from '../../report/run_folder.js';
import { normalizationOf } from '../../train/normalization.js';
import { requireSameData } from '../../train/checkpoint/provenance.js';
import { viewCount } from '../../inference/views.js';
import { withDevice } from '../command.js';
import type { Parsed } from '../declare/declared.js';
import { resolveOptions } from '../options/options.js';
import { loadOptionsOf, notesOf } from '../options/images.js';
import { printJson, say } from '../output.js';
import { ownFolder } from '../own_folder.js';
import { namedAgain } from '../own/named_again.js';
import { oneClassOnly, sayCalibration, sayReport } from '../report.js';
import { digestsOf, reportOfEvaluation, type Evaluated } from '../run_report.js';
import { sayWarnings } from '../run_notes.js';
import { EVAL_OPTIONS } from '../options/run_options.js';
import { viewsFrom } from '../options/views.js';
import { shellWord } from '../../text/shell_word.js';

export async function run(argv: Parsed): Promise<void> {
  const o = resolveOptions(EVAL_OPTIONS, argv);
  if (o['out'] === undefined) await evaluateRun(argv, o);
  else await ownFolder(String(o['out']), () => evaluateRun(argv, o));
}

async function evaluateRun(argv: Parsed, o: Readonly<Record<string, unknown>>): Promise<void> {
  const views = viewsFrom(o);
  const folder = new RunFolder(String(argv['run']));
  const checkpoint = await readCheckpoint(
    folder.file(o['checkpoint'] === 'last' ? 'last.safetensors' : 'best.safetensors'),
  );
  const spec = o['data'] === undefined ? checkpoint.header.config.data : String(o['data']);
  if (o['data'] === undefined) say(`data: ${spec}, the run’s own`);
  const splits = await loadDataset(spec, {
    ...loadOptionsOf(checkpoint.header.config),
    isPartial: o['data'] !== undefined,
    onClasses: (classes, name) => void matchClasses(checkpoint.header.classes, classes, name),
  });
  for (const note of notesOf(splits)) say(note);
  const isOwnWithoutTest = o['data'] === undefined && argv['split'] === undefined && splits.test === null;
  const split = isOwnWithoutTest ? 'validation' : String(o['split']);
  const { data, indices } = choose(splits, split, checkpoint);
  await withDevice(argv, async (device) => {
    const { report, answers } = await evaluateEach(device, checkpoint, data, indices, views);
    // the temperature was fitted for the best checkpoint and single looks
    const isFitted = views === null && o['checkpoint'] === 'best';
    const calibration = calibrationOf(answers, isFitted ? await temperatureOfRun(folder) : null);
    const title =
      `${checkpoint.header.model} on ${data.name} ` +
      `(${split}${views === null ? '' : `, ${viewCount(views)} views`})`;
    sayReport(title, report);
    const doubts = oneClassOnly(report.perClass);
    sayWarnings(doubts);
    sayCalibration(calibration);
    if (o['out'] !== undefined) {
      const evaluated = { checkpoint, split, report, answers, data: inModelClasses(checkpoint, data), calibration };
      const more = { digests: digestsOf(checkpoint), warnings: doubts };
      await writeEvaluation(String(o['out']), { ...evaluated, ...more }, title, folder.path);
    }
    const { reliability: _, ...calibrated } = calibration;
    const document = { ...report, calibration: calibrated };
    if (argv['json'] === true) printJson(views === null ? document : { ...document, views: viewCount(views) });
  });
}

/** report.html, predictions.csv, reliability.png, and the confusion matrix where there are few classes. */
async function writeEvaluation(out: string, e: Evaluated, title: string, run: string): Promise<void> {
  const { confusion, accuracy } = e.report;
  const { classes, config } = e.checkpoint.header;
  if (confusion === null) say(`\nno confusion matrix: ${classes.length} classes are more than ${MAX_TABLED_CLASSES}`);
  else await writeConfusion(out, confusion, classes, `${title}: accuracy ${(100 * accuracy).toFixed(2)} %`);
  const command = `npx weftgrad eval ${shellWord(run)}${namedAgain(config)} --split ${e.split}`;
  for (const [name, content] of await reportOfEvaluation(e, title, run, command))
    writeFileAtomic(joinPath(out, name), content);
  const matrix = confusion === null ? '' : 'confusion_matrix.png, confusion_matrix_shares.png and .csv of both, ';
  say(`\n${matrix}predictions.csv, reliability.png; look at ${joinPath(out, 'report.html')}`);
}

/** @throws DataError when there are no such images, or the run did not train on these data. */
function choose(
  { train, test }: DatasetSplits,
  split: string,
  checkpoint: Checkpoint,
): { data: ImageDataset; indices?: Uint32Array } {
  if (split === 'test') {
    if (test === null) throw new DataError(`${train.name} has no test part`, { fix: 'use --split all' });
    return { data: test };
  }
  if (split === 'all') {
    if (test !== null)
      throw new DataError(`${train.name.replace(/ train$/, '')} has a test part: --split all is for data without`, {
        fix: 'use --split test, train or validation',
      });
    return { data: train };
  }
  const { config } = checkpoint.header;
  const { valSplit } = config;
  const indices = trainingSplit(train, valSplit, config.seed);
  requireSameData(
    checkpoint,
    train,
    normalizationOf(config.normalize, train, indices.train, checkpoint.header.normalization),
  );
  if (split === 'validation' && indices.validation.length === 0) {
    throw new DataError(
      `this run held no images back for validation (validation share ${valSplit} of ${train.count})`,
      { fix: 'use --split test or train' },
    );
  }
  return { data: train, indices: split === 'train' ? indices.train : indices.validation };
}
