/** Similar products, below the classes. */
import type { SIMILAR as Said } from '../en/similar.js';
import { FIGURES } from './figures.js';

export const SIMILAR: typeof Said = {
  heading: '비슷한 상품',
  brand: '브랜드',
  allBrands: '전체',
  loading: '상품을 불러오는 중 …',
  loadingName: '상품 불러오기',
  appear: '가장 비슷한 상품 열 개가 여기에 나타납니다.',
  looking: '비슷한 상품을 찾는 중 …',
  found: (count) => `상품 ${count}개, 비슷한 순서`,
  nothing: '비교할 상품이 없습니다.',
  recognised: (product, share) => `인식 결과: ${product} (${FIGURES.percent(share)})`,
  mostLike: (product, score) => `가장 비슷한 상품: ${product} (유사도 ${FIGURES.fixed(score, 2)})`,
  noOther: (brand) => `나머지 상품 중에 같은 브랜드(${brand}) 상품은 없습니다.`,
  ofBrand: (count, of, brand) => `가장 비슷한 상품 ${of}개 중 ${count}개가 같은 브랜드(${brand}) 상품입니다.`,
  similarity: (score) => `유사도 ${FIGURES.fixed(score, 2)}`,
};
