/** The short form of `npm run test:kill`: a training run, killed twice. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../support/harness.js';
import { killed, prepare, SCENARIOS, undisturbed } from './killed_runs.js';
import { difference } from './same_files.js';

const test = suite('killed');
const home = mkdtempSync(join(tmpdir(), 'weft-killed-'));
test.after(() => rmSync(home, { recursive: true, force: true }));

test('a training run that is killed and resumed leaves the files of an undisturbed one', async () => {
  await prepare(home, [SCENARIOS[0]]);
  const reference = await undisturbed(home, SCENARIOS[0]);
  assert.is((await killed(home, reference, 2, 1)).problem, null);
  // What is compared is worth it: one flipped bit of a weight is seen.
  cpSync(reference.cwd, join(home, 'flipped'), { recursive: true });
  const file = join(home, 'flipped/out/best.safetensors');
  const bytes = readFileSync(file);
  bytes[bytes.length - 1] ^= 1;
  writeFileSync(file, bytes);
  assert.is(
    difference(join(reference.cwd, 'out'), join(home, 'flipped/out'), [reference.cwd, join(home, 'flipped')]),
    'contents of best.safetensors',
  );
});

test.run();
