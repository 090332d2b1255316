import type { Duplicates, NearDuplicates } from './pictures/duplicates.js';
import type { Images } from './images.js';
import type { LeftOutFile } from './pictures/picture_list.js';
import { type Text } from '../text/wording.js';

/** The file that an image was read from. */
export interface PictureOrigin {
  readonly file: string;
  /** SHA-256 of its bytes. */
  readonly hash: string;
  /** The fields of its row by their columns, where a table names it. */
  readonly fields: Readonly<Record<string, string>>;
}

/** A labelled image data set on the host: what every reader returns and what is uploaded to the GPU once. */
export interface ImageDataset {
  /** Where it came from, for messages and the run folder. */
  readonly name: string;
  /** (N, C, H, W) bytes, row-major; 0 is black. */
  readonly images: Images;
  /** (N) class indices, each < classes.length. */
  readonly labels: Uint32Array;
  readonly count: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly classes: readonly string[];
  /** (classes) what is known of a class besides its name, by columns; of drawn products. Default: nothing. */
  readonly classFields?: readonly Readonly<Record<string, string>>[];
  /**
   * What a network sees of an image: this many pixels a side, the middle unless it is augmented. Default: all of it.
   */
  readonly crop?: number;
  /** From this image on they are the source's own validation part. Default: it has none. */
  readonly validationStart?: number;
  /**
   * (N) a number for each image; those with the same one stay together when a validation part is drawn. Default: each
   * by itself.
   */
  readonly groups?: Uint32Array;
  /** (N) where the images come from, of sources whose images are files. */
  readonly origins?: readonly PictureOrigin[];
}

/** A data set whose images are in memory: that of every reader but the one of picture files. */
export interface HeldDataset extends ImageDataset {
  readonly images: Uint8Array;
}

/** More would not fit most machines' memory. */
export const MAX_IMAGE_BYTES = 2 ** 32;

/** Height and width of what a network sees. */
export function inputSize({
  height,
  width,
  crop,
}: Pick<ImageDataset, 'height' | 'width' | 'crop'>): readonly [height: number, width: number] {
  return crop === undefined ? [height, width] : [crop, crop];
}

/** What a reader of picture files found. */
export interface PictureReport {
  /** Files that a folder, a list or a table names. */
  readonly listed: number;
  /** Those that became images: of training, validation and testing. */
  readonly files: readonly string[];
  /** SHA-256 of each of these. */
  readonly hashes: readonly string[];
  readonly unreadable: readonly { readonly file: string; readonly reason: string }[];
  /** Pictures that are not as a file should be, though no pixel is lost: they are used. */
  readonly warned: readonly { readonly file: string; readonly warning: string }[];
  readonly duplicates: readonly Duplicates[];
  readonly keepsDuplicates: boolean;
  /** Files beside them that are no pictures, or in no class: of folders. */
  readonly leftOut: readonly LeftOutFile[];
  /** Groups of pictures that look the same, where they were compared. */
  readonly near?: readonly NearDuplicates[];
}

/** The train part and, where the source has one, the test part. */
export interface DatasetSplits<D extends ImageDataset = ImageDataset> {
  readonly train: D;
  readonly test: D | null;
  /** What the reader left out or changed, in words. Default: nothing. */
  readonly notes?: readonly Text[];
  /** Of sources whose images are files. */
  readonly pictures?: PictureReport;
  /** The column of a table that the classes are values of. */
  readonly labelColumn?: string;
}

/** Fashion-MNIST's ten classes, in the order of their labels. */
export const FASHION_CLASSES: readonly string[] = [
  'T-shirt/top',
  'Trouser',
  'Pullover',
  'Dress',
  'Coat',
  'Sandal',
  'Shirt',
  'Sneaker',
  'Bag',
  'Ankle boot',
];
