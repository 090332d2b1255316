/** What browsers get knows no Node: neither its sources nor the bundles that are made of them. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import * as assert from 'uvu/assert';
import type * as Browser from '../../src/platform/browser.js';
import type * as Node from '../../src/platform/node.js';
import { suite } from '../support/harness.js';
import { ROOT, importsOf, resolveImport, text } from './source.js';

const test = suite('browser');

/** The compiler checks it: each of the browser's functions can stand where Node's of that name stands. */
type Exchangeable = typeof Browser extends Pick<typeof Node, keyof typeof Browser & keyof typeof Node> ? true : never;
const isExchangeable: Exchangeable = true;

/** All files that are reached by values, and the packages that they name. */
function walk(entry: string): { files: Set<string>; packages: Set<string> } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    for (const { specifier, isTypeOnly } of importsOf(file)) {
      if (isTypeOnly) continue;
      const target = resolveImport(file, specifier, 'browser');
      if (target === null) packages.add(specifier);
      else visit(target);
    }
  };
  visit(entry);
  return { files, packages };
}

for (const entry of ['src/browser.ts', 'src/onnx/index.ts', 'src/page/worker/worker.ts']) {
  test(`${entry} reaches no Node module and no package that needs Node`, () => {
    const { files, packages } = walk(entry);
    assert.ok(
      files.size > 100 && files.has('src/platform/browser.ts') && files.has('src/kernels/conv2d/conv2d.ts'),
      'the walk sees the engine',
    );
    assert.not(files.has('src/platform/node.ts'));
    // yaml is plain JavaScript; what calls it (--classes FILE) is not used here, so that the bundler leaves it out.
    // The editor of the tab Learn is made for browsers, and so is fflate.
    assert.equal(
      [...packages].filter((name) => !['yaml', 'fflate'].includes(name) && !/^@(codemirror|lezer)\//.test(name)),
      [],
    );
  });
}

test('the platforms can be exchanged', () => assert.ok(isExchangeable));

const assets = readdirSync(join(ROOT, 'dist', 'page', 'assets')).filter((name) => name.endsWith('.js'));
const assetOf = (start: string): string => assets.find((name) => name.startsWith(start)) ?? '';
const [page, learn, engine] = [assetOf('index-'), assetOf('learn-'), 'weftgrad.js'];
/** What the worker loads when it is asked for. */
const [lab, teach] = [assetOf('lab_service-'), assetOf('teach_service-')];
const code = (name: string): string => text(`dist/page/assets/${name}`);
const kilobytes = (of: string): number => gzipSync(of).length / 1000;

/** What modules of a bundle import, by name. */
const importedBy = (of: string): string[] =>
  [...of.matchAll(/^\s*import\b[^(]*?from\s*["']([^"']+)|\brequire\(["']([^"']+)|\bimport\(\s*["']([^"']+)/gm)].flatMap(
    (found) => found.slice(1).filter((name) => name !== undefined),
  );
const assetsIn = (name: string): string[] => [
  ...[...code(name).matchAll(/(?:^|[;}])import\b[^;"']*?from\s*["']\.\/([^"']+)/gm)].map(([, other]) => other),
];

test('dist/browser/weft.js stands alone and is no larger than expected', () => {
  const library = text('dist/browser/weft.js');
  assert.equal(importedBy(library), []);
  assert.not.match(library, /node:(fs|path|os|crypto|zlib|url)/);
  assert.ok(library.includes('fn main') && !library.includes('WEFT_SHADERS'), 'the shaders are in it');
  assert.ok(kilobytes(library) < 300, `${kilobytes(library).toFixed(0)} kB compressed`);
});

test('the library loads where there is no shared memory: in a page that is not isolated', () => {
  const file = pathToFileURL(join(ROOT, 'dist', 'browser', 'weft.js')).href;
  const program = `delete globalThis.SharedArrayBuffer; console.log((await import('${file}')).ALONE.size)`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
  });
  assert.is(stdout.trim(), '1', stderr);
});

/** A module of the page with all that it imports, at once or later. */
function reached(name: string, known = new Set<string>()): Set<string> {
  if (known.has(name)) return known;
  known.add(name);
  for (const other of assetsIn(name)) reached(other, known);
  return known;
}

/** What the page's worker begins with: worker.js itself only imports it. */
const worker = (
  /from\s*["']\.\/assets\/([^"']+)|import\s*["']\.\/assets\/([^"']+)/.exec(text('dist/page/worker.js')) ?? []
)
  .slice(1)
  .find((name) => name !== undefined) as string;
const KERNEL = '// y = a + b: a, b and y have n elements';

test('the page is small and knows nothing of the engine, which its worker loads; the tab Learn when it is asked for', () => {
  const [first, inWorker] = [[...reached(page)], [...reached(worker)]];
  assert.not(first.includes(learn) || first.includes(engine), first.join());
  const [all, engineCode] = [first, inWorker].map((names) => names.map(code).join('\n'));
  assert.not.match(all + engineCode, /node:(fs|path|os|crypto|zlib|url)/);
  assert.ok(engineCode.includes('fn main') && !engineCode.includes('WEFT_SHADERS'), 'the shaders are in it');
  assert.not(all.includes('fn main'));
  assert.ok(kilobytes(all) < 40, `the page: ${kilobytes(all).toFixed(0)} kB compressed`);
  assert.ok(kilobytes(engineCode) < 300, `its worker: ${kilobytes(engineCode).toFixed(0)} kB compressed`);
  assert.ok(code(page).includes(`import("./${learn}")`), 'the tab Learn is loaded by name');
  assert.ok(code(learn).includes(KERNEL), 'the kernels to write are in it');
  assert.not((all + engineCode).includes(KERNEL));
  assert.ok(kilobytes(code(learn)) < 200, `${kilobytes(code(learn)).toFixed(0)} kB compressed`);
  assert.ok(
    inWorker.map(code).some((of) => of.includes(`import("./${lab}")`)),
    'what checks them comes by name, too',
  );
});

test('a model of the user’s own on the page has the worker’s own engine: weftgrad.js is the rest of the library', () => {
  const shared = [...reached(worker)].filter((name) => reached(engine).has(name));
  assert.ok(kilobytes(shared.map(code).join('\n')) > 150, shared.join());
  assert.ok(kilobytes(code(engine)) < 40, `${kilobytes(code(engine)).toFixed(0)} kB compressed`);
  const known = [page, learn, worker, lab, teach, engine].flatMap((name) => [...reached(name)]);
  assert.equal(
    assets.filter((name) => !known.includes(name)),
    [],
  );
});

test.run();
