/** Starting from a file of weights, frozen parameters, and a learning rate of its own for the head. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { ModelError, UsageError } from '../../src/device/errors.js';
import { matchKeys } from '../../src/nn/freeze.js';
import { buildModel, DEFAULT_INPUT } from '../../src/nn/models/registry.js';
import {
  encodeSafetensors,
  fromFloat32,
  int64FromUint32,
  toFloat32,
  type RawTensor,
} from '../../src/nn/state/safetensors.js';
import { loadPretrained, readPretrained, type PretrainedReport } from '../../src/train/pretrained.js';
import { expectedNormalization, normalizationOf } from '../../src/train/normalization.js';
import { IMAGENET } from '../../src/data/normalize.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { CONFIG, GARMENTS, inRun, trainWithStops, type Outcome } from './fixtures.js';

const test = gpuSuite('transfer');

test('patterns name keys by their beginnings', () => {
  const matched = (pattern: string): string[] =>
    ['features.0.weight', 'features.10.weight', 'features2.weight', 'layer1.0.bn1.bias', 'fc.weight'].filter(
      matchKeys(pattern, 'fc'),
    );
  assert.equal(matched('features'), ['features.0.weight', 'features.10.weight']);
  assert.equal(matched('features.1'), []);
  assert.equal(matched('features.1*'), ['features.10.weight']);
  assert.equal(matched('*.bn1, fc'), ['layer1.0.bn1.bias', 'fc.weight']);
  assert.equal(matched('backbone'), [
    'features.0.weight',
    'features.10.weight',
    'features2.weight',
    'layer1.0.bn1.bias',
  ]);
  assert.equal(matched('f(.*'), []);
});

/** The state of a model for other classes, all of it the same number. */
function stateOf(name: string, classes: number, value: number): Map<string, RawTensor> {
  return new Map(
    [...buildModel(name, { ...DEFAULT_INPUT, classes }).namedState()].map(([key, p]) => {
      const isCount = key.endsWith('num_batches_tracked');
      return [
        key,
        isCount
          ? int64FromUint32(Uint32Array.of(7), p.shape)
          : fromFloat32(new Float32Array(p.size).fill(value), p.shape),
      ];
    }),
  );
}

test('what fits is taken over, the head of other classes starts from the seed', async () => {
  const device = await testDevice();
  const build = (): ReturnType<typeof buildModel> => buildModel('resnet20', DEFAULT_INPUT).to(device, { seed: 3 });
  const untouched = await build().stateDict();
  const tensors = stateOf('resnet20', 4, 0.5);
  tensors.set('aux.weight', fromFloat32(Float32Array.of(1), [1]));
  tensors.delete('layer1.0.bn1.num_batches_tracked');
  const model = build();
  const report = loadPretrained(model, 'fc', { file: 'four.safetensors', tensors });
  const head = [
    { key: 'fc.weight', why: '(4, 64) in the file, (10, 64) here' },
    { key: 'fc.bias', why: '(4,) in the file, (10,) here' },
  ];
  assert.equal(report.skipped, [...head, { key: 'aux.weight', why: 'not in this model' }]);
  assert.equal(report.missing, ['fc.weight', 'fc.bias']);
  assert.is(report.loaded.length, tensors.size - 3);
  for (const [key, raw] of await model.stateDict())
    assert.equal(raw.data, (report.loaded.includes(key) ? tensors : untouched).get(key)?.data, key);
});

