/**
 * The file in which tuned choices are kept: what is written is read, what is damaged or of another version is ignored
 * with the reason.
 */
import { mkdtempSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import * as assert from 'uvu/assert';
import type { AdapterSummary } from '../../../src/device/adapter.js';
import { formatChoice, isChoice, sameChoice } from '../../../src/device/choices.js';
import { sealJson } from '../../../src/device/files/integrity.js';
import {
  readTuned,
  removeTuned,
  tunedPath,
  useTuned,
  writeTuned,
  type TunedEntries,
} from '../../../src/kernels/tune/tuned_file.js';
import { withDevice } from '../../support/gpu.js';
import { suite } from '../../support/harness.js';

const test = suite('tuned choices in a file');

const ADAPTER: AdapterSummary = {
  vendor: 'maker',
  architecture: 'x1',
  device: 'Maker X1 (TM)',
  description: 'driver 1.0',
  isSoftware: false,
  subgroupSize: 32,
};
const ENTRIES: TunedEntries = {
  'matmul M64': { choice: { variant: 'workgroup', TILE: 16 }, milliseconds: 1.5, defaultMilliseconds: 2 },
  'conv2d N64': { choice: { variant: 'naive', WIDE: 'yes' }, milliseconds: 1, defaultMilliseconds: null },
};

/** A cache folder of the test's own. */
async function inCache(body: () => Promise<void>): Promise<void> {
  const before = process.env['WEFT_CACHE'];
  const folder = (process.env['WEFT_CACHE'] = mkdtempSync(join(tmpdir(), 'weft-tuned-')));
  try {
    await body();
  } finally {
    rmSync(folder, { recursive: true });
    if (before === undefined) delete process.env['WEFT_CACHE'];
    else process.env['WEFT_CACHE'] = before;
  }
}

test('a file for each adapter, with what was tuned at one time or another', () =>
  inCache(async () => {
    const path = tunedPath(ADAPTER);
    assert.match(path, /tuned[\\/]maker-x1-tm-[0-9a-f]{8}\.json$/);
    assert.equal(await readTuned(ADAPTER), { state: 'none', path });
    assert.is(await writeTuned(ADAPTER, ENTRIES), path);
    await writeTuned(ADAPTER, { 'matmul M64': { ...ENTRIES['matmul M64'], milliseconds: 1.25 } });
    await writeTuned({ ...ADAPTER, device: 'Maker X2' }, {});
    const file = await readTuned(ADAPTER);
    assert.ok(file.state === 'found');
    assert.equal(file.entries, { ...ENTRIES, 'matmul M64': { ...ENTRIES['matmul M64'], milliseconds: 1.25 } });
    assert.ok(Math.abs(Date.parse(file.when) - Date.now()) < 60_000);
    assert.is(readdirSync(dirname(path)).length, 2, 'no temporary files are left');
    await removeTuned(ADAPTER);
    assert.is((await readTuned(ADAPTER)).state, 'none');
    await removeTuned(ADAPTER);
  }));

test('another driver, another version, a damaged file: ignored, with the reason, and written anew', () =>
  inCache(async () => {
    const path = await writeTuned(ADAPTER, ENTRIES);
    const sound = readFileSync(path, 'utf8');
    const whys = async (): Promise<string> => {
      const file = await readTuned(ADAPTER);
      return file.state === 'ignored' ? file.why : file.state;
    };
    /** Another text, with the digest that belongs to it. */
    const changed = (from: string | RegExp, to: string): string =>
      sealJson(`${sound.slice(0, sound.indexOf(',\n  "weft_sha256"'))}\n}`.replace(from, to));
    assert.is(changed('', ''), sound);
    const damages: [string, RegExp][] = [
      [changed('driver 1.0', 'driver 0.9'), /another version of the driver/],
      [changed(/"engine": "[^"]*"/, '"engine": "0.0.1"'), /another version of Weft/],
      [changed('weft-tuned-2', 'weft-tuned-1'), /no file of this version/],
      [sound.replace('driver 1.0', 'driver 1.1'), /damaged/],
      [sound.replace('"weft_sha256"', '"weft_sha255"'), /damaged/],
      [sound.slice(0, 200), /damaged/],
      ['', /damaged/],
      ['null', /damaged/],
      ['[]', /damaged/],
      ['7', /damaged/],
      [changed('"variant": "workgroup"', '"variant": 3'), /damaged/],
      [changed('"milliseconds": 1.5', '"milliseconds": "fast"'), /damaged/],
      [changed(/"tuned": "[^"]*"/, '"tuned": 1'), /damaged/],
      [changed(/"choices": \{[\s\S]*/, '"choices": []\n}'), /damaged/],
    ];
    for (const [text, why] of damages) {
      assert.is.not(text, sound);
      writeFileSync(path, text);
      assert.match(await whys(), why, text.slice(0, 300));
    }
    await writeTuned(ADAPTER, { 'matmul M64': ENTRIES['matmul M64'] });
    const anew = await readTuned(ADAPTER);
    assert.equal(
      anew.state === 'found' && Object.keys(anew.entries),
      ['matmul M64'],
      'nothing of a file that is not used is kept',
    );
    rmSync(path);
    mkdirSync(path);
    assert.match(await whys(), /cannot be read/);
  }));

test('a device takes what there is for its adapter', () =>
  inCache(() =>
    withDevice({}, async (device) => {
      assert.is((await useTuned(device)).state, 'none');
      assert.is(device.choices.tuned.size, 0);
      await writeTuned(device.adapter, ENTRIES);
      assert.is((await useTuned(device)).state, 'found');
      assert.equal(device.choices.record(), {
        'conv2d N64': { variant: 'naive', WIDE: 'yes' },
        'matmul M64': { variant: 'workgroup', TILE: 16 },
      });
    }),
  ));

test('choices: equality whatever their order, words, and what is none', () => {
  assert.ok(sameChoice({ variant: 'a', X: 1, Y: 2 }, { Y: 2, X: 1, variant: 'a' }));
  assert.not.ok(
    sameChoice({ variant: 'a', X: 1 }, { variant: 'a' }) ||
      sameChoice({ variant: 'a' }, { variant: 'a', X: 1 }) ||
      sameChoice({ variant: 'a', X: 1 }, { variant: 'a', X: 2 }),
  );
  assert.is(formatChoice({ variant: 'a', X: 1, Y: 'b' }), 'a X=1 Y=b');
  assert.equal(
    [{ variant: 'a', X: 1 }, { variant: 'a', X: null }, { X: 1 }, null, [], 'a', { variant: 1 }].map(isChoice),
    [true, false, false, false, false, false, false],
  );
});

test.run();
