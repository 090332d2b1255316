/** Commands that are shown to be copied are what a shell takes. */
import { execFileSync } from 'node:child_process';
import * as assert from 'uvu/assert';
import { quoted, shellWord } from '../../src/text/shell_word.js';
import { suite } from '../support/harness.js';

const test = suite('shell words');

const WORDS = [
  'runs/cnn',
  'my runs/cnn',
  "it's",
  '$HOME',
  '`id`',
  'a;b',
  '*',
  '~',
  '',
  'a\nb',
  '--x=1,2',
  '한국어',
  '"',
];

test('a shell reads each word as it was', () => {
  for (const make of [shellWord, quoted]) {
    const said = execFileSync('sh', ['-c', `printf '%s\\0' ${WORDS.map(make).join(' ')}`], { encoding: 'utf8' });
    assert.equal(said.split('\0').slice(0, -1), WORDS);
  }
});

test('what no shell minds stays as it is', () => {
  assert.equal(['runs/cnn', './a.ts:DATA', '--lr=1e-3'].map(shellWord), ['runs/cnn', './a.ts:DATA', '--lr=1e-3']);
});

test.run();
