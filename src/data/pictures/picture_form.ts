/** How pictures of any size become the images of a network: for `weft predict`, `weft similar` and the page one way. */
import { ModelError } from '../../device/errors.js';
import { toGreySquare } from './predict_image.js';
import type { RgbaImage } from './rgba_image.js';
import { toColourSquare } from './square.js';

/** What the images of a network are like. */
export interface PictureForm {
  readonly channels: number;
  /** Pixels a side that pictures are resized to. */
  readonly imageSize: number;
  /** Pixels a side that the network sees: the middle. */
  readonly side: number;
}

/** Pixels a side that are kept of a picture: of a grey one the object is found, and fills what the network sees. */
export function keptSide({ channels, imageSize, side }: PictureForm): number {
  return channels === 3 ? imageSize : side;
}

/**
 * A picture as bytes (channels, kept, kept), see `keptSide`.
 * @throws ModelError when the network takes no pictures.
 */
export function toSquare(image: RgbaImage, form: PictureForm): Uint8Array {
  if (form.channels !== 1 && form.channels !== 3)
    throw new ModelError(`the model takes images of ${form.channels} channels; pictures are grey or RGB`, {
      fix: 'use a run on pictures',
    });
  return form.channels === 3 ? toColourSquare(image, form.imageSize) : toGreySquare(image, form.side);
}
