/** Checkpoint files: what is refused, and that they are written whole or not at all. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { OutputError } from '../../src/platform/outputs.js';
import { ModelError } from '../../src/device/errors.js';
import { encodeSafetensors, fromFloat32, parseSafetensors, type RawTensor } from '../../src/nn/state/safetensors.js';
import { LeNet5 } from '../../src/nn/models/lenet5.js';
import { buildModel, DEFAULT_INPUT } from '../../src/nn/models/registry.js';
import { modelOf, readCheckpoint, restore, saveCheckpoint } from '../../src/train/checkpoint/checkpoint.js';
import { parseHeader } from '../../src/train/checkpoint/checkpoint_header.js';
import { Adam, SGD } from '../../src/optim/optim.js';
import { fails } from '../data/fixtures.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { HEADER, inRun } from './fixtures.js';

const test = gpuSuite('checkpoint');

test('a checkpoint brings back model, optimizer and header', async () => {
  const device = await testDevice();
  await inRun(async ({ last }) => {
    const model = new LeNet5(DEFAULT_INPUT).to(device, { seed: 1 });
    const optimizer = new Adam(model);
    optimizer.step();
    await saveCheckpoint(last, HEADER, model, optimizer);
    const checkpoint = await readCheckpoint(last);
    assert.equal(checkpoint.header, HEADER);
    const other = modelOf(checkpoint).to(device, { seed: 2 });
    const otherOptimizer = new Adam(other);
    restore(checkpoint, other, otherOptimizer);
    await saveCheckpoint(`${last}2`, HEADER, other, otherOptimizer);
    assert.ok(readFileSync(last).equals(readFileSync(`${last}2`)), 'the same bytes');
    assert.throws(
      () => restore(checkpoint, other, new SGD(other, { lr: 1 })),
      (e: unknown) => e instanceof ModelError && /holds no velocity/.test(e.message),
    );
    assert.throws(() => modelOf(checkpoint, 'cnn'), /checkpoint of lenet5, not of cnn/);
  });
});

/** The file of a small, sound checkpoint, with changes. */
function fileWith(changes: {
  tensors?: (t: Map<string, RawTensor>) => void;
  metadata?: Record<string, string>;
}): Uint8Array {
  const tensors = new Map(
    [...buildModel('lenet5', DEFAULT_INPUT).namedParameters()].map(([key, p]) => [
      key,
      fromFloat32(new Float32Array(p.size), p.shape),
    ]),
  );
  changes.tensors?.(tensors);
  return encodeSafetensors(
    tensors,
    changes.metadata ?? { format: 'weft-checkpoint-1', header: JSON.stringify(HEADER) },
  );
}

