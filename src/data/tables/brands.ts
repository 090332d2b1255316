/** The brand of a product by its name: the longest known brand that the name begins with. */
import { groupBy } from './group_by.js';
import { normalName } from '../names.js';

export interface PlacedBrands {
  /** For each name its brand; empty where none is known. */
  readonly brands: readonly string[];
  /** Each brand that was found, and how many names have it, the most frequent first. */
  readonly found: readonly (readonly [brand: string, names: number])[];
  /** Names without a brand. */
  readonly unplaced: readonly string[];
}

/** Names that a first word must begin to be taken for a brand. */
const LEAST_NAMES = 3;

function wordsOf(name: string): string[] {
  return normalName(name)
    .trim()
    .split(/\s+/)
    .filter((word) => word !== '');
}

const keyOf = (words: readonly string[]): string => words.join(' ').toLowerCase();

/** A word in the names of more first words than this is no part of a brand: Women, Shoes, Black. */
const MOST_BRANDS = 2;

/**
 * Brands that the names themselves show: a first word that at least three different names share, and the words after it
 * as long as all of those names go on with the same one, and hardly any other name has it (United Colors of Benetton,
 * but of Catwalk Women only Catwalk).
 */
export function learnBrands(names: readonly string[]): string[] {
  const split = [...new Set(names.map((name) => wordsOf(name).join(' ')))]
    .map(wordsOf)
    .filter((words) => words.length > 1); // one word names the product
  const byFirst = groupBy(split, (words) => keyOf([words[0]]));
  const firstsOf = new Map<string, Set<string>>();
  for (const words of split)
    for (const word of words)
      firstsOf.set(keyOf([word]), (firstsOf.get(keyOf([word])) ?? new Set()).add(keyOf([words[0]])));
  const isOfBrand = (word: string): boolean => (firstsOf.get(keyOf([word]))?.size ?? 0) <= MOST_BRANDS;
  return [...byFirst.values()]
    .filter((same) => same.length >= LEAST_NAMES)
    .map((same) => {
      const [shown] = same;
      let length = 1;
      while (
        length < shown.length - 1 &&
        isOfBrand(shown[length]) &&
        same.every((words) => keyOf(words.slice(0, length + 1)) === keyOf(shown.slice(0, length + 1)))
      )
        length++;
      return shown.slice(0, length).join(' ');
    })
    .sort();
}

/** The longest of the known brands that each name begins with, word for word, in any case. */
export function placeBrands(names: readonly string[], known: readonly string[]): PlacedBrands {
  const byKey = new Map(known.map((brand) => [keyOf(wordsOf(brand)), brand.trim()]));
  const longest = Math.max(0, ...known.map((brand) => wordsOf(brand).length));
  const brands = names.map((name) => {
    const words = wordsOf(name);
    for (let length = Math.min(longest, words.length); length > 0; length--) {
      const brand = byKey.get(keyOf(words.slice(0, length)));
      if (brand !== undefined) return brand;
    }
    return '';
  });
  const counts = new Map<string, number>();
  for (const brand of brands) if (brand !== '') counts.set(brand, (counts.get(brand) ?? 0) + 1);
  return {
    brands,
    found: [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)),
    unplaced: names.filter((_, i) => brands[i] === ''),
  };
}
