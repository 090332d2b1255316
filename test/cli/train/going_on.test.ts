/** A run is repeated by its own configuration, stopped, and goes on. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import * as assert from 'uvu/assert';
import { parseSafetensors } from '../../../src/nn/state/safetensors.js';
import { readCheckpoint } from '../../../src/train/checkpoint/checkpoint.js';
import { suite } from '../../support/harness.js';
import { writeGarments } from '../garments.js';
import { weft, weftJson } from '../weft.js';
import { type Evaluation, HOME, RUN_FILES, type Summary, cwd, quickRun, read } from './quick_run.js';

const test = suite('runs that go on');
test.before(async () => {
  writeGarments(join(HOME, 'small'), { train: 300, test: 50, seed: 6 });
  await quickRun();
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
      'train --data small --model mlp --epochs 2 --optimizer rmsprop --momentum 0.5 --schedule multistep ' +
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
        `train --data small --model mlp --epochs ${epochs} --optimizer ${options} --out ${out} --force`.split(' '),
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
        if (sent || !text.includes(`epoch ${epoch}/100000  train loss`)) return;
        sent = true;
        child.kill(signal);
      },
    });
  };
  const first = await stopAfter(
    [
      'train',
      '--data',
      'small',
      '--model',
      'mlp',
      '--epochs',
      '100000',
      '--batch',
      '100',
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

  const evaluated = await weftJson<Evaluation>(['eval', 'stopped', '--data', 'small'], { cwd });
  assert.equal([evaluated.accuracy, evaluated.loss], [summary.accuracy, summary.loss]);
});

test.run();
