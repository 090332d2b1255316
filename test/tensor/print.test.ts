import * as assert from 'uvu/assert';
import { format } from '../../src/tensor/print.js';
import { full, tensor, zeros, type TensorData, type TensorOptions } from '../../src/tensor/tensor.js';
import { gpuSuite, testDevice } from '../support/gpu.js';

const test = gpuSuite('print');

function prints(name: string, data: TensorData, expected: string, options: TensorOptions = {}, digits?: number): void {
  test(name, async () => assert.is(await format(tensor(await testDevice(), data, options), digits), expected));
}

prints('a scalar', 2, 'tensor () f32\n2');
prints('a vector', [1, 2.5, -3], 'tensor (3,) f32\n[1, 2.5, -3]');
prints(
  'a matrix',
  [
    [1, 2],
    [3, 4],
  ],
  'tensor (2, 2) f32\n[[1, 2],\n [3, 4]]',
);
prints(
  'three dimensions: an empty line between planes',
  [
    [
      [1, 2],
      [3, 4],
    ],
    [
      [5, 6],
      [7, 8],
    ],
  ],
  'tensor (2, 2, 2) f32\n[[[1, 2],\n  [3, 4]],\n\n [[5, 6],\n  [7, 8]]]',
);
prints('words', Uint32Array.of(0, 4294967295), 'tensor (2,) u32\n[0, 4294967295]');
prints('nothing', [], 'tensor (0,) f32\n[]');
prints('rows of nothing', [[], []], 'tensor (2, 0) f32\n[[],\n []]');
prints('four digits', [Math.PI, 1 / 3e6, -2 / 3, 123456.7], 'tensor (4,) f32\n[3.142, 3.333e-7, -0.6667, 123500]');
prints('more digits', [Math.PI], 'tensor (1,) f32\n[3.14159]', {}, 6);
prints(
  'integers in full as far as f32 tells them apart',
  [16777216, 1e30, -3e38],
  'tensor (3,) f32\n[16777216, 1e+30, -3e+38]',
);
prints('no numbers', [NaN, Infinity, -Infinity], 'tensor (3,) f32\n[NaN, Infinity, -Infinity]');

test('1,000 elements are shown in full, 1,001 are abbreviated', async () => {
  const device = await testDevice();
  assert.is((await format(zeros(device, [1000]))).split(',').length, 1001);
  assert.is(await format(full(device, [1001], 4)), 'tensor (1001,) f32\n[4, 4, 4, …, 4, 4, 4]');
});

test('only long dimensions are abbreviated, with the entries of both ends', async () => {
  const device = await testDevice();
  const x = tensor(
    device,
    Float32Array.from({ length: 2000 }, (_, i) => i),
    { shape: [1000, 2] },
  );
  assert.is(
    await format(x),
    'tensor (1000, 2) f32\n[[0, 1],\n [2, 3],\n [4, 5],\n …,\n [1994, 1995],\n [1996, 1997],\n [1998, 1999]]',
  );
  const wide = tensor(
    device,
    Float32Array.from({ length: 2000 }, (_, i) => i),
    { shape: [2, 1000] },
  );
  assert.is(
    await format(wide),
    'tensor (2, 1000) f32\n[[0, 1, 2, …, 997, 998, 999],\n [1000, 1001, 1002, …, 1997, 1998, 1999]]',
  );
});

test.run();
