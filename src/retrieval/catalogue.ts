/** What a page knows of an index besides its vectors: names for people, and nothing of where the files lie. */
import { parseShoes } from '../data/drawn/shoes.js';
import { ModelError } from '../device/errors.js';
import {
  anyText,
  count,
  flag,
  list,
  optional,
  parseChecked,
  positive,
  text,
  type Checks,
} from '../device/files/json_checks.js';
import type { ClassProbability } from '../inference/classifier.js';
import type { FeatureSource } from './feature_source.js';
import { SOURCE, type IndexManifest } from './index_manifest.js';
import type { Similar } from './nearest.js';

/** A list here has an entry for each row of the index. */
export interface Catalogue {
  readonly source: FeatureSource;
  readonly count: number;
  readonly width: number;
  /** SHA-256 of the pictures: a picture of the index asks for others than itself. */
  readonly hashes: readonly string[];
  /** Of products; or the labels, where nothing else is known. */
  readonly names: readonly string[];
  readonly areProducts: boolean;
  /** null when there is no such column. */
  readonly brands: readonly string[] | null;
  readonly labels: readonly string[];
  /** Addresses of the small pictures, * for the row. */
  readonly pictures: string;
}

/** One of the products that are like a picture. */
export interface SimilarProduct {
  readonly row: number;
  readonly name: string;
  /** May be empty. */
  readonly brand: string;
  readonly label: string;
  /** Address from the page's. */
  readonly picture: string;
  /** Cosine. */
  readonly score: number;
}

/** What is said of a picture. */
export interface SimilarProducts {
  /** The most similar first. */
  readonly items: readonly SimilarProduct[];
  /** What the likeliest class is, where the classes are products of the index. */
  readonly recognised: (Pick<SimilarProduct, 'name' | 'brand'> & { readonly probability: number }) | null;
  /** How many of `items` are of the brand of the first; null when that is not known. */
  readonly ofBrand: number | null;
}

const CATALOGUE: Checks = {
  source: SOURCE,
  count,
  width: positive,
  hashes: list(anyText),
  names: list(anyText),
  areProducts: flag,
  brands: optional(list(anyText)),
  labels: list(anyText),
  pictures: text,
};

/** A catalogue out of the text that came with a page. @throws ModelError when it is not what `catalogueOf` made. */
export function parseCatalogue(json: string, file: string): Catalogue {
  const catalogue = parseChecked<Catalogue>(json, file, { checks: CATALOGUE, fix: 'write the page anew' });
  const { names, hashes, labels, brands } = catalogue;
  for (const own of [names, hashes, labels, brands ?? names]) {
    if (own.length !== catalogue.count)
      throw new ModelError(`${file}: has ${own.length} entries where there are ${catalogue.count} rows`, {
        fix: 'write the page anew',
      });
  }
  return catalogue;
}

/** @param pictures see Catalogue. @param weights what the file of the network's weights is called beside the page. */
export function catalogueOf(
  { source, reading, count, width, hashes, labels, label, columns }: IndexManifest,
  pictures: string,
  weights: string,
): Catalogue {
  const areNamed = Object.hasOwn(columns, 'name');
  return {
    source: source.kind === 'network' ? { ...source, weights } : source,
    count,
    width,
    hashes,
    labels,
    pictures,
    names: areNamed ? columns['name'] : labels,
    areProducts: areNamed || label === 'name' || parseShoes(reading.data) !== null,
    brands: Object.hasOwn(columns, 'brand') ? columns['brand'] : null,
  };
}

export function pictureOf({ pictures }: Pick<Catalogue, 'pictures'>, row: number): string {
  return pictures.replace('*', String(row));
}

/** Puts names to what was found. @param top the likeliest class of the picture. */
export function describeSimilar(
  catalogue: Catalogue,
  top: ClassProbability,
  found: readonly Similar[],
): SimilarProducts {
  const { names, brands, labels, areProducts } = catalogue;
  const brandOf = (row: number): string => brands?.[row] ?? '';
  const items = found.map(({ row, score }) => ({
    row,
    score,
    name: names[row],
    brand: brandOf(row),
    label: labels[row],
    picture: pictureOf(catalogue, row),
  }));
  const known = areProducts ? names.indexOf(top.class) : -1;
  const brand = items[0]?.brand ?? '';
  return {
    items,
    recognised: known < 0 ? null : { name: top.class, brand: brandOf(known), probability: top.probability },
    ofBrand: brand === '' ? null : items.filter((item) => item.brand === brand).length,
  };
}
