import { PNG } from 'pngjs';
import * as assert from 'uvu/assert';
import { fileInfo, fontFile } from '#platform';
import { UsageError } from '../../src/device/errors.js';
import { confusionChart, curvesChart } from '../../src/report/charts.js';
import type { EpochMetrics } from '../../src/train/evaluate/metrics.js';
import { chartNames, drawableSpec } from '../../src/report/chart_text.js';
import { renderSvg, wrapTitle } from '../../src/report/render.js';
import { suite } from '../support/harness.js';

const test = suite('charts');

/** A run of n epochs whose values are constant, so that its curves are level lines. */
function level(n: number, change: Partial<EpochMetrics> = {}): EpochMetrics[] {
  const same = { trainLoss: 0.5, trainAccuracy: 0.8, valLoss: null, valAccuracy: null, lr: 0.1, seconds: 1, ...change };
  return Array.from({ length: n }, (_, i) => ({ epoch: i + 1, ...same }));
}

/** The decoded picture; fails unless it is a whole PNG on white, wide and high enough to read. */
function picture(bytes: Uint8Array): PNG {
  assert.equal([...bytes.subarray(0, 8)], [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const png = PNG.sync.read(Buffer.from(bytes));
  assert.equal([...png.data.subarray(0, 4)], [255, 255, 255, 255]);
  assert.ok(png.width > 300 && png.height > 200, `${png.width} x ${png.height}`);
  return png;
}

/** Number of pixel columns in the left part of the picture that have a pixel of exactly this colour. */
function columnsWith(png: PNG, [r, g, b]: readonly [number, number, number], width: number): number {
  let columns = 0;
  for (let x = 0; x < width; x++) {
    for (let y = 0; y < png.height; y++) {
      const i = 4 * (y * png.width + x);
      if (png.data[i] === r && png.data[i + 1] === g && png.data[i + 2] === b) {
        columns++;
        break;
      }
    }
  }
  return columns;
}

const TRAIN = [0x00, 0x72, 0xb2] as const;
const VALIDATION = [0xd5, 0x5e, 0x00] as const;
const DARKEST = [0x08, 0x30, 0x6b] as const;

test('curves: same input, same bytes; 2 pixels per unit', async () => {
  const history = level(12, { valLoss: 0.6, valAccuracy: 0.7 });
  const bytes = await curvesChart(history, 'Two panels');
  const png = picture(bytes);
  assert.ok(png.width > 1600 && png.height > 600, `${png.width} x ${png.height}`);
  assert.equal(await curvesChart(history, 'Two panels'), bytes);
});

test('curves: train and validation are both drawn, in both panels', async () => {
  const png = picture(await curvesChart(level(3, { valLoss: 0.6, valAccuracy: 0.7 }), 't'));
  for (const color of [TRAIN, VALIDATION]) {
    const left = columnsWith(png, color, png.width / 2);
    assert.ok(left > 600, 'line in the left panel');
    assert.ok(columnsWith(png, color, png.width) > left + 600, 'line in the right panel');
  }
});

test('curves: without validation only the train line', async () => {
  const png = picture(await curvesChart(level(3), 't'));
  assert.ok(columnsWith(png, TRAIN, png.width) > 1200);
  assert.is(columnsWith(png, VALIDATION, png.width), 0);
});

test('curves: a loss that is not finite is a gap, on both sides of which points stay', async () => {
  for (const value of [NaN, Infinity]) {
    const history = level(5);
    history[2] = { ...history[2]!, trainLoss: value };
    const png = picture(await curvesChart(history, 't'));
    const columns = columnsWith(png, TRAIN, png.width / 2);
    assert.ok(columns > 300 && columns < 400, `${columns} columns of two quarter lines`);
    const lone = level(3);
    lone[1] = { ...lone[1]!, trainLoss: value };
    const points = columnsWith(picture(await curvesChart(lone, 't')), TRAIN, png.width / 2);
    assert.ok(points > 8 && points < 60, `${points} columns of two points`);
  }
});

test('curves: one epoch, no epoch, only NaN, flat zero, huge', async () => {
  const histories = [
    level(1),
    [],
    level(4, { trainLoss: NaN, valLoss: NaN, trainAccuracy: NaN, valAccuracy: NaN }),
    level(4, { trainLoss: 0, trainAccuracy: 0, valLoss: 0, valAccuracy: 1 }),
    level(300, { trainLoss: 1e38, valLoss: -1 }),
  ];
  for (const history of histories) picture(await curvesChart(history, ''));
  const one = picture(await curvesChart(level(1), 'one'));
  assert.ok(columnsWith(one, TRAIN, one.width / 2) > 4, 'the one point shows');
});

test('text is drawn, with the font that comes with the package', async () => {
  const file = fontFile('DejaVuSans.ttf');
  assert.match(file, /dist\Wfonts\WDejaVuSans\.ttf$/);
  assert.ok(((await fileInfo(file))?.size ?? 0) > 100_000);
  const dark = (png: PNG): number => png.data.filter((v, i) => i % 4 === 0 && v < 0x40).length;
  const short = picture(await curvesChart(level(2), 'i'));
  const long = picture(await curvesChart(level(2), 'Title <with> "signs" & Ünïcödé'));
  assert.ok(dark(long) > dark(short) + 1000, 'a longer title makes more dark pixels');
});

test('a long title is wrapped at spaces', () => {
  assert.equal(wrapTitle('aa bb cc', 1000, 10), ['aa bb cc']);
  assert.equal(wrapTitle('aa bb cc', 40, 10), ['aa bb', 'cc']);
  assert.equal(wrapTitle('unbreakable', 40, 10), ['unbr…']);
  assert.equal(wrapTitle('', 10, 10), ['']);
});

test('confusion: 1 to 500 classes; deterministic; a perfect row is darkest', async () => {
  for (const n of [1, 10, 20, 21, 100, 500]) {
    const confusion = Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? 60000 : 0)));
    const classes = confusion.map((_, i) => `class ${i}, "quoted" <name>`);
    const bytes = await confusionChart(confusion, classes, `${n} classes`);
    const png = picture(bytes);
    assert.ok(png.width < 4000 && png.height < 4000, `${png.width} x ${png.height}`);
    assert.ok(columnsWith(png, DARKEST, png.width) >= Math.min(n, 400));
    if (n <= 21) assert.equal(await confusionChart(confusion, classes, `${n} classes`), bytes);
  }
});

