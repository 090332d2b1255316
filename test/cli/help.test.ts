/** Help: on stdout, at any width, with an example for every command. */
import * as assert from 'uvu/assert';
import { benchCommand } from '../../bench/command.js';
import { SECTIONS } from '../../src/cli/declare/commands.js';
import { isGroup, nameOf, type Declared } from '../../src/cli/declare/declared.js';
import { commandHelp } from '../../src/cli/help.js';
import { OPTION_WORDS, VALUE_WORDS } from '../../src/cli/other_words.js';
import type { SpecTable } from '../../src/cli/options/options.js';
import { TRAIN_OPTIONS } from '../../src/cli/options/train/train_options.js';
import { inFolder } from '../data/fixtures.js';
import { suite } from '../support/harness.js';
import { weft } from './weft.js';

const test = suite('help');

test('help and version go to stdout', () =>
  inFolder(async (cwd) => {
    const runs = await Promise.all(
      [['--help'], ['train', '--help'], ['data', 'show', '-h'], ['--version']].map((args) =>
        weft(args, { cwd, apart: true }),
      ),
    );
    const says = [
      /^ {2}train +train a model on labelled images$/m,
      /--val-split X +share of the training images held back for validation\s+\(default: 0\.1\)/,
      /--per-class/,
      /^\d+\.\d+\.\d+\n$/,
    ];
    for (const [i, { code, stdout, stderr }] of runs.entries()) {
      assert.is(code, 0);
      assert.is(stderr, '');
      assert.match(stdout, says[i]);
      assert.ok(stdout.split('\n').every((line) => line.length <= 80));
    }
  }));

/** Of every command and sub-command. */
const SCREENS: readonly (readonly [string, Declared])[] = [
  ...SECTIONS.flatMap(([, commands]) => commands),
  benchCommand,
].flatMap((c) =>
  isGroup(c) ? c.commands.map((own) => [`${c.name} ${nameOf(own)}`, own] as const) : [[nameOf(c), c] as const],
);

test('help cuts no word, at any width; every command has an example, and options are told apart', () => {
  // a long list may go on behind a comma
  const words = (text: string): string => text.replace(/ \\\n/g, ' ').replace(/,\s+/g, ',').replace(/\s+/g, ' ');
  for (const [path, c] of SCREENS) {
    if (isGroup(c)) continue;
    assert.ok(c.examples.length > 0 && c.examples.every(([line, does]) => line.startsWith(path) && does !== ''), path);
    const wide = commandHelp(c, path, 100_000);
    for (const width of [40, 47, 59, 60, 72, 80, 100, 110, 200]) {
      const text = commandHelp(c, path, width);
      assert.ok(words(text) === words(wide), `${path} at ${width}`); // a difference is found at once, and shown slowly
      const long = text.split('\n').filter((line) => line.length > width && line.trim().includes(' '));
      assert.equal(long, [], `${path} at ${width}`);
    }
  }
});

test('the first group of weft train --help is the eight that everybody needs', () => {
  const first = Object.entries(TRAIN_OPTIONS as SpecTable).flatMap(([name, spec]) =>
    spec.group === undefined ? [name] : [],
  );
  assert.equal(first, ['data', 'model', 'epochs', 'batch', 'optimizer', 'lr', 'out', 'resume']);
});

test('every word of other tools names an option that some command has, once in its row', () => {
  const all = new Set(SCREENS.flatMap(([, c]) => (isGroup(c) ? [] : Object.keys(c.options))));
  assert.equal(
    OPTION_WORDS.map(([own]) => own).filter((own) => !all.has(own)),
    [],
  );
  for (const [own, words] of [...OPTION_WORDS, ...VALUE_WORDS])
    assert.ok(
      words.split(' ').every((word, i, list) => /^[a-z0-9]+$/.test(word) && list.indexOf(word) === i),
      own,
    );
});

test.run();
