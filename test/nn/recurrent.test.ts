/** LSTM and GRU as modules and in the models: pinned runs, names and initial values, dropout, shapes and messages. */
import * as assert from 'uvu/assert';
import { backward, noGrad } from '../../src/autograd/graph.js';
import { crossEntropy } from '../../src/autograd/ops/index.js';
import { GRU, LSTM } from '../../src/nn/recurrent.js';
import { LSTMClassifier } from '../../src/nn/models/lstm.js';
import { buildModel, DEFAULT_INPUT } from '../../src/nn/models/registry.js';
import { fromFloat32, toFloat32 } from '../../src/nn/state/safetensors.js';
import { tensor, zeros } from '../../src/tensor/tensor.js';
import { Adam } from '../../src/optim/optim.js';
import { expectClose } from '../../src/cases/close.js';
import { gpuSuite, testDevice, withDevice } from '../support/gpu.js';
import { UNIT, drawTensor, upload } from '../../src/cases/draw.js';
import { readPinnedRuns } from '../support/pinned_runs.js';

const test = gpuSuite('recurrent');

for (const run of readPinnedRuns('recurrent')) {
  test(`${run.model}: ten steps of Adam as PyTorch's`, async () => {
    const device = await testDevice();
    const [, channels, height, width] = run.x[0].shape;
    const model = new LSTMClassifier(
      { channels, height, width, classes: 10 },
      { hidden: run.hidden, bidirectional: run.model === 'bilstm' },
    ).to(device);
    model.loadStateDict(
      new Map([...run.weights].map(([key, t]) => [key, fromFloat32(Float32Array.from(t.data), t.shape)])),
      'fixture',
    );
    const optimizer = new Adam(model, { lr: run.lr });
    for (const [step, expected] of run.losses.entries()) {
      const [x, label] = [upload(device, run.x[step]), upload(device, run.label[step], 'u32')];
      const loss = device.step(() => {
        optimizer.zeroGrad();
        const y = crossEntropy(model.forward(x), label);
        backward(y);
        optimizer.step();
        return y;
      });
      expectClose({
        op: `pinned ${run.model}`,
        argument: 'loss',
        got: [await loss.item()],
        expected: [expected],
        tolerance: 1e-4,
        pair: 'GPU with PyTorch',
        label: `step ${step + 1}`,
      });
    }
    const state = await model.stateDict();
    assert.equal([...state.keys()], [...run.last.keys()], "PyTorch's names in PyTorch's order");
    for (const [key, expected] of run.last) {
      const raw = state.get(key);
      assert.ok(raw);
      expectClose({
        op: `pinned ${run.model}`,
        argument: 'weight',
        got: toFloat32(raw, key, ''),
        expected: expected.data,
        tolerance: 1e-3,
        pair: 'GPU with PyTorch',
        label: key,
      });
    }
  });
}

test('parameters: names, order, shapes, count and initial range', async () => {
  const device = await testDevice();
  const layer = new LSTM(3, 4, { numLayers: 2, bidirectional: true }).to(device, { seed: 1 });
  const shapes = [...layer.namedParameters()].map(([name, p]) => `${name} ${p.shape.join('x')}`);
  assert.equal(
    shapes,
    ['l0', 'l0_reverse', 'l1', 'l1_reverse'].flatMap((s) => [
      `weight_ih_${s} 16x${s.startsWith('l0') ? 3 : 8}`,
      `weight_hh_${s} 16x4`,
      `bias_ih_${s} 16`,
      `bias_hh_${s} 16`,
    ]),
  );
  const values = [...(await layer.stateDict()).values()].flatMap((t) => [...toFloat32(t, '', '')]);
  const top = Math.max(...values.map(Math.abs));
  assert.ok(top <= 0.5 && top > 0.48, `largest initial value ${top}, expected just below 1 / sqrt(4)`);
  assert.equal(
    [...new GRU(3, 4, { bias: false }).namedParameters()].map(([name, p]) => `${name} ${p.shape.join('x')}`),
    ['weight_ih_l0 12x3', 'weight_hh_l0 12x4'],
  );
  assert.is(buildModel('lstm', DEFAULT_INPUT).parameterCount(), 82186);
  assert.is(buildModel('bilstm', DEFAULT_INPUT).parameterCount(), 164362);
});

test('dropout acts between layers, while training only', async () => {
  const device = await testDevice();
  const x = upload(device, drawTensor([4, 3, 5], UNIT, 3));
  const both = async (p: number, mode: boolean): Promise<[number[], number[]]> => {
    const layer = new LSTM(5, 8, { numLayers: 2, dropout: p }).to(device, { seed: 7 }).train(mode);
    const { output, h } = layer.forward(x);
    return [[...(await output.read())], [...(await h.read())].slice(0, 3 * 8)];
  };
  const [plain, plainFirst] = await both(0, true);
  assert.equal((await both(0.5, false))[0], plain, 'eval: no dropout');
  const [dropped, droppedFirst] = await both(0.5, true);
  assert.not.equal(dropped, plain);
  assert.equal(droppedFirst, plainFirst, "the first layer's own state is not dropped");
  assert.ok(
    dropped.every((v) => v !== 0),
    'the last layer is not dropped',
  );
});

