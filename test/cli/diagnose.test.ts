/** `weft diagnose` with and without training steps. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { inFolder } from '../data/fixtures.js';
import { suite } from '../support/harness.js';
import { decodePng } from '../support/png.js';
import { onFastDrivers, weft } from './weft.js';

const test = suite('weft diagnose');
const DOT = [0, 0x72, 0xb2]; // of the picture

onFastDrivers(
  test,
  'what steps do is drawn, layer by layer; without the last checkpoint it is said to be left out',
  () =>
    inFolder(async (cwd) => {
      const trained = await weft(['train', '--data', 'shoes:16', '--model', 'mlp', '--epochs', '1', '--out', 'run'], {
        cwd,
      });
      assert.is(trained.code, 0, trained.stderr);
      const drawn = await weft(['diagnose', 'run', '--out', 'steps.png'], { cwd });
      assert.is(drawn.code, 0, drawn.stderr);
      assert.match(drawn.stdout, /steps\.png: what a step does in each layer\n$/);
      const { width, height, data } = decodePng(readFileSync(join(cwd, 'steps.png')));
      const rows = Array.from({ length: height }, (_, y) =>
        Array.from({ length: width }, (_, x) => 4 * (y * width + x)).some((at) =>
          DOT.every((v, c) => data[at + c] === v),
        ),
      );
      const layers = rows.filter((has, y) => has && !rows[y - 1]).length;
      assert.is(layers, 3, 'a row of dots for each matrix');

      rmSync(join(cwd, 'run', 'last.safetensors'));
      const without = await weft(['diagnose', 'run'], { cwd });
      assert.is(without.code, 0, without.stderr);
      assert.match(without.stderr, /^run has no last\.safetensors: steps and the rate are not looked at/m);
      assert.not.match(without.stdout, /gradient/);
      const refused = await weft(['diagnose', 'run', '--out', 'other.png'], { cwd });
      assert.is(refused.code, 2);
      assert.match(refused.stderr, /there is nothing to draw in other\.png\n {2}fix: diagnose a run that has its last/);
      assert.not.ok(existsSync(join(cwd, 'other.png')));
    }),
);

test.run();
