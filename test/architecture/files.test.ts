/** House rules that a machine can check. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import * as assert from 'uvu/assert';
import { suite } from '../support/harness.js';
import { ROOT, filesBelow, text } from './source.js';

const test = suite('files');

const SELF = 'test/architecture/files.test.ts';
const code = ['src', 'shaders', 'test', 'bench', 'scripts']
  .flatMap(filesBelow)
  .filter((f) => /\.(ts|mjs|js|wgsl|py)$/.test(f));
const typescript = code.filter((f) => f.endsWith('.ts'));
/** Locks are written by npm and name the homes of other people's packages. */
const LOCKS = ['package-lock.json', 'bench/peers/package-lock.json'];
/** Everything written by hand that is published. */
const all = [
  'src',
  'shaders',
  'test',
  'bench',
  'scripts',
  'docs',
  '.ci',
  '.github',
  '.gitignore',
  'README.md',
  'package.json',
  'tsconfig.json',
  'LICENSE',
]
  .flatMap(filesBelow)
  .filter((f) => !/\.(png|bin|gz|csv|ttf|safetensors|onnx|svg)$/.test(f) && !LOCKS.includes(f));

/** file:line of every line that matches, this file's own patterns aside. */
function lines(files: readonly string[], pattern: RegExp): string[] {
  return files
    .filter((f) => f !== SELF)
    .flatMap((f) =>
      text(f)
        .split('\n')
        .flatMap((line, i) => (pattern.test(line) ? [`${f}:${i + 1}: ${line.trim().slice(0, 100)}`] : [])),
    );
}

test('no file is longer than 300 lines', () => {
  assert.equal(
    code
      .map((f) => ({ f, n: text(f).trimEnd().split('\n').length }))
      .filter(({ n }) => n > 300)
      .map(({ f, n }) => `${f}: ${n} lines`),
    [],
  );
});

/** A file's lines; of Markdown without tables and code, which cannot be broken. */
function prose(file: string): string[] {
  const lines = text(file).split('\n');
  if (!file.endsWith('.md')) return lines;
  let isCode = false;
  return lines.map((line) => {
    if (line.startsWith('```')) isCode = !isCode;
    return isCode || line.startsWith('|') ? '' : line;
  });
}

