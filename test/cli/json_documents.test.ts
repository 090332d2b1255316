/** docs/json.md against documents that commands print: each field of one stands in the other. */
import * as assert from 'uvu/assert';
import { inFolder } from '../data/fixtures.js';
import { suite } from '../support/harness.js';
import { differences, PAGE } from './documented.js';
import { onFastDrivers, weft, weftJson } from './weft.js';

const test = suite('documents of --json');

onFastDrivers(test, 'what commands print is what the page says', () =>
  inFolder(async (cwd) => {
    const lines = [
      'train --data shoes:16 --model mlp --epochs 1 --out run',
      'eval run',
      'diagnose run',
      'data show shoes:12 --pictures pictures --per-class 1',
      'predict run pictures',
      'summary mlp',
      'weights list',
      'learn list',
      'explain',
      'explain relu',
      'schema config run/config.json',
    ];
    for (const line of lines) {
      const document = await weftJson<Record<string, unknown>>(line.split(' '), { cwd });
      assert.is(Object.keys(document)[0], 'schema', line);
      assert.is(document['schema'], 1, line);
      const [first, second] = line.split(' ');
      assert.equal(
        differences(PAGE.includes(`\n### ${first} ${second}\n`) ? `${first} ${second}` : first, document),
        [],
        line,
      );
    }
    const failed = JSON.parse((await weft(['eval', 'nowhere', '--json'], { cwd })).stdout) as Record<string, unknown>;
    assert.equal([failed['schema'], ...differences('error', failed)], [1]);
  }),
);

test('a field that the page lacks, or has too many, would be found', () => {
  assert.equal(differences('schema', { name: 'x', files: [{ file: 'f', why: null }], more: 1 }), [
    'more',
    'no wrong',
    'files.why',
    'no files.error',
  ]);
});

test.run();
