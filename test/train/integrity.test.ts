/**
 * The files that we write: a flipped bit anywhere in them is noticed, those of the version before have no digest and
 * are read.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { contentDigest, sealJson, unsealed } from '../../src/device/files/integrity.js';
import { count } from '../../src/device/files/json_checks.js';
import { onNotice } from '../../src/device/notices.js';
import { LeNet5 } from '../../src/nn/models/lenet5.js';
import { DEFAULT_INPUT } from '../../src/nn/models/registry.js';
import { encodeSafetensors, fromFloat32, parseSafetensors } from '../../src/nn/state/safetensors.js';
import { sha256Hex } from '../../src/platform/sha256.js';
import { readCheckpoint, saveCheckpoint } from '../../src/train/checkpoint/checkpoint.js';
import { loadJson, saveJson } from '../../src/device/files/sealed_files.js';
import { loadArrays, saveArrays } from '../../src/imbalance/stage_files.js';
import { Adam } from '../../src/optim/optim.js';
import { readPretrained } from '../../src/train/pretrained.js';
import { buildVae } from '../../src/vae/build.js';
import { FEATURE_VAE } from '../../src/vae/config.js';
import { readVae, saveVae } from '../../src/vae/model_file.js';
import { fails, inFolder } from '../data/fixtures.js';
import { gpuSuite, testDevice } from '../support/gpu.js';
import { randomNumbers } from '../../src/cases/draw.js';
import { HEADER, inRun } from './fixtures.js';

const test = gpuSuite('integrity');

/**
 * Flips bits of a file one at a time: all of its first bytes, and some drawn from a seed. Each must be refused with
 * exit code 7, by name.
 */
async function expectEveryFlipNoticed(
  file: string,
  read: () => Promise<unknown>,
  drawn = 60,
  first = 48,
): Promise<void> {
  const bytes = readFileSync(file);
  const random = randomNumbers(bytes.length);
  const places = [
    ...Array.from({ length: first * 8 }, (_, bit) => bit),
    ...Array.from({ length: drawn }, () => Math.floor(random() * bytes.length * 8)),
    bytes.length * 8 - 1,
  ];
  await read();
  for (const bit of places) {
    bytes[bit >> 3] ^= 1 << (bit & 7);
    writeFileSync(file, bytes);
    const error = await fails(read, 7);
    assert.ok(error.message.includes(file) && error.fix !== undefined, `bit ${bit}: ${error.message}`);
    bytes[bit >> 3] ^= 1 << (bit & 7);
  }
  writeFileSync(file, bytes);
  await read();
}

test('a flipped bit of a checkpoint, wherever it is read', async () => {
  const device = await testDevice();
  await inRun(async ({ last }) => {
    const model = new LeNet5(DEFAULT_INPUT).to(device, { seed: 1 });
    await saveCheckpoint(last, { ...HEADER, classes: HEADER.classes.with(0, 'ä\u001b😀') }, model, new Adam(model));
    await expectEveryFlipNoticed(last, () => readCheckpoint(last), 40, 24);
    await expectEveryFlipNoticed(last, () => readPretrained(last), 10, 0);
  });
});

test('a flipped bit of an auto-encoder, of arrays, of a result', () =>
  inFolder(async (folder) => {
    const device = await testDevice();
    const vae = join(folder, 'vae.safetensors');
    const config = { ...FEATURE_VAE, latent: 2, hidden: 3 };
    const model = buildVae(config, { features: 4 }, 1).to(device);
    await saveVae(vae, { config, input: { features: 4 }, classes: ['a'], normalization: null, epoch: 1 }, model);
    model.release();
    await expectEveryFlipNoticed(vae, () => readVae(vae));
    await saveArrays(folder, 'features.safetensors', {
      train: { values: Float32Array.of(1, 2, 3, 4), shape: [2, 2] },
      test: { values: Float32Array.of(5), shape: [1] },
    });
    await expectEveryFlipNoticed(join(folder, 'features.safetensors'), () =>
      loadArrays(folder, 'features.safetensors'),
    );
    await fails(
      () => saveArrays(folder, 'x.safetensors', { a: { values: Float32Array.of(NaN), shape: [1] } }),
      6,
      /x\.safetensors.*a \(1 NaN of 1\)/,
    );
    const result = join(folder, 'result.json');
    saveJson(result, 'weft-cell', { accuracy: 0.5, name: 'ä\u001b', list: [1e-7, 12] });
    await expectEveryFlipNoticed(result, () => loadJson(result, 'weft-cell', {}), 200, 0);
  }));

