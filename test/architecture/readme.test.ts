/** What the README and docs/ point to is there; test/package runs the README's example. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { skipped, suite } from '../support/harness.js';
import { ROOT, filesBelow, text } from './source.js';

const test = suite('readme');

if (!existsSync(join(ROOT, 'README.md'))) skipped.push('readme: what it points to (there is no README.md)');
else {
  const readme = text('README.md');

  test('its links and file names lead somewhere', () => {
    const links = [...readme.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, path]) => path);
    const names = [...readme.matchAll(/`((?:src|test|docs|shaders|scripts|bench)\/[\w./-]+)`/g)].map(([, path]) => path);
    assert.equal([...links, ...names].filter((path) => !existsSync(join(ROOT, path))), []);
  });

  test('the npm scripts that it and docs/ name exist', () => {
    const { scripts } = JSON.parse(text('package.json')) as { scripts: Record<string, string> };
    const documents = ['README.md', ...filesBelow('docs').filter((f) => f.endsWith('.md'))];
    const named = documents.flatMap((f) => [...text(f).matchAll(/\bnpm (?:run ([\w:-]+)|(test|start)\b)/g)].map(([, script, short]) => script ?? short));
    assert.equal(named.filter((name) => !(name in scripts)), []);
  });
}

test.run();
