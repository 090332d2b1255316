/** Movement and indexing where it is hard: wrong indices, u32, equal indices, and what is refused. */
import * as assert from 'uvu/assert';
import { backward } from '../../../src/autograd/graph.js';
import {
  chunk,
  embedding,
  flip,
  gather,
  indexSelect,
  interpolate,
  mul,
  narrow,
  oneHot,
  pad,
  repeat,
  select,
  split,
  stack,
  sum,
  unbind,
  dropout2d,
  squeeze,
  unsqueeze,
} from '../../../src/autograd/ops/index.js';
import type { Device } from '../../../src/device/device.js';
import { ShapeError } from '../../../src/device/errors.js';
import { Dropout2d, Upsample } from '../../../src/nn/layers.js';
import { Embedding } from '../../../src/nn/embedding.js';
import { tensor, zeros, type Tensor } from '../../../src/tensor/tensor.js';
import { expectSame } from '../../../src/cases/close.js';
import { gpuSuite, testDevice } from '../../support/gpu.js';
import { UNIT, drawTensor, upload } from '../../../src/cases/draw.js';

const test = gpuSuite('indexing, edges');

// ---- values -------------------------------------------------------------------------------------

test('an index that does not exist gives NaN, and gets no gradient', async () => {
  const device = await testDevice();
  const wrong = tensor(device, [1, 7, 2], { dtype: 'u32' });
  const isNaNs = (values: ArrayLike<number>): boolean[] => Array.from(values, (v) => Number.isNaN(v));
  const table = tensor(
    device,
    [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
    { requiresGrad: true },
  );
  const y = embedding(wrong, table);
  assert.equal(isNaNs(await y.read()), [false, false, true, true, false, false]);
  backward(y, upload(device, { shape: [3, 2], data: Float64Array.of(1, 2, 3, 4, 5, 6) }));
  assert.equal([...((await table.grad?.read()) ?? [])], [0, 0, 1, 2, 5, 6]);
  const x = tensor(device, [10, 20, 30], { requiresGrad: true });
  const picked = gather(x, 0, wrong);
  assert.equal([...(await picked.read())], [20, NaN, 30]);
  backward(picked, tensor(device, [1, 2, 3]));
  assert.equal([...((await x.grad?.read()) ?? [])], [0, 1, 3]);
  assert.equal([...(await oneHot(wrong, 3).read())], [0, 1, 0, 0, 0, 0, 0, 0, 1]);
});

test('u32 tensors are moved and picked too', async () => {
  const device = await testDevice();
  const x = tensor(
    device,
    [
      [1, 2, 3],
      [4, 5, 2 ** 32 - 1],
    ],
    { dtype: 'u32' },
  );
  const index = tensor(device, [1, 0, 1, 5], { dtype: 'u32' });
  const check = async (y: Tensor, expected: readonly number[]): Promise<void> => {
    assert.is(y.dtype, 'u32');
    assert.equal([...(await y.read())], expected);
  };
  await check(flip(x, 1), [3, 2, 1, 2 ** 32 - 1, 5, 4]);
  await check(select(x, 0, 1), [4, 5, 2 ** 32 - 1]);
  await check(pad(narrow(x, 1, 0, 1), [1, 0], { value: 9 }), [9, 1, 9, 4]);
  await check(indexSelect(x, 1, index), [2, 1, 2, 2 ** 32 - 1, 5, 4, 5, 2 ** 32 - 1]);
  await check(gather(x, 0, tensor(device, [[1, 0, 1]], { dtype: 'u32' })), [4, 2, 2 ** 32 - 1]);
  await check(stack([select(x, 0, 0), select(x, 0, 1)], 1), [1, 4, 2, 5, 3, 2 ** 32 - 1]);
});

test('gradients of equal indices are summed in their order, whatever the number of indices', async () => {
  const device = await testDevice();
  const n = 3001;
  const table = zeros(device, [2, 4]);
  table.requiresGrad = true;
  const dy = drawTensor([n, 4], UNIT, 5);
  const index = new Uint32Array(n).fill(1);
  backward(embedding(tensor(device, index), table), upload(device, dy));
  const expected = new Float32Array(8);
  for (let i = 0; i < 4 * n; i++) expected[4 + (i % 4)] += dy.data[i];
  expectSame('embedding', 'dweight', (await table.grad?.read()) ?? [], expected);
});

test('the list of parts', async () => {
  const device = await testDevice();
  const x = zeros(device, [7, 2]);
  const shapes = (parts: readonly Tensor[]): string => parts.map((p) => `(${p.shape.join()})`).join('');
  assert.is(shapes(split(x, 3)), '(3,2)(3,2)(1,2)');
  assert.is(shapes(split(x, [0, 7])), '(0,2)(7,2)');
  assert.is(shapes(chunk(x, 5)), '(2,2)(2,2)(2,2)(1,2)'); // as torch.chunk: four, not five
  assert.is(shapes(chunk(zeros(device, [0]), 2)), '(0)(0)');
  assert.is(shapes(split(zeros(device, [0]), 2)), '(0)');
  assert.is(shapes(unbind(x, 1)), '(7)(7)');
  assert.is(shapes(unbind(zeros(device, [0, 2]))), '');
  assert.is(
    shapes([
      squeeze(zeros(device, [1, 3, 1])),
      squeeze(zeros(device, [1, 3, 1]), 1),
      squeeze(zeros(device, [])),
      unsqueeze(zeros(device, [3]), 1),
    ]),
    '(3)(1,3,1)()(3,1)',
  );
});

// ---- refusals -----------------------------------------------------------------------------------

const REFUSED: readonly (readonly [message: RegExp, run: (device: Device) => unknown])[] = [
  [/\[narrow\] 3 entries from 2 on do not lie in dim 0 of \(4,\)/, (d) => narrow(zeros(d, [4]), 0, 2, 3)],
  [/\[select\] index -5 is not in dim 0 of \(4,\)/, (d) => select(zeros(d, [4]), 0, -5)],
  [/\[select\] index 0 is not in dim 0/, (d) => select(zeros(d, []), 0, 0)],
  [/\[split\] sizes \(2, 3\) do not add up to dim 1 of \(2, 4\)/, (d) => split(zeros(d, [2, 4]), [2, 3], 1)],
  [/\[split\] a size of 0/, (d) => split(zeros(d, [2]), 0)],
  [/\[chunk\] 0 chunks/, (d) => chunk(zeros(d, [2]), 0)],
  [/\[stack\] of no tensors/, () => stack([])],
  [/\[cat\] \(1, 3\) f32 does not join \(1, 2\) f32/, (d) => stack([zeros(d, [2]), zeros(d, [3])])],
  [/\[unsqueeze\] dim 3 is out of range/, (d) => unsqueeze(zeros(d, [2, 2]), 3)],
  [/\[flip\] dims \(0,-1\) name a dimension twice/, (d) => flip(zeros(d, [2]), [0, -1])],
  [/\[repeat\] \(2\) does not say/, (d) => repeat(zeros(d, [2, 2]), [2])],
  [/\[pad\] padding \(1, 2, 3\) of x \(2,\)/, (d) => pad(zeros(d, [2]), [1, 2, 3])],
  [/\[pad\] padding \(-3, 0\) of x \(2,\): more is cut off than there is/, (d) => pad(zeros(d, [2]), [-3, 0])],
  [/a mirror in dim 1 shows 0 to 2 places, not 3/, (d) => pad(zeros(d, [2, 3]), [3, 0], { mode: 'reflect' })],
  [/at most 3 dimensions/, (d) => pad(zeros(d, [3, 3, 3, 3]), [1, 1, 1, 1, 1, 1, 1, 1], { mode: 'reflect' })],
  [/\[index_select\] index \(2,\) is f32, expected u32/, (d) => indexSelect(zeros(d, [2]), 0, zeros(d, [2]))],
  [/\[index_select\] index \(1, 1\) has 2 dimensions/, (d) => indexSelect(zeros(d, [2]), 0, zeros(d, [1, 1], 'u32'))],
  [
    /\[index_select\] 1 indices into dim 0 of \(0, 2\), which has no elements/,
    (d) => indexSelect(zeros(d, [0, 2]), 0, zeros(d, [1], 'u32')),
  ],
  [
    /\[gather\] index \(3, 1\) is larger than x \(2, 5\) in dim 0/,
    (d) => gather(zeros(d, [2, 5]), 1, zeros(d, [3, 1], 'u32')),
  ],
  [
    /\[gather\] index \(3,\) and x \(2, 5\) must have the same number/,
    (d) => gather(zeros(d, [2, 5]), 1, zeros(d, [3], 'u32')),
  ],
  [/\[embedding\] weight \(4,\) has 1 dimensions/, (d) => embedding(zeros(d, [2], 'u32'), zeros(d, [4]))],
  [/\[embedding\] dim 4 is out of range/, (d) => embedding(zeros(d, [2], 'u32'), zeros(d, [4, 2]), { paddingIdx: 4 })],
  [/\[one_hot\] 0 classes/, (d) => oneHot(zeros(d, [2], 'u32'), 0)],
  [/give either size or scaleFactor/, (d) => interpolate(zeros(d, [1, 1, 2, 2]), {})],
  [/does not resize to \(0,0\)/, (d) => interpolate(zeros(d, [1, 1, 2, 2]), { scaleFactor: 0.4 })],
  [/alignCorners has no meaning/, (d) => interpolate(zeros(d, [1, 1, 2, 2]), { size: 4, alignCorners: true })],
  [/\[interpolate\] x \(1, 2, 2\) has 3 dimensions, expected 4/, (d) => interpolate(zeros(d, [1, 2, 2]), { size: 4 })],
  [/\[dropout2d\] x \(2, 3\) has 2 dimensions/, (d) => dropout2d(zeros(d, [2, 3]))],
  [/\[dropout\] p = 1.5/, (d) => dropout2d(zeros(d, [2, 3, 1]), 1.5)],
];

test('what does not fit is refused before anything runs', async () => {
  const device = await testDevice();
  for (const [message, run] of REFUSED) {
    assert.throws(
      () => run(device),
      (e: unknown) => {
        if (e instanceof ShapeError && message.test(e.message)) return true;
        throw new Error(`expected ${String(message)}, got ${String(e)}`);
      },
    );
  }
});

// ---- layers -------------------------------------------------------------------------------------

test('Embedding: normal rows, the padding row zero and without gradient; state-dict key', async () => {
  const device = await testDevice();
  const layer = new Embedding(500, 10, { paddingIdx: -2 }).to(device, { seed: 1 });
  assert.equal(
    [...layer.namedParameters()].map(([name]) => name),
    ['weight'],
  );
  const w = await layer.weight.value.read();
  assert.ok(w.subarray(4980, 4990).every((v) => v === 0));
  const variance = Array.from(w).reduce((s, v) => s + v * v, 0) / 4990;
  assert.ok(Math.abs(variance - 1) < 0.08, `${variance}`);
  backward(sum(layer.forward(tensor(device, [498, 0, 0], { dtype: 'u32' }))));
  const grad = (await layer.weight.value.grad?.read()) ?? [];
  assert.is(grad[4980], 0);
  assert.is(grad[0], 2);
});

test('Dropout2d drops while training only; Upsample resizes', async () => {
  const device = await testDevice();
  const x = mul(tensor(device, new Float32Array(8 * 8 * 4).fill(1), { shape: [8, 8, 2, 2] }), 3);
  const layer = new Dropout2d(0.25);
  const y = await layer.forward(x).read();
  for (let c = 0; c < 64; c++)
    assert.ok(
      y.subarray(4 * c, 4 * c + 4).every((v) => v === y[4 * c]) && (y[4 * c] === 0 || y[4 * c] === 4),
      `channel ${c}`,
    );
  assert.ok(y.includes(0) && y.includes(4));
  assert.is(layer.eval().forward(x), x);
  assert.ok((await dropout2d(x, 1).read()).every((v) => v === 0));
  assert.equal(new Upsample({ scaleFactor: 2, mode: 'bilinear' }).forward(x).shape, [8, 8, 4, 4]);
});

test.run();
