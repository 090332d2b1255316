/** The engine names settings, and leaves it to those who show its words how they are written. */
import * as assert from 'uvu/assert';
import { SECTIONS } from '../../src/cli/declare/commands.js';
import { isGroup } from '../../src/cli/declare/declared.js';
import { optionOf } from '../../src/cli/settings.js';
import { suite } from '../support/harness.js';
import { filesBelow, text } from './source.js';

const test = suite('settings');

/** All custom properties of a style sheet. */
const STYLE = 'src/report/html/style.ts';

const engine = filesBelow('src').filter((f) => f.endsWith('.ts') && !f.startsWith('src/cli/') && f !== STYLE);

/** Code without its comments, line by line. A `//` inside of a string is left alone where a quote stands after it. */
function codeLines(file: string): string[] {
  return text(file)
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ''))
    .split('\n')
    .map((line) => line.replace(/(^|\s)\/\/[^'`]*$/, ''));
}

/** Custom properties of the page's style sheet, an option of npm and one of V8. */
const NO_OPTIONS = /\bvar\(--[\w-]+|--(share|training|testing|soft|line|omit=optional|expose-gc)\b/g;
const OPTION = /(?<![\w)\]-])--(?:[a-z]|\$\{)/;

test('no string of the engine names an option of the command line', () => {
  assert.ok(OPTION.test("'use --lr'") && OPTION.test('`--${option}`') && !OPTION.test('for (; n--; )'));
  const named = engine.flatMap((file) =>
    codeLines(file).flatMap((line, i) =>
      OPTION.test(line.replace(NO_OPTIONS, '')) ? [`${file}:${i + 1}: ${line.trim()}`] : [],
    ),
  );
  assert.equal(named, []);
});

test('every setting that the engine names is an option', () => {
  const commands = SECTIONS.flatMap(([, own]) => own).flatMap((c) => (isGroup(c) ? c.commands : [c]));
  const options = new Set(commands.flatMap((c) => Object.keys(c.options)));
  const settings = engine.flatMap((file) =>
    [...text(file).matchAll(/\bworded`(?:[^`\\]|\\.)*/g)].flatMap(([template]) =>
      [...template.matchAll(/(?<!\$)\{([a-z][\w.]*)\}/gi)].map(([, name]) => ({ file, name })),
    ),
  );
  assert.ok(settings.length > 90, `${settings.length} settings`);
  const optionNamed = (setting: string): string =>
    optionOf(setting)
      .replace(/^--(no-)?/, '')
      .split(' ')[0];
  assert.equal(
    settings.filter(({ name }) => !options.has(optionNamed(name))).map(({ file, name }) => `${file}: ${name}`),
    [],
  );
});

test('nothing that names settings is put into a plain string, where they would lose it', () => {
  const names = engine.flatMap((file) => [...text(file).matchAll(/\bconst ([A-Z_]+) = worded`/g)].map(([, n]) => n));
  assert.ok(names.length > 0);
  const lost = engine.flatMap((file) =>
    names.flatMap((name) =>
      [...text(file).matchAll(new RegExp(`(\\w*)\`[^\`\\n]*\\$\\{${name}\\}`, 'g'))]
        .filter(([, tag]) => tag !== 'worded')
        .map(([found]) => `${file}: ${found}`),
    ),
  );
  assert.equal(lost, []);
});

test.run();
