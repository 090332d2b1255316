/** The layer of attention against PyTorch's (test/golden/multihead_attention.py), and what it refuses. */
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { backward } from '../../../src/autograd/graph.js';
import { expectClose } from '../../../src/cases/close.js';
import { ShapeError } from '../../../src/device/errors.js';
import { MultiheadAttention } from '../../../src/nn/index.js';
import type { Shape } from '../../../src/tensor/shape.js';
import { sizeOf } from '../../../src/tensor/shape.js';
import { tensor, zeros, type Tensor } from '../../../src/tensor/tensor.js';
import { gpuSuite, testDevice } from '../../support/gpu.js';
import { noise } from '../noise.js';

interface Case {
  readonly name: string;
  readonly bias: boolean;
  readonly batchFirst: boolean;
  readonly causal: boolean;
  readonly masked: boolean;
  readonly keys: readonly string[];
  readonly y: readonly number[];
  readonly gradients: readonly (readonly [norm: number, product: number])[];
}

const { cases } = JSON.parse(
  readFileSync(new URL('../../../../test/golden/numbers/multihead_attention.json', import.meta.url), 'utf8'),
) as { readonly cases: readonly Case[] };

const [E, HEADS, N, L, S] = [12, 3, 2, 5, 7];

const test = gpuSuite('multi-head attention');

for (const { name, bias, batchFirst, causal, masked, keys, y: expected, gradients } of cases)
  test(`${name}: keys, output and gradients are PyTorch's`, async () => {
    const device = await testDevice();
    const layer = new MultiheadAttention(E, HEADS, { bias, batchFirst });
    const named = [...layer.namedParameters()];
    assert.equal(
      named.map(([key]) => key),
      keys,
    );
    for (const [k, [, p]] of named.entries())
      p.init = (x) => device.write(x.storage, noise(p.size, k + 1, 0.5), x.byteOffset);
    layer.to(device).train();
    layer.memory.zeroGrads();
    const made = (shape: Shape, stream: number): Tensor =>
      tensor(device, noise(sizeOf(shape), stream), { shape, requiresGrad: true });
    const shape = (length: number): Shape => (batchFirst ? [N, length, E] : [length, N, E]);
    const query = made(shape(L), 20);
    const inputs = name.startsWith('cross') ? [query, made(shape(S), 21), made(shape(S), 22)] : [query];
    const [q, k, v] = inputs.length === 1 ? [query, query, query] : inputs;
    const mask = masked ? tensor(device, noise(L * S, 24), { shape: [L, S] }) : null;
    const y = layer.forward(q, k, v, { causal, mask });
    assert.equal(y.shape, shape(L));
    backward(y, tensor(device, noise(y.size, 23), { shape: y.shape }));
    const close = (argument: string, got: ArrayLike<number>, wanted: readonly number[], scale: number): void =>
      expectClose({ op: name, argument, got, expected: wanted, scale, pair: 'GPU with PyTorch', label: 'attention' });
    close('y', await y.read(), expected, Math.max(...expected.map(Math.abs)));
    const leaves = [...named.map(([, p]) => p.value), ...inputs];
    for (const [i, leaf] of leaves.entries()) {
      const g = (await leaf.grad?.read()) as Float32Array;
      const other = noise(g.length, 100 + i);
      const [norm, product] = gradients[i];
      close(`gradient ${i}, norm`, [Math.hypot(...g)], [norm], norm);
      close(`gradient ${i}, product`, [g.reduce((sum, x, j) => sum + x * other[j], 0)], [product], norm);
    }
    layer.release();
  });

test('dropout acts while it trains, and not in evaluation', async () => {
  const device = await testDevice();
  const layer = new MultiheadAttention(E, HEADS, { dropout: 0.5, batchFirst: true }).to(device, { seed: 1 });
  const x = tensor(device, noise(N * L * E, 3), { shape: [N, L, E] });
  const run = async (): Promise<number[]> => [...(await layer.forward(x, x, x).read())];
  assert.not.equal(await run(), await run());
  layer.eval();
  assert.equal(await run(), await run());
  layer.release();
});

test('what does not fit is refused by name', async () => {
  const device = await testDevice();
  assert.throws(
    () => new MultiheadAttention(10, 3),
    (e: unknown) => e instanceof ShapeError && /embedDim = 10 is not a multiple of numHeads = 3/.test(e.message),
  );
  const layer = new MultiheadAttention(E, HEADS).to(device);
  const [x, wide] = [zeros(device, [L, N, E]), zeros(device, [L, N, E + 1])];
  assert.throws(() => layer.forward(x, wide, x), /\[MultiheadAttention\] key \(5, 2, 13\): expected three dimensions/);
  assert.is(String(layer).split('\n')[0].startsWith('MultiheadAttention(embedDim=12, numHeads=3'), true);
  layer.release();
});

test.run();
