/** docs/json.md against documents that commands print: each field of one stands in the other. */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
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
      'compare run twin',
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
      if (line === 'compare run twin') cpSync(join(cwd, 'run'), join(cwd, 'twin'), { recursive: true });
      const document = await weftJson<Record<string, unknown>>(line.split(' '), { cwd });
      assert.is(Object.keys(document)[0], 'schema', line);
      assert.is(document['schema'], 1, line);
      const [first, second] = line.split(' ');
      const heading = [`${first} ${second}`, `${first} RUN RUN`].find((h) => PAGE.includes(`\n### ${h}\n`)) ?? first;
      assert.equal(differences(heading, document), [], line);
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
  const bin = { from: 0, to: 1, count: 0, confidence: null };
  const found = differences('train', { calibration: { reliability: [bin], temperature: 1 } });
  for (const fault of ['no calibration.ece', 'no calibration.reliability.accuracy', 'no accuracy'])
    assert.ok(found.includes(fault), fault);
  assert.not.ok(found.includes('no calibration.reliability'));
  const pair = { first: 'a', second: 'b', mcNemar: { onlyFirst: 1, onlySecond: 0, p: 1, way: 'exact' } };
  const wrong = differences('compare RUN RUN', {
    runs: [],
    differences: [],
    pairs: [{ ...pair, mcNemar: null }, pair],
  });
  assert.equal(
    wrong.filter((name) => name.includes('pairs')),
    ['pairs.mcNemar.way', 'no pairs.mcNemar.method'],
  );
});

test.run();
