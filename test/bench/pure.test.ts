/** The parts of `weft bench` that need no GPU: sizes, statistics, comparison, documents, labels, the plot. */
import { PNG } from 'pngjs';
import * as assert from 'uvu/assert';
import { compareRows, failures, type ComparedRow } from '../../bench/before_after.js';
import { readDocument, rowsCsv, type BenchDocument, type KernelRow } from '../../bench/document.js';
import { placeLabels } from '../../bench/labels.js';
import { LiveTable, number } from '../../bench/live_table.js';
import { percentOfRoof } from '../../bench/measure.js';
import { rooflineSpec } from '../../bench/roofline.js';
import { ROWS, rowName } from '../../bench/rows.js';
import { lettersOf, parseShapes, resize } from '../../bench/shapes.js';
import { isNoisy, summarize } from '../../bench/timing.js';
import { selectWorkloads } from '../../bench/train.js';
import { areEnough, coresOf, effectiveCores, mostCores, othersBetween } from '../../src/cli/host_load.js';
import { renderPng, renderSvg } from '../../src/report/render.js';
import { fails, fill, inFolder } from '../data/fixtures.js';
import { suite } from '../support/harness.js';

const test = suite('bench');

const ROOFS = { copyGbs: 20, kernelCopyGbs: 6, bufferCopyGbs: 20, fmaGflops: 100, clock: 'gpu' } as const;

/** A row measured at this many milliseconds, give or take a tenth. */
function row(name: string, ms: number | null, change: Partial<KernelRow> = {}): KernelRow {
  const flops = change.flops ?? 0;
  const bytes = change.bytes ?? 1e6;
  return {
    name,
    variant: 'default',
    constants: {},
    validatedWith: 'reference',
    valid: ms !== null,
    error: ms === null ? 'at 3 got 1, expected 2' : null,
    clock: ms === null ? null : 'gpu',
    ms,
    p20: ms === null ? null : 0.9 * ms,
    p80: ms === null ? null : 1.1 * ms,
    noisy: false,
    wallMs: ms === null ? null : 2 * ms,
    wallP20: ms === null ? null : 1.8 * ms,
    wallP80: ms === null ? null : 2.2 * ms,
    dispatches: 1,
    transfers: 0,
    flops,
    bytes,
    gflops: ms === null || flops === 0 ? null : flops / ms / 1e6,
    gbs: ms === null ? null : bytes / ms / 1e6,
    percentOfRoof: null,
    referenceMs: 1,
    referenceScaled: false,
    speedup: null,
    ...change,
  };
}

function documentOf(rows: readonly KernelRow[]): BenchDocument & { kind: 'kernels' } {
  const adapter = {
    vendor: 'v',
    architecture: 'a',
    device: 'd',
    description: 'Test GPU',
    isSoftware: false,
    subgroupSize: 32,
  };
  return {
    kind: 'kernels',
    engine: 'weftgrad 0',
    date: '2026-01-02T03:04:05.000Z',
    adapter,
    adapterName: 'Test GPU (v)',
    host: {},
    effectiveCores: 2,
    gpuTimestamps: true,
    roofs: ROOFS,
    rows,
  };
}

test('--shapes: problems by commas, sizes by x', async () => {
  assert.equal(parseShapes('256x128x64, 7'), [[256, 128, 64], [7]]);
  for (const wrong of ['', '3x', '3,,4', 'axb', '0x1', '1.5', '-2', '99999999999999999999'])
    await fails(() => parseShapes(wrong), 2, /--shapes/);
});

test('sizes become inputs: products, convolutions, and the input itself', async () => {
  const find = (op: string) => ROWS.find((r) => r.spec.op === op) ?? ROWS[0];
  assert.equal(resize(find('matmul'), [3, 5, 7]), {
    spec: find('matmul').spec,
    shapes: [
      [3, 5],
      [5, 7],
    ],
    args: {},
    flops: 210,
    sizes: '3x5x7',
  });
  const conv = resize(find('conv2d'), [2, 3, 8, 9, 5, 3]);
  assert.equal(conv.shapes, [[2, 3, 8, 9], [5, 3, 3, 3], [5]]);
  assert.is(conv.flops, 2 * (2 * 5 * 8 * 9) * (3 * 9));
  assert.is(resize(find('conv2d'), [1, 1, 8, 8, 1, 2]).flops, 2 * 49 * 4); // an even window: one row and column less
  assert.equal(resize(find('add'), [4, 6]).shapes, [
    [4, 6],
    [4, 6],
  ]);
  assert.equal(resize(find('max_pool2d'), [1, 2, 4, 4]).shapes, [[1, 2, 4, 4]]);
  await fails(() => resize(find('matmul'), [3, 5]), 2, /\[matmul\] --shapes 3x5 has 2 sizes, and matmul takes MxKxN/);
  await fails(() => resize(find('softmax'), [3]), 2, /takes RxC/);
  await fails(() => resize(find('reshape'), [3]), 2, /\[reshape\] takes no --shapes/);
  await fails(() => resize(find('embedding'), [3]), 2, /takes no --shapes/);
  assert.is(lettersOf(find('lstm')), 'TxBxIxH');
});

