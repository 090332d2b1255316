/**
 * `npm run test:teach`: photographs of clothes are taught on SqueezeNet's published features, as the page does it: 30
 * each of shoes, pants and hats (../shared/data/clothing, or $WEFT_DATA). Of 60 others nine of ten must be named, and
 * the run that it is taken home as must give the same probabilities to 1e-4. It says how long features and head took,
 * and how many pictures of kinds that were not taught are noticed. Takes half a minute on a software adapter. Its last
 * line: `N passed, N failed, N skipped`.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeRgba } from '../../src/data/pictures/picture.js';
import { Device } from '../../src/device/device.js';
import { Classifier } from '../../src/inference/classifier.js';
import { Backbone } from '../../src/teach/backbone.js';
import { taughtCheckpoint } from '../../src/teach/taught_run.js';
import { answer, taughtOf } from '../../src/teach/taught.js';
import { trainHead } from '../../src/teach/train_head.js';
import { namedWeights } from '../../src/train/published/named_weights.js';
import { publishedCheckpoint } from '../../src/train/published/published_checkpoint.js';
import { DATA } from '../support/harness.js';

const CLASSES = ['shoes', 'pants', 'hat'];
/** Kinds that are shown without having been taught, and how many pictures of each. */
const OTHERS = ['dress', 't-shirt', 'outwear'];
const [EACH, SHOWN] = [30, 20];

const say = (text: string): void => void process.stdout.write(`${text}\n`);
const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;

/** The first pictures of a class, of all the parts that are named, taken in turns. */
function filesOf(folder: string, parts: readonly string[], name: string, count: number): string[] {
  const all = parts.map((part) =>
    readdirSync(join(folder, part, name))
      .sort()
      .map((f) => join(folder, part, name, f)),
  );
  const turns = Array.from({ length: count }, (_, i) => all[i % all.length][Math.floor(i / all.length)]);
  return turns.filter((file) => file !== undefined);
}

async function main(folder: string, weights: string): Promise<readonly string[]> {
  const problems: string[] = [];
  const device = await Device.create();
  const backbone = new Backbone(device, await publishedCheckpoint(namedWeights('imagenet', 'squeezenet1_1'), weights));
  let [seconds, pictures] = [0, 0];
  const see = async (files: readonly string[]): Promise<{ inputs: Float32Array[]; features: Float32Array[] }> => {
    const inputs: Float32Array[] = [];
    for (const file of files) inputs.push(backbone.input(await decodeRgba(new Uint8Array(readFileSync(file)), file)));
    const started = performance.now();
    const features = await backbone.features(inputs);
    seconds += (performance.now() - started) / 1000;
    pictures += files.length;
    return { inputs, features };
  };
  const rows: { class: number; features: Float32Array }[] = [];
  for (const [c, name] of CLASSES.entries())
    for (const features of (await see(filesOf(folder, ['train'], name, EACH))).features)
      rows.push({ class: c, features });
  const trained = await trainHead(device, rows, CLASSES);
  const taught = taughtOf(rows, CLASSES, trained);
  say(`features: ${((1000 * seconds) / pictures).toFixed(0)} ms a picture, ${pictures} pictures`);
  say(`head: ${trained.seconds.toFixed(2)} s, out of fold ${percent(trained.report.accuracy, 1)}`);
  const classifier = new Classifier(device, taughtCheckpoint(backbone.checkpoint, taught, trained.report));
  let [right, none, unlike, shown, apart] = [0, 0, 0, 0, 0];
  for (const [c, name] of CLASSES.entries()) {
    const { inputs, features } = await see(filesOf(folder, ['test', 'validation'], name, SHOWN));
    for (const [i, own] of features.entries()) {
      const said = answer(taught, own);
      const run = await classifier.probabilities(inputs[i]);
      for (const [k, p] of said.probabilities.entries()) apart = Math.max(apart, Math.abs(p - run[k]));
      right += Number(said.class === c);
      none += Number(said.isNone);
      unlike += Number(said.likeness.isUnlike);
      shown++;
    }
  }
  say(
    `shown ${shown} others: ${percent(right, shown)} right; none of these ${percent(none, shown)}, ` +
      `unlike ${percent(unlike, shown)}; the run ${apart.toExponential(1)} apart`,
  );
  for (const name of OTHERS) {
    const { features } = await see(filesOf(folder, ['test', 'validation'], name, SHOWN));
    const said = features.map((own) => answer(taught, own));
    const [n, u] = [said.filter((a) => a.isNone).length, said.filter((a) => a.likeness.isUnlike).length];
    const either = said.filter((a) => a.isNone || a.likeness.isUnlike).length;
    const of = features.length;
    say(
      `${name}, not taught: none of these ${percent(n, of)}, unlike ${percent(u, of)}, either ${percent(either, of)}`,
    );
  }
  if (shown < 55) problems.push(`${shown} pictures were shown`);
  if (right / shown < 0.9) problems.push(`${percent(right, shown)} right, expected 90 % at least`);
  if (apart > 1e-4) problems.push(`the run says other probabilities: ${apart} apart`);
  if (taught.kept.threshold <= 0) problems.push(`threshold ${taught.kept.threshold}`);
  classifier.release();
  backbone.release();
  device.destroy();
  return problems;
}

const [folder, weights] = [join(DATA ?? '', 'clothing'), join(DATA ?? '', 'pretrained', 'squeezenet1_1.safetensors')];
if (DATA === null || !existsSync(folder) || !existsSync(weights)) {
  say('skipped: teaching photographs (no clothing and pretrained weights; set WEFT_DATA)');
  say('0 passed, 0 failed, 1 skipped');
} else {
  const problems = await main(folder, weights);
  for (const problem of problems) say(`FAIL ${problem}`);
  say(`${problems.length === 0 ? 1 : 0} passed, ${problems.length === 0 ? 0 : 1} failed, 0 skipped`);
  if (problems.length > 0) process.exitCode = 1;
}
