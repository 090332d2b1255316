/** Pictures that a user asks about, in the form of a data set. */
import type { ImageDataset } from '../dataset.js';
import { keptSide, type PictureForm } from './picture_form.js';

export interface QueryPicture {
  readonly file: string;
  /** SHA-256 of the file. */
  readonly hash: string;
  /** (channels, kept, kept), see data/picture_form.ts. */
  readonly square: Uint8Array;
}

/** The pictures as an unlabelled data set, in their order. */
export function queryPictures(pictures: readonly QueryPicture[], form: PictureForm): ImageDataset {
  const kept = keptSide(form);
  const size = form.channels * kept * kept;
  const images = new Uint8Array(pictures.length * size);
  for (const [i, { square }] of pictures.entries()) images.set(square, i * size);
  return {
    name: 'pictures',
    images,
    labels: new Uint32Array(pictures.length),
    count: pictures.length,
    channels: form.channels,
    height: kept,
    width: kept,
    classes: ['unknown'],
    ...(kept === form.side ? {} : { crop: form.side }),
  };
}
