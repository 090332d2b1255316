/** What the README and docs/ point to is there; test/package runs the README's example. */
import { existsSync } from 'node:fs';
import { join, posix } from 'node:path';
import * as assert from 'uvu/assert';
import { skipped, suite } from '../support/harness.js';
import { ROOT, filesBelow, text } from './source.js';

const test = suite('readme');

const PAGES = ['README.md', 'docs'].flatMap(filesBelow).filter((f) => f.endsWith('.md'));
const ROOMS = ['src', 'shaders', 'test', 'bench', 'scripts', 'docs'];
const FILES = ROOMS.flatMap(filesBelow);

/** What GitHub calls the place of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .replace(/\s/g, '-');
}

/** Links of a page to files and headings that are not there. */
function lostLinks(page: string, markdown: string): string[] {
  return [...markdown.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].flatMap(([link, path, anchor]) => {
    const target = path === '' ? page : posix.join(posix.dirname(page), path);
    if (!existsSync(join(ROOT, target))) return [link];
    if (anchor === undefined || !target.endsWith('.md')) return [];
    const headings = [...text(target).matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading));
    return headings.includes(anchor) ? [] : [link];
  });
}

/** Files that a reader makes: of names to be filled in, and of the op that docs/add_an_op.md adds. */
const THE_READERS = /NAME|IDEA|softsign/;

/**
 * Paths and file names of a page that no file has. `*` stands for anything; outside of code a source file may be named
 * by the end of its path.
 */
function lostFiles(markdown: string): string[] {
  const prose = markdown.replace(/^```[\s\S]*?^```$/gm, '');
  const paths = [...markdown.matchAll(new RegExp(`(?<![\\w./*-])(?:dist/)?(?:${ROOMS.join('|')})/[\\w./*-]*`, 'g'))];
  const names = [...prose.matchAll(/(?<![\w./*<-])[\w./*-]+\.(?:ts|wgsl)\b/g)];
  const all = [...paths, ...names].map(([found]) => found.replace(/^(\.\.?\/)+|[.-]+$/g, ''));
  return [...new Set(all)].filter((found) => {
    if (found.startsWith('dist/') || THE_READERS.test(found)) return false;
    const escaped = found.replace(/[.+]/g, '\\$&').replaceAll('*', '[^/]*');
    return !FILES.some((f) => new RegExp(`(^|/)${escaped}($|${found.endsWith('/') ? '' : '/'})`).test(f));
  });
}

test('what the pages link to and the files that they name are there', () => {
  const links = PAGES.flatMap((page) => lostLinks(page, text(page)).map((link) => `${page}: ${link}`));
  const files = PAGES.flatMap((page) => lostFiles(text(page)).map((file) => `${page}: ${file}`));
  assert.equal([...links, ...files], []);
});

test('a lost link, heading, path or file name would be found', () => {
  assert.equal(
    lostLinks('docs/api.md', '[a](architecture.md#rooms) [b](architecture.md#halls) [c](nowhere.md) [d](../README.md)'),
    ['](architecture.md#halls)', '](nowhere.md)'],
  );
  assert.equal(
    lostFiles('src/kernels/ src/kernel/ `conv2d/naive.wgsl` `src/kernels/NAME.ts` geometry_.ts `shaders/*/naive.wgsl`'),
    ['src/kernel/', 'geometry_.ts'],
  );
});

if (!existsSync(join(ROOT, 'README.md'))) skipped.push('readme: its commands (there is no README.md)');
else {
  test('every command and option that it and docs/ show is one', () => {
    const source = ['src/cli', 'bench']
      .flatMap(filesBelow)
      .filter((f) => f.endsWith('.ts'))
      .map(text)
      .join('\n');
    const named = (pattern: RegExp): Set<string> => new Set([...source.matchAll(pattern)].map(([, name]) => name));
    const options = named(/^ +'?([a-z][a-z0-9-]*)'?: (?:\{\s+type: '|[A-Z_]+_OPTIONS?\b)/gm);
    const commands = named(/^ +(?:command|name|form): '([a-z][a-z-]*)/gm);
    const lines = PAGES.flatMap((f) =>
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
    const named = PAGES.flatMap((f) =>
      [...text(f).matchAll(/\bnpm (?:run ([\w:-]+)|(test|start)\b)/g)].map(([, script, short]) => script ?? short),
    );
    assert.equal(
      named.filter((name) => !(name in scripts)),
      [],
    );
  });
}

test.run();
