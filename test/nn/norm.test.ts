/** Normalisation layers in networks: PyTorch's runs, train and eval, state dicts, and what a steady step creates. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { equal, is, ok, throws } from 'uvu/assert';
import { backward, noGrad } from '../../src/autograd/graph.js';
import { crossEntropy } from '../../src/autograd/ops/index.js';
import type { Device } from '../../src/device/device.js';
import { hostTensor, type HostTensor } from '../../src/kernels/launch/host_tensor.js';
import * as nn from '../../src/nn/index.js';
import {
  encodeSafetensors,
  fromFloat32,
  int64FromUint32,
  toFloat32,
  toUint32,
  type RawTensor,
} from '../../src/nn/state/safetensors.js';
import type { Tensor } from '../../src/tensor/tensor.js';
import { readCheckpoint, restore, saveCheckpoint } from '../../src/train/checkpoint/checkpoint.js';
import { Adam, SGD, type Optimizer } from '../../src/optim/optim.js';
import { expectClose, expectSame } from '../../src/cases/close.js';
import { collectGarbage } from '../support/garbage.js';
import { readRuns, type GoldenRun } from '../support/golden.js';
import { HEADER } from '../train/fixtures.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { UNIT, drawTensor, upload } from '../../src/cases/draw.js';

const MODELS: Record<string, () => nn.Module> = {
  'conv2d, batch_norm': () =>
    new nn.Sequential(
      new nn.Conv2d(2, 6, 3, { padding: 1 }),
      new nn.BatchNorm2d(6),
      new nn.ReLU(),
      new nn.Conv2d(6, 5, 3, { stride: 2 }),
      new nn.BatchNorm2d(5, { momentum: null }),
      new nn.ReLU(),
      new nn.Flatten(),
      new nn.Linear(45, 4),
    ),
  'linear, batch_norm, layer_norm': () =>
    new nn.Sequential(
      new nn.Linear(9, 12),
      new nn.BatchNorm1d(12),
      new nn.ReLU(),
      new nn.Linear(12, 8),
      new nn.LayerNorm(8),
      new nn.ReLU(),
      new nn.Linear(8, 3),
    ),
};

const isCounter = (key: string): boolean => key.endsWith('num_batches_tracked');

/** PyTorch's state dict as a file would hold it. */
function rawState(state: ReadonlyMap<string, HostTensor>): Map<string, RawTensor> {
  return new Map(
    [...state].map(([key, { shape, data }]) => [
      key,
      isCounter(key) ? int64FromUint32(new Uint32Array(data), shape) : fromFloat32(new Float32Array(data), shape),
    ]),
  );
}

const numbersOf = (key: string, raw: RawTensor): ArrayLike<number> =>
  isCounter(key) ? toUint32(raw, key, 'test') : toFloat32(raw, key, 'test');

function part(x: HostTensor, i: number): HostTensor {
  const size = x.data.length / x.shape[0];
  return hostTensor(x.shape.slice(1), x.data.subarray(i * size, (i + 1) * size));
}

function step(device: Device, model: nn.Module, optimizer: Optimizer, x: Tensor, label: Tensor): Tensor {
  return device.step(() => {
    optimizer.zeroGrad();
    const loss = crossEntropy(model.forward(x), label);
    backward(loss);
    optimizer.step();
    return loss;
  });
}

const test = gpuSuite('normalisation layers');

async function follow(device: Device, run: GoldenRun): Promise<void> {
  const model = MODELS[run.name]().to(device, { seed: 1 });
  model.loadStateDict(rawState(run.start), 'test');
  const { lr, momentum = 0, weight_decay = 0 } = run.settings;
  const optimizer = new SGD(model, { lr, momentum, weightDecay: weight_decay });
  const losses: number[] = [];
  for (let i = 0; i < run.losses.length; i++) {
    losses.push(
      await step(
        device,
        model,
        optimizer,
        upload(device, part(run.x, i)),
        upload(device, part(run.label, i), 'u32'),
      ).item(),
    );
  }
  const pair = 'GPU with PyTorch';
  for (const [i, loss] of losses.entries())
    expectClose({
      op: 'run',
      argument: 'loss',
      got: [loss],
      expected: [run.losses[i]],
      tolerance: 1e-4,
      pair,
      label: `${run.name}, step ${i + 1}`,
    });
  const end = await model.stateDict();
  equal([...end.keys()], [...run.end.keys()]);
  for (const [key, expected] of run.end) {
    const raw = end.get(key) as RawTensor;
    is(raw.dtype, isCounter(key) ? 'I64' : 'F32');
    equal(raw.shape, expected.shape);
    expectClose({
      op: 'run',
      argument: 'state',
      got: numbersOf(key, raw),
      expected: expected.data,
      tolerance: 1e-4,
      pair,
      label: `${run.name}, ${key}`,
    });
  }
  const y = noGrad(() => model.eval().forward(upload(device, part(run.x, 0))));
  expectClose({
    op: 'run',
    argument: 'y',
    got: await y.read(),
    expected: run.evaluated.data,
    tolerance: 1e-4,
    pair,
    label: `${run.name}, evaluated`,
  });
}

