/** Files and digests in pieces: Node does no more than 2 GiB at once, checkpoints and data sets may have more. */
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { digest, readBytes, writeFileAtomic } from '../../src/platform/node.js';
import { inFolder } from '../data/fixtures.js';
import { suite } from '../support/harness.js';

const test = suite('files');

const bytes = Uint8Array.from({ length: 1000 }, (_, i) => (i * 7) % 251);

for (const piece of [1, 64, 999, 1000, 1001]) {
  test(`1000 bytes in pieces of ${piece}`, () =>
    inFolder(async (folder) => {
      const file = join(folder, 'a.bin');
      writeFileAtomic(file, bytes, piece);
      assert.equal(readdirSync(folder), ['a.bin']);
      assert.equal(await readBytes(file), bytes);
      assert.equal(await readBytes(file, piece), bytes);
      assert.is(digest('sha256', bytes, piece), createHash('sha256').update(bytes).digest('hex'));
    }));
}

test('nothing, and text', () =>
  inFolder(async (folder) => {
    writeFileAtomic(join(folder, 'none'), new Uint8Array(0), 10);
    assert.is((await readBytes(join(folder, 'none'), 10)).length, 0);
    assert.is(digest('md5', new Uint8Array(0)), 'd41d8cd98f00b204e9800998ecf8427e');
    writeFileAtomic(join(folder, 'text'), 'Grüße an alle', 4);
    assert.is(new TextDecoder().decode(await readBytes(join(folder, 'text'), 4)), 'Grüße an alle');
  }));

test.run();
