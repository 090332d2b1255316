/** Completion, by the shells themselves where they are installed. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as assert from 'uvu/assert';
import { commandWords, flat, type CommandWord } from '../../src/cli/completion/words.js';
import { SECTIONS } from '../../src/cli/declare/commands.js';
import { MODEL_NAMES } from '../../src/nn/models/list.js';
import { OPTIMIZERS } from '../../src/train/config.js';
import { inFolder } from '../data/fixtures.js';
import { skipped, suite } from '../support/harness.js';
import { weft } from './weft.js';

const test = suite('completion');

const ALL = flat(commandWords(SECTIONS));
const isThere = (shell: string): boolean => spawnSync(shell, ['--version']).status === 0;

/** What each line of words is completed to; an empty last word completes nothing yet. */
type Complete = (script: string, lines: readonly (readonly string[])[]) => string[][];

/** The lists that a program prints: one word a line, `.` after each list. */
function lists(shell: string, program: string, cwd: string): string[][] {
  const { stdout, stderr } = spawnSync(shell, [...(shell === 'fish' ? ['--no-config'] : []), '-c', program], {
    cwd,
    encoding: 'utf8',
  });
  assert.is(stderr, '');
  return stdout
    .split(/^\.\n/m)
    .slice(0, -1)
    .map((list) => list.split('\n').filter((word) => word !== ''));
}

const quote = (word: string): string => `'${word}'`;

function byBash(cwd: string): Complete {
  return (script, lines) =>
    lists(
      'bash',
      [
        `source ${script}; compopt() { :; }`, // it is for a completion under way
        ...lines.map(
          (words) =>
            `COMP_WORDS=(weft ${words.map(quote).join(' ')}); COMP_CWORD=${words.length}; _weft; ` +
            `printf '%s\\n' "\${COMPREPLY[@]}"; echo .`,
        ),
      ].join('\n'),
      cwd,
    );
}

function byFish(cwd: string): Complete {
  return (script, lines) =>
    lists(
      'fish',
      [
        `source ${script}`,
        ...lines.map(
          (words) => `complete -C ${quote(['weft', ...words].join(' '))} | string replace -r '\\t.*' ''; echo .`,
        ),
      ].join('\n'),
      cwd,
    );
}

const starting = (names: readonly string[], start: string): string[] => names.filter((n) => n.startsWith(start)).sort();
const last = (c: CommandWord): string => c.path[c.path.length - 1];

for (const [shell, by] of [
  ['bash', byBash],
  ['fish', byFish],
] as const) {
  if (!isThere(shell)) skipped.push(`completion by ${shell} (it is not installed)`);
  else
    test(`${shell} completes commands, options and values`, () =>
      inFolder(async (cwd) => {
        const script = join(cwd, 'weft-script');
        const { code, stdout } = await weft(['completion', shell], { cwd });
        assert.is(code, 0);
        writeFileSync(script, stdout);
        const expected: [words: string[], offered: string[]][] = [
          [['tr'], starting(ALL.filter((c) => c.path.length === 1).map(last), 'tr')],
          [['train', '--opt'], ['--optimizer']],
          [['train', '--model', 'res'], starting(MODEL_NAMES, 'res')],
          [['train', '--lr', '1', '--optimizer', 'ad'], starting(OPTIMIZERS, 'ad')],
          [['train', '--epochs', '1'], []],
          [
            ['data', ''],
            ['check', 'download', 'fetch', 'show'],
          ],
          [
            ['data', 'download', 'cifar'],
            ['cifar10', 'cifar100'],
          ],
          [['data', 'download', '--json', 'cifar10', ''], []], // a switch takes no word
          [
            ['completion', ''],
            ['bash', 'fish', 'zsh'],
          ],
          [['bench', 'ker'], ['kernels']],
          ...ALL.filter((c) => (shell === 'bash' ? c.commands.length === 0 : last(c) === 'eval')).map(
            (c): [string[], string[]] => [[...c.path, '--'], c.options.map((o) => o.word).sort()],
          ),
        ];
        const offered = by(cwd)(
          script,
          expected.map(([words]) => words),
        );
        for (const [i, [words, names]] of expected.entries())
          assert.equal([...new Set(offered[i])].sort(), names, `${shell}: weft ${words.join(' ')}`);
      }));
}

test('the script for zsh names all commands and options, and zsh can read it', () =>
  inFolder(async (cwd) => {
    const { stdout } = await weft(['completion', 'zsh'], { cwd });
    for (const c of ALL) {
      assert.ok(stdout.includes(`'${last(c)}:`), c.path.join(' '));
      for (const { word, value } of c.options)
        assert.ok(stdout.includes(`'${word}${value === null ? '' : '='}[`), word);
    }
    if (!isThere('zsh')) skipped.push('completion by zsh (it is not installed)');
    else assert.is(spawnSync('zsh', ['-n'], { input: stdout, encoding: 'utf8' }).stderr, '');
  }));

test('another shell is refused', () =>
  inFolder(async (cwd) => {
    const { code, stderr } = await weft(['completion', 'tcsh'], { cwd });
    assert.is(code, 2);
    assert.match(stderr, /no completion for "tcsh"\n {2}fix: weft completion bash\|zsh\|fish/);
  }));

test.run();
