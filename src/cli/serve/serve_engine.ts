/**
 * What computes under `weft serve` for browsers that cannot: the runs' networks, and the index's, on a device of this
 * machine.
 */
import { decodeQuery } from '../../data/pictures/decode_query.js';
import { decodeRgba } from '../../data/pictures/picture.js';
import type { Device } from '../../device/device.js';
import { DataError, GpuError, WeftError } from '../../device/errors.js';
import { Classifier, modelInput } from '../../inference/classifier.js';
import type { Checkpoint } from '../../train/checkpoint/checkpoint.js';
import type { PageAnswer } from '../../retrieval/page_manifest.js';
import { SimilarFinder, type SimilarFilter } from '../../retrieval/similar_finder.js';
import type { PageIndex } from './page_files.js';

/** What a picture is called in messages: the page knows its name, the server need not. */
export const PICTURE = 'the picture';

interface Opened {
  readonly device: Device;
  /** By the names of the runs; those that were asked for. */
  readonly classifiers: Map<string, Classifier>;
  /** null without an index. */
  readonly finder: SimilarFinder | null;
}

/** What it computes with. */
export interface EngineParts {
  /** By the names of the runs. The index is the first one's. */
  readonly checkpoints: ReadonlyMap<string, Checkpoint>;
  readonly index: Pick<PageIndex, 'files'> | null;
}

export class ServeEngine {
  readonly #page: EngineParts;
  readonly #openDevice: () => Promise<Device>;
  #opened: Promise<Opened> | null = null;

  /**
   * @param openDevice is called at the first need, because most browsers compute themselves, and again after the GPU
   * has failed.
   */
  constructor(page: EngineParts, openDevice: () => Promise<Device>) {
    this.#page = page;
    this.#openDevice = openDevice;
  }

  /**
   * What the page would have made of a picture file. One call at a time. @param run its name; default: the first.
   * @param where which similar products. @throws DataError when it is no picture, or there is no such run.
   */
  async answer(bytes: Uint8Array, run?: string, where?: SimilarFilter): Promise<PageAnswer> {
    const [first] = this.#page.checkpoints.keys();
    const name = run ?? first;
    const checkpoint = this.#page.checkpoints.get(name);
    if (checkpoint === undefined) throw new DataError('there is no such run');
    const { device, classifiers, finder } = await (this.#opened ??= this.#open());
    try {
      const classifier = classifiers.get(name) ?? new Classifier(device, checkpoint);
      classifiers.set(name, classifier);
      const top = await classifier.rank(modelInput(await decodeRgba(bytes, PICTURE), classifier.header));
      return {
        top,
        similar:
          finder === null || name !== first
            ? null
            : await finder.find(await decodeQuery(bytes, PICTURE, finder.form), top[0], where),
      };
    } catch (error) {
      // a device that has failed once does so always
      if (error instanceof GpuError || !(error instanceof WeftError)) await this.close();
      throw error;
    }
  }

  async #open(): Promise<Opened> {
    const { index } = this.#page;
    let device: Device | null = null;
    try {
      device = await this.#openDevice();
      return {
        device,
        classifiers: new Map(),
        finder: index === null ? null : new SimilarFinder(device, index.files),
      };
    } catch (error) {
      device?.destroy();
      this.#opened = null; // the next one tries again
      throw error;
    }
  }

  /** What is being opened is waited for. */
  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = null;
    (await opened?.catch(() => null))?.device.destroy();
  }
}