test('confusion: counts are printed up to 20 classes only', async () => {
  // Two matrices with equal shares but other counts look alike exactly when no count is printed.
  const scaled = (n: number, factor: number): Promise<Uint8Array> =>
    confusionChart(
      Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? 8 * factor : factor))),
      Array.from({ length: n }, (_, i) => String(i)),
      't',
    );
  assert.not.equal(await scaled(20, 1), await scaled(20, 2));
  assert.equal(await scaled(21, 1), await scaled(21, 2));
});

test('confusion: shares are printed instead of counts, and empty cells stay empty', async () => {
  const classes = ['a', 'b'];
  const shares = (factor: number, off = 0): Promise<Uint8Array> =>
    confusionChart(
      [
        [8 * factor, 2 * factor],
        [off, 10],
      ],
      classes,
      't',
      true,
    );
  assert.equal(await shares(1), await shares(2), 'the same shares');
  assert.not.equal(
    await shares(1),
    await confusionChart(
      [
        [8, 2],
        [0, 10],
      ],
      classes,
      't',
    ),
  );
  assert.not.equal(await shares(1), await shares(1, 1));
});

test('confusion: empty rows, equal class names, no classes, a matrix that is not square', async () => {
  const empty = [
    [0, 0],
    [0, 0],
  ];
  picture(await confusionChart(empty, ['same', 'same'], 't'));
  await confusionChart([], [], 't');
  for (const wrong of [[[1, 2]], [[1, 2], [3]]]) {
    const error: unknown = await confusionChart(wrong, ['a', 'b'], 't').catch((e: unknown) => e);
    assert.instance(error, UsageError);
  }
});

/** No font has this letter, on any machine. */
const NOWHERE = '\u{10fffc}';
const NASTY = [
  '\u001b[31mred',
  'nul\0',
  '\ufffe',
  '\ud800half',
  '\u202ebidi',
  'x'.repeat(300),
  `${'x'.repeat(300)}y`,
  "=cmd|' /C calc'!A0",
  'a\nb,"c"',
  '<script>',
  '../x',
  'שלום',
  NOWHERE,
  `${NOWHERE} boots`,
];

test('names: what is hidden is shown, long ones are cut apart, letters of no font become numbers that a note explains', async () => {
  const { labels, note } = await chartNames(NASTY, 'rows of t.csv');
  assert.equal(labels.slice(0, 5), ['\\u001b[31mred', 'nul\\u0000', '\\ufffe', '\\ud800half', '\\u202ebidi']);
  assert.equal(labels.slice(-4), ['../x', 'שלום', '#13', '#14 boots']);
  assert.is(new Set(labels).size, NASTY.length);
  assert.match(note ?? '', /^#13, #14: rows of t\.csv/);
  assert.is((await chartNames(['a', 'é', 'Ж'], '')).note, null);
  assert.equal(await drawableSpec({ title: [`a${NOWHERE}b`], n: 1, no: null }), {
    title: ['a\\u10fffcb'],
    n: 1,
    no: null,
  });
});

test('a picture of any names is drawn, and its SVG is XML', async () => {
  picture(
    await confusionChart(
      NASTY.map((_, i) => NASTY.map((_, j) => (i === j ? 9 : 1))),
      NASTY,
      NASTY.join(' '),
    ),
  );
  const svg = await renderSvg({
    title: NASTY.join(' '),
    data: { values: NASTY.map((name, i) => ({ name: `${name}${i}`, i })) },
    mark: 'bar',
    encoding: {
      x: { field: 'name', type: 'nominal', axis: { labelLimit: 40 } },
      y: { field: 'i', type: 'quantitative' },
    },
  });
  assert.not.match(
    svg,
    /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]|[\u0080-\u009f\u202a-\u202e]|<script/u,
  );
});

test.run();