test('one sample without N is a batch of one; batchFirst swaps x and output only', async () => {
  const device = await testDevice();
  const host = drawTensor([6, 1, 5], UNIT, 4);
  const layer = new LSTM(5, 4, { bidirectional: true }).to(device, { seed: 7 });
  const batch = layer.forward(upload(device, host));
  const state = { h: zeros(device, [2, 4]), c: zeros(device, [2, 4]) };
  const single = layer.forward(upload(device, { ...host, shape: [6, 5] }), state);
  assert.equal(single.output.shape, [6, 8]);
  assert.equal(single.c.shape, [2, 4]);
  assert.equal([...(await single.output.read())], [...(await batch.output.read())]);
  const first = new LSTM(5, 4, { bidirectional: true, batchFirst: true }).to(device, { seed: 7 });
  const swapped = first.forward(upload(device, { ...host, shape: [1, 6, 5] }));
  assert.equal(swapped.output.shape, [1, 6, 8]);
  assert.equal(swapped.h.shape, [2, 1, 4]);
  assert.equal([...(await swapped.h.read())], [...(await batch.h.read())]);
});

test('gradients of two layers of GRU reach the first; its state may be left out', async () => {
  const device = await testDevice();
  const layer = new GRU(5, 4, { numLayers: 2, dropout: 0.3 }).to(device, { seed: 7 });
  const { output, h } = layer.forward(upload(device, drawTensor([3, 2, 5], UNIT, 4)));
  assert.equal(
    [output.shape, h.shape],
    [
      [3, 2, 4],
      [2, 2, 4],
    ],
  );
  backward(h, upload(device, drawTensor([2, 2, 4], UNIT, 5)));
  const dw = [...(await layer.memory.grads.read())].slice(0, 60);
  assert.ok(dw.every((v) => v !== 0 && Number.isFinite(v)));
});

test('sequences past the binding limit', async () => {
  const host = drawTensor([40, 3, 4], UNIT, 5); // gates of all steps: 40 x 3 x 64 x 4 bytes
  const run = async (maxBindingBytes?: number): Promise<number[][]> =>
    withDevice(maxBindingBytes === undefined ? {} : { maxBindingBytes }, async (device) => {
      const layer = new LSTM(4, 16, { bias: false }).to(device, { seed: 2 });
      const x = upload(device, host, 'f32', true);
      const { output, c } = layer.forward(x);
      backward(c, upload(device, drawTensor([1, 3, 16], UNIT, 6)));
      return [[...(await output.read())], [...(await (x.grad ?? x).read())], [...(await layer.memory.grads.read())]];
    });
  const [whole, parts] = [await run(), await run(16384)];
  for (const [i, name] of ['output', 'dx', 'dw'].entries()) {
    expectClose({
      op: 'lstm',
      argument: name,
      got: parts[i],
      expected: whole[i],
      tolerance: 2e-6,
      pair: 'GPU with CPU',
      label: 'windows',
    });
  }
});

test('a steady step makes no GPU object', async () => {
  const device = await testDevice();
  const model = new LSTMClassifier(
    { channels: 1, height: 5, width: 6, classes: 3 },
    { hidden: 8, bidirectional: true },
  ).to(device);
  const optimizer = new Adam(model);
  const [x, label] = [upload(device, drawTensor([4, 1, 5, 6], UNIT, 1)), tensor(device, new Uint32Array([0, 1, 2, 0]))];
  const step = (): void =>
    device.step(() => {
      optimizer.zeroGrad();
      backward(crossEntropy(model.forward(x), label));
      optimizer.step();
    });
  for (let i = 0; i < 3; i++) step();
  await device.sync();
  const { created, bindGroups, pipelines } = device.statistics();
  for (let i = 0; i < 3; i++) step();
  await device.sync();
  const after = device.statistics();
  assert.equal([after.created, after.bindGroups, after.pipelines], [created, bindGroups, pipelines]);
});

test('messages', async () => {
  const device = await testDevice();
  const layer = new LSTM(5, 4, { numLayers: 2 }).to(device);
  const x = (shape: readonly number[]) => zeros(device, shape);
  const state = (shape: readonly number[]) => ({ h: x(shape), c: x(shape) });
  const fails = (body: () => unknown, message: RegExp): void =>
    assert.throws(
      () => noGrad(body),
      (e: Error) => message.test(e.message) || assert.unreachable(e.message),
    );
  fails(() => layer.forward(x([3, 2, 6])), /\[lstm\] weight_ih \(16, 5\) does not fit x \(3, 2, 6\)/);
  fails(() => layer.forward(x([5])), /\[lstm\] x \(5,\) has 1 dimensions/);
  fails(() => layer.forward(x([0, 2, 5])), /\[lstm\] x \(0, 2, 5\) has no steps/);
  fails(() => layer.forward(x([3, 2, 5]), state([1, 2, 4])), /\[lstm\] h0 \(1, 2, 4\) does not fit: .*\(2, 2, 4\)/);
  fails(() => layer.forward(x([3, 5]), state([2, 1, 4])), /\[lstm\] h0 \(2, 1, 4\) has 3 dimensions/);
  fails(() => new LSTM(5, 0), /\[LSTM\] sizes 5, 0/);
  fails(() => new LSTM(5, 4, { dropout: 1.5 }), /dropout 1.5/);
});

test.run();
