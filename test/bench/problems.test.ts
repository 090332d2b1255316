/** What `weft bench` measures: sizes by --shapes, rows and workloads by name. */
import * as assert from 'uvu/assert';
import { lettersOf, ROWS, rowName } from '../../src/cases/bench_rows.js';
import { parseShapes, resize } from '../../bench/kernels/shapes.js';
import { selectWorkloads } from '../../bench/commands/train.js';
import { fails } from '../data/fixtures.js';
import { suite } from '../support/harness.js';

const test = suite('bench: problems');

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

test.run();
