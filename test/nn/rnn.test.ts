/** RNN as a module: PyTorch's names in PyTorch's order, shapes, one sample, training, and what is refused. */
import * as assert from 'uvu/assert';
import { backward } from '../../src/autograd/graph.js';
import { mean, square, sub } from '../../src/autograd/ops/index.js';
import { UsageError } from '../../src/device/errors.js';
import { GRU, RNN } from '../../src/nn/index.js';
import { Adam } from '../../src/optim/optim.js';
import { zeros } from '../../src/tensor/tensor.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { UNIT, drawTensor, upload } from '../../src/cases/draw.js';

const test = gpuSuite('nn.RNN');

test('parameters: names, order and shapes as torch.nn.RNN', async () => {
  const device = await testDevice();
  const layer = new RNN(3, 4, { numLayers: 2, bidirectional: true }).to(device, { seed: 1 });
  assert.equal(
    [...(await layer.stateDict())].map(([key, t]) => `${key} ${t.shape.join('x')}`),
    ['l0', 'l0_reverse', 'l1', 'l1_reverse'].flatMap((s) => [
      `weight_ih_${s} 4x${s.startsWith('l0') ? 3 : 8}`,
      `weight_hh_${s} 4x4`,
      `bias_ih_${s} 4`,
      `bias_hh_${s} 4`,
    ]),
  );
  assert.equal(
    [...new RNN(3, 4, { bias: false }).namedParameters()].map(([name]) => name),
    ['weight_ih_l0', 'weight_hh_l0'],
  );
});

test('batchFirst swaps x and output; one sample without N; relu is not negative', async () => {
  const device = await testDevice();
  const host = drawTensor([6, 1, 5], UNIT, 4);
  const first = new RNN(5, 4, { bidirectional: true }).to(device, { seed: 7 });
  const swapped = new RNN(5, 4, { bidirectional: true, batchFirst: true }).to(device, { seed: 7 });
  const expected = [...(await first.forward(upload(device, host)).output.read())];
  const { output, h } = swapped.forward(upload(device, { ...host, shape: [1, 6, 5] }));
  assert.equal([output.shape, h.shape], [[1, 6, 8], [2, 1, 4]]); // prettier-ignore
  assert.equal([...(await output.read())], expected);
  const single = first.forward(upload(device, { ...host, shape: [6, 5] }), zeros(device, [2, 4]));
  assert.equal([single.output.shape, single.h.shape], [[6, 8], [2, 4]]); // prettier-ignore
  assert.equal([...(await single.output.read())], expected);
  const relu = new RNN(5, 4, { nonlinearity: 'relu' }).to(device, { seed: 7 });
  const values = [...(await relu.forward(upload(device, host)).output.read())];
  assert.ok(values.every((v) => v >= 0) && values.some((v) => v > 0), values.join());
});

test('learns to add up its input', async () => {
  const device = await testDevice();
  const layer = new RNN(1, 8, { nonlinearity: 'relu' }).to(device, { seed: 3 });
  const optimizer = new Adam(layer, { lr: 0.02 });
  const host = drawTensor([5, 16, 1], { low: 0, high: 1 }, 5);
  const sums = Float64Array.from({ length: 16 }, (_, n) =>
    [0, 1, 2, 3, 4].reduce((s, t) => s + host.data[t * 16 + n], 0),
  );
  const [x, target] = [upload(device, host), upload(device, { shape: [1, 16], data: sums })];
  const losses: number[] = [];
  for (let step = 0; step < 150; step++) {
    const loss = device.step(() => {
      optimizer.zeroGrad();
      const l = mean(square(sub(mean(layer.forward(x).h, { dim: 2 }), target)));
      backward(l);
      optimizer.step();
      return l;
    });
    if (step % 149 === 0) losses.push(await loss.item());
  }
  assert.ok(losses[1] < losses[0] / 10, losses.join(' -> '));
});

test('messages', async () => {
  const device = await testDevice();
  const refused = (body: () => unknown, message: RegExp): void =>
    assert.throws(body, (e: unknown) => e instanceof UsageError && message.test(e.message));
  refused(() => new RNN(0, 4), /\[RNN\] sizes 0, 4 and 1 layers/);
  refused(() => new RNN(3, 4, { nonlinearity: 'gelu' as 'relu' }), /\[RNN\] nonlinearity "gelu"/);
  const layer = new RNN(5, 4).to(device);
  refused(() => layer.forward(zeros(device, [2, 3, 6])), /\[rnn\] weight_ih \(4, 5\) does not fit x \(2, 3, 6\)/);
  refused(() => layer.forward(zeros(device, [2, 3, 5]), zeros(device, [1, 2, 4])), /\[rnn\] h0 \(1, 2, 4\)/);
  assert.is(new GRU(5, 4).parameterCount(), 3 * new RNN(5, 4).parameterCount());
});

test.run();
