/** `weft train --fast-dev-run`: which images it takes, and that it leaves nothing. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { fewImages, tried, withoutTraces } from '../../src/cli/fast_dev_run.js';
import { syntheticGarments } from '../../src/data/drawn/garments.js';
import { InterruptedError, UsageError } from '../../src/device/errors.js';
import { suite } from '../support/harness.js';
import { inFolder } from '../data/fixtures.js';
import { CONFIG } from '../train/fixtures.js';
import { differences } from './documented.js';
import { weft } from './weft.js';

const test = suite('fast dev run');

test('some steps of images, and two at least of each class', () => {
  const splits = syntheticGarments({ train: 600, test: 400, seed: 3 });
  const { train, test: measured } = fewImages(splits, { ...CONFIG, batch: 16, accumulate: 2, valSplit: 0.2 });
  assert.ok(train.count >= (4 * 32 - 32) / 0.8 && train.count < 200, `${train.count}`);
  assert.ok(measured !== null && measured.count >= 128 && measured.count < 160);
  for (const { labels, classes } of [train, measured])
    for (const i of classes.keys()) assert.ok(labels.filter((label) => label === i).length >= 2);
});

test('of data with a validation part both parts, told apart; of little data all', () => {
  const { train } = syntheticGarments({ train: 300, test: 0, seed: 3 });
  const few = fewImages({ train: { ...train, validationStart: 250 }, test: null }, { ...CONFIG, batch: 16 });
  const start = few.train.validationStart ?? 0;
  assert.ok(start >= 64 && start < 100, `${start}`);
  assert.is(few.train.count - start, 50);
  assert.is(fewImages({ train, test: null }, { ...CONFIG, batch: 256 }).train.count, 300);
});

test('one epoch at a rate that stays', () => {
  const config = tried({ ...CONFIG, epochs: 30, patience: 3, schedule: { name: 'multistep', milestones: [9, 20] } });
  assert.equal(config, { ...CONFIG, epochs: 1 });
  const swa = { start: 20, anneal: 5 };
  assert.equal(tried({ ...CONFIG, epochs: 30, swa }), { ...CONFIG, epochs: 1, swa: { ...swa, start: 1 } });
});

test('nothing is left, also after an error; where a run would be kept is refused', async () => {
  const folders: string[] = [];
  const body = (folder: string): Promise<void> => {
    folders.push(folder);
    writeFileSync(join(folder, 'last.safetensors'), 'x');
    return folders.length === 1 ? Promise.resolve() : Promise.reject(new Error('diverged'));
  };
  await withoutTraces(() => false, body);
  const error = await withoutTraces(() => false, body).catch((e: unknown) => e);
  assert.match(String(error), /diverged/);
  assert.equal(folders.map(existsSync), [false, false]);
  for (const name of ['out', 'resume', 'max-time']) {
    const refused = await withoutTraces((given) => given === name, body).catch((e: unknown) => e);
    assert.instance(refused, UsageError);
    assert.match(String(refused), new RegExp(`--${name}`));
  }
  assert.is(folders.length, 2);
});

test('what is said names no folder, neither at the end nor when it is stopped; --json has its document', () =>
  inFolder(async (cwd) => {
    const words = 'train --data shoes:16 --model mlp --fast-dev-run --json'.split(' ');
    const { code, stdout, stderr } = await weft(words, { cwd });
    assert.is(code, 0, stderr);
    assert.match(stderr, /nothing was kept/);
    assert.not.match(stderr, /weft-dev-run-|report\.html/);
    const document = JSON.parse(stdout) as Record<string, unknown>;
    assert.not.ok('run' in document);
    assert.equal(differences('train', document), []);
    const stopped = (folder: string): Promise<void> => Promise.reject(new InterruptedError(`saved in ${folder}`, 143));
    const error = await withoutTraces(() => false, stopped).catch((e: unknown) => e);
    assert.instance(error, InterruptedError);
    assert.equal(
      [(error as InterruptedError).message, (error as InterruptedError).exitCode],
      ['stopped; nothing was kept', 143],
    );
  }));

test.run();
