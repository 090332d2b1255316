/** Brands by the beginning of product names. */
import * as assert from 'uvu/assert';
import { learnBrands, placeBrands } from '../../../src/data/tables/brands.js';
import { suite } from '../../support/harness.js';

const test = suite('brands');

test('the longest known brand wins, whole words in any case; what none begins is reported', () => {
  const names = ['Red Tape Men Brown', 'RED  CHIEF Men Black', 'Red Shoe', 'Redtape Men', 'Nike Air', ''];
  const placed = placeBrands(names, ['Red', 'Red Tape', 'Red Chief', 'Nike']);
  assert.equal(placed.brands, ['Red Tape', 'Red Chief', 'Red', '', 'Nike', '']);
  assert.equal(placed.found, [
    ['Nike', 1],
    ['Red', 1],
    ['Red Chief', 1],
    ['Red Tape', 1],
  ]);
  assert.equal(placed.unplaced, ['Redtape Men', '']);
});

test('brands are learned from what names share', () => {
  const many = (brand: string, rests: readonly string[]): string[] => rests.map((rest) => `${brand} ${rest}`);
  const names = [
    ...many('Nike', ['Men Air', 'Women Run', 'Men Court']),
    ...many('Catwalk', ['Women Heels', 'Women Flats', 'Women Black Sandals']),
    ...many('Puma', ['Women Red', 'Men Red', 'Unisex Blue']),
    ...many('United Colors of Benetton', ['Men Blue', 'Men Red', 'Women Red']),
    ...many('Rare', ['Men Shoe', 'Men Boot']),
    'Sandals',
    'Sandals',
    'Sandals',
  ];
  assert.equal(learnBrands(names), ['Catwalk', 'Nike', 'Puma', 'United Colors of Benetton']);
  assert.equal(learnBrands([]), []);
});

test.run();
