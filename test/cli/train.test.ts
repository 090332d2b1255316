/**
 * The way of a user: train, look at the run folder, evaluate, predict, stop, go on. One quick model serves most of it.
 */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as assert from 'uvu/assert';
import { FASHION_CLASSES } from '../../src/data/dataset.js';
import { syntheticGarments } from '../../src/data/drawn/garments.js';
import { meanStd } from '../../src/data/normalize.js';
import { encodePng } from '../../src/data/pictures/png.js';
import { readPngHeader } from '../support/png.js';
import { buildModel, DEFAULT_INPUT } from '../../src/nn/models/registry.js';
import { encodeSafetensors, fromFloat32, parseSafetensors } from '../../src/nn/safetensors.js';
import { readCheckpoint } from '../../src/train/checkpoint.js';
import type { CheckpointHeader } from '../../src/train/checkpoint_header.js';
import { fill, idx, inFolder, png } from '../data/fixtures.js';
import { skipped, suite, testWithData } from '../support/harness.js';
import { expectRefusals, isSwiftShader, weft, weftJson } from './weft.js';

const test = suite('train, eval, predict');

/** Where the data `garments` and the run `quick` are that most tests use; the first test trains it. */
const HOME = mkdtempSync(join(tmpdir(), 'weft-cli-'));
const cwd = HOME;
const GARMENTS = syntheticGarments({ train: 2000, test: 300, seed: 3 });
mkdirSync(join(HOME, 'garments'));
for (const [part, data] of [
  ['train', GARMENTS.train],
  ['t10k', GARMENTS.test],
] as const) {
  if (data === null) continue;
  fill(join(HOME, 'garments'), {
    [`${part}-images-idx3-ubyte`]: idx([data.count, 28, 28], data.images),
    [`${part}-labels-idx1-ubyte`]: idx([data.count], data.labels),
  });
}
test.after(() => rmSync(HOME, { recursive: true, force: true }));

const EPOCHS = 4;
const RUN_FILES = [
  'best.safetensors',
  'config.json',
  'confusion_matrix.csv',
  'confusion_matrix.png',
  'confusion_matrix_shares.csv',
  'confusion_matrix_shares.png',
  'curves.png',
  'environment.json',
  'last.safetensors',
  'metrics.csv',
  'summary.json',
];

interface Summary {
  readonly accuracy: number;
  readonly loss: number;
  readonly count: number;
  readonly epochs: number;
  readonly parameters: number;
  readonly split: string;
  readonly perClass: readonly { readonly class: string; readonly support: number; readonly recall: number }[];
}
interface Evaluation extends Summary {
  readonly confusion: readonly (readonly number[])[];
}

function read(path: string): string {
  return readFileSync(join(HOME, path), 'utf8');
}

test('a training run leaves the files of a run folder, and says what it trains on', async () => {
  const { stdout, stderr } = await weft(
    [
      'train',
      '--data',
      'garments',
      '--model',
      'mlp',
      '--epochs',
      String(EPOCHS),
      '--seed',
      '5',
      '--lr',
      '0.002',
      '--batch',
      '50',
      '--out',
      'quick',
      '--json',
    ],
    { cwd },
  );
  const document = JSON.parse(stdout) as Summary & { run: string };
  assert.match(
    stderr,
    /^training mlp on garments train: 1,800 images for training, 200 for validation, 300 for testing; 10 classes; quick$/m,
  );
  assert.equal(readdirSync(join(HOME, 'quick')), RUN_FILES);
  const config = JSON.parse(read('quick/config.json')) as Record<string, unknown>;
  assert.equal(config, {
    data: 'garments',
    model: 'mlp',
    epochs: EPOCHS,
    batch: 50,
    optimizer: 'adam',
    lr: 0.002,
    momentum: 0.9,
    nesterov: false,
    weightDecay: 0,
    valSplit: 0.1,
    seed: 5,
    precision: 'f32',
    imageSize: null,
    crop: null,
    classes: null,
    augment: null,
    normalize: 'data',
  });
  const environment = JSON.parse(read('quick/environment.json')) as {
    weftgrad: string;
    runtime: string;
    adapter: { description: string };
  };
  for (const [value, form] of [
    [environment.weftgrad, /^\d/],
    [environment.runtime, /^node v\d/],
    [environment.adapter.description, /./],
  ] as const)
    assert.match(value, form);
  const [header, ...rows] = read('quick/metrics.csv').trimEnd().split('\n');
  assert.is(header, 'epoch,train_loss,train_accuracy,val_loss,val_accuracy,lr,seconds');
  assert.is(rows.length, EPOCHS);
  for (const [i, row] of rows.entries()) {
    const values = row.split(',').map(Number);
    assert.is(values.length, 7);
    assert.ok(
      values.every((v) => Number.isFinite(v) && v > 0),
      row,
    );
    assert.equal([values[0], values[5]], [i + 1, 0.002]);
  }
  const summary = JSON.parse(read('quick/summary.json')) as Summary;
  assert.equal([summary.epochs, summary.parameters, summary.split, summary.count], [EPOCHS, 235_146, 'test', 300]);
  assert.ok(summary.accuracy > 0.65, `accuracy ${summary.accuracy}`);
  assert.equal([document.run, document.accuracy, document.loss], ['quick', summary.accuracy, summary.loss]);
  for (const file of ['curves.png', 'confusion_matrix.png'])
    assert.ok(readPngHeader(readFileSync(join(HOME, 'quick', file))).width > 200);
  const confusion = read('quick/confusion_matrix.csv')
    .trimEnd()
    .split('\n')
    .map((line) => line.split(','));
  assert.equal(
    confusion[0],
    ['true/predicted', ...FASHION_CLASSES.map((_, label) => `${label}`)],
    'nothing says what the labels of these files mean',
  );
  assert.is(
    confusion
      .slice(1)
      .flatMap((row) => row.slice(1).map(Number))
      .reduce((a, b) => a + b, 0),
    300,
  );
});

