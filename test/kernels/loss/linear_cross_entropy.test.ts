/** The classifier fused with its loss: its cases, against the two ops it replaces, its memory, and messages. */
import * as assert from 'uvu/assert';
import { backward } from '../../../src/autograd/graph.js';
import { crossEntropy, linear, linearCrossEntropy } from '../../../src/autograd/ops/index.js';
import { argmax } from '../../../src/kernels/reduce/argmax.js';
import type { Device } from '../../../src/device/device.js';
import { lossesOfLogits } from '../../../src/kernels/loss/linear_cross_entropy.js';
import { empty, tensor, zeros, type Tensor } from '../../../src/tensor/tensor.js';
import { expectClose, expectSame } from '../../../src/cases/close.js';
import { gpuSuite, testDevice, withDevice } from '../../support/gpu.js';
import { drawTensor, upload } from '../../../src/cases/draw.js';

const test = gpuSuite('linear_cross_entropy');

interface Parts {
  readonly x: Tensor;
  readonly w: Tensor;
  readonly bias: Tensor;
  readonly label: Tensor;
}

/** `shift` is added to all logits. */
function drawParts(device: Device, [N, D, C]: readonly [number, number, number], shift = 0): Parts {
  const x = upload(device, drawTensor([N, D], { low: -2, high: 2 }, 1), 'f32', true);
  const w = upload(device, drawTensor([C, D], { low: -2, high: 2 }, 2), 'f32', true);
  const bias = upload(device, drawTensor([C], { low: shift - 2, high: shift + 2 }, 3), 'f32', true);
  return { x, w, bias, label: upload(device, drawTensor([N], { low: 0, high: C, integers: true }, 4), 'u32') };
}

type Losses = (p: Parts, best: Tensor) => Tensor;

/** Losses, gradients for a dy that differs from row to row, and the likeliest classes. */
async function outcome(
  device: Device,
  sizes: readonly [number, number, number],
  losses: Losses,
  shift = 0,
): Promise<Record<string, ArrayLike<number>>> {
  const parts = drawParts(device, sizes, shift);
  const best = empty(device, [sizes[0]], 'u32');
  const loss = losses(parts, best);
  backward(loss, upload(device, drawTensor([sizes[0]], { low: 0.1, high: 1 }, 5)));
  const [dx, dw, db] = [parts.x, parts.w, parts.bias].map((t) => t.grad as Tensor);
  return {
    loss: await loss.read(),
    dx: await dx.read(),
    dw: await dw.read(),
    db: await db.read(),
    best: await best.read(),
  };
}

const separate: Losses = ({ x, w, bias, label }, best) => {
  const z = linear(x, w, bias);
  const found = argmax(z, -1);
  best.device.copy(found.storage, 0, best.storage, 0, best.byteLength);
  return crossEntropy(z, label, { reduction: 'none', labelSmoothing: 0.1 });
};
const fused =
  (windowElements?: number): Losses =>
  ({ x, w, bias, label }, best) =>
    linearCrossEntropy(x, w, bias, label, {
      reduction: 'none',
      labelSmoothing: 0.1,
      best,
      ...(windowElements === undefined ? {} : { windowElements }),
    });

for (const [what, elements, shift] of [
  ['in one window', undefined, 0],
  ['in windows', 9 * 128, 0],
  ['with logits in the hundreds', 9 * 64, 400],
] as const) {
  test(`as linear and cross_entropy, ${what}`, async () => {
    const device = await testDevice();
    const sizes = [9, 24, 1000] as const;
    const [got, expected] = [
      await outcome(device, sizes, fused(elements), shift),
      await outcome(device, sizes, separate, shift),
    ];
    expectSame('linear_cross_entropy', 'best', got['best'], expected['best']);
    const tolerance = shift === 0 ? 1e-5 : 1e-4; // a logit of 400 ends at 3e-5
    for (const name of ['loss', 'dx', 'dw', 'db'])
      expectClose({
        op: 'linear_cross_entropy',
        argument: name,
        got: got[name],
        expected: expected[name],
        tolerance,
        pair: 'GPU with GPU',
        label: what,
      });
  });
}

test('past the binding limit the windows are smaller', async () => {
  const run = (maxBindingBytes?: number): Promise<Record<string, ArrayLike<number>>> =>
    withDevice(maxBindingBytes === undefined ? {} : { maxBindingBytes }, (device) =>
      outcome(device, [7, 16, 520], fused()),
    );
  const [small, whole] = [await run(4096), await run()];
  expectSame('linear_cross_entropy', 'best', small['best'], whole['best']);
  for (const name of ['loss', 'dx', 'dw', 'db'])
    expectClose({
      op: 'linear_cross_entropy',
      argument: name,
      got: small[name],
      expected: whole[name],
      tolerance: 1e-5,
      pair: 'GPU with GPU',
      label: 'windows',
    });
});

test('a second walk back gives the same gradient again', async () => {
  const device = await testDevice();
  const { x, w, bias, label } = drawParts(device, [5, 8, 90]);
  const loss = linearCrossEntropy(x, w, bias, label);
  backward(loss);
  const once = Float32Array.from(await (x.grad as Tensor).read());
  backward(loss);
  expectClose({
    op: 'linear_cross_entropy',
    argument: 'dx',
    got: await (x.grad as Tensor).read(),
    expected: once.map((v) => 2 * v),
    pair: 'GPU with GPU',
    label: 'twice',
  });
});

