/** Weights by name: which they are, how they come, and what they are as a classifier. */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as assert from 'uvu/assert';
import { decodeRgba } from '../../src/data/pictures/picture.js';
import { HALF, IMAGENET } from '../../src/data/normalize.js';
import { Classifier, modelInput } from '../../src/inference/classifier.js';
import { buildModel, MODELS } from '../../src/nn/models/registry.js';
import { encodeSafetensors } from '../../src/nn/state/safetensors.js';
import { fetchWeights } from '../../src/train/published/fetch_weights.js';
import { IMAGENET_CLASSES } from '../../src/train/published/imagenet_classes.js';
import { namedWeights } from '../../src/train/published/named_weights.js';
import { publishedCheckpoint, publishedNamed } from '../../src/train/published/published_checkpoint.js';
import { digitsOf, PUBLISHED_WEIGHTS, type PublishedWeights } from '../../src/train/published/table.js';
import { fails, inFolder } from '../data/fixtures.js';
import { weft, weftJson } from '../cli/weft.js';
import { testDevice } from '../support/gpu.js';
import { DATA, suite, testWithData } from '../support/harness.js';

const test = suite('published weights');

// compiled to dist/test/train/published_weights.test.js
const TORCH = JSON.parse(
  readFileSync(fileURLToPath(new URL('../../../test/golden/numbers/torch_files.json', import.meta.url)), 'utf8'),
) as { files: Readonly<Record<string, readonly [string, string]>> };
const CONTENT = Buffer.from(TORCH.files['zip'][0], 'base64');
const SHA256 = createHash('sha256').update(CONTENT).digest('hex');
const rowOf = (model: string, digits = SHA256.slice(0, 8)): PublishedWeights => ({
  model,
  version: 'v1',
  name: `${model}-${digits}`,
  resize: 256,
  crop: 224,
  interpolation: 'bilinear',
});

/** A server that gives these bytes for any file, and counts. */
async function withMirror(content: Uint8Array, body: (url: string, asked: string[]) => Promise<void>): Promise<void> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await body(`http://127.0.0.1:${(server.address() as AddressInfo).port}/models/`, asked);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test('every file’s name ends in eight digits; each model of the table is in the zoo, or none of its files is', () => {
  for (const weights of PUBLISHED_WEIGHTS) {
    assert.match(digitsOf(weights), /^[0-9a-f]{8}$/, weights.name);
    assert.ok(weights.resize >= weights.crop, weights.name);
  }
  const unknown = PUBLISHED_WEIGHTS.filter(({ model }) => !MODELS.some((m) => m.name === model));
  assert.equal(
    unknown.map(({ model }) => model),
    [],
  );
  assert.is(IMAGENET_CLASSES.length, 1000);
  assert.is(IMAGENET_CLASSES[0], 'tench');
  assert.is(IMAGENET_CLASSES[999], 'toilet tissue');
});

test('imagenet is the first version, imagenet:v2 the second; others are refused with what there is', async () => {
  assert.is(namedWeights('imagenet', 'resnet50').name, 'resnet50-0676ba61');
  assert.is(namedWeights('imagenet:v2', 'resnet50').name, 'resnet50-11ad3fa6');
  assert.is(publishedNamed('imagenet:v2:resnet50')?.resize, 232);
  assert.is(publishedNamed('runs/cnn'), null);
  await fails(async () => namedWeights('imagenet:v2', 'resnet18'), 2, /imagenet:v2: no such weights of resnet18/);
  await fails(async () => namedWeights('imagenet', 'lenet5'), 2, /no such weights of lenet5/);
});

test('fetched once, with the whole digest beside it; another file is refused and removed', () =>
  inFolder((directory) =>
    withMirror(CONTENT, async (baseUrl, asked) => {
      const row = rowOf('tiny');
      const path = await fetchWeights(row, { baseUrl, directory });
      assert.ok(readFileSync(path).equals(CONTENT));
      assert.is(readFileSync(`${path}.sha256`, 'utf8'), `${SHA256}  ${row.name}.pth\n`);
      await fetchWeights(row, { baseUrl, directory });
      assert.equal(asked, [`/models/${row.name}.pth`]);
      writeFileSync(path, 'damaged');
      await fetchWeights(row, { baseUrl, directory });
      assert.ok(readFileSync(path).equals(CONTENT), 'fetched again');
      const other = rowOf('other', '00000000');
      await fails(
        () => fetchWeights(other, { baseUrl, directory }),
        3,
        /does not have a SHA-256 that begins with 00000000/,
      );
      assert.not.ok(readdirSync(directory).some((name) => name.startsWith('other')));
    }),
  ));

