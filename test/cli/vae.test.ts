/** `weft vae` as a user runs it, on few drawn garments. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { readPngHeader } from '../support/png.js';
import { readVae } from '../../src/vae/model_file.js';
import type { VaeSummary } from '../../src/vae/vae_folder.js';
import { suite } from '../support/harness.js';
import { writeGarments } from './garments.js';
import { expectRefusals, weft, weftJson } from './weft.js';

const test = suite('vae command');

const HOME = mkdtempSync(join(tmpdir(), 'weft-vae-'));
const cwd = HOME;
writeGarments(join(HOME, 'garments'), { train: 200, test: 60, seed: 3 });
test.after(() => rmSync(HOME, { recursive: true, force: true }));

const TINY = ['--data', 'garments', '--latent', '4', '--hidden', '16', '--batch', '50'];
const size = (path: string): number[] => {
  const { width, height } = readPngHeader(readFileSync(join(HOME, path)));
  return [width, height];
};

test('images: model, figures and pictures', async () => {
  const printed = await weftJson<VaeSummary & { run: string }>(
    ['vae', ...TINY, '--epochs', '2', '--lr', '0.003', '--conditional', '--beta-growth', '0.5', '--out', 'images'],
    { cwd },
  );
  assert.equal(readdirSync(join(HOME, 'images')), [
    'curves.png',
    'latent.png',
    'metrics.csv',
    'model.safetensors',
    'reconstructions.png',
    'samples.png',
    'summary.json',
    'vae.json',
  ]);
  const { run, ...summary } = printed;
  assert.equal({ schema: 1, ...JSON.parse(readFileSync(join(HOME, 'images/summary.json'), 'utf8')) }, summary);
  assert.equal([run, summary.epochs, summary.split, summary.count], ['images', 2, 'test', 60]);
  assert.ok(summary.reconstruction > 100 && summary.reconstruction < 500 && summary.kl > 0, JSON.stringify(summary));
  assert.ok(Math.abs(Number(summary.elbo) + summary.reconstruction + summary.kl) < 1e-9);
  assert.match(summary.elboIs, /Bernoulli for each of 784 pixel intensities in \[0, 1\]/);
  const rows = readFileSync(join(HOME, 'images/metrics.csv'), 'utf8')
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((row) => row.split(',').map(Number));
  assert.equal(
    rows.map((r) => r.slice(0, 2)),
    [
      [1, 0.5],
      [2, 1],
    ],
  );
  assert.ok(
    rows.every((r) => r.length === 9 && r.every(Number.isFinite) && Math.abs(r[4] - r[2] - r[1] * r[3]) < 1e-6),
  );
  const tile = 2 * 28 + 2;
  assert.equal(
    [size('images/samples.png'), size('images/reconstructions.png')],
    [
      [12 * tile + 2, 10 * tile + 2],
      [12 * tile + 2, 20 * tile + 2],
    ],
    'a row per class, two of pairs',
  );
  const { header } = await readVae(join(HOME, 'images/model.safetensors'));
  assert.equal(
    [header.epoch, header.input, header.classes.length, header.normalization],
    [summary.bestEpoch, { channels: 1, height: 28, width: 28 }, 10, { mean: [0], std: [1] }],
  );
  assert.equal((JSON.parse(readFileSync(join(HOME, 'images/vae.json'), 'utf8')) as { data: string }).data, 'garments');
});

test('features of a run: its model makes them, its held-back images validate', async () => {
  await weftJson(
    ['train', '--data', 'garments', '--model', 'mlp', '--epochs', '1', '--val-split', '0.25', '--out', 'quick'],
    { cwd },
  );
  const summary = await weftJson<VaeSummary>(
    ['vae', ...TINY, '--features', 'quick', '--epochs', '3', '--out', 'features'],
    { cwd },
  );
  assert.equal(readdirSync(join(HOME, 'features')), [
    'curves.png',
    'latent.png',
    'metrics.csv',
    'model.safetensors',
    'summary.json',
    'vae.json',
  ]);
  assert.equal(summary.config.beta, { kind: 'linear', perEpoch: 5.6e-6, until: 90 });
  assert.ok(
    Math.abs(Number(summary.elbo) + summary.reconstruction + summary.kl + 64 * Math.log(2 * Math.PI)) < 1e-9,
    'with the constant of 128 normals',
  );
  const { header, tensors } = await readVae(join(HOME, 'features/model.safetensors'));
  assert.equal(
    [header.input, header.normalization, tensors.get('feature_mean')?.shape],
    [{ features: 128 }, null, [128]],
  );
});

test('an adversarial one has a picture of its latent space and no bound', async () => {
  const { code, stdout, stderr } = await weft(
    ['vae', ...TINY, '--prior', 'adversarial', '--epochs', '2', '--out', 'game'],
    { cwd },
  );
  assert.is(code, 0, stderr);
  assert.match(stderr, /training an adversarial auto-encoder, latent/);
  assert.match(stdout, /no bound of log p\(x\)/);
  const summary = JSON.parse(readFileSync(join(HOME, 'game/summary.json'), 'utf8')) as VaeSummary;
  assert.equal([summary.elbo, summary.bestEpoch, summary.config.prior], [null, 2, 'adversarial']);
  assert.ok(size('game/latent.png')[0] > 300 && size('game/samples.png')[0] > 300);
  const { header } = await readVae(join(HOME, 'game/model.safetensors'));
  assert.is(header.config.prior, 'adversarial');
  for (const [words, what] of [
    [['--beta', '1'], /--beta weighs the KL divergence/],
    [['--k-means', '1'], /the k-means term is for the KL divergence/],
  ] as const) {
    const refused = await weft(['vae', ...TINY, '--prior', 'adversarial', ...words, '--out', 'no'], { cwd });
    assert.is(refused.code, 2);
    assert.match(refused.stderr, what);
  }
});

test('Ctrl-C leaves the best model so far and exits with 130', async () => {
  let asked = false;
  const { code, stderr } = await weft(['vae', ...TINY, '--epochs', '500', '--out', 'stopped'], {
    cwd,
    onStderr: (child, text) => {
      if (!asked && text.includes('epoch 2/500  beta')) asked = child.kill('SIGINT');
    },
  });
  assert.is(code, 130, stderr);
  assert.match(stderr, /saved: the model of epoch \d+, the best so far, in stopped\/model\.safetensors/);
  await readVae(join(HOME, 'stopped/model.safetensors'));
  assert.not(existsSync(join(HOME, 'stopped/summary.json')));
});

test('Ctrl-C after training ends at once and says what is there', async () => {
  // The process sends the signal itself, at the words that follow the last epoch: from here it might come too late.
  const preload =
    `const write = process.stderr.write.bind(process.stderr); process.stderr.write = (text, ...rest) => { if ` +
    `(String(text).startsWith('measuring on')) process.kill(process.pid, 'SIGINT'); return write(text, ...rest); ` +
    `};`;
  const { code, stderr } = await weft(['vae', ...TINY, '--epochs', '1', '--out', 'late'], {
    cwd,
    env: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(preload)}` },
  });
  assert.is(code, 130, stderr);
  assert.match(
    stderr,
    /measuring on 60 test images\n+stopped: the model is saved, the pictures and the summary are not written/,
  );
  assert.equal(
    readdirSync(join(HOME, 'late')).filter((name) => /model|summary/.test(name)),
    ['model.safetensors'],
  );
});

test('what it refuses', () =>
  expectRefusals(HOME, [
    { args: 'vae', code: 2, says: [/--data is missing/] },
    {
      args: 'vae --data garments --beta 1 --beta-growth 0.1',
      code: 2,
      says: [/--beta holds beta still, --beta-growth lets it grow/],
    },
    { args: 'vae --data garments --beta-until 5', code: 2, says: [/--beta-until is for a beta that grows/] },
    {
      args: 'vae --data garments --loss poisson',
      code: 2,
      says: [/--loss "poisson" is not one of gaussian, bernoulli/],
    },
    { args: 'vae --data garments --conditional=maybe', code: 2, says: [/--conditional takes no value/] },
    { args: 'vae --data garments --crop 26 --out new', code: 2, says: [/26x26 is no multiple of 4/, /28x28/] },
    {
      args: 'vae --data garments --where gender=Men',
      code: 2,
      says: [/--where is for a CSV that names pictures; garments is none/],
    },
    {
      args: 'vae --data garments --test-split 0.3',
      code: 2,
      says: [/--test-split is for pictures; garments has none/],
    },
    { args: 'vae --data garments --out images', code: 2, says: [/images holds a run already/, /--force/] },
    { args: 'vae --data garments --out garments', code: 2, says: [/garments is not empty and holds no run/] },
    {
      args: 'vae --data garments --features nowhere',
      code: 7,
      says: [/nowhere\/best\.safetensors: there is no such file/],
    },
    { args: 'vae --data garments --features quick --loss bernoulli', code: 2, says: [/features are any numbers/] },
    { args: 'vae --data garments --features quick --crop 24', code: 2, says: [/--crop is for images/] },
  ]));

test('divergence exits with 6 and leaves no model', async () => {
  const { code, stderr } = await weft(['vae', ...TINY, '--lr', '1e30', '--epochs', '1', '--out', 'diverged'], { cwd });
  assert.is(code, 6, stderr);
  assert.match(stderr, /loss became .*\n.*smaller --lr/);
  assert.equal(readdirSync(join(HOME, 'diverged')), ['vae.json']);
});

test.run();
