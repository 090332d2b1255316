/** The ten kinds of drawn garments, by the names that the engine has for them. */
export const GARMENTS = {
  'T-shirt/top': 'T-shirt/top',
  Trouser: 'Trouser',
  Pullover: 'Pullover',
  Dress: 'Dress',
  Coat: 'Coat',
  Sandal: 'Sandal',
  Shirt: 'Shirt',
  Sneaker: 'Sneaker',
  Bag: 'Bag',
  'Ankle boot': 'Ankle boot',
};
