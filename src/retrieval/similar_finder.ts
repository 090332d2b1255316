/**
 * Similar products for a page: the index's network, its rows and its names, kept ready on a device. The page has one,
 * and the server for browsers that cannot compute.
 */
import type { PictureForm } from '../data/pictures/picture_form.js';
import { queryPictures, type QueryPicture } from '../data/pictures/query_pictures.js';
import type { Device } from '../device/device.js';
import type { ClassProbability } from '../inference/classifier.js';
import { describeSimilar, type Catalogue, type SimilarProducts } from './catalogue.js';
import { formOf, makeFeatures, type FeatureMaker } from './feature_source.js';
import { parseRows } from './index_manifest.js';
import { nearest, nearestWanted, type SearchableRows } from './nearest.js';
import { RowSearch } from './row_search.js';

/** Products that a page shows. */
const SHOWN = 10;

/** The files of an index that belong to a page, as bytes. */
export interface IndexFiles {
  readonly catalogue: Catalogue;
  readonly features: Uint8Array;
  /** Of the network that made the vectors; undefined where pixels did. */
  readonly weights: Uint8Array | undefined;
}

/** Which products are looked at: those with these very values. */
export interface SimilarFilter {
  readonly brand?: string | undefined;
  readonly label?: string | undefined;
}

export class SimilarFinder {
  /** What pictures that are asked about are brought to. */
  readonly form: PictureForm;
  readonly #catalogue: Catalogue;
  readonly #maker: FeatureMaker;
  readonly #rows: SearchableRows;

  /** @throws DataError or ModelError when the files are damaged, or do not belong together. */
  constructor(device: Device, { catalogue, features, weights }: IndexFiles) {
    const { count, width, hashes, source } = catalogue;
    const rows = parseRows(features, catalogue, 'the index');
    this.form = formOf(source);
    this.#catalogue = catalogue;
    this.#maker = makeFeatures(device, source, weights);
    this.#rows = {
      among: Uint32Array.from({ length: count }, (_, n) => n),
      hashes,
      search: new RowSearch(device, rows, width),
    };
  }

  /** Brands of the index, in the order of the alphabet; none where it has no such column. */
  get brands(): readonly string[] {
    return [...new Set(this.#catalogue.brands)].filter((brand) => brand !== '').sort();
  }

  /** The ten products most like a picture, of those that `where` lets in. @param top its likeliest class. */
  async find(picture: QueryPicture, top: ClassProbability, where: SimilarFilter = {}): Promise<SimilarProducts> {
    const { rows } = await this.#maker.features(queryPictures([picture], this.form));
    const query = { vector: rows, hashes: [picture.hash] };
    const found =
      where.brand === undefined && where.label === undefined
        ? await nearest(this.#rows, query, SHOWN)
        : await nearestWanted(this.#rows, query, SHOWN, (row) => this.#isIn(where, row));
    const described = describeSimilar(this.#catalogue, top, found);
    return where.brand === undefined ? described : { ...described, ofBrand: null }; // all of them are
  }

  #isIn({ brand, label }: SimilarFilter, row: number): boolean {
    const { brands, labels } = this.#catalogue;
    return (brand === undefined || brands?.[row] === brand) && (label === undefined || labels[row] === label);
  }
}
