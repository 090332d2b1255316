/** What browsers get knows no Node: neither its sources nor the bundles that are made of them. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
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

for (const entry of ['src/browser.ts', 'src/onnx/index.ts', 'src/page/main.ts']) {
  test(`${entry} reaches no Node module and no package that needs Node`, () => {
    const { files, packages } = walk(entry);
    assert.ok(
      files.size > 100 && files.has('src/platform/browser.ts') && files.has('src/kernels/conv2d/conv2d.ts'),
      'the walk sees the engine',
    );
    assert.not(files.has('src/platform/node.ts'));
    // yaml is plain JavaScript; what calls it (--classes FILE) is not used here, so that the bundler leaves it out.
    // The editor of the tab Learn is made for browsers.
    assert.equal(
      [...packages].filter((name) => name !== 'yaml' && !/^@(codemirror|lezer)\//.test(name)),
      [],
    );
  });
}

test('the platforms can be exchanged', () => assert.ok(isExchangeable));

const assets = readdirSync(join(ROOT, 'dist', 'page', 'assets')).filter((name) => name.endsWith('.js'));
const page = assets.find((name) => name.startsWith('index-')) ?? '';
const learn = assets.find((name) => name.startsWith('learn-')) ?? '';
for (const file of ['dist/browser/weft.js', `dist/page/assets/${page}`]) {
  test(`${file.replace(/-[\w-]+\.js$/, '.js')} stands alone and is no larger than expected`, () => {
    const code = text(file);
    assert.equal(
      [
        ...code.matchAll(/^\s*import\b[^(]*?from\s*["']([^"']+)|\brequire\(["']([^"']+)|\bimport\(\s*["']([^"']+)/gm),
      ].flatMap((found) => found.slice(1).filter((name) => name !== undefined)),
      file.includes(page) ? [`./${learn}`] : [],
    );
    assert.not.match(code, /node:(fs|path|os|crypto|zlib|url)/);
    assert.ok(code.includes('fn main') && !code.includes('WEFT_SHADERS'), 'the shaders are in it');
    const kilobytes = gzipSync(code).length / 1000;
    assert.ok(kilobytes < 285, `${kilobytes.toFixed(0)} kB compressed`);
  });
}

test('the tab Learn is the page’s one other module, and is loaded when it is asked for', () => {
  assert.equal(assets.sort(), [page, learn].sort());
  const code = text(`dist/page/assets/${learn}`);
  assert.equal(
    [...code.matchAll(/\bfrom\s*["'](\.[^"']+)["']/g)].map(([, name]) => name),
    [`./${page}`],
  );
  assert.ok(code.includes('// y = a + b: a, b and y have n elements'), 'the kernels to write are in it');
  assert.not(text(`dist/page/assets/${page}`).includes('// y = a + b: a, b and y have n elements'));
  const kilobytes = gzipSync(code).length / 1000;
  assert.ok(kilobytes < 200, `${kilobytes.toFixed(0)} kB compressed`);
});

test('the page runs no script or style but its own files', () => {
  const html = text('src/page/index.html');
  assert.match(html, /Content-Security-Policy" content="default-src 'self'; object-src 'none'/);
  assert.not.match(html, /<style|\sstyle=|\son\w+=|<script(?![^>]* src=)/);
});

test.run();
