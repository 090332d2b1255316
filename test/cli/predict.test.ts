/** `weft predict` on tables of pixels. */
import { writeFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import type { HeldDataset } from '../../src/data/dataset.js';
import { syntheticGarments } from '../../src/data/drawn/garments.js';
import { fill, idx, inFolder } from '../data/fixtures.js';
import { suite } from '../support/harness.js';
import { expectRefusals, weft, weftJson } from './weft.js';

const test = suite('predict at the command line');

interface Answer {
  readonly file: string;
  readonly top: readonly { readonly class: string; readonly probability: number }[];
}

test('a table of pixels is answered row by row, as eval sees the images', () =>
  inFolder(async (cwd) => {
    const { train, test: held } = syntheticGarments({ train: 400, test: 60, seed: 3 });
    const { count, images, labels } = held as HeldDataset;
    for (const [part, data] of [
      ['train', train],
      ['t10k', held as HeldDataset],
    ] as const) {
      fill(cwd, {
        [`${part}-images-idx3-ubyte`]: idx([data.count, 28, 28], data.images),
        [`${part}-labels-idx1-ubyte`]: idx([data.count], data.labels),
      });
    }
    await weftJson('train --data . --model mlp --epochs 2 --out run'.split(' '), { cwd });
    const row = (n: number, size = 784): string => images.subarray(n * 784, n * 784 + size).join(',');
    const rows = Array.from({ length: count }, (_, n) => row(n));
    fill(cwd, {
      'rows.csv': `${rows.join('\n')}\n`,
      'tiny.csv': `${row(0, 100)}\n`,
      'named.csv': 'file,kind\na.png,x\nb.png,y\n',
    });
    const { answers } = await weftJson<{ answers: Answer[] }>('predict run rows.csv --top 1'.split(' '), {
      cwd,
      apart: true,
    });
    assert.equal(
      answers.map((a) => a.file),
      rows.map((_, n) => `rows.csv row ${n + 1}`),
    );
    const { accuracy } = await weftJson<{ accuracy: number }>(['eval', 'run', '--data', '.'], { cwd });
    assert.is(answers.filter((a, n) => a.top[0].class === String(labels[n])).length / count, accuracy);

    // A column of labels is passed over: it may have another value in every row, or none, and its name any encoding.
    const pixels = Array.from({ length: 784 }, (_, i) => `pixel${i}`).join(',');
    const labelled = rows.map((text, n) => `${n === 0 ? '' : `x${n}`},${text}`).join('\n');
    writeFileSync(`${cwd}/labelled.csv`, Buffer.from(`\xe9tiquette,${pixels}\n${labelled}\n`, 'latin1'));
    const { answers: again } = await weftJson<{ answers: Answer[] }>(
      'predict run labelled.csv --top 1 --encoding latin1'.split(' '),
      { cwd },
    );
    assert.equal(
      again.map((a) => a.top),
      answers.map((a) => a.top),
    );

    const { stderr, code } = await weft('predict run labelled.csv rows.csv --top 1'.split(' '), { cwd });
    assert.is(code, 3);
    assert.match(
      stderr,
      /labelled\.csv:1: byte 1 of the line \(0xe9\) is no UTF-8[\s\S]*the others are answered[\s\S]*fix: say which it is: --encoding/,
    );
    await expectRefusals(cwd, [
      {
        args: 'predict run tiny.csv',
        code: 3,
        says: [/tiny\.csv: images of 10x10, the model was trained on 28x28/, /give a table of such images/],
      },
      {
        args: 'predict run named.csv',
        code: 3,
        says: [/named\.csv: a table that names pictures/, /give the pictures themselves/],
      },
    ]);
  }));

test.run();