test('eval says the same as the end of training, and agrees with itself', async () => {
  const summary = JSON.parse(read('quick/summary.json')) as Summary;
  const result = await weftJson<Evaluation>(['eval', 'quick', '--data', 'garments', '--split', 'test'], {
    cwd,
    apart: true,
  });
  assert.equal(Object.keys(result), ['accuracy', 'loss', 'count', 'perClass', 'mostConfused', 'confusion']);
  assert.equal([result.accuracy, result.loss, result.count], [summary.accuracy, summary.loss, 300]);
  assert.equal(result.perClass, summary.perClass);
  assert.is(
    result.confusion.reduce((n, row, c) => n + row[c], 0),
    Math.round(300 * result.accuracy),
  );
  for (const [c, { support, recall }] of result.perClass.entries())
    assert.ok(support === 30 && Math.abs(recall - result.confusion[c][c] / 30) < 1e-12);
  const last = (await readCheckpoint(join(HOME, 'quick/last.safetensors'))).header.progress.history[EPOCHS - 1];
  const validation = await weftJson<Evaluation>(
    ['eval', 'quick', '--data', 'garments', '--split', 'validation', '--checkpoint', 'last'],
    { cwd },
  );
  assert.is(validation.count, 200);
  assert.is(validation.accuracy, last.valAccuracy, 'the very images that were held back');
});

/** A picture of a garment: as it is, or enlarged, dark on white, with room around it. */
function picture(pixels: Uint8Array, enlarged: boolean): Uint8Array {
  if (!enlarged) return encodePng(pixels, 28, 28);
  const [width, height, scale] = [300, 400, 9];
  const out = new Uint8Array(width * height).fill(255);
  for (let y = 0; y < 28 * scale; y++) {
    for (let x = 0; x < 28 * scale; x++)
      out[(y + 70) * width + x + 24] = 255 - pixels[Math.floor(y / scale) * 28 + Math.floor(x / scale)];
  }
  return encodePng(out, width, height);
}

test('predict names what most pictures show, at any size and on light and dark ground', async () => {
  const { train: data } = syntheticGarments({ train: 20, test: 0, seed: 77 });
  const names = Array.from({ length: 40 }, (_, i) => `${i % 2 === 0 ? 'small' : 'large'}${i >> 1}.png`);
  for (const [i, name] of names.entries())
    writeFileSync(join(HOME, name), picture(data.images.subarray((i >> 1) * 784, ((i >> 1) + 1) * 784), i % 2 === 1));
  const results = await weftJson<{ file: string; top: { class: string; probability: number }[] }[]>(
    ['predict', 'quick', ...names, '--top', '2'],
    { cwd },
  );
  assert.equal(
    results.map((r) => r.file),
    names,
  );
  const right = [0, 0];
  for (const [i, { top }] of results.entries()) {
    assert.is(top.length, 2);
    assert.ok(top[0].probability >= top[1].probability && top[0].probability <= 1 && top[1].probability >= 0);
    if (top[0].class === `${data.labels[i >> 1]}`) right[i % 2]++;
  }
  assert.ok(right[0] >= 11 && right[1] >= 11, `${right[0]} of 20 small and ${right[1]} of 20 large ones`);
});