test('damaged, truncated and foreign files are refused with exit code 7', async () => {
  const sound = fileWith({});
  const cases: [string, Uint8Array | null, RegExp][] = [
    ['absent', null, /no such file/],
    ['empty', new Uint8Array(0), /0 bytes; a safetensors file has at least 8/],
    ['truncated', sound.subarray(0, sound.length - 1), /reach beyond the data/],
    ['cut in the header', sound.subarray(0, 100), /reaches beyond the file's end/],
    ['no safetensors', new TextEncoder().encode('PK\x03\x04 this is a zip archive'), /header/],
    ['of another program', fileWith({ metadata: {} }), /is no checkpoint of this version: its format is not given/],
    [
      'of another version',
      fileWith({ metadata: { format: 'weft-checkpoint-9', header: '{}' } }),
      /weft-checkpoint-9, expected weft-checkpoint-2/,
    ],
    ['without a header', fileWith({ metadata: { format: 'weft-checkpoint-1' } }), /header is not JSON/],
  ];
  await inRun(async ({ last }) => {
    for (const [name, bytes, message] of cases) {
      if (bytes !== null) writeFileSync(last, bytes);
      const error = await fails(() => readCheckpoint(last), 7, message);
      assert.match(error.message, /last\.safetensors/, name);
      assert.ok(error.fix, name);
    }
    mkdirSync(`${last}.folder`);
    await fails(() => readCheckpoint(`${last}.folder`), 7, /no such file/);
  });
});

test('every field of the header is checked', async () => {
  const sources = { train: 'a'.repeat(64), test: null, pretrained: 'b'.repeat(64) };
  for (const header of [HEADER, { ...HEADER, sources }]) assert.equal(parseHeader(JSON.stringify(header), 'f'), header);
  const wrong: [string, unknown][] = [
    ['model', 'vgg'],
    ['model', 7],
    ['input', null],
    ['input.height', 0],
    ['input.width', '28'],
    ['input.classes', 11],
    ['classes', ['a', 1]],
    ['classes', ['a']],
    ['normalization.mean', []],
    ['normalization.std', [0]],
    ['normalization.std', [null]],
    ['config', undefined],
    ['config.optimizer', 'sophia'],
    ['config.swa', { lr: 0.1 }],
    ['config.layerDecay', 2],
    ['config.unfreeze', 0],
    ['config.decayOn', 'all'],
    ['config.epochs', 0.5],
    ['config.valSplit', 1],
    ['config.lr', -1],
    ['config.nesterov', 1],
    ['config.data', ''],
    ['config.augment', 'flop'],
    ['config.crop', 0],
    ['config.imageSize', '64'],
    ['config.classes', { a: [] }],
    ['config.normalize', 'x'],
    ['progress.epoch', -1],
    ['progress.totals', [1, 2]],
    ['progress.random', [0, 0, 0, 2 ** 32]],
    ['sources', null],
    ['sources', { train: 'a'.repeat(63), test: null }],
    ['sources', { train: 'a'.repeat(64) }],
    ['sources', { train: 'a'.repeat(64), test: null, pretrained: null }],
    ['choices', []],
    ['choices', { 'a N1': { TILE: 8 } }],
    ['choices', { 'a N1': null }],
    ['progress.history', [{}]],
    ['progress.history', {}],
    ['progress.seconds', null],
  ];
  for (const [path, value] of wrong) {
    const header = JSON.parse(JSON.stringify(HEADER)) as Record<string, unknown>;
    const keys = path.split('.');
    const holder = keys.slice(0, -1).reduce((o, key) => o[key] as Record<string, unknown>, header);
    holder[keys[keys.length - 1]] = value;
    const error = await fails(
      () => parseHeader(JSON.stringify(header), 'run/f.safetensors'),
      7,
      /^run\/f\.safetensors: .*header/,
    );
    assert.match(error.message, /header (is|names)/, path);
  }
  for (const text of ['', 'null', '[]', '7', '{"model":']) await fails(() => parseHeader(text, 'f'), 7);
});

test('tensors that are not the model’s are refused before they take memory', async () => {
  const device = await testDevice();
  await inRun(async ({ last }) => {
    const cases: [(t: Map<string, RawTensor>) => void, RegExp][] = [
      [(t) => t.delete('fc3.bias'), /missing fc3\.bias/],
      [(t) => t.set('fc4.bias', fromFloat32(new Float32Array(1), [1])), /unexpected fc4\.bias/],
      [
        (t) => t.set('conv1.weight', fromFloat32(new Float32Array(150), [6, 25])),
        /conv1\.weight is \(6, 25\) in the file, \(6, 1, 5, 5\) in the model/,
      ],
    ];
    const created = device.statistics().created;
    for (const [change, message] of cases) {
      writeFileSync(last, fileWith({ tensors: change }));
      const checkpoint = await readCheckpoint(last);
      await fails(() => modelOf(checkpoint), 7, /last\.safetensors does not belong to this model/, message);
    }
    assert.is(device.statistics().created, created);
  });
});

test('a write that fails leaves the old file and nothing else', async () => {
  const device = await testDevice();
  const model = new LeNet5(DEFAULT_INPUT).to(device);
  await inRun(async ({ folder, last }) => {
    await saveCheckpoint(last, HEADER, model, null);
    mkdirSync(`${last}.d/x`, { recursive: true }); // a folder in the way: the rename fails
    try {
      await saveCheckpoint(`${last}.d`, HEADER, model, null);
      assert.unreachable();
    } catch (error) {
      assert.instance(error, OutputError);
      assert.match((error as OutputError).message, /last\.safetensors\.d/);
    }
    assert.equal(readdirSync(folder), ['last.safetensors', 'last.safetensors.d']);
    assert.equal(parseSafetensors(readFileSync(last), last).tensors.size, 10);
  });
});

test.run();
