/** `weft bench` as a user runs it. */
import { readFileSync, writeFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import type { BenchDocument } from '../../bench/shared/document.js';
import type { ComparedRow } from '../../bench/commands/before_after.js';
import { expectRefusals, weft, weftJson } from '../cli/weft.js';
import { fill, inFolder } from '../data/fixtures.js';
import { suite } from '../support/harness.js';

const test = suite('bench cli');

test('bench kernels: JSON, CSV, plot; then bench compare of it', () =>
  inFolder(async (cwd) => {
    const args = [
      'bench',
      'kernels',
      '--filter',
      '^(matmul|relu) ',
      '--shapes',
      '8x12x16',
      '--seconds',
      '0',
      '--out',
      'out',
    ];
    const document = await weftJson<BenchDocument>(args, { cwd });
    assert.is(document.kind, 'kernels');
    assert.equal(document.rows.map((r) => [r.name, r.variant, r.valid]).slice(0, 2), [
      ['relu 8x12x16', 'default', true],
      ['matmul 8x12x16', 'default', true],
    ]);
    assert.equal({ schema: 1, ...JSON.parse(readFileSync(`${cwd}/out/kernels.json`, 'utf8')) }, document);
    assert.is(readFileSync(`${cwd}/out/kernels.csv`, 'utf8').trim().split('\n').length, document.rows.length + 1);
    assert.match(readFileSync(`${cwd}/out/roofline.svg`, 'utf8'), /matmul 8x12x16/);
    assert.is(readFileSync(`${cwd}/out/roofline.png`).subarray(1, 4).toString(), 'PNG');

    const slow = {
      ...document,
      rows: document.rows.map((r) => ({ ...r, ms: 3 * (r.ms ?? 0), p20: 3 * (r.p80 ?? 0), p80: 4 * (r.p80 ?? 0) })),
    };
    writeFileSync(`${cwd}/slow.json`, JSON.stringify(slow));
    const compared = await weftJson<{ rows: ComparedRow[] }>(['bench', 'compare', 'out/kernels.json', 'slow.json'], {
      cwd,
    });
    assert.ok(compared.rows.every((r) => r.verdict === 'slower' && Math.abs((r.ratio ?? 0) - 3) < 1e-9));
    const same = await weft(
      ['bench', 'compare', 'out/kernels.json', 'out/kernels.json', '--fail-above', '1.1', '--force'],
      { cwd },
    );
    assert.is(same.code, 0, same.stderr);
    const failed = await weft(
      ['bench', 'compare', 'out/kernels.json', 'slow.json', '--fail-above', '1.1', '--force', '--json'],
      { cwd },
    );
    assert.is(failed.code, 8);
    assert.match(failed.stderr, /slower than 1\.1 times, or wrong: relu 8x12x16 default \(3\.00\)/);
    assert.is((JSON.parse(failed.stdout) as { rows: ComparedRow[] }).rows.length, document.rows.length);
    writeFileSync(`${cwd}/busy.json`, JSON.stringify({ ...document, effectiveCores: null }));
    await expectRefusals(cwd, [
      {
        args: 'bench compare out/kernels.json busy.json --fail-above 1.1',
        code: 8,
        says: [/--fail-above cannot be answered/, /B was measured on a busy host \(too busy to tell/, /--force/],
      },
    ]);
  }));

test('bench kernels --list names them and measures nothing', () =>
  inFolder(async (cwd) => {
    const { kernels: rows } = await weftJson<{ kernels: { name: string; shapes: string | null }[] }>(
      ['bench', 'kernels', '--list', '--filter', '^conv2d'],
      { cwd },
    );
    assert.ok(rows.length >= 2 && rows.every((r) => r.name.startsWith('conv2d')));
    assert.is(rows[0].shapes, 'NxCxHxWxOxk');
  }));

test('bench host: replaying a dispatch costs less than recording it', () =>
  inFolder(async (cwd) => {
    const { rows } = await weftJson<{ rows: { name: string; microseconds: { median: number } }[] }>(
      ['bench', 'host', '--steps', '20'],
      { cwd },
    );
    const [eager, replayed] = rows.map((r) => r.microseconds.median);
    assert.equal(
      rows.map((r) => r.name),
      ['recorded anew', 'replayed'],
    );
    assert.ok(replayed > 0 && replayed < eager, `${eager} and ${replayed} µs`);
  }));

test('bench train: a row from a process of its own', () =>
  inFolder(async (cwd) => {
    const document = await weftJson<BenchDocument>(
      ['bench', 'train', '--models', 'lenet5', '--seconds', '0', '--profile', '--out', 'out'],
      { cwd },
    );
    assert.is(document.kind, 'train');
    assert.equal(
      document.rows.map((r) => r.name),
      ['lenet5'],
    );
    assert.ok((document.effectiveCores ?? 1) > 0);
    assert.match(readFileSync(`${cwd}/out/train.csv`, 'utf8'), /^name,variant,.*\nlenet5,default,/);
  }));

test('bench infer: a row for each network and batch, right before it is timed', () =>
  inFolder(async (cwd) => {
    const document = await weftJson<BenchDocument>(
      ['bench', 'infer', '--models', 'convbn,lenet5', '--batch', '1,3', '--seconds', '0', '--out', 'out'],
      { cwd },
    );
    assert.equal(
      document.rows.map((r) => [r.name, r.variant, r.valid]),
      [
        ['convbn', 'batch 1', true],
        ['convbn', 'batch 3', true],
        ['lenet5', 'batch 1', true],
        ['lenet5', 'batch 3', true],
      ],
    );
    for (const row of document.kind === 'infer' ? document.rows : []) {
      assert.ok(Math.abs(row.msPerImage * row.imagesPerSecond - 1000) < 1e-6);
      assert.ok(row.firstMs > 0 && row.gpuBytes > 0 && row.cpuMs > 0);
    }
    const same = await weft(['bench', 'compare', 'out/infer.json', 'out/infer.json'], { cwd });
    assert.is(same.code, 0, same.stderr);
  }));

test('bench search: agrees with a loop, on one window of rows', () =>
  inFolder(async (cwd) => {
    const document = await weftJson<BenchDocument>(
      ['bench', 'search', '--rows', '7,3000', '--width', '24', '--queries', '1,3', '--seconds', '0', '--out', 'out'],
      { cwd },
    );
    assert.equal(
      document.rows.map((r) => [r.name, r.variant, r.valid]),
      [
        ['search 7x24', '1 query, k 10', true],
        ['search 7x24', '3 queries, k 10', true],
        ['search 3000x24', '1 query, k 10', true],
        ['search 3000x24', '3 queries, k 10', true],
      ],
    );
    const same = await weft(['bench', 'compare', 'out/search.json', 'out/search.json'], { cwd });
    assert.is(same.code, 0, same.stderr);
  }));

test('wrong command lines and files', () =>
  inFolder(async (cwd) => {
    fill(cwd, { 'cut.json': '{"kind":', 'other.json': '{}', file: 'x' });
    await expectRefusals(cwd, [
      {
        args: 'bench',
        code: 2,
        says: [/which of kernels, train, infer, classes, ranks, search, host, serve and compare\?/],
      },
      { args: 'bench kernel', code: 2, says: [/weft bench has no command "kernel"/, /did you mean bench kernels\?/] },
      {
        args: 'bench kernels --fliter x',
        code: 2,
        says: [/weft bench kernels takes no option --fliter/, /did you mean --filter\?/],
      },
      { args: 'bench kernels --filter (', code: 2, says: [/--filter \(: .*regular expression/] },
      { args: 'bench kernels --shapes 3x', code: 2, says: [/--shapes "3x": "3x" is not whole numbers/] },
      { args: 'bench kernels --filter nothing_such', code: 2, says: [/--filter nothing_such matches no kernel/] },
      {
        args: 'bench kernels --filter ^matmul --shapes 3x4',
        code: 2,
        says: [/\[matmul\] --shapes 3x4 has 2 sizes, and matmul takes MxKxN/],
      },
      { args: 'bench kernels --seconds -1', code: 2, says: [/--seconds "-1" is not a number of at least 0/] },
      { args: 'bench kernels --list=maybe', code: 2, says: [/--list takes no value, got "maybe"/] },
      { args: 'bench kernels --out file', code: 2, says: [/--out file is a file/] },
      {
        args: 'bench kernels --filter relu --adapter nowhere',
        code: 4,
        says: [/no adapter's name contains "nowhere"/],
      },
      { args: 'bench train --models cnnn', code: 2, says: [/no workload "cnnn"/, /did you mean cnn\?/] },
      { args: 'bench infer --batch 0', code: 2, says: [/--batch 0 is not whole numbers from 1/] },
      { args: 'bench search --rows 2000,many', code: 2, says: [/--rows 2000,many is not whole numbers from 1 up/] },
      {
        args: 'bench train --models lenet5 --adapter nowhere',
        code: 4,
        says: [/no adapter's name contains "nowhere"/],
      },
      { args: 'bench compare a.json', code: 2, says: [/weft bench compare needs <b>/] },
      { args: 'bench compare absent.json other.json', code: 3, says: [/absent\.json: there is no such file/] },
      { args: 'bench compare cut.json other.json', code: 3, says: [/cut\.json is not JSON/] },
      { args: 'bench compare other.json other.json', code: 3, says: [/other\.json is no benchmark document/] },
      {
        args: 'bench compare other.json other.json --fail-above much',
        code: 2,
        says: [/--fail-above "much" is not a number/],
      },
    ]);
  }));

test.run();
