/** The ten kinds of drawn garments. */
import type { GARMENTS as Said } from '../en/garments.js';

export const GARMENTS: typeof Said = {
  'T-shirt/top': '티셔츠',
  Trouser: '바지',
  Pullover: '스웨터',
  Dress: '원피스',
  Coat: '코트',
  Sandal: '샌들',
  Shirt: '셔츠',
  Sneaker: '운동화',
  Bag: '가방',
  'Ankle boot': '앵클부츠',
};
