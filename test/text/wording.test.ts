/** Text that names settings, as each of those who show it writes them. */
import * as assert from 'uvu/assert';
import { optionOf, withOptions } from '../../src/cli/settings.js';
import { DataError, UsageError, WeftError } from '../../src/device/errors.js';
import { joined, settingNamed, worded } from '../../src/text/wording.js';
import { suite } from '../support/harness.js';

const test = suite('wording');

test('a library’s user reads the name of a setting, the command line its option', () => {
  const text = worded`{valSplit} ${0.9} is too much; e.g. {valSplit} 0.1`;
  assert.is(String(text), 'valSplit 0.9 is too much; e.g. valSplit 0.1');
  assert.is(withOptions(text), '--val-split 0.9 is too much; e.g. --val-split 0.1');
  assert.is(withOptions('{valSplit} as it is'), '{valSplit} as it is');
});

test('only what stands in the template is a setting', () => {
  const file = '{lr}.csv {out}';
  assert.is(withOptions(worded`${file}: no {label}`), '{lr}.csv {out}: no --label');
  assert.is(withOptions(worded`${worded`{data} ${file}`} and {label}`), '--data {lr}.csv {out} and --label');
});

test('a line break of a template is one space', () => {
  assert.is(
    String(worded`leave out
      {patience}, or
      ${'wait\n  here'}`),
    'leave out patience, or wait\n  here',
  );
});

test('texts are put together without losing their settings', () => {
  const text = joined(['a; ', worded`{where}`, '; b']);
  assert.is(withOptions(text), 'a; --where; b');
  assert.is(withOptions(worded`(${settingNamed('augmentClass')})`), '(--augment-class)');
});

test('names become options, but for those that are called otherwise', () => {
  assert.equal(['lr', 'nF', 'augmentClassSpec', 'loss.weight', 'validateOnTest', 'noTune'].map(optionOf), [
    '--lr',
    '--n-f',
    '--augment-class-spec',
    '--supcon-weight',
    '--validate-on test',
    '--no-tune',
  ]);
});

test('errors have both, and one that quotes another keeps its settings', () => {
  const inner = new DataError(worded`{crop} 9 is too much`, { fix: worded`a larger {imageSize}` });
  const outer = new UsageError(worded`shirts: ${inner.text}`, { cause: inner });
  assert.equal([inner.message, inner.fix], ['crop 9 is too much', 'a larger imageSize']);
  assert.equal(inner.spelled(optionOf), { message: '--crop 9 is too much', fix: 'a larger --image-size' });
  assert.equal(
    [outer.message, outer.spelled(optionOf).message],
    ['shirts: crop 9 is too much', 'shirts: --crop 9 is too much'],
  );
  assert.equal(new WeftError('plain').spelled(optionOf), { message: 'plain', fix: undefined });
});

test.run();
