/** Vectors of classes: pieces of their names, or a table of attributes. */
import * as assert from 'uvu/assert';
import { DataError } from '../../src/device/errors.js';
import { attributeVectors, nameVectors } from '../../src/imbalance/class_vectors.js';
import type { FeatureSet } from '../../src/data/feature_set.js';
import { suite } from '../support/harness.js';

const test = suite('imbalance: class vectors');

const rowOf = ({ features, width }: FeatureSet, c: number): number[] => [
  ...features.subarray(c * width, (c + 1) * width),
];
const cosine = (set: FeatureSet, a: number, b: number): number =>
  rowOf(set, a).reduce((sum, v, i) => sum + v * rowOf(set, b)[i], 0);

test('a name is the counts of its pieces of one to three characters, of length 1', () => {
  // aa: a twice; ^a aa a$ ; ^aa aa$    b: b; ^b b$ ; ^b$
  const set = nameVectors(['aa', 'b']);
  assert.equal([set.count, set.width], [2, 6 + 4]);
  const length = Math.hypot(2, 1, 1, 1, 1, 1);
  assert.equal(
    rowOf(set, 0)
      .filter((v) => v > 0)
      .sort(),
    [1, 1, 1, 1, 1, 2].map((v) => Math.fround(v / length)),
  );
  assert.is(cosine(set, 0, 1), 0);
  const clothes = nameVectors(['Shirt', 'T-shirt/top', 'Bag', 'Pullover']);
  assert.ok(Math.abs(cosine(clothes, 2, 2) - 1) < 1e-6);
  assert.ok(cosine(clothes, 0, 1) > 0.4, `${cosine(clothes, 0, 1)}`);
  assert.ok(cosine(clothes, 0, 2) < 0.1, `${cosine(clothes, 0, 2)}`);
});

test('a table has a line for each class, in any order', () => {
  const set = attributeVectors('sleeves,Class,legs\n0,trousers,1\n2, T-Shirt ,0\n1,bag,0.5\n', 'a.csv', [
    'T-Shirt',
    'trousers',
  ]);
  assert.equal([[...set.features], set.width, set.classes], [[2, 0, 0, 1], 2, ['T-Shirt', 'trousers']]);
  for (const [text, what] of [
    ['sleeves,legs\n0,1\n', /no column class/],
    ['class\nbag\n', /no column class and numbers/],
    ['class,legs\nbag,1\n', /no line for the class t-shirt/],
    ['class,legs\nt-shirt,\n', /legs of t-shirt is "", not a number/],
    ['class,legs\nt-shirt,many\n', /legs of t-shirt is "many"/],
  ] as const)
    assert.throws(
      () => attributeVectors(text, 'a.csv', ['t-shirt']),
      (e: unknown) => e instanceof DataError && what.test(e.message) && e.message.startsWith('a.csv: '),
      what.source,
    );
});

test.run();
