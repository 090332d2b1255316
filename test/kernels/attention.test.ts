/** Attention: against the reference; masks together, what is hidden, dropout, and what is refused. */
import * as assert from 'uvu/assert';
import { scaledDotProductAttention, selfAttention, where } from '../../src/autograd/ops/index.js';
import { hostTensor } from '../../src/kernels/launch/host_tensor.js';
import { attention } from '../../src/kernels/attention/attention_reference.js';
import { manualSeed } from '../../src/kernels/random/random.js';
import { full, tensor, zeros, type Tensor } from '../../src/tensor/tensor.js';
import { expectClose } from '../../src/cases/close.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { UNIT, drawTensor, upload } from '../../src/cases/draw.js';
import { expectShapeErrors } from '../support/shape_errors.js';

const test = gpuSuite('attention');

test('a mask that broadcasts and causal together; the same mask made of a comparison', async () => {
  const device = await testDevice();
  const [q, k, v] = [1, 2, 3].map((seed) => drawTensor([2, 5, 4], UNIT, seed));
  // The padding of two samples: the last keys are none.
  const keys = hostTensor([2, 1, 5], [1, 1, 1, 1, 0, 1, 1, 0, 0, 0]);
  const allowed = hostTensor(
    [2, 5, 5],
    Array.from({ length: 50 }, (_, i) => keys.data[5 * Math.floor(i / 25) + (i % 5)]),
  );
  const expected = attention(q, k, v, { allowed, causal: true }).data;
  const words = upload(device, keys, 'u32');
  const made = where(upload(device, keys), 0, -Infinity);
  for (const [label, mask] of [
    ['u32', words],
    ['of a comparison', made],
  ] as const) {
    const [a, b, c] = [q, k, v].map((t) => upload(device, t));
    const got = await scaledDotProductAttention(a, b, c, { mask, causal: true }).read();
    expectClose({ op: 'attention', argument: 'y', got, expected, pair: 'GPU with CPU', label });
  }
});

test('a query that may look at nothing gives NaN, and only that one', async () => {
  const device = await testDevice();
  const [q, k, v] = [1, 2, 3].map((seed) => upload(device, drawTensor([3, 2], UNIT, seed)));
  const mask = tensor(device, Uint32Array.of(1, 0, 1, 0, 0, 0, 1, 1, 1), { shape: [3, 3] });
  const y = await scaledDotProductAttention(q, k, v, { mask }).read();
  assert.equal([...y].map(Number.isNaN), [false, false, true, true, false, false]);
});

test('dropout drops whole weights and scales the others', async () => {
  const device = await testDevice();
  manualSeed(device, 3);
  const ones = full(device, [1, 4, 2], 1);
  const v = tensor(device, [[[1], [1], [1], [1]]]);
  const y = await scaledDotProductAttention(ones, ones, v, { dropout: 0.5 }).read();
  assert.ok(
    [...y].every((n) => Number.isInteger(n * 2) && n >= 0 && n <= 2),
    [...y].join(),
  );
  assert.ok(new Set(y).size > 1, [...y].join());
});

test('what is refused', async () => {
  const device = await testDevice();
  const of = (...shape: number[]): Tensor => zeros(device, shape);
  const op = '[scaled_dot_product_attention]';
  expectShapeErrors([
    [
      () => scaledDotProductAttention(of(3), of(3, 3), of(3, 3)),
      `${op} q (3,), k (3, 3), v (3, 3): expected (…, L, E)`,
    ],
    [() => scaledDotProductAttention(of(2, 3), of(4, 5), of(4, 3)), `${op} q (2, 3), k (4, 5), v (4, 3): q and k must`],
    [() => scaledDotProductAttention(of(2, 3), of(4, 3), of(5, 3)), `${op} q (2, 3), k (4, 3), v (5, 3): q and k must`],
    [
      () => scaledDotProductAttention(of(2, 3), of(4, 3), of(4, 3), { mask: of(4, 2) }),
      `${op} mask (4, 2) does not broadcast to the scores (2, 4)`,
    ],
    [() => scaledDotProductAttention(of(2, 3), of(4, 3), of(4, 3), { dropout: 1 }), `${op} dropout 1`],
    [() => selfAttention(of(1, 2, 9), { heads: 1.5 }), '[self_attention] qkv (1, 2, 9) with 1.5 heads'],
    [() => selfAttention(of(1, 2, 9), { heads: 2 }), '[self_attention] qkv (1, 2, 9) with 2 heads'],
  ]);
});

test.run();
