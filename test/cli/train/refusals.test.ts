/** What the commands refuse once there is a run, and when a run is replaced. */
import { cpSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { meanStd } from '../../../src/data/normalize.js';
import { buildModel, DEFAULT_INPUT } from '../../../src/nn/models/registry.js';
import { encodeSafetensors, fromFloat32, parseSafetensors } from '../../../src/nn/state/safetensors.js';
import { readCheckpoint } from '../../../src/train/checkpoint/checkpoint.js';
import type { CheckpointHeader } from '../../../src/train/checkpoint/checkpoint_header.js';
import { png } from '../../data/fixtures.js';
import { suite } from '../../support/harness.js';
import { expectRefusals, weft } from '../weft.js';
import { GARMENTS, HOME, RUN_FILES, cwd, picture, quickRun, read } from './quick_run.js';

const test = suite('refusals around a run');
test.before(async () => {
  await quickRun();
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
  writeFileSync(join(HOME, 'black.png'), picture(new Uint8Array(784), false));
  const mlp = readFileSync(join(HOME, 'quick/best.safetensors'));
  await craft('swapped', () => ({}), 'lenet5');
  await craft('headless', () => ({ classes: undefined }));
  await craft('unsplit', ({ config }) => ({
    config: { ...config, valSplit: 0 },
    normalization: meanStd(GARMENTS),
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
    { args: 'predict swapped black.png', code: 7, says: [/best\.safetensors does not belong to this model/] },
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

test.run();
