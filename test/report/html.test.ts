/** report.html and what stands beside it, of made answers: text out of data, sizes with many classes, no address. */
import * as assert from 'uvu/assert';
import type { ImageDataset } from '../../src/data/dataset.js';
import { DataError } from '../../src/device/errors.js';
import { calibrationOf } from '../../src/inference/calibrate.js';
import { AnswerCollector, type ImageAnswers } from '../../src/inference/image_answers.js';
import { worstMistakes } from '../../src/report/html/sheets.js';
import { thinned } from '../../src/report/html/thumbnail.js';
import { lineChart, niceAxis } from '../../src/report/html/svg_charts.js';
import { runReport, type RunReport } from '../../src/report/html/run_report.js';
import { modelCard } from '../../src/report/model_card.js';
import { parsePredictions, predictionsCsv } from '../../src/report/predictions.js';
import { forHtml } from '../../src/text/html.js';
import { classReport, confusionMatrix, mostConfused } from '../../src/train/evaluate/metrics.js';
import { suite } from '../support/harness.js';

const test = suite('report.html');

const EVIL = '<script>alert("1")</script>\u202e&\'';

/**
 * Image i is of class i mod classes; every seventh is taken for the next class.
 * @param images of the data set: those of the answers are these again and again.
 */
function answersOf(count: number, classes: number, images = count): ImageAnswers {
  const labels = Uint32Array.from({ length: count }, (_, i) => i % classes);
  const predictions = labels.map((label, i) => (i % 7 === 3 ? (label + 1) % classes : label));
  const each = new AnswerCollector(labels, classes);
  const logits = new Float32Array(count * classes);
  for (let i = 0; i < count; i++) logits[i * classes + predictions[i]] = 2 + (i % 10);
  each.add(0, logits);
  return each.answers(
    Uint32Array.from({ length: count }, (_, i) => i % images),
    predictions,
  );
}

function reportOf(classes: readonly string[], answers: ImageAnswers, data: ImageDataset): RunReport {
  const confusion = confusionMatrix(answers.labels, answers.predictions, classes.length);
  const epoch = { epoch: 1, trainLoss: 1, trainAccuracy: 0.5, valLoss: NaN, valAccuracy: 0.4, lr: 0.1, seconds: 1 };
  return {
    title: `a run on ${EVIL}`,
    about: EVIL,
    headlines: [{ name: 'accuracy', value: '1 %', note: EVIL }],
    warnings: [EVIL],
    history: [epoch, { ...epoch, epoch: 2, valLoss: 0.5 }],
    report: {
      accuracy: 0.8,
      loss: 1,
      count: answers.labels.length,
      perClass: classReport(confusion, classes).classes,
      mostConfused: mostConfused(answers.labels, answers.predictions, classes),
      confusion,
    },
    answers,
    data,
    classes,
    calibration: calibrationOf(answers, null),
    seen: { data, augment: EVIL },
    config: { data: EVIL, nested: { [EVIL]: [EVIL] } },
    environment: {},
    digests: { [EVIL]: 'ab' },
    commands: [['again', EVIL]],
    version: '0',
  };
}

function dataOf(side: number, channels: 1 | 3, count: number, classes: readonly string[]): ImageDataset {
  const images = Uint8Array.from({ length: count * channels * side * side }, (_, i) => (i * 2654435761) >>> 24);
  const labels = Uint32Array.from({ length: count }, (_, i) => i % classes.length);
  const origins = Array.from({ length: count }, (_, i) => ({ file: `a/${EVIL} ${i}.png`, hash: '', fields: {} }));
  return { name: 'made', images, labels, count, channels, height: side, width: side, classes, origins };
}