test('only the head may be another, only what stands beside the model is passed over', async () => {
  const device = await testDevice();
  const model = buildModel('resnet20', DEFAULT_INPUT).to(device, { seed: 3 });
  const number = fromFloat32(Float32Array.of(1), [1]);
  const changed = (change: (t: Map<string, RawTensor>) => void): Map<string, RawTensor> => {
    const tensors = stateOf('resnet20', 10, 0.5);
    change(tensors);
    return tensors;
  };
  const load = (tensors: Map<string, RawTensor>): PretrainedReport =>
    loadPretrained(model, 'fc', { file: 'f.safetensors', tensors });
  const refused = (change: (t: Map<string, RawTensor>) => void, says: RegExp): void => {
    assert.throws(
      () => load(changed(change)),
      (e: unknown) => e instanceof ModelError && says.test(e.message) && /only the head \(fc\)/.test(e.fix ?? ''),
    );
  };
  refused((t) => t.delete('layer1.0.bn1.running_var'), /is of another network: lacks layer1\.0\.bn1\.running_var$/);
  // a deeper network's
  refused((t) => t.set('layer1.3.conv1.weight', number), /has layer1\.3\.conv1\.weight, which this model has not/);
  refused((t) => t.set('conv1.weight', number), /conv1\.weight is \(1,\) in the file/);
  const wrapped = changed((t) => t.set('aux1.fc.bias', number));
  const report = load(
    new Map([...[...wrapped].map(([key, raw]) => [`module._orig_mod.${key}`, raw] as const), ['n_averaged', number]]),
  );
  assert.equal(
    [report.prefix, report.missing, report.skipped.map((s) => s.key)],
    ['module._orig_mod.', [], ['aux1.fc.bias', 'n_averaged']],
  );
});

test(
  'GoogLeNet’s published weights take ImageNet’s statistics rescaled, as torchvision’s transform_input does; a ' +
    'run’s take its own',
  async () => {
    const foreign = { normalization: null };
    assert.equal(expectedNormalization('resnet18', foreign), IMAGENET);
    const expected = expectedNormalization('googlenet', foreign);
    for (const [c, v] of [0, 0.3, 1].entries()) {
      const normalised = (v - IMAGENET.mean[c]) / IMAGENET.std[c];
      // torchvision/models/googlenet.py
      const rescaled = normalised * (IMAGENET.std[c] / 0.5) + (IMAGENET.mean[c] - 0.5) / 0.5;
      assert.ok(Math.abs((v - expected.mean[c]) / expected.std[c] - rescaled) < 1e-12);
    }
    assert.equal(
      expectedNormalization('googlenet', { normalization: expected }),
      expected,
      'a run that started from them',
    );
    assert.equal(expectedNormalization('googlenet', { normalization: IMAGENET }), IMAGENET, 'a run that did not');
    const kept = normalizationOf('imagenet', { ...GARMENTS, channels: 3 }, new Uint32Array(), expected);
    assert.equal(kept, expected, 'and a resumed one');
  },
);

test('a file that is no pretrained one of this model is refused', async () => {
  const device = await testDevice();
  const model = buildModel('lenet5', DEFAULT_INPUT).to(device);
  const refused = (tensors: Map<string, RawTensor>, says: RegExp): void =>
    assert.throws(
      () => loadPretrained(model, 'fc3', { file: 'x.safetensors', tensors }),
      (e: unknown) => e instanceof ModelError && says.test(e.message),
    );
  refused(stateOf('bilstm', 10, 1), /x\.safetensors: none of its 10 tensors \(lstm\.weight_ih_l0, …\) fits/);
  refused(new Map(), /none of its 0 tensors/);
  // the head alone
  refused(new Map([...stateOf('lenet5', 10, 1)].filter(([key]) => key.startsWith('fc3.'))), /none of its 2 tensors/);
  refused(
    stateOf('lenet5', 10, 1).set('conv1.weight', { ...fromFloat32(new Float32Array(150), [6, 1, 5, 5]), dtype: 'I32' }),
    /not a float/,
  );
  try {
    await readPretrained('absent.safetensors');
    assert.unreachable();
  } catch (error) {
    assert.match(String(error), /pretrained absent\.safetensors: there is no such file/);
  }
});

const isHead = (key: string): boolean => key.startsWith('fc.');
const keysOf = (o: Outcome): string[] => Object.keys(o.last).filter((key) => !key.startsWith('optimizer.'));

