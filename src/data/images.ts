/** The images of a data set: bytes in memory, or read from where they lie when they are needed. */
import { sha256 } from '#platform';

/** Images that are not in memory. */
export interface StoredImages {
  /** Bytes of all. */
  readonly length: number;
  /** Bytes of an image. */
  readonly size: number;
  /** SHA-256 of all, in hex; null: it has to be computed. */
  readonly sha256: string | null;
  /** Bytes of decoded images that may wait in memory for their turn. */
  readonly memory: number;
  /** Fills memory with the images from number `first` on. @throws DataError when they can no longer be read. */
  read(first: number, into: Uint8Array): void;
  /**
   * Fills memory with the images of these numbers, in this order; meanwhile the program goes on.
   * @throws DataError as `read`.
   */
  load(numbers: Uint32Array, into: Uint8Array): Promise<void>;
  /** Number n's CRC-32; null: it has to be computed. Equal images have equal ones. */
  checkOf(n: number): number | null;
  /**
   * How often each byte occurs in each channel, as it is known: adds `times[n]` times that of image n to (C, 256).
   * False: it is not known, and nothing was added.
   */
  countBytes(times: Uint32Array, into: Float64Array): boolean;
}

/** All images of a data set, (N, C, H, W) bytes. */
export type Images = Uint8Array | StoredImages;

export function isStored(images: Images): images is StoredImages {
  return !(images instanceof Uint8Array);
}

/** `StoredImages.memory`, where nobody says. */
export const USUAL_MEMORY = 2 ** 28;

/** Bytes that a pass through stored images reads at once. */
const SLICE = 2 ** 22;

/** Reads `count` (1) images from number `first` on. The bytes are good until the next call: what is kept is copied. */
export type ImageReader = (first: number, count?: number) => Uint8Array<ArrayBuffer>;

/** What reads some images at a time, wherever they lie. @param size bytes of an image. */
export function imageReader(images: Images, size: number): ImageReader {
  if (!isStored(images))
    return (first, count = 1) => (images as Uint8Array<ArrayBuffer>).subarray(first * size, (first + count) * size);
  let buffer = new Uint8Array(0);
  return (first, count = 1) => {
    if (buffer.length < count * size) buffer = new Uint8Array(count * size);
    const bytes = buffer.subarray(0, count * size);
    images.read(first, bytes);
    return bytes;
  };
}

/**
 * All images, several at a time, each piece good until the next. All pieces but the last hold whole words of 32 bits.
 */
export function* piecesOf(images: Images): Generator<Uint8Array<ArrayBuffer>> {
  if (!isStored(images)) return yield images as Uint8Array<ArrayBuffer>;
  const { length, size } = images;
  const read = imageReader(images, size);
  const total = size === 0 ? 0 : length / size;
  const most = 4 * Math.max(1, Math.floor(SLICE / (4 * size)));
  for (let first = 0; first < total; first += most) yield read(first, Math.min(most, total - first));
}

/** SHA-256 of all images, in hex. */
export function digestOf(images: Images): string {
  return (isStored(images) ? images.sha256 : null) ?? sha256(piecesOf(images));
}