test('eval knows the run’s data; a run is repeated by its own config.json', async () => {
  const own = await weftJson<Evaluation>(['eval', 'quick'], { cwd });
  assert.is(own.accuracy, (JSON.parse(read('quick/summary.json')) as Summary).accuracy);
  const tensors = (run: string, file: string): object =>
    parseSafetensors(readFileSync(join(HOME, run, file)), file).tensors;
  const same = async (run: string, again: string): Promise<void> => {
    await weftJson(['train', '--config', `${run}/config.json`, '--out', again], { cwd });
    for (const file of ['best.safetensors', 'last.safetensors'])
      assert.ok(isDeepStrictEqual(tensors(run, file), tensors(again, file)), `${run} ${file}`);
  };
  await same('quick', 'quick-again');
  await weftJson(
    (
      'train --data garments --model mlp --epochs 2 --optimizer rmsprop --momentum 0.5 --schedule multistep ' +
      '--milestones 1 --loss supcon --out recipe'
    ).split(' '),
    { cwd },
  );
  await same('recipe', 'recipe-again');
});

test('rmsprop and adagrad go on bit for bit', async () => {
  for (const options of ['rmsprop --momentum 0.9 --centered', 'adagrad --lr-decay 0.01']) {
    const train = (epochs: number, out: string) =>
      weftJson(
        `train --data garments --model mlp --epochs ${epochs} --optimizer ${options} --out ${out} --force`.split(' '),
        { cwd },
      );
    await Promise.all([train(2, 'whole'), train(1, 'parts')]);
    await weftJson('train --resume parts --epochs 2'.split(' '), { cwd });
    const [a, b] = ['whole', 'parts'].map(
      (run) => parseSafetensors(readFileSync(join(HOME, run, 'last.safetensors')), run).tensors,
    );
    assert.ok(isDeepStrictEqual(a, b), options);
  }
});

/** Copies `quick` and changes its checkpoints: the header, and on demand the tensors to zeros for a model. */
async function craft(run: string, change: (header: CheckpointHeader) => object, model?: string): Promise<void> {
  cpSync(join(HOME, 'quick'), join(HOME, run), { recursive: true });
  for (const name of ['best', 'last']) {
    const file = join(HOME, run, `${name}.safetensors`);
    const { header } = await readCheckpoint(file);
    const zeros = (key: string) =>
      [...buildModel(key, DEFAULT_INPUT).namedParameters()].map(
        ([k, p]) => [k, fromFloat32(new Float32Array(p.size), p.shape)] as const,
      );
    const tensors = model === undefined ? parseSafetensors(readFileSync(file), file).tensors : zeros(model);
    writeFileSync(
      file,
      encodeSafetensors(tensors, {
        format: 'weft-checkpoint-1',
        header: JSON.stringify({ ...header, ...change(header) }),
      }),
    );
  }
}

