/** Values of options: types, ranges, where they come from, and how figures are shown. */
import * as assert from 'uvu/assert';
import { checkValue, resolveOptions, SHARED_OPTIONS, type OptionSpec } from '../../src/cli/options/options.js';
import { checkSwitches } from '../../src/cli/parse.js';
import { duration, percent } from '../../src/cli/output.js';
import { TRAIN_OPTIONS } from '../../src/cli/options/train/train_options.js';
import { fails } from '../data/fixtures.js';
import { suite } from '../support/harness.js';

const test = suite('options');

test('values are checked by type and range', async () => {
  const whole: OptionSpec = { type: 'integer', describe: 'how many', default: 4, min: 1 };
  assert.is(checkValue('n', whole, '12', '--'), 12);
  assert.is(checkValue('n', whole, '1e3', '--'), 1000);
  for (const value of ['', ' ', '1.5', 'NaN', 'Infinity', '0', '99999999999999999999', true, null, {}]) {
    const error = await fails(
      () => checkValue('n', whole, value, '--'),
      2,
      /^--n .* is not a whole number of at least 1$/,
    );
    assert.is(error.fix, 'e.g. 4, which it is when left out');
  }
  await fails(
    () => checkValue('flag', { type: 'boolean', describe: '' }, 'yes', 'f.yaml: '),
    2,
    /^f\.yaml: flag "yes" is not true or false/,
  );
  await fails(() => checkValue('name', { type: 'string', describe: '' }, 7, '--'), 2, /not a text/);
  const options = { ...TRAIN_OPTIONS, ...SHARED_OPTIONS };
  for (const word of ['--json=maybe', '--force=1', '--nesterov='])
    await fails(() => checkSwitches([word], { options }), 2, /takes no value/);
  checkSwitches(['--json=true', '--json', '--out=maybe'], { options });
});

test('options come from the command line, else the file, else the default', async () => {
  const file = { name: 'f.yaml', values: { epochs: 3, batch: '32' } };
  const o = resolveOptions(TRAIN_OPTIONS, { epochs: '5' }, file);
  assert.equal([o['epochs'], o['batch'], o['seed'], o['lr']], [5, 32, 0, undefined]);
  for (const key of ['constructor', 'toString', 'help'])
    await fails(() => resolveOptions(TRAIN_OPTIONS, {}, { name: 'f.yaml', values: { [key]: 1 } }), 2, /unknown option/);
});

test('durations and shares', () => {
  assert.equal([0, 59.6, 75, 3600, 36_061].map(duration), ['0:00', '1:00', '1:15', '1:00:00', '10:01:01']);
  assert.is(percent(0.9056), '90.56 %');
});

test.run();
