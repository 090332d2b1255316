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
    const names = [...readme.matchAll(/`((?:src|test|docs|shaders|scripts|bench)\/[\w./-]+)`/g)].map(
      ([, path]) => path,
    );
    assert.equal(
      [...links, ...names].filter((path) => !existsSync(join(ROOT, path))),
      [],
    );
  });

  test('every command and option that it and docs/ show is one', () => {
    const source = ['src/cli', 'bench']
      .flatMap(filesBelow)
      .filter((f) => f.endsWith('.ts'))
      .map(text)
      .join('\n');
    const named = (pattern: RegExp): Set<string> => new Set([...source.matchAll(pattern)].map(([, name]) => name));
    const options = named(/^ +'?([a-z][a-z0-9-]*)'?: (?:\{\s+type: '|[A-Z_]+_OPTIONS\b)/gm);
    const commands = named(/^ +(?:command|name|form): '([a-z][a-z-]*)/gm);
    const documents = ['README.md', ...filesBelow('docs').filter((f) => f.endsWith('.md'))];
    const lines = documents.flatMap((f) =>
      [...text(f).matchAll(/^(?:npx )?weft(?:grad)? (.*)$/gm)].map(([, line]) => ({
        f,
        line: line.replace(/\s#.*/, ''),
      })),
    );
    assert.ok(lines.length > 30 && options.size > 50, `${lines.length} lines, ${options.size} options`);
    const wrong = lines.flatMap(({ f, line }) => {
      const [command] = line.split(' ');
      const unknown = [...line.matchAll(/(?:^|\s)--(?:no-)?([a-z][a-z0-9-]*)/g)]
        .map(([, name]) => name)
        .filter((name) => !options.has(name) && !['help', 'version'].includes(name));
      return [
        ...(commands.has(command) || command.startsWith('-') ? [] : [`${f}: weft ${command}`]),
        ...unknown.map((name) => `${f}: --${name} in weft ${line}`),
      ];
    });
    assert.equal(wrong, []);
  });

  test('the npm scripts that it and docs/ name exist', () => {
    const { scripts } = JSON.parse(text('package.json')) as { scripts: Record<string, string> };
    const documents = ['README.md', ...filesBelow('docs').filter((f) => f.endsWith('.md'))];
    const named = documents.flatMap((f) =>
      [...text(f).matchAll(/\bnpm (?:run ([\w:-]+)|(test|start)\b)/g)].map(([, script, short]) => script ?? short),
    );
    assert.equal(
      named.filter((name) => !(name in scripts)),
      [],
    );
  });
}

test.run();
