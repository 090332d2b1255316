/** Below the classes: what product the picture shows or is most like, and ten similar ones as pictures. */
import type { SimilarProduct, SimilarProducts } from '../retrieval/catalogue.js';
import type { SimilarFilter } from '../retrieval/similar_finder.js';
import { byId, inWords, make } from './dom.js';
import { say, show, type Saying, type Words } from './words/words.js';

/** Asks for the products that are most like the picture. */
export type FindSimilar = (where: SimilarFilter) => Promise<SimilarProducts>;

/** Names of products often begin with their brand. */
function withBrand({ name, brand }: Pick<SimilarProduct, 'name' | 'brand'>): string {
  return brand === '' || name.toLowerCase().startsWith(brand.toLowerCase()) ? name : `${name}, ${brand}`;
}

/** What is known of the product, in sentences. */
function sentences({ items, recognised, ofBrand }: SimilarProducts): Saying[] {
  const [first] = items;
  if (first === undefined) return [({ similar }) => similar.nothing];
  return [
    ...(recognised === null
      ? []
      : [({ similar }: Words) => similar.recognised(withBrand(recognised), recognised.probability)]),
    ({ similar }) => similar.mostLike(withBrand(first), first.score),
    ...(ofBrand === null
      ? []
      : [
          ({ similar }: Words) =>
            ofBrand === 1 ? similar.noOther(first.brand) : similar.ofBrand(ofBrand, items.length, first.brand),
        ]),
  ];
}

/** A picture, or where it cannot be had, a blank of its size. */
function photo({ picture, name }: SimilarProduct): HTMLElement {
  const frame = make('div', '', 'photo');
  const image = new Image();
  image.alt = name;
  image.addEventListener('error', () => {
    image.remove();
    frame.classList.add('blank');
  });
  image.src = `./${picture}`;
  frame.append(image);
  return frame;
}

function card(item: SimilarProduct): HTMLElement {
  const made = make('li');
  const about = [item.brand, item.label].filter((text) => text !== '' && text !== item.name).join(' · ');
  made.dataset['row'] = String(item.row);
  made.dataset['score'] = String(item.score);
  made.append(
    photo(item),
    make('p', item.name, 'name'),
    make('p', about, 'about'),
    make('p', ({ similar }) => similar.similarity(item.score), 'share'),
  );
  return made;
}

export class SimilarPart {
  readonly #part = byId('similar', HTMLElement);
  readonly #status = byId('similar-status', HTMLElement);
  readonly #problem = byId('similar-problem', HTMLElement);
  readonly #loading = byId('similar-loading', HTMLProgressElement);
  readonly #product = byId('product', HTMLElement);
  readonly #products = byId('products', HTMLElement);

  readonly #brand = byId('brand', HTMLSelectElement);
  /** Looks again for the picture that is shown. */
  #again: () => Promise<void> = () => Promise.resolve();

  constructor() {
    this.#brand.addEventListener('change', () => void this.#again());
  }

  /** @param share of the index that has come. */
  progress(share: number): void {
    this.#loading.value = share;
  }

  /** Shows that the index is being fetched, until it is there. @param index its brands. */
  async waitFor(index: Promise<readonly string[]>): Promise<void> {
    this.#part.hidden = this.#loading.hidden = false;
    say(this.#status, ({ similar }) => similar.loading);
    try {
      this.#offer(await index);
      say(this.#status, ({ similar }) => similar.appear);
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#loading.hidden = true;
    }
  }

  /** Brands to choose among, where there are several. */
  #offer(brands: readonly string[]): void {
    const all = make('option', ({ similar }) => similar.allBrands);
    this.#brand.replaceChildren(all, ...brands.map((brand) => make('option', brand)));
    byId('brand-part', HTMLElement).hidden = brands.length < 2;
  }

  /** Takes away what was found for an earlier picture. */
  clear(): void {
    this.#again = () => Promise.resolve();
    this.#product.replaceChildren();
    this.#products.replaceChildren();
    this.#problem.hidden = true;
    this.#part.hidden = this.#loading.hidden;
  }

  /** Shows what is found. @param isWanted whether it is still this picture that is shown. */
  async show(find: FindSimilar, isWanted: () => boolean): Promise<void> {
    this.#part.hidden = false;
    let asked = 0;
    this.#again = async () => {
      const number = ++asked;
      await this.#look(find, () => number === asked && isWanted());
    };
    await this.#again();
  }

  async #look(find: FindSimilar, isWanted: () => boolean): Promise<void> {
    this.#problem.hidden = true;
    say(this.#status, ({ similar }) => similar.looking);
    const { selectedIndex: chosen, value } = this.#brand;
    try {
      const found = await find(chosen > 0 ? { brand: value } : {});
      if (!isWanted()) return;
      this.#product.replaceChildren(...sentences(found).map((text) => make('p', text)));
      this.#products.replaceChildren(...found.items.map(card));
      say(this.#status, ({ similar }) => similar.found(found.items.length));
    } catch (error) {
      if (isWanted()) this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    show(this.#status, '');
    say(this.#problem, inWords(error));
    this.#problem.hidden = false;
  }
}
