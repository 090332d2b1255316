/** Pictures that a user asks about, decoded as those of a data set were. */
import { digest } from '#platform';
import { ModelError } from '../device/errors.js';
import { readDataFile } from './data_file.js';
import type { ImageDataset } from './dataset.js';
import { decodePicture } from './decode_picture.js';
import { decodeSquare } from './picture.js';
import { toGreySquare } from './predict_image.js';

/** What the images of a network are like. */
export interface PictureForm {
  readonly channels: number;
  /** Pixels a side that pictures are resized to. */
  readonly imageSize: number;
  /** Pixels a side that the network sees: the middle. */
  readonly side: number;
}

/**
 * The pictures as an unlabelled data set, in their order, with the hashes of their files.
 * @throws DataError naming a file that cannot be read; ModelError when the network takes no pictures.
 */
export async function queryPictures(files: readonly string[], { channels, imageSize, side }: PictureForm): Promise<ImageDataset> {
  if (channels !== 1 && channels !== 3) throw new ModelError(`the model takes images of ${channels} channels; pictures are grey or RGB`, { fix: 'use a run on pictures' });
  const kept = channels === 3 ? imageSize : side; // of grey ones the object is found, and fills the square
  const size = channels * kept * kept;
  const images = new Uint8Array(files.length * size);
  const hashes: string[] = [];
  for (const [i, file] of files.entries()) {
    const bytes = await readDataFile(file);
    hashes.push(digest('sha256', bytes));
    images.set(channels === 3 ? await decodeSquare(bytes, file, kept) : toGreySquare(await decodePicture(bytes, file, channels), kept), i * size);
  }
  return {
    name: 'pictures', images, labels: new Uint32Array(files.length), count: files.length, channels, height: kept, width: kept, classes: ['unknown'],
    origins: files.map((file, i) => ({ file, hash: hashes[i], fields: {} })), ...(kept === side ? {} : { crop: side }),
  };
}
