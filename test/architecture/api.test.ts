/** What the library exports is complete: documented, its types can be named, and the same in a page but for files. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import * as node from '../../src/index.js';
import * as browser from '../../src/library.js';
import { suite } from '../support/harness.js';
import { ROOT, text } from './source.js';

const test = suite('api');

interface Found {
  readonly file: string;
  readonly name: string;
  readonly kind: string;
  readonly texts: readonly string[];
  readonly doc: string;
}
interface Api {
  readonly names: readonly { readonly path: string; readonly prefix: string; readonly found: Found }[];
  readonly onlyNode: readonly string[];
}
const docs = (await import(new URL('../../../scripts/docs.mjs', import.meta.url).href)) as {
  readonly PAGE: string;
  api(): Api;
  page(api: Api): string;
  problems(api: Api): string[];
};
const api = docs.api();

test('the reader of declarations sees the library', () => {
  const paths = new Set(api.names.map(({ path }) => path));
  for (const [name, value] of Object.entries(node)) {
    assert.ok(paths.has(name), name);
    if (typeof value === 'object' && !(Symbol.toStringTag in value)) continue;
    if (typeof value === 'object')
      for (const inner of Object.keys(value)) assert.ok(paths.has(`${name}.${inner}`), inner);
  }
  for (const path of ['Device', 'DType', 'nn.Conv2d', 'nn.init.kaimingNormal', 'train.evaluate', 'vae.VaeConfig'])
    assert.ok(paths.has(path), path);
});

test('every public name has a docstring, and every type of a public signature can be named', () =>
  assert.equal(docs.problems(api), []));

test('a name without a docstring and a type that is not exported would be found', () => {
  const linear = api.names.find(({ path }) => path === 'nn.Linear');
  assert.ok(linear !== undefined);
  const silent = { ...linear, found: { ...linear.found, doc: '' } };
  const lines = docs.problems({ names: [silent], onlyNode: [] });
  assert.ok(lines.some((line) => line.startsWith('nn.Linear (nn/layers.ts) has no docstring')));
  assert.ok(lines.some((line) => line.startsWith('nn.Linear mentions Parameter (nn/parameter.ts)')));
});

test('docs/api.md is up to date: npm run docs', () =>
  assert.ok(readFileSync(docs.PAGE, 'utf8') === docs.page(api), 'run npm run docs'));

test('a page gets one list with Node, and Node besides what needs files', () => {
  const values = Object.keys(node).filter((name) => !(name in browser));
  assert.equal(values.sort(), [
    'OutputError',
    'loadDataset',
    'openMpi',
    'readCheckpoint',
    'readClassifier',
    'readVae',
    'saveCheckpoint',
    'saveVae',
    'useTuned',
  ]);
  assert.equal(
    Object.keys(browser).filter((name) => !(name in node)),
    [],
  );
  assert.equal(
    api.onlyNode.filter((name) => !values.includes(name)),
    ['LoadOptions', 'MpiOptions', 'VaeHeader'],
  );
  assert.match(text('src/browser.ts'), /^export \* from '\.\/library\.js';\n$/m);
  const bundled = readFileSync(join(ROOT, 'dist', 'browser', 'weft.js'), 'utf8').slice(-20000);
  for (const name of Object.keys(browser))
    assert.match(bundled, new RegExp(`\\bas ${name}\\b|[{,\\s]${name}[,\\s}]`), name);
});

test.run();
