/**
 * Pictures that are decoded each time they are needed, out of their own files and by a thread of their own: nothing
 * decoded is kept, on the disk or in memory, beyond what is about to be used.
 */
import { HelperThread } from '#platform';
import { DataError } from '../../device/errors.js';
import type { KnownPictures } from '../kept/picture_cache.js';
import { CheckedPictures } from '../kept/picture_store.js';
import type { DecodeAnswer, DecodeRequest } from './decode_request.js';

let thread: HelperThread<DecodeRequest, DecodeAnswer> | null = null;

/** One for all pictures of the process. */
function decoder(): HelperThread<DecodeRequest, DecodeAnswer> {
  thread ??= new HelperThread(new URL('./decode_thread.js', import.meta.url));
  return thread;
}

export class StreamedPictures extends CheckedPictures {
  readonly #files: readonly string[];
  readonly #side: number;

  /** @param files of the pictures in their order, without those that cannot be read. @param side pixels a side. */
  constructor(files: readonly string[], { note, counts }: KnownPictures, side: number, memory: number) {
    super(counts, note, memory);
    this.#files = files;
    this.#side = side;
    decoder(); // it takes a while to start
  }

  /** As all else waits meanwhile, it is for those who read a few pictures, or come through all of them once. */
  read(first: number, into: Uint8Array): void {
    const numbers = Uint32Array.from({ length: into.length / this.size }, (_, i) => first + i);
    const shared = new Uint8Array(new SharedArrayBuffer(into.length));
    requireDecoded(decoder().askNow(this.#request(numbers, shared)));
    into.set(shared);
  }

  async load(numbers: Uint32Array, into: Uint8Array): Promise<void> {
    const isShared = into.buffer instanceof SharedArrayBuffer;
    const place = isShared ? into : new Uint8Array(new SharedArrayBuffer(into.length));
    requireDecoded(await decoder().ask(this.#request(numbers, place)));
    if (!isShared) into.set(place);
  }

  #request(numbers: Uint32Array, into: Uint8Array): DecodeRequest {
    return {
      files: Array.from(numbers, (n) => this.#files[n]),
      checks: Array.from(numbers, (n) => this.checks[n]),
      side: this.#side,
      into,
    };
  }
}

function requireDecoded(answer: DecodeAnswer): void {
  if (answer !== null) throw new DataError(answer.message, { fix: answer.fix });
}
