/** Figures of `weft bench`: statistics, the roof, before and after, documents, tables, labels, the plot. */
import { PNG } from 'pngjs';
import * as assert from 'uvu/assert';
import { compareRows, failures, type ComparedRow } from '../../bench/commands/before_after.js';
import { readDocument, rowsCsv, type BenchDocument, type KernelRow } from '../../bench/shared/document.js';
import { placeLabels } from '../../bench/kernels/labels.js';
import { LiveTable, number } from '../../bench/shared/live_table.js';
import { percentOfRoof } from '../../src/measure/roofs.js';
import { rooflineSpec } from '../../bench/kernels/roofline.js';
import { isNoisy, summarize } from '../../src/measure/timing.js';
import { renderPng, renderSvg } from '../../src/report/render.js';
import { fails, fill, inFolder } from '../data/fixtures.js';
import { suite } from '../support/harness.js';

const test = suite('bench: figures');

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

test.run();
