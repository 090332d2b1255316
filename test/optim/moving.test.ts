/** Groups that begin later, rates by layers, averages with statistics: what moves weights besides optimizers. */
import * as assert from 'uvu/assert';
import type { Device } from '../../src/device/device.js';
import { UsageError } from '../../src/device/errors.js';
import { layerGroups } from '../../src/nn/models/layer_groups.js';
import { BatchNorm1d, Linear, Sequential } from '../../src/nn/index.js';
import { buildModel, DEFAULT_INPUT, MODELS } from '../../src/nn/models/registry.js';
import { makeOptimizer } from '../../src/train/make_optimizer.js';
import { Adagrad, Adam, AdamW, EMA, LAMB, Lion, Muon, SGD, SWA, type Optimizer } from '../../src/optim/optim.js';
import { UNIT, drawTensor } from '../../src/cases/draw.js';
import { gpuSuite, testDevice, withDevice } from '../support/gpu.js';

const test = gpuSuite('what moves');

const wide = (device: Device): Sequential =>
  new Sequential(new Linear(70, 130), new Linear(130, 33), new Linear(33, 40), new Linear(40, 5)).to(device, {
    seed: 1,
  });

/** Steps with gradients that depend on nothing but the step. */
function steps(device: Device, model: Sequential, optimizer: Optimizer, from: number, to: number): void {
  for (let t = from; t < to; t++) {
    device.write(
      model.memory.grads.storage,
      new Float32Array(drawTensor([model.memory.grads.size], UNIT, 50 + t).data),
    );
    device.step(() => optimizer.step());
  }
}

test('LAMB in windows of a small binding limit', async () => {
  const run = async (device: Device): Promise<ArrayLike<number>> => {
    const model = wide(device);
    steps(device, model, new LAMB(model, { lr: 0.1, groups: [{ match: /bias/, weightDecay: 0, lr: 0.5 }] }), 0, 2);
    return model.memory.weights.read();
  };
  const [small, whole] = [await withDevice({ maxBindingBytes: 16384 }, run), await run(await testDevice())];
  assert.is(
    Array.from(whole).findIndex((v, i) => v !== small[i]),
    -1,
  );
});

test('Muon of matrices alone, without groups, moves as with a group that differs in nothing', async () => {
  const device = await testDevice();
  const run = async (match: RegExp | null): Promise<ArrayLike<number>> => {
    const model = new Sequential(new Linear(70, 33, { bias: false }), new Linear(33, 5, { bias: false }));
    model.to(device, { seed: 1 });
    const groups = match === null ? [] : [{ match, weightDecay: 0.1 }];
    steps(device, model, new Muon(model, { rest: () => false, weightDecay: 0.1, groups }), 0, 2);
    return model.memory.weights.read();
  };
  const start = await new Sequential(new Linear(70, 33, { bias: false })).to(device, { seed: 1 }).memory.weights.read();
  const [plain, grouped] = [await run(null), await run(/./)];
  assert.equal(plain, grouped);
  assert.is.not(plain[0], start[0]);
});

test('a group that begins later counts its own steps: as an optimizer that begins then', async () => {
  const device = await testDevice();
  const makers: ((m: Sequential, stages: boolean) => Optimizer)[] = [
    (m, s) => new Adam(m, { groups: staged(s) }),
    (m, s) => new LAMB(m, { groups: staged(s) }),
    (m, s) => new Adagrad(m, { lrDecay: 0.5, groups: staged(s) }),
    (m, s) => new SGD(m, { lr: 0.1, momentum: 0.9, dampening: 0.5, groups: staged(s) }),
    (m, s) => new Muon(m, { rest: (key) => /^[03]/.test(key), groups: staged(s) }),
  ];
  const staged = (isStaged: boolean) => (isStaged ? [{ match: /^[01]\./, stage: 0 }] : []);
  for (const [i, make] of makers.entries()) {
    const model = wide(device);
    const start = (await model.memory.weights.read()).slice();
    const optimizer = make(model, true);
    optimizer.hold((stage) => stage === 0);
    for (const [key, p] of model.namedParameters()) if (/^[01]\./.test(key)) assert.ok(p.size > 0);
    const end = model.memory.offsets[4]; // where layer 2 begins
    for (let t = 0; t < 3; t++) {
      steps(device, model, optimizer, t, t + 1);
      device.clear(model.memory.grads.storage);
    }
    const held = await model.memory.weights.read();
    assert.ok(
      start.subarray(0, end).every((v, j) => v === held[j]),
      `${i} stands still`,
    );
    assert.ok(start.subarray(end).some((v, j) => v !== held[end + j]));
    if (i > 0) continue; // gradients of what stands still are none in training; here they reached the moments
    assert.is((await optimizer.state().get('rates')?.read())?.[2 * 32 + 2], 0);
  }
  // With no gradients for what is held, as training has it
  for (const [i, make] of makers.entries()) {
    const [late, fresh] = [wide(device), wide(device)];
    const [a, b] = [make(late, true), make(fresh, false)];
    a.hold(() => true);
    device.clear(late.memory.grads.storage);
    const before = (await late.memory.weights.read()).slice();
    for (let t = 0; t < 4; t++) device.step(() => a.step());
    a.hold(() => false);
    const end = late.memory.offsets[4];
    late.memory.weights.write(before as Float32Array<ArrayBuffer>);
    steps(device, late, a, 0, 3);
    steps(device, fresh, b, 0, 3);
    const [x, y] = await Promise.all([late, fresh].map((m) => m.memory.weights.read()));
    assert.is(
      x.subarray(0, end).findIndex((v, j) => v !== y[j]),
      -1,
      `optimizer ${i}`,
    );
  }
});