/** What no formatter can break: a line that is one pattern, or opens a test by its name. */
const UNBREAKABLE = /^\s*(test\(['`].*|\/[^/*].*\/\w*[,;]?)$/;

test('no line is longer than 120 columns', () => {
  const texts = [...code, ...all.filter((f) => f.endsWith('.md'))];
  const long = texts.flatMap((f) =>
    prose(f).flatMap((line, i) => ([...line].length > 120 && !UNBREAKABLE.test(line) ? [`${f}:${i + 1}`] : [])),
  );
  assert.equal(long, []);
});

test('no folder of sources has more than 25 files', () => {
  const folders = new Map<string, number>();
  for (const f of code.filter((f) => /^(src|shaders|bench)\//.test(f)))
    folders.set(dirname(f), (folders.get(dirname(f)) ?? 0) + 1);
  assert.equal(
    [...folders].filter(([, n]) => n > 25),
    [],
  );
});

/** What lies at the top. */
const TOP = [
  ...['.ci', '.github', '.gitignore', '.prettierignore', '.prettierrc.json', 'LICENSE', 'README.md', 'bench', 'docs'],
  ...['package-lock.json', 'package.json', 'scripts', 'shaders', 'src', 'test', 'tsconfig.json'],
];

test('nothing is kept at the top but what belongs there', () => {
  const { stdout, status } = spawnSync('git', ['ls-tree', '--name-only', 'HEAD'], { cwd: ROOT, encoding: 'utf8' });
  const kept = status === 0 ? stdout.trim().split('\n') : TOP.filter((f) => existsSync(join(ROOT, f)));
  assert.equal(kept.sort(), [...TOP].sort());
});

test('no default exports', () => assert.equal(lines(typescript, /^export default\b|export \{[^}]*\bas default\b/), []));

test('no any', () => assert.equal(lines(typescript, /:\s*any\b(?!\w*')|\bas any\b|<any\b|\bany\[\]|,\s*any>/), []));

test('nothing is switched off for the compiler or a linter', () =>
  assert.equal(lines(code, /@ts-ignore|@ts-nocheck|@ts-expect-error|eslint-disable/), []));

test('nothing is left to do', () => assert.equal(lines(all, /\bTODO\b|\bFIXME\b|\bXXX\b/), []));

test('every source file of the engine explains itself', () =>
  assert.equal(
    typescript.filter((f) => f.startsWith('src/') && !text(f).includes('/**')),
    [],
  ));

test(
  'one file speaks to the terminal, and prepares what it says; a process that hands figures to its parent says ' +
    'them raw',
  () => {
    const speakers = code.filter(
      (f) =>
        /^(src|bench)\//.test(f) &&
        f.endsWith('.ts') &&
        /process\.std(out|err)\.(write|columns|isTTY)|\bconsole\.\w|\bfs\.writeSync\(/.test(text(f)),
    );
    assert.equal(speakers, ['src/cli/output.ts', 'bench/compare/measure.ts']);
  },
);

test('no HTML is made of text', () =>
  assert.equal(
    lines(
      typescript,
      /\.(inner|outer)HTML\b|insertAdjacentHTML|document\.write|createContextualFragment|DOMParser|srcdoc/,
    ),
    [],
  ));

test('no machine’s own paths', () => {
  const home = homedir().replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  assert.equal(lines(all, /(^|[\s'"`(=:,])\/(home|Users|root|work|workspace|mnt)\/\w|[A-Z]:\\\\?\w+\\/), []);
  if (home.length > 1 && home !== '/root') assert.equal(lines(all, new RegExp(home)), []);
});

/** Hosts that the project names: standards, sources of formulas and of data, this machine, examples. */
const HOSTS =
  /^(github\.com|arxiv\.org|nullprogram\.com|yann\.lecun\.com|www\.w3\.org|gpuweb\.github\.io|huggingface\.co|jfly\.uni-koeln\.de|pytorch\.org|(?:fashion-mnist|ossci-datasets)\.s3[\w.-]*\.amazonaws\.com|www\.cs\.toronto\.edu|download\.pytorch\.org|127\.0\.0\.1|localhost|example\.(com|org))$/;

test('no host but those known: no registry, no mirror', () => {
  const unknown = all
    .filter((f) => f !== SELF)
    .flatMap((f) =>
      [...text(f).matchAll(/\b(?:https?|ftp):\/\/([\w.-]+)/g)]
        .filter(([, host]) => host.includes('.') && !HOSTS.test(host))
        .map(([url]) => `${f}: ${url}`),
    );
  assert.equal(unknown, []);
});

test('the lock files hold no download addresses', () => {
  assert.equal(
    LOCKS.filter((f) => text(f).includes('"resolved"')),
    [],
    'npm install --omit-lockfile-registry-resolved leaves them out',
  );
});

test('package.json points to existing sources', () => {
  const { bin, exports, imports, files, scripts } = JSON.parse(text('package.json')) as {
    bin: Record<string, string>;
    exports: Record<string, Record<string, string> | string>;
    imports: Record<string, Record<string, string> | string>;
    files: string[];
    scripts: Record<string, string>;
  };
  // What vite bundles is made of the browser's entry and of the page; fonts are copied out of their package,
  // schemas written by what was built.
  const bundled: Readonly<Record<string, string>> = {
    './dist/browser/weft.js': 'src/browser.ts',
    'dist/browser': 'src/browser.ts',
    'dist/page': 'src/page/main.ts',
    'dist/fonts': 'scripts/lib/fonts.mjs',
    'dist/schema': 'scripts/schemas.mjs',
  };
  const source = (path: string): string =>
    bundled[path] ??
    path
      .replace(/^\.\//, '')
      .replace(/^dist\/(.*?)(\.d\.ts|\.js)$/, '$1.ts')
      .replace(/^dist\//, '');
  const paths = [
    ...Object.values(bin),
    ...[exports, imports].flatMap((map) =>
      Object.values(map).flatMap((to) => (typeof to === 'string' ? [to] : Object.values(to))),
    ),
  ];
  const scriptFiles = Object.values(scripts).flatMap((s) =>
    [...s.matchAll(/node (\S+\.m?js)/g)].map(([, file]) => file),
  );
  assert.equal(
    [...paths, ...files, ...scriptFiles].filter((path) => !existsSync(join(ROOT, source(path)))),
    [],
  );
});

test.run();
