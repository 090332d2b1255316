/** Data at the command line: damaged files (exit code 3), `data show`, `data download`, no adapter (4). */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import * as assert from 'uvu/assert';
import { readPngHeader } from '../support/png.js';
import { syntheticGarments } from '../../src/data/drawn/garments.js';
import { fill, idx, inFolder } from '../data/fixtures.js';
import { suite } from '../support/harness.js';
import { expectRefusals, weft, weftJson, type Refusal } from './weft.js';

const test = suite('data at the command line');

const { train: GARMENTS } = syntheticGarments({ train: 20, test: 0, seed: 0 });

/** The files of a folder in Fashion-MNIST's layout, packed. */
function files(changes: Readonly<Record<string, Uint8Array>> = {}): Record<string, Uint8Array> {
  return {
    'train-images-idx3-ubyte.gz': gzipSync(idx([20, 28, 28], GARMENTS.images)),
    'train-labels-idx1-ubyte.gz': gzipSync(idx([20], GARMENTS.labels)),
    ...changes,
  };
}

function csv(rows: number, pixels = 784, label = 1): string {
  return `${Array.from({ length: rows }, () => [label, ...new Array<number>(pixels).fill(7)].join()).join('\n')}\n`;
}

test('damaged data are refused by train, eval and show, and nothing is written', () =>
  inFolder(async (cwd) => {
    const folder = (name: string, changes: Readonly<Record<string, Uint8Array>>): void => {
      mkdirSync(`${cwd}/${name}`);
      fill(`${cwd}/${name}`, files(changes));
    };
    const packed = files()['train-images-idx3-ubyte.gz'];
    folder('truncated', { 'train-images-idx3-ubyte.gz': packed.subarray(0, packed.length / 2) });
    folder('counts', { 'train-labels-idx1-ubyte.gz': gzipSync(idx([19], GARMENTS.labels.subarray(0, 19))) });
    folder('short', { 'train-images-idx3-ubyte.gz': gzipSync(idx([20, 28, 28], GARMENTS.images.subarray(0, 15_000))) });
    mkdirSync(`${cwd}/empty`);
    fill(cwd, { 'wide.csv': csv(3) + csv(1, 783), 'words.csv': csv(2).replace(',7,', ',seven,') });
    const damaged: readonly (Pick<Refusal, 'says'> & { data: string })[] = [
      {
        data: 'truncated',
        says: [/truncated\/train-images-idx3-ubyte\.gz: the gzip file is truncated/, /get the file again/],
      },
      { data: 'counts', says: [/counts\/train-labels-idx1-ubyte\.gz: 19 labels, but .*train-images.* has 20 images/] },
      {
        data: 'short',
        says: [
          /short\/train-images-idx3-ubyte\.gz: \(20, 28, 28\) needs 15680 bytes after the header, 680 are missing/,
        ],
      },
      { data: 'empty', says: [/empty: is empty/, /a folder of pictures/] },
      { data: 'wide.csv', says: [/wide\.csv:4: 784 fields, expected 785/] },
      { data: 'words.csv', says: [/words\.csv.*1.*seven/] },
      { data: 'fashion_mnist', says: [/did you mean fashion-mnist\?/] },
      { data: 'absent', says: [/absent: no such file or folder/, /synthetic, shoes:8192.*fashion-mnist/] },
    ];
    const trains = damaged.map(({ data, says }): Refusal => ({
      args: `train --data ${data} --model mlp --out run`,
      code: 3,
      says,
    }));
    await expectRefusals(cwd, [
      ...trains,
      { args: 'data show counts', code: 3, says: damaged[1].says },
      { args: 'data show absent --out sheet.png', code: 3, says: damaged[damaged.length - 1].says },
    ]);
  }));

test('fashion-mnist that is not downloaded says how', () =>
  inFolder((cwd) =>
    expectRefusals(cwd, [
      {
        args: 'train --data fashion-mnist --model mlp',
        code: 3,
        says: [/fashion-mnist: .* is not in/, /weft data download fashion-mnist/],
        env: { WEFT_CACHE: `${cwd}/cache` },
      },
    ]),
  ));

test('without an adapter nothing is written: exit code 4', () =>
  inFolder((cwd) => {
    const env = { VK_DRIVER_FILES: '/nonexistent', VK_ICD_FILENAMES: '/nonexistent' };
    const says = [/no WebGPU adapter/, /VK_DRIVER_FILES is set to \/nonexistent/];
    return expectRefusals(cwd, [
      { args: 'train --data synthetic --model mlp --out run', code: 4, says, env },
      { args: 'doctor', code: 4, says, env },
      {
        args: 'train --data synthetic --model mlp --precision f16 --out run',
        code: 4,
        says: [/half precision \(f16\) needs shader-f16, which .+ does not offer/, /--precision f32/],
        env: { WEFT_WITHOUT: 'shader-f16' },
      },
      {
        args: 'doctor --adapter nonesuch',
        code: 4,
        says: [/no adapter's name contains "nonesuch"/, /this machine has: ./],
      },
    ]);
  }));

test('data show counts the classes and draws a contact sheet', () =>
  inFolder(async (cwd) => {
    fill(
      cwd,
      files({
        't10k-images-idx3-ubyte': idx([10, 28, 28], GARMENTS.images.subarray(0, 7840)),
        't10k-labels-idx1-ubyte': idx([10], GARMENTS.labels.subarray(0, 10)),
      }),
    );
    const shown = await weftJson<{
      train: number;
      test: number;
      classes: { class: string; train: number; test: number }[];
      contactSheet: string;
    }>(['data', 'show', '.', '--out', 'new/sheet.png', '--per-class', '3'], { cwd });
    assert.equal([shown.train, shown.test, shown.contactSheet], [20, 10, 'new/sheet.png']);
    assert.is(shown.classes.length, 10);
    assert.ok(shown.classes.every((c) => c.train === 2));
    assert.is(
      shown.classes.reduce((n, c) => n + c.test, 0),
      10,
    );
    const { width, height } = readPngHeader(readFileSync(`${cwd}/new/sheet.png`));
    assert.is(height, 10 * (2 * 28 + 4)); // images are doubled
    assert.ok(width > 2 * (2 * 28 + 2) + 2 + 12, `${width}: names of classes stand before their rows`);
    assert.equal(readdirSync(`${cwd}/new`), ['sheet.png']);
    const plain = await weft(['data', 'show', 'synthetic'], { cwd });
    assert.match(plain.stdout, /6000 training images and 1000 test images of 1x28x28/);
    assert.match(plain.stdout, /Ankle boot +600 +100/);
    assert.ok(readdirSync(cwd).includes('contact-sheet.png'));
  }));

test('data download from a server that is not there ends at once', () =>
  inFolder(async (cwd) => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    writeFileSync(`${cwd}/keep`, '');
    const { code, stderr, seconds } = await weft(
      ['data', 'download', 'fashion-mnist', '--base-url', `http://127.0.0.1:${port}`, '--dir', `${cwd}/data`],
      { cwd },
    );
    assert.is(code, 3, stderr);
    assert.match(stderr, new RegExp(`127\\.0\\.0\\.1:${port}`));
    assert.match(stderr, /^ {2}fix: \S/m);
    assert.ok(seconds < 10, `${seconds} s`);
    const left = readdirSync(cwd, { recursive: true }) as string[];
    assert.ok(
      left.every((name) => !/gz/.test(name)),
      left.join(),
    );
  }));

test.run();
