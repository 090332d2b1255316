/** Training by focal loss and binary cross-entropy. */
import * as assert from 'uvu/assert';
import * as F from '../../src/autograd/ops/index.js';
import { lossOf } from '../../src/cli/options/train/metric_loss.js';
import { UsageError } from '../../src/device/errors.js';
import { tensor } from '../../src/tensor/tensor.js';
import type { TrainConfig } from '../../src/train/config.js';
import { checkLabelLoss, isLabelLossValue, lossesOfBatch } from '../../src/train/loss/label_loss.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { trainWithStops } from './fixtures.js';

const test = gpuSuite('losses in place of cross-entropy');

test('a run goes on where it was stopped, with mixed images and class weights too', async () => {
  const device = await testDevice();
  for (const options of [
    { loss: { name: 'focal', gamma: 2 }, augment: 'cutmix,mixup' },
    { loss: { name: 'bce' }, labelSmoothing: 0.1, classWeights: 'balanced' },
  ] satisfies Partial<TrainConfig>[]) {
    const { result, ...whole } = await trainWithStops(device, { ...options, lr: 0.003 });
    const { result: other, ...parts } = await trainWithStops(device, { ...options, lr: 0.003 }, [3], undefined, {
      capture: false,
    });
    assert.equal(parts, whole);
    assert.is(other.bestEpoch, result.bestEpoch);
    const [first, last] = whole.history;
    assert.ok(last.trainLoss < first.trainLoss, `${options.loss.name}: ${first.trainLoss}, ${last.trainLoss}`);
  }
});

test('what is validated is cross-entropy, and gamma 0 is cross-entropy', async () => {
  const device = await testDevice();
  const still = { lr: 0, epochs: 1 };
  const [plain, focal, zero, binary] = await Promise.all([
    trainWithStops(device, still),
    trainWithStops(device, { ...still, loss: { name: 'focal', gamma: 2 } }),
    trainWithStops(device, { ...still, loss: { name: 'focal', gamma: 0 } }),
    trainWithStops(device, { ...still, loss: { name: 'bce' } }),
  ]);
  const losses = (run: typeof plain): number[] => [run.history[0].trainLoss, run.history[0].valLoss ?? Number.NaN];
  const [[train, val], [focalTrain, focalVal], [zeroTrain], [binaryTrain, binaryVal]] = [
    plain,
    focal,
    zero,
    binary,
  ].map(losses);
  assert.equal([focalVal, binaryVal], [val, val]);
  assert.ok(Math.abs(zeroTrain - train) < 1e-5 * train);
  assert.ok(focalTrain < train && binaryTrain > train);
});

test('mixed images: the two labels’ losses by their shares, for binary that of the mixed target', async () => {
  const device = await testDevice();
  const x = tensor(device, [
    [0.5, -1, 2],
    [1, 0, -3],
  ]);
  const [label, other] = [
    [0, 2],
    [1, 2],
  ].map((labels) => tensor(device, Uint32Array.from(labels)));
  const share = tensor(device, [0.75, 0.2]);
  const target = tensor(device, [
    [0.75, 0.25, 0],
    [0, 0, 1],
  ]);
  const [losses, expected] = device.step(() => [
    lossesOfBatch({ loss: { name: 'bce' } }, x, { label, mixed: { other, share } }),
    F.sum(F.binaryCrossEntropyWithLogits(x, target, { reduction: 'none' }), { dim: 1 }),
  ]);
  const [got, want] = [await losses.read(), await expected.read()];
  got.forEach((v, i) => assert.ok(Math.abs(v - want[i]) < 1e-5, `${v}, ${want[i]}`));
});

test('options, and what is refused', () => {
  assert.equal([{ loss: 'focal' }, { loss: 'focal', gamma: 0.5 }, { loss: 'bce' }].map(lossOf), [
    { loss: { name: 'focal', gamma: 2 } },
    { loss: { name: 'focal', gamma: 0.5 } },
    { loss: { name: 'bce' } },
  ]);
  const refused = (run: () => unknown, says: RegExp): void =>
    assert.throws(run, (e: unknown) => e instanceof UsageError && says.test(e.message));
  refused(() => lossOf({ loss: 'bce', gamma: 2 }), /--gamma is for --loss focal; the loss is bce/);
  refused(() => lossOf({ loss: 'focal', gamma: -1 }), /loss\.gamma -1 is not a number from 0/);
  refused(
    () => checkLabelLoss({ loss: { name: 'focal', gamma: 2 }, labelSmoothing: 0.1 }),
    /focal looks at the probability of the label alone/,
  );
  assert.equal(
    [{ name: 'focal', gamma: 2 }, { name: 'bce' }, { name: 'focal' }, { name: 'bce', gamma: 2 }, null, 'bce'].map(
      isLabelLossValue,
    ),
    [true, true, false, false, false, false],
  );
});

test.run();
