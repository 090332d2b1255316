/** What a page is made of: runs, a backbone, its own files; and what a command line may not ask for. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { digest } from '#platform';
import { pageBackbone } from '../../../src/cli/serve/page_backbone.js';
import { pageFiles, runNames } from '../../../src/cli/serve/page_files.js';
import { pageRuns } from '../../../src/cli/serve/page_options.js';
import { ModelError, UsageError } from '../../../src/device/errors.js';
import { buildModel, DEFAULT_INPUT } from '../../../src/nn/models/registry.js';
import { encodeSafetensors, fromFloat32, type RawTensor } from '../../../src/nn/state/safetensors.js';
import { parsePageManifest } from '../../../src/retrieval/page_manifest.js';
import { encodeCheckpoint, modelOf, parseCheckpoint } from '../../../src/train/checkpoint/checkpoint.js';
import { inFolder } from '../../data/fixtures.js';
import { spread } from '../../data/picture_files.js';
import { suite } from '../../support/harness.js';
import { HEADER } from '../../train/fixtures.js';

const test = suite('the parts of a page');

function zeros(model: string, input: typeof DEFAULT_INPUT): Map<string, RawTensor> {
  const entries = [...buildModel(model, input).namedState()];
  return new Map(
    entries.map(([key, { shape }]) => [key, fromFloat32(new Float32Array(shape.reduce((a, b) => a * b, 1)), shape)]),
  );
}

const IMAGENET = { channels: 3, height: 224, width: 224, classes: 1000 };

test('two runs of one name and published weights: each a checkpoint, all that is the page’s own by its digest', () =>
  inFolder(async (cwd) => {
    const checkpoint = encodeCheckpoint(HEADER, zeros(HEADER.model, DEFAULT_INPUT));
    spread(cwd, { 'a/run/best.safetensors': checkpoint, 'b/run/best.safetensors': checkpoint });
    const pretrained = join(cwd, 'squeezenet.safetensors');
    writeFileSync(pretrained, encodeSafetensors(zeros('squeezenet1_1', IMAGENET)));
    const { files, manifest, checkpoints } = await pageFiles({
      runs: [join(cwd, 'a', 'run'), join(cwd, 'b', 'run')],
      index: null,
      backbone: await pageBackbone({ backbone: 'squeezenet1_1', pretrained }),
      classifies: true,
    });
    assert.equal(parsePageManifest(new TextDecoder().decode(files.get('page.json')), 'page.json'), manifest);
    assert.equal(
      manifest.runs.map(({ name, weights }) => [name, weights.name]),
      [
        ['run', 'model.safetensors'],
        ['run-2', 'model-2.safetensors'],
      ],
    );
    assert.equal([...checkpoints.keys()], ['run', 'run-2']);
    const described = [...manifest.files, ...manifest.runs.map((run) => run.weights)];
    assert.ok(manifest.backbone !== null);
    for (const file of [...described, manifest.backbone.weights]) {
      const content = files.get(file.name) ?? new Uint8Array();
      assert.equal([content.length, digest('sha256', content)], [file.bytes, file.digest], file.name);
    }
    assert.is(files.size, described.length + 3, 'page.json, the backbone and the service worker are all that is left');
    assert.ok(files.has('sw.js'));
    const backbone = parseCheckpoint(files.get('backbone.safetensors') ?? new Uint8Array(), 'backbone.safetensors');
    const { model, classes, input, normalization, config } = backbone.header;
    assert.equal([model, classes.length, input, config.imageSize], ['squeezenet1_1', 1000, IMAGENET, 256]);
    assert.equal(normalization.mean, [0.485, 0.456, 0.406]);
    assert.is([...modelOf(backbone).namedState()].length, zeros('squeezenet1_1', IMAGENET).size);
  }));

test('a run as the backbone, and what is none', () =>
  inFolder(async (cwd) => {
    spread(cwd, { 'net/best.safetensors': encodeCheckpoint(HEADER, zeros(HEADER.model, DEFAULT_INPUT)) });
    assert.is(await pageBackbone({}), null);
    const found = await pageBackbone({ backbone: join(cwd, 'net') });
    assert.equal([found?.name, found?.checkpoint.header.model], ['net', HEADER.model]);
    const refused = async (o: object, kind: typeof UsageError | typeof ModelError, says: RegExp): Promise<void> => {
      const error: unknown = await pageBackbone(o as Record<string, unknown>).catch((e: unknown) => e);
      assert.instance(error, kind);
      assert.match(`${(error as UsageError).message} ${(error as UsageError).fix}`, says);
    };
    await refused({ pretrained: 'x.pth' }, UsageError, /--pretrained is for a --backbone/);
    await refused({ backbone: join(cwd, 'net'), pretrained: 'x.pth' }, UsageError, /--pretrained is for a --backbone/);
    await refused({ backbone: 'imagenet:v2:squeezenet1_1' }, UsageError, /no such weights of squeezenet1_1/);
    const cache = process.env['WEFT_CACHE'];
    process.env['WEFT_CACHE'] = cwd;
    try {
      await refused({ backbone: 'squeezenet1_1' }, ModelError, /is not there weft weights download squeezenet1_1/);
    } finally {
      if (cache === undefined) delete process.env['WEFT_CACHE'];
      else process.env['WEFT_CACHE'] = cache;
    }
  }));

test('names of runs, each another', () =>
  assert.equal(runNames(['x/cnn', 'y/cnn/', 'cnn-2', 'z/cnn']), ['cnn', 'cnn-2', 'cnn-2-2', 'cnn-3']));

test('a page without a run is one to learn with, or with a backbone', () => {
  const runs = (given: string[], o: object): readonly string[] =>
    pageRuns({ runs: given }, o as Record<string, unknown>, 'serve');
  assert.equal(
    [runs(['a', 'b'], {}), runs([], { learn: true }), runs([], { backbone: 'resnet18' })],
    [['a', 'b'], [], []],
  );
  for (const [given, o] of [
    [[], {}],
    [['a'], { learn: true }],
    [[], { learn: true, index: 'x' }],
    [[], { backbone: 'resnet18', index: 'x' }],
  ] as const)
    assert.throws(
      () => runs([...given], o),
      (error: unknown) => error instanceof UsageError,
    );
});

test.run();