test('rows have names of their own', () => {
  const names = ROWS.map(rowName);
  assert.equal(
    names.filter((n, i) => names.indexOf(n) !== i),
    [],
  );
  assert.ok(
    names.includes('matmul 256x256x256') && names.includes('batch_norm eval 64x32x28x28,32,32'),
    names.join('\n'),
  );
});

test('median and spread', () => {
  assert.equal(summarize([5, 1, 4, 2, 3]), { median: 3, p20: 1.8, p80: 4.2, min: 1, samples: 5 });
  assert.is(summarize([1, 2]).median, 1.5);
  assert.is(isNoisy({ median: 10, p20: 9, p80: 10.9, min: 1, samples: 5 }), false);
  assert.is(isNoisy({ median: 10, p20: 9, p80: 11.1, min: 1, samples: 5 }), true);
});

test('percent of the roof: of memory, of arithmetic, and of neither', () => {
  assert.is(percentOfRoof(ROOFS, 0, 10e6, 1), 50); // 10 of 20 GB/s
  assert.is(percentOfRoof(ROOFS, 25e6, 1e6, 1), 25); // 25 operations a byte: 25 of 100 GFLOP/s
  assert.is(percentOfRoof(ROOFS, 1e6, 1e6, 0.1), 50); // 1 a byte: 10 of 20 GFLOP/s
});

test('compare: beyond the noise, broken, mended, alone', () => {
  const a = [
    row('same', 1),
    row('slow', 1),
    row('fast', 1),
    row('breaks', 1),
    row('mends', null),
    row('gone', 1),
    row('bad', null),
  ];
  const b = [
    row('same', 1.15),
    row('slow', 1.3),
    row('fast', 0.5),
    row('breaks', null),
    row('mends', 1),
    row('new', 1),
    row('bad', null),
  ];
  const rows = compareRows(a, b);
  const verdicts = Object.fromEntries(rows.map((r) => [r.name, r.verdict]));
  assert.equal(verdicts, {
    same: 'same',
    slow: 'slower',
    fast: 'faster',
    breaks: 'broken',
    mends: 'mended',
    gone: 'only in A',
    bad: 'wrong',
    new: 'only in B',
  });
  const names = (f: readonly ComparedRow[]): string[] => f.map((r) => r.name);
  assert.equal(names(failures(rows, 1.1)), ['slow', 'breaks']); // `same` is 1.15 times as slow, within the noise
  assert.equal(names(failures(rows, 1.4)), ['breaks']);
  assert.is(rows[2].ratio, 0.5);
  const other = compareRows([row('x', 1)], [row('x', 4, { clock: 'wall' })])[0]; // GPU time here, wall time there
  assert.equal([other.a, other.b, other.ratio], [2, 4, 2]);
  assert.is(compareRows([row('x', 1)], [row('x', 1, { variant: 'naive' })]).length, 2);
});

test('documents: read back as written; what is damaged is named', () =>
  inFolder(async (cwd) => {
    const document = documentOf([row('relu', 1), row('bad', null)]);
    const lost = { ...document, rows: [row('relu', 1), { ...row('x', 1), ms: 'fast' }] };
    fill(cwd, {
      'good.json': JSON.stringify(document),
      'cut.json': '{"kind": "ker',
      'other.json': '{"a": 1}',
      'null.json': 'null',
      'rows.json': '{"kind": "kernels"}',
      'row.json': JSON.stringify(lost),
    });
    assert.equal(await readDocument(`${cwd}/good.json`), document);
    await fails(() => readDocument(`${cwd}/none.json`), 3, /there is no such file/);
    await fails(() => readDocument(cwd), 3, /EISDIR/);
    await fails(() => readDocument(`${cwd}/cut.json`), 3, /cut\.json is not JSON/);
    for (const name of ['other', 'null'])
      await fails(() => readDocument(`${cwd}/${name}.json`), 3, /no benchmark document/);
    await fails(() => readDocument(`${cwd}/rows.json`), 3, /no list "rows"/);
    await fails(() => readDocument(`${cwd}/row.json`), 3, /row 2 lacks/);
  }));

