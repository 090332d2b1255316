/** Small pictures of an index's rows for a page, made of its own files when they are asked for. */
import { fileInfo, readBytes } from '#platform';
import { imagePng } from '../data/pictures/contact_sheet.js';
import type { DatasetSplits, ImageDataset } from '../data/dataset.js';
import { fewAtOnce } from '../data/in_parallel.js';
import { loadDataset } from '../data/load.js';
import { thumbnail } from '../data/pictures/picture.js';
import { DataError } from '../device/errors.js';
import type { IndexManifest } from './index_manifest.js';

/** Pixels of the longer side: what a page shows on a screen of ordinary density, and some. */
const SIDE = 160;
/** Pictures kept in memory: of 4 kB or so each. */
const KEPT = 4096;

/**
 * The images of an index that are not files, read or drawn again. @throws DataError when they are no longer where they
 * were.
 */
export function loadImages({
  data,
  seed,
  imageSize,
  label,
  encoding,
}: IndexManifest['reading']): Promise<DatasetSplits> {
  return loadDataset(data, { seed, ...(imageSize ? { imageSize } : {}), label, encoding });
}

/** The data set that a row of the index is in, and its number there; see build_index.ts. */
export function imageOfRow({ train, test }: DatasetSplits, row: number): readonly [data: ImageDataset, n: number] {
  return row < train.count || test === null ? [train, row] : [test, row - train.count];
}

export class RowPictures {
  /** Addresses of the pictures, * for the row. */
  readonly pattern: string;
  readonly #manifest: IndexManifest;
  readonly #onMissing: (why: string) => void;
  readonly #kept = new Map<number, Promise<Uint8Array | null>>();
  /** Originals are large, and a page may ask for all rows at once. */
  readonly #inTurn = fewAtOnce();
  #data: Promise<DatasetSplits> | null = null;

  /**
   * @param folder part of the addresses, another for other pictures. @param onMissing is told why a picture cannot be
   * had; it names the file.
   */
  constructor(manifest: IndexManifest, folder: string, onMissing: (why: string) => void) {
    this.pattern = `pictures/${folder}/*.${manifest.areFiles ? 'webp' : 'png'}`;
    this.#manifest = manifest;
    this.#onMissing = onMissing;
  }

  /** The row that an address belongs to; null when it is no picture's. */
  rowOf(address: string): number | null {
    const [before, after] = this.pattern.split('*');
    const row = Number(address.slice(before.length, -after.length));
    return address === `${before}${row}${after}` && Number.isInteger(row) && row >= 0 && row < this.#manifest.count
      ? row
      : null;
  }

  /**
   * A row's picture; null when it is gone or cannot be read. What may be better the next time (too many open files,
   * say) is tried again then.
   */
  get(row: number): Promise<Uint8Array | null> {
    let picture = this.#kept.get(row);
    if (picture === undefined) {
      picture = this.#inTurn(() => this.#make(row)).catch((error: unknown) => {
        if (!(error instanceof DataError)) this.#kept.delete(row);
        this.#onMissing(error instanceof Error ? error.message : String(error));
        return null;
      });
      const [oldest] = this.#kept.size < KEPT ? [] : this.#kept.keys();
      if (oldest !== undefined) this.#kept.delete(oldest);
      this.#kept.set(row, picture);
    }
    return picture;
  }

  async #make(row: number): Promise<Uint8Array> {
    const { areFiles, ids, reading } = this.#manifest;
    if (areFiles) {
      const file = ids[row];
      if ((await fileInfo(file)) === null)
        throw new DataError(`${file}: is gone`, { fix: 'make the index again: weft index' });
      return thumbnail(await readBytes(file), file, SIDE);
    }
    this.#data ??= loadImages(reading).catch((error: unknown) => {
      if (!(error instanceof DataError)) this.#data = null;
      throw error;
    });
    return imagePng(...imageOfRow(await this.#data, row));
  }
}