test('text of data stays text, and nothing in the page has an address but data', async () => {
  const classes = [EVIL, 'b', 'c'];
  const answers = answersOf(60, 3);
  const html = await runReport(reportOf(classes, answers, dataOf(8, 1, 60, classes)));
  assert.not.match(html, /<script|\u202e/);
  assert.match(html, /&lt;script&gt;alert\(&quot;1&quot;\)/);
  for (const [, address] of html.matchAll(/(?:src|href)="([^"]*)"/g)) assert.match(address, /^(data:|#)/);
  assert.not.match(html, /url\(|@import|<link rel="style|http-equiv="refresh/i);
  const foreign = [...html.matchAll(/https?:[^"'\s<]*/g)].map(([found]) => found);
  assert.equal([...new Set(foreign)], ['http://www.w3.org/2000/svg'], 'but the name of SVG');
  assert.match(html, /default-src 'none'; img-src data:; style-src 'unsafe-inline'/);
  for (const image of html.match(/<img [^>]*>/g) ?? []) assert.match(image, /alt="[^"]+"/);
  for (const table of html.match(/<table.*?<\/table>/gs) ?? []) assert.match(table, /<caption>/);
  assert.is((html.match(/<li><figure>/g) ?? []).length, 9 + 24, 'nine mistakes, and 24 of training');
  assert.is(forHtml('a\nb'), 'a\\nb');
});

test('a thousand classes of photographs stay below a megabyte and a half', async () => {
  const classes = Array.from(
    { length: 1000 },
    (_, c) => `class ${c} of many, with a rather long name ${'x'.repeat(80)}`,
  );
  const html = await runReport(reportOf(classes, answersOf(3000, 1000, 60), dataOf(112, 3, 60, classes)));
  const sizes = [...html.matchAll(/src="data:image\/webp[^"]*"/g)].map(([address]) => address.length);
  assert.is(sizes.length, 48);
  assert.ok(Math.min(...sizes) > 2000, 'pictures of noise, the worst there are');
  assert.ok(html.length < 1.5e6, `${html.length} bytes`);
  assert.match(html, /The 50 of 1000 classes with the lowest F1/);
});

test('without sharp a large picture is thinned out', () => {
  const pixels = Uint8Array.from({ length: 3 * 5 * 4 }, (_, i) => i); // 5 wide, 4 high
  const { width, height, pixels: thin } = thinned(pixels, { width: 5, height: 4, channels: 3 }, 3);
  assert.equal([width, height], [3, 2]);
  assert.equal([...thin], [0, 1, 2, 6, 7, 8, 12, 13, 14, 30, 31, 32, 36, 37, 38, 42, 43, 44]);
  assert.equal(thinned(pixels, { width: 5, height: 4, channels: 3 }, 5).pixels, pixels);
});

test('the mistakes are in the order of their losses; images that cannot be read cost the sheet only', async () => {
  const answers = answersOf(100, 4);
  const worst = worstMistakes(answers, 5);
  assert.equal(
    worst.map((i) => answers.losses[i]),
    [...worst.map((i) => answers.losses[i])].sort((a, b) => b - a),
  );
  assert.ok(worst.every((i) => answers.labels[i] !== answers.predictions[i] && answers.losses[i] > 7));
  const classes = ['a', 'b', 'c', 'd'];
  const data = dataOf(8, 1, 100, classes);
  const gone = {
    length: 6400,
    size: 64,
    sha256: null,
    read: () => {
      throw new DataError('x.png: is gone');
    },
    memory: 0,
    load: () => Promise.reject(new Error('not read')),
    checkOf: () => null,
    countBytes: () => false,
  };
  const html = await runReport(reportOf(classes, answers, { ...data, images: gone }));
  assert.is((html.match(/The pictures cannot be shown: x\.png: is gone/g) ?? []).length, 2);
});

test('the card says what the figures say: of a temperature, and of classes that are recognised least', () => {
  const calibration = { ...calibrationOf(answersOf(60, 3), { temperature: 2, images: 60 }), ece: 0.1 };
  const { report, classes } = reportOf(['a', 'b', 'c'], answersOf(60, 3), dataOf(8, 1, 60, ['a', 'b', 'c']));
  const run = { model: 'mlp', parameters: 1, epochs: 1, bestEpoch: 1, split: 'test', stepMilliseconds: 1, seconds: 1 };
  const limits = (eceCalibrated: number | null, perClass = report.perClass): string =>
    modelCard({
      config: { model: 'mlp', data: 'd' },
      summary: { ...report, ...run, perClass },
      classes,
      input: { channels: 1, height: 8, width: 8, classes: 3 },
      calibration: { ...calibration, eceCalibrated },
      digests: {},
      commands: [],
      version: '0',
    });
  assert.match(limits(0.05), /2\.000, which was fitted on 60 images, before the softmax make better ones/);
  assert.match(limits(0.2), / make no better ones/);
  assert.match(limits(null), / make others/);

  const recalls = [1, 0.5, 1];
  const least = (all: readonly number[]): string =>
    limits(
      null,
      report.perClass.map((c, i) => ({ ...c, recall: all[i] })),
    );
  assert.match(least(recalls), /Recognised least: b \(50\.00 %\)\./, 'and none that is always recognised');
  assert.not.match(least([1, 1, 1]), /Recognised least/);
});

test('predictions.csv has its columns, guards its text and is read back', () => {
  const classes = ['=1+1', 'b, "c"'];
  const answers = answersOf(9, 2);
  const origins = Array.from({ length: 9 }, (_, i) => ({ file: `@f${i}.png` }));
  const text = predictionsCsv(answers, classes, origins);
  const [header, first] = text.split('\n');
  assert.is(header, 'index,file,true,predicted,right,p_predicted,p_true,loss');
  assert.match(first, /^0,'@f0\.png,'=1\+1,'=1\+1,1,0\.880797\d*,0\.880797\d*,0\.126928\d*$/);
  const rows = parsePredictions(text, 'predictions.csv');
  assert.equal(rows[3], { index: 3, file: '@f3.png', truth: 'b, "c"', predicted: '=1+1', isRight: false });
  assert.is(rows.length, 9);
  assert.match(predictionsCsv(answers, classes, undefined), /\n1,,/);
  assert.throws(() => parsePredictions('a,b\n1,2\n', 'x.csv'), /x\.csv: its columns are not index,file/);
  assert.throws(() => parsePredictions(`${header}\n1,,a,b,yes,1,1,0\n`, 'x.csv'), /x\.csv:2: is no prediction/);
});

test('axes end on ticks; charts say their last values to who does not see them', () => {
  assert.equal(
    niceAxis(0.13, 0.87).ticks.map((t) => t.toFixed(1)),
    ['0.0', '0.2', '0.4', '0.6', '0.8', '1.0'],
  );
  const ends = [niceAxis(3, 3), niceAxis(0, 0), niceAxis(-1, 1e6)];
  assert.ok(ends.every(({ low, high, ticks }) => low < high && ticks[0] === low && ticks.at(-1) === high));
  const svg = lineChart('loss', [{ name: 'train', values: [1, NaN, 0.25] }], false);
  assert.match(svg, /aria-label="loss over 3 epochs; at the end: train 0\.250"/);
  assert.match(svg, /d="M[\d.]+ [\d.]+M[\d.]+ [\d.]+"/, 'a gap');
});

test.run();
