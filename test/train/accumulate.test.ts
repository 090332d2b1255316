/** Gradients of several batches, added up before the weights move; and blocks that are computed again. */
import * as assert from 'uvu/assert';
import { checkpoint } from '../../src/autograd/checkpoint.js';
import { backward } from '../../src/autograd/graph.js';
import { add, dropout, flatten, mul, relu, sum } from '../../src/autograd/ops/index.js';
import { UsageError } from '../../src/device/errors.js';
import * as nn from '../../src/nn/index.js';
import { tensor, type Tensor } from '../../src/tensor/tensor.js';
import type { TrainConfig } from '../../src/train/config.js';
import { gpuSuite, testDevice, withDevice } from '../support/gpu.js';
import { firstOf, GARMENTS, trainWithStops, type Outcome } from './fixtures.js';

const test = gpuSuite('accumulated gradients');

const FEW = firstOf(GARMENTS, 60); // 54 to train on: steps of 24, 24 and 6
const PLAIN: Partial<TrainConfig> = { model: 'mlp', optimizer: 'sgd', lr: 0.02, epochs: 2 };

function numbers(hex: string): Float32Array {
  const bytes = Buffer.from(hex, 'hex');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

const largest = (x: Float32Array): number => x.reduce((most, v) => Math.max(most, Math.abs(v)), 0);

/** The largest difference of a weight, as a share of the largest weight of its tensor. */
function apart(a: Outcome, b: Outcome): number {
  return Math.max(
    ...Object.entries(a.last)
      .filter(([name]) => name.endsWith('weight'))
      .map(([name, hex]) => {
        const [x, y] = [numbers(hex), numbers(b.last[name])];
        return largest(x.map((v, i) => v - y[i])) / largest(x);
      }),
  );
}

/** A block whose numbers depend on what is drawn, and which moves running statistics. */
class Block extends nn.Module {
  readonly conv = new nn.Conv2d(4, 4, 3, { padding: 1 });
  readonly bn = new nn.BatchNorm2d(4);
  readonly dropout = new nn.Dropout(0.3);

  /** x (N, 4, H, W). */
  forward(x: Tensor): Tensor {
    return add(x, this.dropout.forward(relu(this.bn.forward(this.conv.forward(x)))));
  }
}

class Blocks extends nn.Module {
  readonly stem = new nn.Conv2d(1, 4, 3, { stride: 2, padding: 1 });
  readonly blocks = new nn.Sequential(...Array.from({ length: 6 }, () => new Block()));
  readonly fc: nn.Linear;

  constructor({ classes }: nn.ModelInput) {
    super();
    this.fc = new nn.Linear(4 * 14 * 14, classes);
  }

  /** x (N, 1, 28, 28) -> logits (N, classes). */
  forward(x: Tensor): Tensor {
    return this.fc.forward(flatten(this.blocks.forward(this.stem.forward(x))));
  }
}

nn.defineModel({ name: 'blocks', description: 'for a test', head: 'fc', build: (input) => new Blocks(input) });

test('four times six images move the weights as 24 do, with clipping, class weights and averages too', async () => {
  const device = await testDevice();
  const more: Partial<TrainConfig> = { clipNorm: 0.5, classWeights: 'balanced', ema: 0.9 };
  for (const options of [PLAIN, { ...PLAIN, ...more }]) {
    const whole = await trainWithStops(device, { ...options, batch: 24 }, [], FEW);
    const parts = await trainWithStops(device, { ...options, batch: 6, accumulate: 4 }, [], FEW);
    assert.ok(apart(whole, parts) < 2e-6, `${apart(whole, parts)}`);
    for (const [i, epoch] of whole.history.entries())
      assert.ok(Math.abs(epoch.trainLoss - parts.history[i].trainLoss) < 1e-5 * epoch.trainLoss);
    const small = await trainWithStops(device, { ...options, batch: 6 }, [], FEW);
    assert.ok(apart(whole, small) > 1e-3, 'steps of six images are others');
  }
});

test('a scaled loss: the scale is that of the step, its share that of the piece', async () => {
  const device = await testDevice();
  if (!device.features.has('shader-f16')) return;
  const half: Partial<TrainConfig> = { ...PLAIN, precision: 'f16', epochs: 1 };
  const whole = await trainWithStops(device, { ...half, batch: 24 }, [], FEW);
  const parts = await trainWithStops(device, { ...half, batch: 6, accumulate: 4 }, [], FEW);
  assert.ok(apart(whole, parts) < 1e-5, `${apart(whole, parts)}`);
});

test('stopped between two steps, recorded or not: the same bits', async () => {
  const device = await testDevice();
  const options = { ...PLAIN, optimizer: 'adam', lr: 1e-3, batch: 10, accumulate: 3, augment: 'flip' } as const;
  const whole = await trainWithStops(device, options, [], FEW);
  assert.equal((await trainWithStops(device, options, [1, 2], FEW)).last, whole.last);
  assert.equal((await trainWithStops(device, options, [], FEW, { capture: false })).last, whole.last);
});

test('batch norm sees each piece for itself: its running statistics move with each', async () => {
  const device = await testDevice();
  const options = { ...PLAIN, model: 'blocks', epochs: 1 };
  const whole = await trainWithStops(device, { ...options, batch: 24 }, [], FEW);
  const parts = await trainWithStops(device, { ...options, batch: 12, accumulate: 2 }, [], FEW);
  const tracked = (o: Outcome): number[] =>
    Object.entries(o.last)
      .filter(([name]) => name.endsWith('num_batches_tracked'))
      .map(([, hex]) => Buffer.from(hex, 'hex').readUInt32LE());
  assert.ok(tracked(whole).every((n) => n === 3));
  assert.ok(tracked(parts).every((n) => n === 5)); // 12 + 12, 12 + 12, 6
});

test('a contrastive loss compares the images of a batch: it is refused', async () => {
  const device = await testDevice();
  const loss = { name: 'supcon', temperature: 0.1, weight: 1 } as const;
  const error = await trainWithStops(device, { ...PLAIN, loss, batch: 6, accumulate: 2 }, [], FEW).catch(
    (e: unknown) => e,
  );
  assert.instance(error, UsageError);
  assert.match(String(error), /accumulate/);
});

test('blocks that are computed again: the same bits and random numbers; less memory', async () => {
  const options = { ...PLAIN, model: 'blocks', batch: 18, augment: 'shift=1' } as const;
  const run = (more: Partial<TrainConfig>): Promise<[Outcome, number]> =>
    withDevice({}, async (device) => {
      const outcome = await trainWithStops(device, { ...options, ...more }, [], FEW);
      return [outcome, device.statistics().bytes];
    });
  const [kept, bytes] = await run({});
  const [again, fewer] = await run({ gradCheckpointing: true });
  assert.equal(again.last, kept.last);
  assert.equal(again.random, kept.random);
  assert.ok(fewer < 0.7 * bytes, `${fewer} bytes, ${bytes} where all is kept`);
});

test('a part within a part that is computed again draws what it drew at first', async () => {
  const device = await testDevice();
  const x = tensor(device, new Array<number>(64).fill(1), { requiresGrad: true });
  const inner = (h: Tensor): Tensor => dropout(h, 0.5);
  const y = device.step(() => {
    const result = checkpoint((h) => mul(checkpoint(inner, dropout(h, 0.5)), 3), x);
    backward(sum(result));
    device.keep(result.storage);
    return result;
  });
  const drawn = [...(await y.read())];
  assert.ok(drawn.includes(0) && drawn.includes(12));
  assert.equal([...((await x.grad?.read()) ?? [])], drawn); // x is 1: y is its own slope
});

test('a network without blocks is refused', async () => {
  const device = await testDevice();
  const error = await trainWithStops(device, { ...PLAIN, gradCheckpointing: true }, [], FEW).catch((e: unknown) => e);
  assert.instance(error, UsageError);
  assert.match(String(error), /no blocks/);
});

test.run();
