/** Measures of majority and minority, the methods by name, and their table. */
import * as assert from 'uvu/assert';
import { UsageError } from '../../src/device/errors.js';
import { harmonicMean, imbalanceMeasures } from '../../src/imbalance/measures.js';
import { parseMethods } from '../../src/imbalance/methods.js';
import type { CellResult } from '../../src/imbalance/run_cell.js';
import { measureTable, resultsCsv, tableCells } from '../../src/imbalance/table.js';
import { suite } from '../support/harness.js';

const test = suite('imbalance: methods');

test('acc_h is the harmonic mean of majority and minority accuracy, 0 when either is', () => {
  const measures = imbalanceMeasures(
    [
      [8, 2, 0],
      [5, 5, 0],
      [1, 3, 0],
    ],
    [false, true, true],
  );
  assert.equal(measures, {
    acc: 13 / 24,
    majority: 0.8,
    minority: 5 / 14,
    accH: (2 * 0.8 * (5 / 14)) / (0.8 + 5 / 14),
  });
  assert.equal(
    imbalanceMeasures(
      [
        [8, 2],
        [0, 0],
      ],
      [false, true],
    ),
    { acc: 0.8, majority: 0.8, minority: null, accH: null },
  );
  assert.equal(
    [harmonicMean(0, 0.9), harmonicMean(0.9, 0), harmonicMean(0, 0), harmonicMean(0.5, 0.5)],
    [0, 0, 0, 0.5],
  );
});

test('methods are read, and what is none is refused', () => {
  assert.equal(
    parseMethods('plain, oversample:30,weights,head:1,head-mean:50,vae:30,vae-km:2,aae:3,cvae:4,cada:5').map(
      ({ kind, factor, ...rest }) => [
        kind,
        factor,
        'sees' in rest ? `${rest.model ?? ''} ${rest.sees} ${rest.draws}${rest.makesUp ? ' made up' : ''}` : '',
      ],
    ),
    [
      ['plain', 1, ''],
      ['oversample', 30, ''],
      ['weights', 1, ''],
      ['head', 1, ' x never'],
      ['head', 50, 'vae xz never'],
      ['head', 30, 'vae xz always'],
      ['head', 2, 'vae-km xz always'],
      ['head', 3, 'aae xz never'],
      ['head', 4, 'cvae x never made up'],
      ['head', 5, 'cada z training made up'],
    ],
  );
  for (const text of [
    '',
    'plain:3',
    'oversample',
    'vae',
    'vae:0',
    'vae:1.5',
    'vae:03',
    'VAE:3',
    'weights:2',
    'plain,plain',
    'smote:3',
  ])
    assert.throws(
      () => parseMethods(text),
      (e: unknown) => e instanceof UsageError,
      text,
    );
});

test('the table gives means and deviations over the seeds', () => {
  const result = (method: string, nF: number, seed: number, accH: number): CellResult => ({
    method,
    nF,
    seed,
    accH,
    acc: 0.5,
    majority: 0.9,
    minority: 0.1,
    minorityClasses: ['a', 'b'],
    perClass: [
      { class: 'a', images: 10, accuracy: 0 },
      { class: 'b', images: 30, accuracy: 0.4 },
      { class: 'c', images: 20, accuracy: 0.9 },
      { class: 'd', images: 0, accuracy: null },
    ],
    confusion: [],
    bestEpoch: 3,
  });
  const results = [
    result('plain', 5, 0, 0.1),
    result('plain', 5, 1, 0.3),
    result('plain', 10, 0, 0.25),
    result('vae:3', 10, 0, 0.5),
  ];
  const cells = tableCells(results, ['plain', 'vae:3'], [5, 10]);
  assert.equal(measureTable(cells, [5, 10], ['accH', 'acc']), {
    headers: ['acc_h / acc, %', 'n_f 5', 'n_f 10'],
    rows: [
      ['plain', '20.0 ± 14.1 / 50.0 ± 0.0', '25.0 / 50.0'],
      ['vae:3', '-', '50.0 / 50.0'],
    ],
  });
  assert.equal(measureTable(cells, [10], ['classH', 'classMajority', 'classMinority']), {
    headers: ['H / majority / minority, %', 'n_f 10'],
    rows: [
      ['plain', '32.7 / 90.0 / 20.0'],
      ['vae:3', '32.7 / 90.0 / 20.0'],
    ],
  });
  const h = (2 * 0.9 * 0.2) / 1.1;
  assert.equal(resultsCsv(results.slice(0, 1)).split('\n'), [
    'method,n_f,seed,acc_h,acc,majority,minority,class_h,class_majority,class_minority,best_epoch,minority_classes',
    `plain,5,0,0.1,0.5,0.9,0.1,${h},0.9,0.2,3,a;b`,
    '',
  ]);
});

test.run();