test('what the commands refuse once there is a run', async () => {
  writeFileSync(join(HOME, 'huge.png'), png(50_000, 50_000, new Uint8Array(100)));
  writeFileSync(join(HOME, 'cut.png'), picture(new Uint8Array(784), false).subarray(0, 60));
  writeFileSync(join(HOME, 'words.png'), 'no picture');
  const mlp = readFileSync(join(HOME, 'quick/best.safetensors'));
  await craft('swapped', () => ({}), 'lenet5');
  await craft('headless', () => ({ classes: undefined }));
  await craft('unsplit', ({ config }) => ({
    config: { ...config, valSplit: 0 },
    normalization: meanStd(GARMENTS.train),
  }));
  cpSync(join(HOME, 'quick'), join(HOME, 'cut'), { recursive: true });
  writeFileSync(join(HOME, 'cut/best.safetensors'), mlp.subarray(0, mlp.length / 2));
  const before = ['quick', 'swapped'].map((run) => statSync(join(HOME, run, 'last.safetensors')).mtimeMs);
  await expectRefusals(HOME, [
    { args: 'predict quick huge.png', code: 3, says: [/huge\.png: has 50000x50000 pixels/] },
    { args: 'predict quick cut.png', code: 3, says: [/cut\.png: is damaged or truncated/] },
    { args: 'predict quick words.png', code: 3, says: [/words\.png: is no JPEG, PNG or WebP picture/] },
    { args: 'predict quick absent.png', code: 3, says: [/absent\.png: no such file/] },
    { args: 'predict quick garments', code: 3, says: [/garments: no picture is in this folder/] },
    { args: 'predict quick/best.safetensors cut.png', code: 7, says: [/there is no such file/, /folder of a run/] },
    {
      args: 'train --resume quick --model cnn',
      code: 7,
      says: [/last\.safetensors is a checkpoint of mlp, not of cnn/, /--model mlp/],
    },
    { args: 'train --resume quick --batch 8', code: 2, says: [/--batch cannot be changed/] },
    { args: 'train --resume quick --epochs 2', code: 2, says: [/--epochs 2 is less than the 4/] },
    { args: 'train --resume headless', code: 7, says: [/last\.safetensors: classes of its header is missing/] },
    {
      args: 'train --data nowhere --model cnn --pretrained quick/best.safetensors --out fresh',
      code: 7,
      says: [/is of another network: lacks conv1\.weight/],
    },
    { args: 'eval cut --data garments', code: 7, says: [/best\.safetensors: .*beyond the data/] },
    {
      args: 'eval unsplit --data garments --split validation',
      code: 3,
      says: [/held no images back/, /--split test or train/],
    },
    { args: 'eval unsplit --data garments --split all', code: 3, says: [/has a test part/] },
    {
      args: 'eval quick --data synthetic --split train',
      code: 3,
      says: [/synthetic train is not what quick\/best\.safetensors was trained on/, /--data garments/],
    },
    // These open a device before they see what is wrong.
    {
      args: 'train --resume swapped',
      code: 7,
      says: [/last\.safetensors does not belong to this model: unexpected conv1\.weight/],
    },
    { args: 'predict swapped small0.png', code: 7, says: [/best\.safetensors does not belong to this model/] },
    {
      args: 'train --data garments --model mlp --val-split 0.9999 --out quick --force',
      code: 2,
      says: [/leaves none to train on/],
    },
    {
      args: 'train --data garments --model mlp --val-split 0.9999 --out fresh',
      code: 2,
      says: [/leaves none to train on/],
    },
  ]);
  assert.equal(
    ['quick', 'swapped'].map((run) => statSync(join(HOME, run, 'last.safetensors')).mtimeMs),
    before,
  );
  assert.equal(readdirSync(join(HOME, 'quick')), RUN_FILES, '--force replaces a run only when the new one can start');
  const { seconds } = await weft(['predict', 'quick', 'huge.png'], { cwd });
  assert.ok(seconds < 10, `a picture of absurd size is refused from its header: ${seconds} s`);
});

test('--force replaces a run, from a configuration file; a run that diverges ends with 6', async () => {
  writeFileSync(
    join(HOME, 'run.yaml'),
    'data: garments\nmodel: cnn\nlr: 1e30\nbatch: 200\nval-split: 0\nout: unsplit\n',
  );
  const { code, stderr, stdout } = await weft(
    ['train', '--config', 'run.yaml', '--model', 'mlp', '--force', '--json'],
    { cwd },
  );
  assert.is(code, 6, stderr);
  assert.match(stderr, /the loss became (NaN|Infinity) in epoch 1, by step \d+ of 10 \(learning rate 1e\+30\)/);
  assert.match((JSON.parse(stdout) as { error: { code: string } }).error.code, /diverged/);
  assert.equal(readdirSync(join(HOME, 'unsplit')), ['config.json', 'environment.json']);
  assert.is((JSON.parse(read('unsplit/config.json')) as { model: string }).model, 'mlp', 'the command line wins');
});

