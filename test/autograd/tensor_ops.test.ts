/** What is typed between layers, together: replayed as it ran, and inside autocast. */
import * as assert from 'uvu/assert';
import { autocast } from '../../src/autograd/autocast.js';
import { backward } from '../../src/autograd/graph.js';
import * as F from '../../src/autograd/ops/index.js';
import type { Device } from '../../src/device/device.js';
import { manualSeed, rand } from '../../src/kernels/random/random.js';
import { tensor, zeros, type Tensor } from '../../src/tensor/tensor.js';
import { expectClose } from '../../src/cases/close.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { UNIT, drawTensor, upload } from '../../src/cases/draw.js';

const test = gpuSuite('tensor ops');

/** All of them in one step over a batch drawn anew; gradients of the leaves add up. */
function chain(device: Device): { step: () => Tensor; leaves: Tensor[] } {
  manualSeed(device, 5);
  const leaf = (seed: number, ...shape: number[]): Tensor => {
    const x = upload(device, drawTensor(shape, UNIT, seed), 'f32', true);
    x.grad = zeros(device, shape);
    return x;
  };
  const leaves = [leaf(1, 6, 6), leaf(2, 4, 6), leaf(3, 4, 4), leaf(4, 9, 6)];
  const [w, weightIh, weightHh, table] = leaves;
  const index = tensor(
    device,
    Uint32Array.from({ length: 30 }, (_, i) => (i * 5) % 9),
    { shape: [5, 6] },
  );
  const mask = tensor(device, Uint32Array.of(1, 1, 0, 1, 1, 1, 1, 0, 1), { shape: [3, 3] });
  const step = (): Tensor => {
    const x = rand(device, [2, 5, 6]);
    const mixed = F.einsum('bti,ij->btj', F.cumsum(x, 1), F.add(F.tril(w), F.triu(w, 2)));
    const seen = F.slice(mixed, 1, 0, 5, 2);
    const y = F.scaledDotProductAttention(seen, seen, seen, { mask, causal: true, dropout: 0.25 });
    const { h } = F.rnn(y, null, [{ weightIh, weightHh }], { batchFirst: true });
    const added = F.scatterAdd(table, 0, index, F.select(mixed, 0, 1));
    const loss = F.add(F.sum(h), F.mean(F.square(added)));
    backward(loss);
    return loss;
  };
  return { step, leaves };
}

const bits = async (x: Tensor): Promise<string> => Buffer.from((await x.read()).buffer).toString('hex');

test('replayed steps equal eager ones, bit for bit', async () => {
  const device = await testDevice();
  const run = async (isCaptured: boolean): Promise<string[]> => {
    const { step, leaves } = chain(device);
    const captured = device.capture(step);
    const seen: string[] = [];
    for (let i = 0; i < 4; i++) seen.push(await bits(isCaptured ? captured() : device.step(step)));
    for (const leaf of leaves) seen.push(await bits(leaf.grad ?? leaf));
    if (isCaptured) assert.is(captured.recordings, 1);
    captured.release();
    return seen;
  };
  const [eager, replayed] = [await run(false), await run(true)];
  assert.equal(replayed, eager);
  assert.is(new Set(eager.slice(0, 4)).size, 4, 'the batches differ');
});

test('inside autocast products take halves, and all else is f32', async () => {
  const device = await testDevice();
  if (!device.features.has('shader-f16')) return;
  const run = async (within: <T>(body: () => T) => T): Promise<number[]> => {
    const { step, leaves } = chain(device);
    const loss = within(step);
    return [await loss.item(), ...(await (leaves[0].grad ?? leaves[0]).read())];
  };
  const [full, half] = [await run((body) => body()), await run(autocast)];
  expectClose({
    op: 'tensor ops',
    argument: 'loss and gradient',
    got: half,
    expected: full,
    tolerance: 5e-3,
    pair: 'GPU with CPU',
    label: 'autocast with f32',
  });
});

test.run();
