/** Classes that are numbers come in the order of their values, wherever their names are from. */
import * as assert from 'uvu/assert';
import { inClassOrder } from '../../src/data/class_order.js';
import { loadDataset } from '../../src/data/load.js';
import { suite } from '../support/harness.js';
import { inCache, plain, spread } from './picture_files.js';
import { bytesOf } from './fixtures.js';

const test = suite('class order');

for (const [given, expected] of [
  [
    ['10', '1', '2'],
    ['1', '2', '10'],
  ],
  [
    ['2.5', '-1', '1e1', '+3'],
    ['-1', '2.5', '+3', '1e1'],
  ],
  [
    ['01', '1', '002'],
    ['01', '1', '002'],
  ],
  [
    ['10', '1', '2', 'hat'],
    ['1', '10', '2', 'hat'],
  ],
  [
    ['b', 'a', 'B', 'a'],
    ['B', 'a', 'b'],
  ],
] as const)
  test(given.join(), () => assert.equal(inClassOrder(given), expected));

test('folders, lists and tables', () =>
  inCache(async (data) => {
    for (const [i, name] of ['1', '2', '10'].entries())
      spread(`${data}/folders/train`, {
        [`${name}/a.png`]: await plain(9, 9, [10 * i, 2, 3])
          .png()
          .toBuffer(),
      });
    spread(`${data}/folders/train`, { 'table.csv': 'file,label\n10/a.png,10\n1/a.png,1\n2/a.png,2\n' });
    spread(`${data}/lists`, {
      'train.txt': '../folders/train/10/a.png\n../folders/train/2/a.png\n../folders/train/1/a.png\n',
    });
    for (const source of ['folders', 'folders/train/table.csv', 'lists']) {
      const { train } = await loadDataset(`${data}/${source}`, {
        imageSize: 8,
        testSplit: 0,
        ...(source === 'lists' ? { imageRoot: data } : {}),
      });
      assert.equal(train.classes, ['1', '2', '10'], source);
      assert.equal(
        [...train.labels].map((label, n) => [label, bytesOf(train)[192 * n]]).sort(),
        [
          [0, 0],
          [1, 10],
          [2, 20],
        ],
        source,
      );
    }
  }));

test.run();