test('as a classifier: ImageNet’s classes, the statistics and sizes of the weights, what stands beside left out', () =>
  inFolder(async (folder) => {
    const device = await testDevice();
    for (const [model, normalization] of [
      ['squeezenet1_1', IMAGENET],
      ['googlenet', HALF],
    ] as const) {
      const input = { channels: 3, height: 224, width: 224, classes: 1000 };
      const built = buildModel(model, input).to(device, { seed: 1 });
      const state = await built.stateDict();
      built.release();
      const beside = { dtype: 'F32', shape: [1], data: new Uint8Array(4) } as const;
      const path = join(folder, `${model}.pth`);
      writeFileSync(path, encodeSafetensors([...state, ['aux1.conv.weight', beside]]));
      const { header, tensors } = await publishedCheckpoint(rowOf(model), path);
      assert.equal(header.normalization, normalization);
      assert.is(header.classes.length, 1000);
      assert.equal([header.config.imageSize, header.config.crop, header.input.width], [256, 224, 224]);
      assert.not.ok(tensors.has('aux1.conv.weight'));
    }
    writeFileSync(join(folder, 'cut.pth'), CONTENT);
    await fails(
      () => publishedCheckpoint(rowOf('squeezenet1_1'), join(folder, 'cut.pth')),
      7,
      /missing features\.0\.weight/,
    );
  }));

testWithData(test, 'real weights: shoes are shoes', 'pretrained', async () => {
  const device = await testDevice();
  const file = join(String(DATA), 'pretrained', 'squeezenet1_1.safetensors');
  const checkpoint = await publishedCheckpoint(rowOf('squeezenet1_1'), file);
  const classifier = new Classifier(device, checkpoint);
  const folder = join(String(DATA), 'clothing', 'test', 'shoes');
  let right = 0;
  const photos = readdirSync(folder).slice(0, 12);
  for (const name of photos) {
    const input = modelInput(await decodeRgba(readFileSync(join(folder, name)), name), checkpoint.header);
    const top = (await classifier.rank(input)).slice(0, 5).map((r) => r.class);
    if (top.some((name) => /shoe|sandal|clog|Loafer|boot/i.test(name))) right++;
  }
  classifier.release();
  assert.ok(right >= 9, `${right} of ${photos.length}`);
});

test('the command line: lists, checks files, tells what is wrong with a mirror', () =>
  inFolder(async (cwd) => {
    const env = { WEFT_CACHE: join(cwd, 'cache') };
    const { weights: rows } = await weftJson<{ weights: { model: string; here: boolean }[] }>(['weights', 'list'], {
      cwd,
      env,
    });
    assert.is(rows.length, PUBLISHED_WEIGHTS.length);
    assert.ok(rows.every((row) => !row.here));
    writeFileSync(join(cwd, 'wrapped.pth'), Buffer.from(TORCH.files['wrapped'][0], 'base64'));
    const held = await weftJson<{ tensors: number; within: string }>(['weights', 'check', 'wrapped.pth'], { cwd });
    assert.equal([held.tensors, held.within], [9, 'state_dict']);
    await withMirror(CONTENT, async (baseUrl) => {
      for (const [words, code, says] of [
        [`weights download resnet18 --base-url ${baseUrl}`, 3, /does not have a SHA-256 that begins with f37072fd/],
        ['predict imagenet:resnet18 x.png', 3, /does not have a SHA-256/],
        ['predict imagenet:lenet5 x.png', 2, /no such weights of lenet5/],
        ['train --data synthetic --model lenet5 --pretrained imagenet', 2, /no such weights of lenet5/],
        ['train --data synthetic --model resnet18 --pretrained imagenet', 3, /does not have a SHA-256/],
        ['train --data synthetic --model lenet5 --pretrained wrapped.pth', 7, /none of its 9 tensors/],
      ] as const) {
        const finished = await weft(words.split(' '), { cwd, env: { ...env, WEFT_MIRROR: baseUrl } });
        assert.match(finished.stderr, says, words);
        assert.is(finished.code, code, finished.stderr);
      }
    });
    assert.not.ok(existsSync(join(cwd, 'cache', 'weights', 'resnet18-f37072fd.pth')));
  }));

test.run();
