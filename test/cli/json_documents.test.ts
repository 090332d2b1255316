/** docs/json.md against documents that commands print: each field of one stands in the other. */
import { readFileSync } from 'node:fs';
import * as assert from 'uvu/assert';
import { inFolder } from '../data/fixtures.js';
import { suite } from '../support/harness.js';
import { onFastDrivers, weft, weftJson } from './weft.js';

const test = suite('documents of --json');

const PAGE = readFileSync(new URL('../../../docs/json.md', import.meta.url), 'utf8');

interface Field {
  readonly isOptional: boolean;
  readonly isList: boolean;
  /** Names of what is within, where the page has them. */
  readonly within: readonly string[];
}

/** The table below a heading: `| `a[]?` `b c?` | what |` is a list `a` of objects, several without `[]` are fields. */
function documented(heading: string): Map<string, Field> {
  const section = PAGE.split(`\n### ${heading}\n`)[1]?.split('\n### ')[0] ?? '';
  const fields = new Map<string, Field>();
  for (const [, cell] of section.matchAll(/^\| (`[^|]*`) \|/gm)) {
    const [first, second, ...more] = [...cell.matchAll(/`([^`]+)`/g)].map(([, words]) => words);
    const isParent = second !== undefined && more.length === 0 && (first.includes('[]') || / /.test(second));
    for (const name of isParent ? [first] : [first, second, ...more].filter((word) => word !== undefined))
      fields.set(name.replace(/\[\]|\?/g, ''), {
        isOptional: name.endsWith('?'),
        isList: name.includes('[]'),
        within: isParent ? second.split(' ') : [],
      });
  }
  return fields;
}

/** What a document has and the page has not, and the other way round. */
function differences(heading: string, document: Readonly<Record<string, unknown>>): string[] {
  const fields = documented(heading);
  const wrong = Object.keys(document).filter((name) => name !== 'schema' && !fields.has(name));
  for (const [name, { isOptional, isList, within }] of fields) {
    const value = document[name];
    if (value === undefined && !isOptional) wrong.push(`no ${name}`);
    if (value === undefined || value === null || within.length === 0) continue;
    if (Array.isArray(value) !== isList) wrong.push(`${name}: a list or not`);
    for (const own of (isList ? value : [value]) as Readonly<Record<string, unknown>>[]) {
      const has = Object.keys(own);
      wrong.push(
        ...has.filter((key) => !within.includes(key) && !within.includes(`${key}?`)).map((k) => `${name}.${k}`),
      );
      wrong.push(...within.filter((key) => !key.endsWith('?') && !has.includes(key)).map((k) => `no ${name}.${k}`));
    }
  }
  return [...new Set(wrong)];
}

onFastDrivers(test, 'what commands print is what the page says', () =>
  inFolder(async (cwd) => {
    const lines = [
      'train --data shoes:16 --model mlp --epochs 1 --out run',
      'eval run',
      'data show shoes:12 --pictures pictures --per-class 1',
      'predict run pictures',
      'models',
      'summary mlp',
      'export run',
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
