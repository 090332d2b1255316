/** Data that come with less than usual: no images to hold back, no test part; a real data set. */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import * as assert from 'uvu/assert';
import { inFolder } from '../../data/fixtures.js';
import { skipped, suite, testWithData } from '../../support/harness.js';
import { isSwiftShader, weft, weftJson } from '../weft.js';
import { type Evaluation, GARMENTS, HOME, type Summary, cwd, read } from './quick_run.js';

const test = suite('data of several forms');

const FASHION = 'mlp learns Fashion-MNIST in one epoch';

if (isSwiftShader) skipped.push(`${FASHION} (too slow on SwiftShader)`);
else {
  testWithData(test, FASHION, 'fashion-mnist', (data) =>
    inFolder(async (folder) => {
      const { accuracy, count } = await weftJson<Summary>(
        [
          'train',
          '--data',
          resolve(data),
          '--model',
          'mlp',
          '--epochs',
          '1',
          '--batch',
          '512',
          '--lr',
          '0.002',
          '--out',
          'run',
        ],
        { cwd: folder },
      );
      assert.is(count, 10_000);
      assert.ok(accuracy > 0.8, `accuracy ${accuracy}`);
    }),
  );
}

test('data of which no image can be held back are evaluated as a whole', async () => {
  const rows = Array.from({ length: 20 }, (_, n) =>
    [GARMENTS.labels[n], ...GARMENTS.images.subarray(784 * n, 784 * (n + 1))].join(),
  );
  writeFileSync(join(HOME, 'few.csv'), `${rows.join('\n')}\n`);
  const summary = await weftJson<Summary>(
    ['train', '--data', 'few.csv', '--model', 'convbn', '--epochs', '1', '--val-split', '0.01', '--out', 'few'],
    { cwd },
  );
  assert.equal([summary.split, summary.count], ['training', 20]);
  assert.is(summary.parameters, 288_041, 'nine classes occur; the running statistics of batch norm are none');
  assert.match(read('few/metrics.csv'), /\n1,[\d.]+,[\d.]+,,,0\.001,/, 'no validation: empty fields');
});

testWithData(
  test,
  'a pixel CSV trains, and evaluates as a whole',
  'fashion-mnist-csv/fashion-mnist_sample.csv',
  (data) =>
    inFolder(async (folder) => {
      const file = resolve(data);
      const summary = await weftJson<Summary>(
        ['train', '--data', file, '--model', 'mlp', '--epochs', '2', '--batch', '100', '--out', 'run'],
        { cwd: folder },
      );
      assert.equal([summary.split, summary.count], ['validation', 200]);
      assert.ok(summary.accuracy > 0.5, `accuracy ${summary.accuracy}`);
      const { count } = await weftJson<Evaluation>(['eval', 'run', '--data', file, '--split', 'all'], { cwd: folder });
      assert.is(count, 2000);
      const { code, stderr } = await weft(['eval', 'run', '--data', file], { cwd: folder });
      assert.is(code, 3);
      assert.match(stderr, /has no test part[\s\S]*--split all/);
    }),
);

test.run();