test('every model has groups of layers in order, the head last, one matrix at least in each', () => {
  const counts: Record<string, string> = {};
  for (const { name, input, head, build } of MODELS) {
    if (['vit_b_16', 'wrn28_10', 'alexnet', 'vgg16', 'vgg16_bn', 'vgg11', 'resnet110', 'plain56'].includes(name))
      continue;
    const model = build(input);
    const [blocks, stages] = (['blocks', 'stages'] as const).map((grain) => layerGroups(model, head, grain));
    counts[name] = `${blocks.names.length} ${stages.names.length}`;
    for (const { names, of } of [blocks, stages]) {
      let last = 0;
      for (const [key] of model.namedParameters()) {
        assert.ok(of(key) >= last && of(key) <= last + 1, `${name} ${key}`);
        last = of(key);
        assert.is(of(key) === names.length - 1, key.startsWith(`${head}.`), `${name} ${key}`);
      }
      assert.is(last, names.length - 1);
    }
  }
  assert.is(counts['resnet18'], '10 6');
  assert.is(counts['vit_tiny_16'], '14 14');
  assert.is(counts['convnext_tiny'], '23 9');
  assert.is(counts['densenet121'], '63 9');
  assert.is(counts['efficientnet_b0'], '19 10');
  const vit = layerGroups(
    buildModel('vit_tiny_16', { ...DEFAULT_INPUT, height: 32, width: 32 }),
    'heads.head',
    'blocks',
  );
  assert.equal(
    ['class_token', 'encoder.pos_embedding', 'encoder.layers.encoder_layer_3.ln_1.bias', 'encoder.ln.weight'].map(
      vit.of,
    ),
    [0, 0, 4, 12],
  );
});

test('rates fall from the head down, norms and biases do not decay, the head has its own', async () => {
  const device = await testDevice();
  const model = buildModel('resnet20', DEFAULT_INPUT).to(device, { seed: 1 });
  const config = { optimizer: 'adamw', lr: 0.5, momentum: 0, nesterov: false, weightDecay: 0.25 } as const;
  const ratesOf = async (more: object): Promise<(key: string) => number[]> => {
    const optimizer = makeOptimizer(model, { ...config, ...more }, { model: 'resnet20' });
    const table = (await optimizer.state().get('rates')?.read()) ?? new Float32Array();
    const names = [...model.namedParameters()].map(([key]) => key);
    const rowOf = (optimizer as unknown as { rowOf: (i: number) => number }).rowOf.bind(optimizer);
    return (key) => [...table.subarray(2 * rowOf(names.indexOf(key)), 2 * rowOf(names.indexOf(key)) + 2)];
  };
  const of = await ratesOf({ layerDecay: 0.5, decayOn: 'weights', headLr: 2 });
  assert.equal(of('fc.weight'), [2, 0.25]);
  assert.equal(of('fc.bias'), [2, 0]);
  assert.equal(of('layer3.2.conv1.weight'), [0.25, 0.25]);
  assert.equal(of('layer3.2.bn2.weight'), [0.25, 0]);
  assert.equal(of('bn1.bias'), [0.5 ** 11, 0]);
  assert.equal(of('conv1.weight'), [0.5 ** 11, 0.25]);
  assert.equal((await ratesOf({ decayOn: 'weights' }))('bn1.bias'), [0.5, 0]);
});

test('EMA averages running statistics, unless it is told not to; SWA averages equally and puts statistics back', async () => {
  const device = await testDevice();
  const model = new Sequential(new Linear(3, 4), new BatchNorm1d(4)).to(device, { seed: 1 });
  const norm = [...model.children()][1][1] as unknown as BatchNorm1d;
  const mean = norm.running_mean?.value;
  const set = (v: number): void => mean?.write(new Float32Array(4).fill(v));
  const now = async (): Promise<number> => ((await mean?.read()) ?? [NaN])[0];
  const [both, weights] = [new EMA(model, 0.5), new EMA(model, 0.5, { statistics: false })];
  assert.equal([...both.state().keys()], ['ema', 'ema_statistics']);
  assert.equal([...weights.state().keys()], ['ema']);
  set(8);
  both.update();
  both.swap();
  assert.is(await now(), 4);
  both.swap();
  assert.is(await now(), 8);
  weights.swap();
  assert.is(await now(), 8);
  weights.swap();
  const swa = new SWA(model);
  for (const [count, value] of [3, 6, 12].entries()) {
    device.fill(model.memory.weights.storage, new Uint32Array(Float32Array.of(value).buffer)[0]);
    swa.update(count);
  }
  swa.swap();
  assert.ok((await model.memory.weights.read()).every((v) => Math.abs(v - 7) < 1e-6));
  set(1);
  assert.throws(() => swa.update(3), /holds the averages/);
  swa.swap();
  assert.is(await now(), 8);
  assert.ok((await model.memory.weights.read()).every((v) => v === 12));
});

test('what makes no sense is refused', async () => {
  const device = await testDevice();
  const small = new Sequential(new Linear(3, 4), new Linear(4, 2)).to(device);
  assert.throws(
    () => new Muon(small),
    (e: unknown) => e instanceof UsageError && /nothing to do/.test(e.message),
  );
  assert.throws(() => new Lion(small, { groups: [{ match: /gamma/ }] }), /has no parameters/);
  assert.throws(() => new AdamW(small, { groups: [{ match: /bias/, lrScale: -1 }] }), /learning rate -1/);
});

test.run();
