/** The short form of `npm run test:fuzz`. */
import * as assert from 'uvu/assert';
import { suite } from '../support/harness.js';
import { fuzz } from './fuzz.js';
import { readers } from './fuzz_inputs.js';
import { inFolder } from '../data/fixtures.js';

const test = suite('spoilt files');

test('every reader reads what is sound', () =>
  inFolder(async (folder) => {
    for (const reader of await readers())
      await reader
        .read(reader.sound, `${folder}/${reader.name}`)
        .catch((error: Error) => assert.unreachable(`${reader.name}: ${error.message}`));
  }));

test('1,000 spoilt files are read or refused in words', async () => {
  const { untyped, hangs, peakMB } = await fuzz(1000, 7, () => {});
  assert.equal([untyped, hangs], [[], []]);
  assert.ok(peakMB < 600, `${peakMB} MB`);
});

test.run();
