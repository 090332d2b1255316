/** Similar products, below the classes. */
import { FIGURES } from './figures.js';

export const SIMILAR = {
  heading: 'Similar products',
  brand: 'Brand',
  allBrands: 'All',
  loading: 'Loading the products …',
  loadingName: 'Loading the products',
  appear: 'The ten most similar appear here.',
  looking: 'Looking for similar products …',
  found: (count: number) => `${count} products, the most similar first`,
  nothing: 'There is nothing to compare with.',
  recognised: (product: string, share: number) => `Recognised as: ${product} (${FIGURES.percent(share)})`,
  mostLike: (product: string, score: number) => `Most like: ${product} (similarity ${FIGURES.fixed(score, 2)})`,
  noOther: (brand: string) => `None of the others here is by ${brand}.`,
  ofBrand: (count: number, of: number, brand: string) => `${count} of the ${of} most similar are by ${brand}.`,
  similarity: (score: number) => `similarity ${FIGURES.fixed(score, 2)}`,
};
