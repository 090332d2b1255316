import * as assert from 'uvu/assert';
import { confusionCsv, historyCsv } from '../../src/report/csv.js';
import { suite } from '../support/harness.js';

const test = suite('csv');

test('historyCsv: full precision, empty when missing or no finite number', () => {
  const epoch = {
    epoch: 1,
    trainLoss: 0.1 + 0.2,
    trainAccuracy: 0.5,
    valLoss: null,
    valAccuracy: null,
    lr: 1e-7,
    seconds: 2.5,
  };
  assert.is(
    historyCsv([epoch, { ...epoch, epoch: 2, trainLoss: NaN, valLoss: Infinity, valAccuracy: 0 }]),
    'epoch,train_loss,train_accuracy,val_loss,val_accuracy,lr,seconds\n' +
      '1,0.30000000000000004,0.5,,,1e-7,2.5\n' +
      '2,,0.5,,0,1e-7,2.5\n',
  );
  assert.is(historyCsv([]), 'epoch,train_loss,train_accuracy,val_loss,val_accuracy,lr,seconds\n');
});

test('confusionCsv quotes commas, quotes and line breaks', () => {
  assert.is(
    confusionCsv(
      [
        [1, 2, 0],
        [3, 4, 0],
        [0, 0, 5],
      ],
      ['a,b', 'say "x"', 'two\nlines'],
    ),
    'true/predicted,"a,b","say ""x""","two\nlines"\n"a,b",1,2,0\n"say ""x""",3,4,0\n"two\nlines",0,0,5\n',
  );
});

test.run();