test('only the gradients that are needed', async () => {
  const device = await testDevice();
  const all = await outcome(device, [5, 8, 200], fused(5 * 64));
  for (const wanted of ['x', 'w', 'bias'] as const) {
    const parts = drawParts(device, [5, 8, 200]);
    for (const name of ['x', 'w', 'bias'] as const) parts[name].requiresGrad = name === wanted;
    backward(
      fused(5 * 64)(parts, empty(device, [5], 'u32')),
      upload(device, drawTensor([5], { low: 0.1, high: 1 }, 5)),
    );
    expectClose({
      op: 'linear_cross_entropy',
      argument: `d${wanted}`,
      got: await (parts[wanted].grad as Tensor).read(),
      expected: all[wanted === 'bias' ? 'db' : `d${wanted}`],
      pair: 'GPU with GPU',
      label: 'alone',
    });
  }
});

test('a step holds the logits at most once, and with windows only one of them', async () => {
  const [N, D, C] = [64, 16, 4096];
  const held = (losses: Losses): Promise<number> =>
    withDevice({}, async (device) => {
      const parts = device.step(() => drawParts(device, [N, D, C]));
      const before = device.statistics().bytes;
      device.step(() =>
        backward(losses(parts, empty(device, [N], 'u32')), upload(device, drawTensor([N], { low: 0.1, high: 1 }, 5))),
      );
      await device.sync();
      return device.statistics().bytes - before;
    });
  const logits = N * C * 4;
  const gradients = (N * D + C * D + C) * 4 + 64 * 1024; // and the rows' own
  const [asTwo, whole, windows] = [await held(separate), await held(fused()), await held(fused(N * 512))];
  assert.ok(asTwo >= 2 * logits, `apart: ${asTwo} bytes`);
  assert.ok(whole < logits + 2 * gradients, `one window: ${whole} bytes`);
  assert.ok(windows < logits / 8 + 2 * gradients, `windows: ${windows} bytes`);
});

test('losses and answers of logits that exist already', async () => {
  const device = await testDevice();
  const z = upload(device, drawTensor([70, 300], { low: -4, high: 4, distinct: true }, 1));
  const label = upload(device, drawTensor([70], { low: 0, high: 300, integers: true }, 2), 'u32');
  const { loss, best } = lossesOfLogits(z, label);
  expectSame('linear_cross_entropy', 'best', await best.read(), await argmax(z, -1).read());
  expectClose({
    op: 'linear_cross_entropy',
    argument: 'loss',
    got: await loss.read(),
    expected: await crossEntropy(z, label, { reduction: 'none' }).read(),
    pair: 'GPU with GPU',
    label: 'logits',
  });
});

test('a label that is no class makes the loss NaN; of equal logits the first class is the answer; no rows', async () => {
  const device = await testDevice();
  const x = tensor(device, [
    [1, 1],
    [1, 1],
  ]);
  const w = tensor(
    device,
    Array.from({ length: 130 }, (_, c) => (c === 70 || c === 129 ? [1, 1] : [0, 0])),
  );
  const best = empty(device, [2], 'u32');
  const losses = await linearCrossEntropy(x, w, null, tensor(device, [70, 130], { dtype: 'u32' }), {
    reduction: 'none',
    best,
    windowElements: 1,
  }).read();
  assert.equal([...losses].map(Number.isNaN), [false, true]);
  assert.equal([...(await best.read())], [70, 70]);
  const none = linearCrossEntropy(zeros(device, [0, 2]), w, null, zeros(device, [0], 'u32'), { reduction: 'sum' });
  assert.is(await none.item(), 0);
});

test('messages', async () => {
  const device = await testDevice();
  const [x, w, label] = [zeros(device, [4, 3]), zeros(device, [5, 3]), zeros(device, [4], 'u32')];
  assert.throws(
    () => linearCrossEntropy(x, zeros(device, [5, 4]), null, label),
    /\[linear_cross_entropy\] x \(4, 3\) and w \(5, 4\) are not \(N, D\) and \(C, D\)/,
  );
  assert.throws(
    () => linearCrossEntropy(x, w, zeros(device, [4]), label),
    /bias \(4,\) does not fit w \(5, 3\): expected \(5,\)/,
  );
  assert.throws(() => linearCrossEntropy(x, w, null, zeros(device, [4])), /needs label \(4,\) u32, got \(4,\) f32/);
  assert.throws(
    () => linearCrossEntropy(x, w, null, label, { best: zeros(device, [3], 'u32') }),
    /needs best \(4,\) u32, got \(3,\) u32/,
  );
  assert.throws(
    () => linearCrossEntropy(x, w, null, label, { labelSmoothing: -1 }),
    /labelSmoothing -1 is not from 0 to 1/,
  );
  assert.throws(() => linearCrossEntropy(x, zeros(device, [0, 3]), null, label), /w \(0, 3\) has no classes/);
});

test.run();
