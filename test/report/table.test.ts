import * as assert from 'uvu/assert';
import { textTable } from '../../src/report/table.js';
import { suite } from '../support/harness.js';

const test = suite('table');

test('aligns columns and leaves no spaces at line ends', () => {
  const table = textTable(
    ['class', 'n', 'note'],
    [
      ['Ankle boot', '7', ''],
      ['Bag', '1000', 'most'],
    ],
    ['left', 'right'],
  );
  assert.equal(table.split('\n'), [
    'class          n  note', //
    '----------  ----  ----',
    'Ankle boot     7',
    'Bag         1000  most',
  ]);
});

test('no rows, short rows, no columns', () => {
  assert.is(textTable(['a', 'bc'], []), 'a  bc\n-  --');
  assert.is(textTable(['a', 'bc'], [['x']], ['right', 'right']), 'a  bc\n-  --\nx');
  assert.is(textTable([], []), '\n');
});

test.run();
