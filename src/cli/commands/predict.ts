/** `weft predict`: the classes of pictures, and of the rows of tables of pixels. */
import { writeFileAtomic } from '#platform';
import type { Device } from '../../device/device.js';
import { UsageError } from '../../device/errors.js';
import { ownFolder } from '../own_folder.js';
import { withFile } from '../../device/files/outputs.js';
import { Classifier, type ClassProbability } from '../../inference/classifier.js';
import type { Views } from '../../inference/views.js';
import { toCsv } from '../../report/csv.js';
import { RunFolder, temperatureOfRun } from '../../report/run_folder.js';
import { bestOf } from '../weights/best_of.js';
import { visible } from '../../text/visible.js';
import { named } from '../../text/width.js';
import { BadInputs } from '../bad_inputs.js';
import { openTuned } from '../command.js';
import type { Parsed } from '../declare/declared.js';
import { resolveOptions } from '../options/options.js';
import { percent, print, printJson, say } from '../output.js';
import { LookPictures, requireExplainable } from '../predict/look_pictures.js';
import { askedInputs } from '../predict/inputs.js';
import { LiveLine } from '../progress.js';
import { PREDICT_OPTIONS } from '../options/run_options.js';
import { viewsFrom } from '../options/views.js';

/** Pictures that the model sees at once, and that are decoded before it does. */
const BATCH = 32;

/** What is said of one picture, or of several of one product. */
type Answer =
  | { readonly file: string; readonly top: readonly ClassProbability[] }
  | { readonly files: readonly string[]; readonly top: readonly ClassProbability[] }
  | { readonly file: string; readonly error: string };

export async function run(argv: Parsed): Promise<void> {
  const o = resolveOptions(PREDICT_OPTIONS, argv);
  requireExplainable(o);
  const body = (): Promise<void> => predict(argv, o);
  await withFile(o['out'] === undefined ? undefined : String(o['out']), () =>
    o['explain'] === undefined ? body() : ownFolder(String(o['explain']), body),
  );
}

/** Good pictures are answered whatever the others are. @throws DataError at the end when some could not be read. */
async function predict(argv: Parsed, o: Readonly<Record<string, unknown>>): Promise<void> {
  const [top, views] = [Number(o['top']), viewsFrom(o)];
  const checkpoint = await bestOf(String(argv['run']));
  const { header } = checkpoint;
  const isOne = o['same-product'] === true;
  const temperature = o['calibrated'] === true ? await requireTemperature(String(argv['run']), views) : 1;
  const answers: Answer[] = [];
  let device: Device | null = null;
  const bad = new BadInputs();
  const fail = (file: string, error: unknown): void => {
    bad.add(file, error);
    answers.push(bad.errors[bad.errors.length - 1]);
  };
  const text = (name: string): string | undefined => (o[name] === undefined ? undefined : String(o[name]));
  const table = { label: text('label'), encoding: text('encoding') };
  const asked = await askedInputs((argv['images'] as string[]).map(String), { header, views, table }, fail);
  const tell = (about: { file: string } | { files: readonly string[] }, ranked: readonly ClassProbability[]): void => {
    const shown = ranked.slice(0, top);
    answers.push({ ...about, top: shown });
    print(
      `${visible('file' in about ? about.file : about.files.join(', '))}: ` +
        `${shown.map((r) => `${named(r.class)} ${percent(r.probability)}`).join(', ')}`,
    );
  };
  const line = new LiveLine();
  let classifier: Classifier | null = null;
  let looks: LookPictures | null = null;
  const product: { file: string; input: Float32Array }[] = [];
  try {
    for (let at = 0; at < asked.length; at += BATCH) {
      const good: { file: string; input: Float32Array }[] = [];
      for (const { name: file, input } of asked.slice(at, at + BATCH)) {
        try {
          good.push({ file, input: await input() });
        } catch (error) {
          line.end();
          fail(file, error);
        }
      }
      if (isOne) product.push(...good);
      else if (good.length > 0) {
        classifier ??= new Classifier((device = await openTuned(argv)), checkpoint, views, temperature);
        const ranked = await classifier.rankAll(good.map((g) => g.input));
        line.end();
        for (const [i, { file }] of good.entries()) tell({ file }, ranked[i]);
        if (o['explain'] !== undefined) {
          const to = { folder: String(o['explain']), inputs: asked.map((a) => a.name) };
          looks ??= new LookPictures(device as Device, checkpoint, classifier, to);
          for (const [i, { file, input }] of good.entries()) {
            line.show(`explaining ${at + i + 1} of ${asked.length}`);
            await looks.draw(file, input, ranked[i][0]);
          }
        }
      }
      if (asked.length > BATCH) line.show(`${Math.min(at + BATCH, asked.length)} of ${asked.length} pictures`);
    }
    line.end();
    if (product.length > 0) {
      classifier ??= new Classifier((device = await openTuned(argv)), checkpoint, views, temperature);
      tell({ files: product.map((p) => p.file) }, await classifier.rankTogether(product.map((p) => p.input)));
    }
  } finally {
    line.end();
    device?.destroy();
  }
  if (looks !== null) say(`pictures: ${String(o['explain'])}`);
  if (o['out'] !== undefined) writeAnswers(String(o['out']), answers, Math.min(top, header.classes.length));
  const answered = answers.length - bad.errors.length;
  if (argv['json'] === true && answered > 0) printJson({ answers }); // nothing answered: the document is the error
  bad.end(answered);
}

/** @throws UsageError when the run has none, or it is of single looks and several are asked for. */
async function requireTemperature(run: string, views: Views | null): Promise<number> {
  if (views !== null)
    throw new UsageError('--calibrated is for single looks: the temperature was not fitted for the mean of several', {
      fix: 'leave out --tta or --calibrated',
    });
  const fitted = await temperatureOfRun(new RunFolder(run));
  if (fitted !== null) return fitted.temperature;
  throw new UsageError(`--calibrated: ${run} has no temperature`, {
    fix: 'give the folder of a run that is over and has held images back (--val-split above 0); or leave it out',
  });
}

/** A line for each picture: the likeliest classes and their probabilities, or what is wrong with it. */
function writeAnswers(path: string, answers: readonly Answer[], top: number): void {
  const columns = Array.from({ length: top }, (_, i) => [`class_${i + 1}`, `probability_${i + 1}`]).flat();
  const rows = answers.map((answer) => {
    const ranked = 'top' in answer ? answer.top : [];
    const cells = Array.from({ length: top }, (_, i): (string | number | null)[] => [
      ranked[i]?.class ?? null,
      ranked[i]?.probability ?? null,
    ]).flat();
    return ['file' in answer ? answer.file : answer.files.join(' '), ...cells, 'error' in answer ? answer.error : null];
  });
  writeFileAtomic(path, toCsv(['file', ...columns, 'error'], rows));
  say(`answers: ${path}`);
}