test('frozen parameters and their running statistics stand still, stopped and resumed too', async () => {
  const device = await testDevice();
  await inRun(async ({ folder }) => {
    const pretrained = join(folder, 'four.safetensors');
    const tensors = stateOf('resnet20', 4, 0.5);
    for (const [key, raw] of tensors)
      if (raw.shape.length === 4)
        tensors.set(
          key,
          fromFloat32(
            toFloat32(raw, key, '').map((_, i) => Math.sin(i) / 10),
            raw.shape,
          ),
        );
    writeFileSync(pretrained, encodeSafetensors(tensors));
    const options = {
      ...CONFIG,
      model: 'resnet20',
      epochs: 1,
      optimizer: 'adamw',
      weightDecay: 0.1,
      pretrained,
      freeze: 'backbone',
      headLr: 0.01,
    } as const;
    const reports: PretrainedReport[] = [];
    const whole = await trainWithStops(device, options, [], undefined, { onPretrained: (r) => reports.push(r) });
    assert.is(reports.length, 1);
    for (const key of keysOf(whole)) {
      const before = tensors.get(key);
      assert.is(whole.last[key] === Buffer.from(before?.data ?? []).toString('hex'), !isHead(key), key);
    }
    const stopped = await trainWithStops(device, options, [2], undefined, { onPretrained: (r) => reports.push(r) });
    assert.equal([stopped.last, stopped.best], [whole.last, whole.best]);
    assert.is(reports.length, 2, 'a resumed run does not read the file again');
    const untold = await trainWithStops(device, options);
    assert.equal(untold.last, whole.last, 'the weights are taken over whether or not anybody is told');
  });
});

test('no gradient is computed for what is frozen, and the rest learns as without', async () => {
  const device = await testDevice();
  const part = await trainWithStops(device, { model: 'lenet5', epochs: 1, freeze: 'conv1', lr: 0.01 });
  const none = await trainWithStops(device, { model: 'lenet5', epochs: 1, lr: 0.01 });
  for (const key of keysOf(none)) assert.is(part.last[key] === none.last[key], false, key);
  const seeded = await buildModel('lenet5', DEFAULT_INPUT).to(device, { seed: 0 }).stateDict();
  const isAsSeeded = (o: Outcome, key: string): boolean =>
    o.last[key] === Buffer.from(seeded.get(key)?.data ?? []).toString('hex');
  assert.equal(
    keysOf(part).filter((key) => isAsSeeded(part, key)),
    ['conv1.weight', 'conv1.bias'],
  );
  assert.ok(
    part.last['optimizer.m'].startsWith('0'.repeat(150 * 8)),
    'the moments of conv1 (150 numbers, first in memory) stay zero',
  );
});

test('the head learns at its own rate', async () => {
  const device = await testDevice();
  const run = (headLr?: number): Promise<Outcome> =>
    trainWithStops(device, {
      model: 'mlp',
      epochs: 1,
      optimizer: 'sgd',
      lr: 0.05,
      ...(headLr === undefined ? {} : { headLr }),
    });
  const [plain, same, still] = [await run(), await run(0.05), await run(0)];
  const seeded = await buildModel('mlp', DEFAULT_INPUT).to(device, { seed: 0 }).stateDict();
  const hex = (key: string): string => Buffer.from(seeded.get(key)?.data ?? []).toString('hex');
  for (const key of keysOf(plain)) {
    assert.is(same.last[key], plain.last[key], key);
    assert.is(still.last[key] === hex(key), key.startsWith('fc3.'), key);
  }
});

test('patterns that leave nothing, or match nothing, are refused', async () => {
  const device = await testDevice();
  const refused = async (options: object, says: RegExp): Promise<void> => {
    try {
      await trainWithStops(device, { model: 'lenet5', ...options });
    } catch (error) {
      assert.ok(error instanceof UsageError && says.test(error.message), String(error));
      return;
    }
    assert.unreachable();
  };
  await refused({ freeze: 'features' }, /freeze features matches no parameter/);
  await refused({ freeze: 'conv1,fc*,conv2' }, /leaves nothing to train/);
  await refused({ freeze: 'fc3', headLr: 0.1 }, /the head \(fc3\) is frozen/);
});

test.run();