for (const run of readRuns('norm'))
  test(`ten steps as PyTorch's: ${run.name}`, async () => follow(await testDevice(), run));

test('defaults, initial values and keys are PyTorch’s; only weight and bias are trained', async () => {
  const device = await testDevice();
  const model = new nn.BatchNorm2d(3).to(device);
  const state = await model.stateDict();
  const values = Object.fromEntries(
    [...state].map(([key, raw]) => [key, [...(numbersOf(key, raw) as Iterable<number> & ArrayLike<number>)]]),
  );
  equal(values, {
    weight: [1, 1, 1],
    bias: [0, 0, 0],
    running_mean: [0, 0, 0],
    running_var: [1, 1, 1],
    num_batches_tracked: [0],
  });
  equal((state.get('num_batches_tracked') as RawTensor).shape, []);
  is(model.parameterCount(), 6);
  equal(
    [...(await new nn.BatchNorm1d(3, { affine: false, trackRunningStats: false }).to(device).stateDict()).keys()],
    [],
  );
  equal([...(await new nn.LayerNorm([2, 3]).to(device).stateDict()).keys()], ['weight', 'bias']);
  equal([...(await new nn.GroupNorm(2, 4, { affine: false }).to(device).stateDict()).keys()], []);
});

test('running statistics move in training only; without them evaluation uses the batch', async () => {
  const device = await testDevice();
  const x = upload(device, drawTensor([4, 3, 5], { low: 0, high: 3 }, 7));
  const model = new nn.BatchNorm1d(3).to(device);
  const untracked = new nn.BatchNorm1d(3, { trackRunningStats: false }).to(device);
  const batch = await model.forward(x).read();
  const moved = [await model.running_mean?.value.read(), await model.running_var?.value.read()];
  model.eval();
  const y = await model.forward(x).read();
  ok(batch.some((v, i) => Math.abs(v - y[i]) > 0.1));
  equal([await model.running_mean?.value.read(), await model.running_var?.value.read()], moved);
  equal(await model.num_batches_tracked?.value.read(), Uint32Array.of(1));
  expectSame('batch_norm', 'y', await untracked.eval().forward(x).read(), batch);
});

function network(): nn.Module {
  return new nn.Sequential(
    new nn.Conv2d(1, 5, 3),
    new nn.BatchNorm2d(5),
    new nn.ReLU(),
    new nn.Flatten(),
    new nn.Linear(80, 3),
    new nn.BatchNorm1d(3, { momentum: null }),
  );
}

