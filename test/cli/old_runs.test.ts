/**
 * A run that version 0.1.0 has left (its configuration as one record, its checkpoint without a digest) is evaluated and
 * goes on. The folder beside the tests was written by that version:
 *
 *   weft train --data halves --image-size 4 --model cnn --epochs 2 --batch 16 --optimizer sgd --momentum 0 --lr 0.15
 *     --schedule step --lr-step 2 --lr-gamma 0.5 --label-smoothing 0.05 --clip-norm 2 --patience 5 --val-split 0.2
 *     --augment shift=1 --oversample left=2 --out run
 *
 * and `weft train --resume run --epochs 3` of that version made the third epoch that is expected here.
 */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { PNG } from 'pngjs';
import * as assert from 'uvu/assert';
import { readCheckpoint } from '../../src/train/checkpoint/checkpoint.js';
import { partsOf } from '../../src/train/config.js';
import { ROOT } from '../architecture/source.js';
import { inCache } from '../data/picture_files.js';
import { suite } from '../support/harness.js';
import { weft, weftJson } from './weft.js';

const test = suite('old runs');

const OLD = join(ROOT, 'test/train/run_of_0.1.0');

/** Of the third epoch, by version 0.1.0 on lavapipe. */
const THIRD = { trainLoss: 0.5208315319485135, trainAccuracy: 25 / 36, valLoss: 0.4506400426228841, valAccuracy: 1 };

/** 60 grey pictures of 4x4, which have one half lighter. */
function drawHalves(folder: string): void {
  for (let i = 0; i < 60; i++) {
    const isLeft = i % 2 === 0;
    const picture = new PNG({ width: 4, height: 4 });
    for (let k = 0; k < 16; k++) {
      const value = ((i * 37 + k * 11) % 97) + (k % 4 < 2 === isLeft ? 120 : 0);
      picture.data.set([value, value, value, 255], 4 * k);
    }
    const place = join(folder, isLeft ? 'left' : 'right');
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, `${i}.png`), PNG.sync.write(picture));
  }
}

/** Beside the pictures, a copy of the run. */
async function withOldRun(body: (folder: string) => Promise<void>): Promise<void> {
  await inCache(async (folder) => {
    drawHalves(join(folder, 'halves'));
    cpSync(OLD, join(folder, 'run'), { recursive: true });
    const packed = join(folder, 'run/last.safetensors.gz');
    writeFileSync(join(folder, 'run/last.safetensors'), gunzipSync(readFileSync(packed)));
    rmSync(packed);
    await body(folder);
  });
}

test('its configuration is read, and taken apart without loss', () =>
  withOldRun(async (folder) => {
    const { header } = await readCheckpoint(join(folder, 'run/last.safetensors'));
    const { config } = header;
    assert.equal(config, JSON.parse(readFileSync(join(OLD, 'config.json'), 'utf8')));
    const parts = partsOf(config);
    assert.equal(Object.assign({}, ...Object.values(parts)), config);
    const fields = Object.values(parts).flatMap(Object.keys);
    assert.is(new Set(fields).size, fields.length, 'each field is in one part');
    assert.equal(parts.fit, { epochs: 2, seed: 0, schedule: { name: 'step', step: 2, gamma: 0.5 }, patience: 5 });
    assert.equal(parts.loader, { batch: 16, augment: 'shift=1', oversample: 'left=2' });
  }));

test('it is evaluated as that version did', () =>
  withOldRun(async (folder) => {
    const { accuracy, loss, count } = await weftJson<{ accuracy: number; loss: number; count: number }>(
      ['eval', 'run', '--checkpoint', 'last', '--data', 'halves', '--split', 'all', '--json'],
      { cwd: folder },
    );
    assert.equal([accuracy, count], [47 / 60, 60]);
    assert.ok(Math.abs(loss - 0.5285276412963867) < 1e-4, `loss ${loss}`);
  }));

test('it goes on where it was, and its third epoch is the one that version made', () =>
  withOldRun(async (folder) => {
    const { code, stderr } = await weft(['train', '--resume', 'run', '--epochs', '3'], { cwd: folder });
    assert.is(code, 0, stderr);
    const { header } = await readCheckpoint(join(folder, 'run/last.safetensors'));
    const { history } = header.progress;
    assert.equal(
      history.map((m) => [m.epoch, m.lr]),
      [
        [1, 0.15],
        [2, 0.15],
        [3, 0.075],
      ],
    );
    for (const [name, expected] of Object.entries(THIRD)) {
      const got = history[2][name as keyof typeof THIRD];
      assert.ok(got !== null && Math.abs(got - expected) < 1e-4, `${name} ${got}, expected ${expected}`);
    }
    const written = JSON.parse(readFileSync(join(folder, 'run/config.json'), 'utf8')) as object;
    assert.equal(written, { ...header.config, epochs: 3 }, 'written as before, in one record');
    const again = await weft(['train', '--config', 'run/config.json', '--epochs', '1', '--out', 'again'], {
      cwd: folder,
    });
    assert.is(again.code, 0, again.stderr);
  }));

test.run();