test('files of version 0.1.0 have no digest: read, and said once', async () => {
  const device = await testDevice();
  await inRun(async ({ last }) => {
    const said: string[] = [];
    const silence = onNotice((text) => said.push(text));
    await saveCheckpoint(last, HEADER, new LeNet5(DEFAULT_INPUT).to(device), null);
    const { tensors, metadata } = parseSafetensors(readFileSync(last), last);
    assert.equal(Object.keys(metadata), ['format', 'header', 'weft_sha256']);
    writeFileSync(last, encodeSafetensors(tensors, { format: 'weft-checkpoint-1', header: metadata['header'] }));
    for (let i = 0; i < 2; i++) assert.equal((await readCheckpoint(last)).header, HEADER);
    assert.is(said.length, 1);
    assert.match(said[0], /last\.safetensors is of version 0\.1\.0 and has no digest/);
    writeFileSync(last, encodeSafetensors(tensors, { format: 'weft-checkpoint-2', header: metadata['header'] }));
    await fails(() => readCheckpoint(last), 7, /its digest is missing/);
    silence();
  });
});

test('numbers that are not finite in a checkpoint, moments too', async () => {
  const device = await testDevice();
  await inRun(async ({ last }) => {
    const model = new LeNet5(DEFAULT_INPUT).to(device);
    const optimizer = new Adam(model);
    const moments = optimizer.state().get('m');
    device.write(moments!.storage, Float32Array.of(1, Infinity));
    await saveCheckpoint(last, HEADER, model, optimizer);
    await fails(
      () => readCheckpoint(last),
      7,
      /last\.safetensors holds numbers that are not finite: optimizer\.m \(1 infinite of \d+\)/,
    );
    await readPretrained(last); // its weights are sound
    const { weights } = model.memory;
    device.write(weights.storage, Float32Array.of(NaN, NaN, Infinity));
    await saveCheckpoint(last, HEADER, model, null);
    for (const read of [readCheckpoint, readPretrained])
      await fails(() => read(last), 7, /conv1\.weight \(2 NaN and 1 infinite of 150\)/);
  });
});

test('the digest knows contents, not their order; that of a text knows every character', () => {
  const [a, b] = [fromFloat32(Float32Array.of(1, 2), [2]), fromFloat32(Float32Array.of(3), [])];
  const of = contentDigest(
    [
      ['a', a],
      ['b', b],
    ],
    { x: '1', y: '2' },
  );
  assert.is(
    contentDigest(
      [
        ['b', b],
        ['a', a],
      ],
      { y: '2', weft_sha256: 'anything', x: '1' },
    ),
    of,
  );
  for (const [tensors, metadata] of [
    [
      [
        ['a', b],
        ['b', a],
      ],
      { x: '1', y: '2' },
    ],
    [
      [
        ['a', { ...a, shape: [1, 2] }],
        ['b', b],
      ],
      { x: '1', y: '2' },
    ],
    [
      [
        ['a', { ...a, dtype: 'I32' as const }],
        ['b', b],
      ],
      { x: '1', y: '2' },
    ],
    [
      [
        ['a', a],
        ['c', b],
      ],
      { x: '1', y: '2' },
    ],
    [
      [
        ['a', a],
        ['b', b],
      ],
      { x: '1', y: '3' },
    ],
    [[['a', a]], { x: '1', y: '2' }],
  ] as const)
    assert.is.not(contentDigest(tensors, metadata), of);
  for (const json of [
    JSON.stringify({ a: 1, 'ä"': [1, { b: null }] }),
    JSON.stringify({ a: 1, b: { c: [2] } }, null, 2),
  ]) {
    const sealed = sealJson(json);
    assert.equal([unsealed(sealed), unsealed(json), unsealed(sealed.replace('1', '2'))], [null, 'missing', 'another']);
    const { weft_sha256: _, ...rest } = JSON.parse(sealed) as Record<string, unknown>;
    assert.equal(rest, JSON.parse(json));
  }
});

test('brackets by the hundred thousand are refused as anything else', () =>
  inFolder(async (folder) => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    const file = join(folder, 'deep.json');
    writeFileSync(file, sealJson(`{"format":"weft-cell-2","a":${deep}}`));
    await fails(() => loadJson(file, 'weft-cell', { a: count }), 7, /deep\.json: a is /);
    const header = new TextEncoder().encode(`{"w":${deep}}`);
    const bytes = new Uint8Array(8 + header.length);
    new DataView(bytes.buffer).setUint32(0, header.length, true);
    bytes.set(header, 8);
    await fails(() => parseSafetensors(bytes, 'deep.safetensors'), 7, /deep\.safetensors: tensor "w": entry is /);
  }));

test('SHA-256 for browsers is SHA-256, however the bytes are cut', () => {
  const random = randomNumbers(1);
  for (const size of [0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 1000]) {
    const bytes = Uint8Array.from({ length: size }, () => random() * 256);
    const expected = createHash('sha256').update(bytes).digest('hex');
    assert.is(sha256Hex([bytes]), expected, `${size} bytes`);
    const cuts = [0, Math.floor(random() * size), size].sort((x, y) => x - y);
    assert.is(
      sha256Hex(cuts.map((at, i) => bytes.subarray(cuts[i - 1] ?? 0, at))),
      expected,
      `${size} bytes in pieces`,
    );
    assert.is(sha256Hex(Array.from(bytes, (byte) => Uint8Array.of(byte))), expected, `${size} bytes one by one`);
  }
});

test.run();