test('a model goes on from a checkpoint, bit for bit', async () => {
  const device = await testDevice();
  const x = upload(device, drawTensor([8, 1, 6, 6], UNIT, 1));
  const label = upload(device, drawTensor([8], { low: 0, high: 3, integers: true }, 2), 'u32');
  const model = network().to(device, { seed: 3 });
  const optimizer = new Adam(model, { lr: 0.01, weightDecay: 0.1 });
  for (let i = 0; i < 3; i++) step(device, model, optimizer, x, label);
  const folder = mkdtempSync(join(tmpdir(), 'weft-norm-'));
  try {
    await saveCheckpoint(join(folder, 'a.safetensors'), HEADER, model, optimizer);
    const copy = network().to(device, { seed: 4 });
    const copyOptimizer = new Adam(copy, { lr: 0.01, weightDecay: 0.1 });
    restore(await readCheckpoint(join(folder, 'a.safetensors')), copy, copyOptimizer);
    equal(encodeSafetensors(await copy.stateDict()), encodeSafetensors(await model.stateDict()));
    for (let i = 0; i < 2; i++) {
      step(device, model, optimizer, x, label);
      step(device, copy, copyOptimizer, x, label);
    }
    equal(encodeSafetensors(await copy.stateDict()), encodeSafetensors(await model.stateDict()));
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a state dict is loaded whole or not at all', async () => {
  const device = await testDevice();
  const model = new nn.BatchNorm1d(2).to(device);
  const before = encodeSafetensors(await model.stateDict());
  const state = await model.stateDict();
  const changed = (key: string, raw: RawTensor | null): Map<string, RawTensor> => {
    const copy = new Map([...state, ['weight', fromFloat32(Float32Array.of(5, 6), [2])] as const]);
    if (raw === null) copy.delete(key);
    else copy.set(key, raw);
    return copy;
  };
  throws(
    () => model.loadStateDict(changed('running_mean', null), 'f'),
    /f does not belong to this model: missing running_mean/,
  );
  throws(() => model.loadStateDict(changed('extra', int64FromUint32(Uint32Array.of(1), [])), 'f'), /unexpected extra/);
  throws(
    () => model.loadStateDict(changed('running_var', fromFloat32(new Float32Array(3), [3])), 'f'),
    /running_var is \(3,\) in the file, \(2,\) in the model/,
  );
  throws(
    () => model.loadStateDict(changed('num_batches_tracked', fromFloat32(Float32Array.of(1.5), [])), 'f'),
    /1\.5 is no count/,
  );
  throws(
    () =>
      model.loadStateDict(changed('num_batches_tracked', { dtype: 'BOOL', shape: [], data: new Uint8Array(1) }), 'f'),
    /dtype BOOL is not a number/,
  );
  throws(
    () => model.loadStateDict(changed('running_mean', { dtype: 'I32', shape: [2], data: new Uint8Array(8) }), 'f'),
    /dtype I32 is not a float/,
  );
  const negative = { dtype: 'I64', shape: [], data: new Uint8Array(BigInt64Array.of(-1n).buffer) } as const;
  throws(() => model.loadStateDict(changed('num_batches_tracked', negative), 'f'), /-1 is no count/);
  equal(encodeSafetensors(await model.stateDict()), before);
});

test('a steady step creates no GPU object', async () => {
  const device = await testDevice();
  const x = upload(device, drawTensor([8, 1, 6, 6], UNIT, 1));
  const label = upload(device, drawTensor([8], { low: 0, high: 3, integers: true }, 2), 'u32');
  const norms = new nn.Sequential(new nn.LocalResponseNorm(3), new nn.GroupNorm(1, 1), network(), new nn.LayerNorm(3));
  const model = norms.to(device, { seed: 3 });
  const optimizer = new SGD(model, { lr: 0.01 });
  const after = async (steps: number): Promise<readonly number[]> => {
    for (let i = 0; i < steps; i++) step(device, model, optimizer, x, label).storage.release();
    await device.sync();
    const { created, pipelines, bindGroups, uniformSlabs, inUse } = device.statistics();
    return [created, pipelines, bindGroups, uniformSlabs, inUse];
  };
  await collectGarbage(); // memory that came back later would be used first, in new bind groups
  const warm = await after(3);
  equal(await after(3), warm);
});

test('layers say what they expect', async () => {
  const device = await testDevice();
  const x = upload(device, drawTensor([2, 3, 4], UNIT, 1));
  throws(
    () => new nn.BatchNorm2d(3).to(device).forward(x),
    /\[BatchNorm2d\] x \(2, 3, 4\): expected 4 dimensions, the second of 3 channels/,
  );
  throws(
    () => new nn.BatchNorm1d(4).to(device).forward(x),
    /\[BatchNorm1d\] x \(2, 3, 4\): expected 2 or 3 dimensions, the second of 4 channels/,
  );
  throws(() => new nn.BatchNorm1d(4).running_mean?.value, /this model is on no device yet/);
  throws(() => new nn.GroupNorm(3, 4), /4 channels do not make 3 groups/);
  throws(
    () => new nn.BatchNorm1d(3).to(device).forward(upload(device, drawTensor([1, 3], UNIT, 1))),
    /more than 1 value per channel when training, got x \(1, 3\)/,
  );
});

test.run();
