/** Below the classes: what product the picture shows or is most like, and ten similar ones as pictures. */
import type { SimilarProduct, SimilarProducts } from '../retrieval/catalogue.js';
import { byId, inWords, make, percent } from './dom.js';
import { say } from './words/words.js';

/** Names of products often begin with their brand. */
function withBrand({ name, brand }: Pick<SimilarProduct, 'name' | 'brand'>): string {
  return brand === '' || name.toLowerCase().startsWith(brand.toLowerCase()) ? name : `${name}, ${brand}`;
}

/** What is known of the product, in sentences. */
function sentences({ items, recognised, ofBrand }: SimilarProducts): string[] {
  const [first] = items;
  if (first === undefined) return ['There is nothing to compare with.'];
  return [
    ...(recognised === null ? [] : [`Recognised as: ${withBrand(recognised)} (${percent(recognised.probability)})`]),
    `Most like: ${withBrand(first)} (similarity ${first.score.toFixed(2)})`,
    ...(ofBrand === null
      ? []
      : [
          ofBrand === 1
            ? `None of the others here is by ${first.brand}.`
            : `${ofBrand} of the ${items.length} most similar are by ${first.brand}.`,
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
    make('p', `similarity ${item.score.toFixed(2)}`, 'share'),
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

  /** @param share of the index that has come. */
  progress(share: number): void {
    this.#loading.value = share;
  }

  /** Shows that the index is being fetched, until it is there. */
  async waitFor(index: Promise<unknown>): Promise<void> {
    this.#part.hidden = this.#loading.hidden = false;
    this.#status.textContent = 'Loading the products …';
    try {
      await index;
      this.#status.textContent = 'The ten most similar appear here.';
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#loading.hidden = true;
    }
  }

  /** Takes away what was found for an earlier picture. */
  clear(): void {
    this.#product.replaceChildren();
    this.#products.replaceChildren();
    this.#problem.hidden = true;
    this.#part.hidden = this.#loading.hidden;
  }

  /** Shows what is found. @param isWanted whether it is still this picture that is shown. */
  async show(find: () => Promise<SimilarProducts>, isWanted: () => boolean): Promise<void> {
    this.#part.hidden = false;
    this.#status.textContent = 'Looking for similar products …';
    try {
      const found = await find();
      if (!isWanted()) return;
      this.#product.replaceChildren(...sentences(found).map((text) => make('p', text)));
      this.#products.replaceChildren(...found.items.map(card));
      this.#status.textContent = `${found.items.length} products, the most similar first`;
    } catch (error) {
      if (isWanted()) this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#status.textContent = '';
    say(this.#problem, inWords(error));
    this.#problem.hidden = false;
  }
}