test('CSV: a line a row, empty where there is no number', () => {
  const [head, good, bad] = rowsCsv([row('add 2x2,2', 1.5), row('bad', null)])
    .split('\n')
    .map((l) => l.split(/,(?=(?:[^"]*"[^"]*")*[^"]*$)/));
  assert.is(good[head.indexOf('name')], '"add 2x2,2"');
  assert.is(good[head.indexOf('ms')], '1.5');
  assert.is(bad[head.indexOf('ms')], '');
  assert.is(bad[head.indexOf('valid')], 'false');
  assert.is(good.length, head.length);
});

test('numbers keep three digits; the live table prints its head once', () => {
  assert.equal([1234.5, 12.34, 1.234, 0.1234, 0.01234, null].map(number), [
    '1235',
    '12.3',
    '1.23',
    '0.123',
    '0.0123',
    '',
  ]);
  const lines: string[] = [];
  const table = new LiveTable(
    [
      { header: 'a', width: 3, align: 'left' },
      { header: 'b', width: 4 },
    ],
    (l) => lines.push(l),
  );
  table.row(['x', '1']);
  table.row(['y', '22']);
  assert.equal(lines, ['a       b', '---  ----', 'x       1', 'y      22']);
});

test('labels do not cover each other, and stay in the picture', () => {
  const points = Array.from({ length: 24 }, (_, i) => ({
    x: 300 + (i % 3),
    y: 200 + (i % 5),
    text: `conv2d 16x1x28x28 ${i}`,
  }));
  const placed = placeLabels([...points, { x: 598, y: 5, text: 'in the corner' }], { width: 600, height: 400 }, [
    { x: 0, y: 300 },
    { x: 600, y: 100 },
  ]);
  const width = (text: string): number => 0.6 * 9 * text.length;
  for (const [i, a] of placed.entries()) {
    assert.ok(a.x >= 0 && a.x + width(a.text) <= 600 && a.y > 0 && a.y < 400, a.text);
    for (const b of placed.slice(0, i))
      assert.ok(
        Math.abs(a.y - b.y) > 9 || a.x + width(a.text) <= b.x || b.x + width(b.text) <= a.x,
        `${a.text} covers ${b.text}`,
      );
  }
});

test('the plot: SVG and PNG, one panel or two; wrong rows are left out', async () => {
  const [product, move, bad] = [row('matmul 64x64x64', 1, { flops: 5e6 }), row('relu 1000', 1), row('sum 9x9', null)];
  const svg = await renderSvg(rooflineSpec(documentOf([product, move, bad])));
  for (const word of ['matmul 64x64x64', 'relu 1000', 'Test GPU', '20.0 GB/s', '100 GFLOP/s', 'operations per byte'])
    assert.ok(svg.includes(word), word);
  assert.not.match(svg, /sum 9x9|NaN|Infinity/);
  assert.match(svg, /font-family="DejaVu Sans, sans-serif"/);
  const width = async (rows: KernelRow[]): Promise<number> =>
    PNG.sync.read(Buffer.from(await renderPng(rooflineSpec(documentOf(rows))))).width;
  const [both, left, right] = [await width([product, move]), await width([product]), await width([move])];
  assert.ok(both > left && both > right && left > 1200 && right > 600, `${both} ${left} ${right}`);
});

test('workloads by name', async () => {
  assert.equal(
    selectWorkloads('cnn, lenet5').map((w) => w.name),
    ['cnn', 'lenet5'],
  );
  assert.ok(
    selectWorkloads(undefined).some((w) => w.name === 'resnet20') &&
      selectWorkloads(undefined).every((w) => w.flops === 0),
  );
  await fails(() => selectWorkloads('cnnn'), 2, /no workload "cnnn"/);
});

test('effective cores: never more than there are, whoever else runs here', async () => {
  const cores = await effectiveCores(10);
  assert.ok(cores === null || (cores > 0 && cores <= mostCores()), `${cores}`);
});

test('effective cores: the middle of several pairs; what cannot be is no figure', () => {
  const pair = (alone: number, together: number): { alone: number; together: number } => ({ alone, together });
  assert.is(coresOf([pair(10, 19), pair(10, 20), pair(9, 4), pair(10, 18), pair(10, 19)], 2), 1.9);
  assert.is(coresOf([pair(10, 20.5), pair(10, 21), pair(10, 20)], 2), 2, 'a clock’s grain is no second machine');
  assert.is(coresOf([pair(0.4, 19), pair(0.5, 19), pair(0.3, 19)], 2), null, '38 cores of 2');
  assert.is(coresOf([pair(10, 15)], 1), null);
  assert.is(coresOf([pair(0, 0)], 2), null);
  assert.is(coresOf([pair(Infinity, 10), pair(10, 10), pair(NaN, 10)], 2), 1);
  assert.equal([areEnough(null), areEnough(0.5), areEnough(mostCores())], [false, false, true]);
});

test('neighbours: what all processors did less what this process did', () => {
  assert.is(othersBetween({ all: 0, own: 0, at: 0 }, { all: 1500, own: 500, at: 1000 }), 1);
  assert.is(othersBetween({ all: 0, own: 0, at: 0 }, { all: 400, own: 500, at: 1000 }), 0);
  assert.is(othersBetween({ all: 0, own: 0, at: 5 }, { all: 1, own: 0, at: 5 }), 0);
});

test.run();
