/** What one looks at after a run: its report, its predictions, its temperature, and where they are used. */
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { syntheticGarments } from '../../../src/data/drawn/garments.js';
import { parsePredictions } from '../../../src/report/predictions.js';
import { suite } from '../../support/harness.js';
import { weft, weftJson } from '../weft.js';
import { cwd, HOME, picture, quickRun, read, type Evaluation } from './quick_run.js';

const test = suite('after a run');

interface Calibrated extends Evaluation {
  readonly calibration: {
    readonly ece: number;
    readonly temperature: number | null;
    readonly fittedOn: number;
    readonly eceCalibrated: number | null;
    readonly lossCalibrated: number | null;
  };
}

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

test('a run leaves its report, its predictions and its card, which say the same as its summary', async () => {
  await quickRun();
  const summary = JSON.parse(read('quick/summary.json')) as Calibrated;
  const rows = parsePredictions(read('quick/predictions.csv'), 'predictions.csv');
  assert.is(rows.length, 300);
  assert.is(rows.filter((r) => r.isRight).length, Math.round(300 * summary.accuracy));
  assert.ok(rows.every((r, i) => r.index === i && r.file === '' && r.isRight === (r.truth === r.predicted)));
  const losses = read('quick/predictions.csv')
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => Number(line.split(',')[7]));
  const mean = losses.reduce((a, b) => a + b, 0) / losses.length;
  assert.ok(Math.abs(mean - summary.loss) < 1e-5, `${mean} against ${summary.loss}, which the device added up`);
  const { calibration } = summary;
  assert.is(calibration.fittedOn, 200, 'the images that were held back');
  assert.ok((calibration.lossCalibrated ?? Infinity) < summary.loss + 0.02, JSON.stringify(calibration));
  const [html, card] = [read('quick/report.html'), read('quick/model_card.md')];
  for (const text of [html, card])
    for (const share of [summary.accuracy, calibration.ece]) assert.match(text, percent(share));
  assert.match(html, 'npx weftgrad train --config quick/config.json --out AGAIN');
  assert.match(card, `temperature, ${calibration.temperature?.toFixed(3)}`);
});

test('eval writes the same beside its figures, and knows the temperature of the run', async () => {
  const summary = JSON.parse(read('quick/summary.json')) as Calibrated;
  const words = ['eval', 'quick', '--data', 'garments', '--out', 'figures'];
  const { calibration } = await weftJson<Calibrated>(words, { cwd });
  for (const name of ['ece', 'temperature', 'eceCalibrated', 'lossCalibrated'] as const)
    assert.is(calibration[name], summary.calibration[name], name);
  assert.is(read('figures/predictions.csv'), read('quick/predictions.csv'));
  assert.match(read('figures/report.html'), 'An evaluation of the run in quick.');
  assert.ok(existsSync(join(HOME, 'figures/reliability.png')));
});

test('calibrated predictions are the others at the temperature; where there is none this is said', async () => {
  const { train: data } = syntheticGarments({ train: 1, test: 0, seed: 78 });
  writeFileSync(join(HOME, 'one.png'), picture(data.images.subarray(0, 784), false));
  const ask = async (more: readonly string[]): Promise<Map<string, number>> => {
    const words = ['predict', 'quick', 'one.png', '--top', '10', ...more];
    const { answers } = await weftJson<{ answers: { top: { class: string; probability: number }[] }[] }>(words, {
      cwd,
    });
    const [{ top }] = answers;
    return new Map(top.map((t) => [t.class, t.probability]));
  };
  const [plain, calibrated] = [await ask([]), await ask(['--calibrated'])];
  const { temperature } = (JSON.parse(read('quick/summary.json')) as Calibrated).calibration;
  const powers = [...plain].map(([name, p]) => [name, p ** (1 / (temperature ?? 0))] as const);
  const sum = powers.reduce((s, [, p]) => s + p, 0);
  for (const [name, p] of powers)
    assert.ok(Math.abs(p / sum - (calibrated.get(name) ?? 0)) < 1e-5, `${name}: ${p / sum}, ${calibrated.get(name)}`);
  const twice = await weft('predict quick one.png --calibrated --tta flip'.split(' '), { cwd });
  assert.is(twice.code, 2);
  assert.match(twice.stderr, /--calibrated is for single looks/);
  const summary = join(HOME, 'quick/summary.json');
  const before = readFileSync(summary);
  try {
    const { calibration: _, ...old } = JSON.parse(before.toString()) as Calibrated;
    writeFileSync(summary, JSON.stringify(old));
    const none = await weft('predict quick one.png --calibrated'.split(' '), { cwd });
    assert.is(none.code, 2);
    assert.match(none.stderr, /--calibrated: quick has no temperature/);
  } finally {
    writeFileSync(summary, before);
  }
});

test('finished runs are compared by their folders; a mixture and options of training are refused', async () => {
  cpSync(join(HOME, 'quick'), join(HOME, 'twin'), { recursive: true });
  const lines = read('twin/predictions.csv').split('\n');
  const at = lines.findIndex((line) => line.split(',')[4] === '1');
  const fields = lines[at].split(',');
  lines[at] = [...fields.slice(0, 3), fields[2] === '0' ? '1' : '0', 0, ...fields.slice(5)].join();
  writeFileSync(join(HOME, 'twin/predictions.csv'), lines.join('\n'));
  const { pairs, differences } = await weftJson<{
    pairs: { mcNemar: { onlyFirst: number; onlySecond: number; p: number; method: string } | null }[];
    differences: unknown[];
  }>(['compare', 'quick', 'twin', '--out', 'side-by-side'], { cwd });
  assert.equal(pairs[0].mcNemar, { onlyFirst: 1, onlySecond: 0, p: 1, method: 'exact' });
  assert.equal(differences, []);
  assert.match(read('side-by-side/report.md'), '| quick, twin | 1 | 0 | 1.00 (exact) |');
  for (const [words, message] of [
    [['quick', 'fashion'], /fashion: no run folder, beside quick, which is one/],
    [['quick', 'twin', '--epochs', '3'], /--epochs is for runs that are to be trained; these are over/],
    [['quick'], /quick is one run/],
    [['quick', './quick/'], /quick is one run/],
    [['gone', 'lost'], /gone, lost: none of these is the folder of a run/],
  ] as const) {
    const { code, stderr } = await weft(['compare', ...words], { cwd });
    assert.is(code, 2, stderr);
    assert.match(stderr, message);
  }
});

test.run();
