/** A labelled image data set on the host: what every reader returns and what is uploaded to the GPU once. */
export interface ImageDataset {
  /** Where it came from, for messages and the run folder. */
  readonly name: string;
  /** (N, C, H, W) bytes, row-major; 0 is black. */
  readonly images: Uint8Array;
  /** (N) class indices, each < classes.length. */
  readonly labels: Uint32Array;
  readonly count: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly classes: readonly string[];
}

/** The train part and, where the source has one, the test part. */
export interface DatasetSplits {
  readonly train: ImageDataset;
  readonly test: ImageDataset | null;
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