test('Ctrl-C saves and exits 130, SIGTERM 143; --resume goes on to the end', async () => {
  const stopAfter = (
    words: readonly string[],
    epoch: number,
    signal: 'SIGINT' | 'SIGTERM',
  ): ReturnType<typeof weft> => {
    let sent = false;
    return weft([...words, '--json'], {
      cwd,
      onStderr: (child, text) => {
        if (sent || !text.includes(`epoch ${epoch}/500  train loss`)) return;
        sent = true;
        child.kill(signal);
      },
    });
  };
  const first = await stopAfter(
    [
      'train',
      '--data',
      'synthetic',
      '--model',
      'mlp',
      '--epochs',
      '500',
      '--batch',
      '300',
      '--seed',
      '6',
      '--out',
      'stopped',
    ],
    1,
    'SIGINT',
  );
  assert.is(first.code, 130, first.stderr);
  assert.match(first.stderr, /stopping after this step/);
  assert.match(first.stderr, /go on with: npx weftgrad train --resume stopped/);
  assert.is((JSON.parse(first.stdout) as { error: { code: string } }).error.code, 'interrupted');
  assert.equal(readdirSync(join(HOME, 'stopped')), [
    'best.safetensors',
    'config.json',
    'environment.json',
    'last.safetensors',
    'metrics.csv',
  ]);
  const last = join(HOME, 'stopped/last.safetensors');
  const one = (await readCheckpoint(last)).header.progress;
  assert.ok(one.epoch >= 1 && one.history.length === one.epoch);

  const second = await stopAfter(['train', '--resume', 'stopped'], one.epoch + 1, 'SIGTERM');
  assert.is(second.code, 143, second.stderr);
  const two = (await readCheckpoint(last)).header.progress;
  assert.ok(two.epoch > one.epoch);
  assert.equal(two.history.slice(0, one.epoch), one.history);

  const epochs = two.epoch + 1;
  const summary = await weftJson<Summary & { run: string }>(
    ['train', '--resume', 'stopped', '--epochs', String(epochs)],
    { cwd },
  );
  assert.equal([summary.run, summary.epochs], ['stopped', epochs]);
  assert.equal(readdirSync(join(HOME, 'stopped')), RUN_FILES);
  assert.is(read('stopped/metrics.csv').trimEnd().split('\n').length, 1 + epochs);
  assert.is((JSON.parse(read('stopped/config.json')) as { epochs: number }).epochs, epochs);

  const evaluated = await weftJson<Evaluation>(['eval', 'stopped', '--data', 'synthetic'], { cwd });
  assert.equal(
    [evaluated.accuracy, evaluated.loss],
    [summary.accuracy, summary.loss],
    'garments are drawn from the seed of the run',
  );
});

test('doctor --json is one document and every kernel is right', async () => {
  const report = await weftJson<{
    adapters: string[];
    limits: Record<string, number>;
    checks: { name: string; passed: boolean }[];
  }>(['doctor'], { cwd });
  assert.ok(report.adapters.length > 0 && report.limits['maxBufferSize'] > 0);
  assert.ok(report.checks.length >= 10 && report.checks.every((c) => c.passed));
});

const FASHION = 'mlp learns Fashion-MNIST in one epoch';
if (isSwiftShader) skipped.push(`${FASHION} (too slow on SwiftShader)`);
else {
  testWithData(test, FASHION, 'fashion-mnist', (data) =>
    inFolder(async (folder) => {
      const { accuracy, count } = await weftJson<Summary>(
        [
          'train',
          '--data',
          resolve(data),
          '--model',
          'mlp',
          '--epochs',
          '1',
          '--batch',
          '512',
          '--lr',
          '0.002',
          '--out',
          'run',
        ],
        { cwd: folder },
      );
      assert.is(count, 10_000);
      assert.ok(accuracy > 0.8, `accuracy ${accuracy}`);
    }),
  );
}

test('data of which no image can be held back are evaluated as a whole', async () => {
  const rows = Array.from({ length: 20 }, (_, n) =>
    [GARMENTS.train.labels[n], ...GARMENTS.train.images.subarray(784 * n, 784 * (n + 1))].join(),
  );
  writeFileSync(join(HOME, 'few.csv'), `${rows.join('\n')}\n`);
  const summary = await weftJson<Summary>(
    ['train', '--data', 'few.csv', '--model', 'convbn', '--epochs', '1', '--val-split', '0.01', '--out', 'few'],
    { cwd },
  );
  assert.equal([summary.split, summary.count], ['training', 20]);
  assert.is(summary.parameters, 288_041, 'nine classes occur; the running statistics of batch norm are none');
  assert.match(read('few/metrics.csv'), /\n1,[\d.]+,[\d.]+,,,0\.001,/, 'no validation: empty fields');
});

testWithData(
  test,
  'a pixel CSV trains, and evaluates as a whole',
  'fashion-mnist-csv/fashion-mnist_sample.csv',
  (data) =>
    inFolder(async (folder) => {
      const file = resolve(data);
      const summary = await weftJson<Summary>(
        ['train', '--data', file, '--model', 'mlp', '--epochs', '2', '--batch', '100', '--out', 'run'],
        { cwd: folder },
      );
      assert.equal([summary.split, summary.count], ['validation', 200]);
      assert.ok(summary.accuracy > 0.5, `accuracy ${summary.accuracy}`);
      const { count } = await weftJson<Evaluation>(['eval', 'run', '--data', file, '--split', 'all'], { cwd: folder });
      assert.is(count, 2000);
      const { code, stderr } = await weft(['eval', 'run', '--data', file], { cwd: folder });
      assert.is(code, 3);
      assert.match(stderr, /has no test part[\s\S]*--split all/);
    }),
);

test.run();
