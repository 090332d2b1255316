/** Stored images that are read before they are needed, in the order in which they will be, into bounded memory. */
import type { StoredImages } from './images.js';

/** Images that are asked for at once: enough that all lanes of a decoder have something to do. */
const AT_ONCE = 16;
/** Pieces that memory is parted into, at least: one is used while another is read. */
const PIECES = 4;

/** Memory for some neighbouring images of the order. */
interface Piece {
  readonly bytes: Uint8Array;
  /** Those that lie there, or will. */
  numbers: Uint32Array;
  /** How many of them have been taken. */
  taken: number;
  /** They are there, or cannot be read. */
  ready: Promise<void>;
  isReady: boolean;
}

/** What is behind the order of this epoch. */
export class Prefetch {
  readonly #images: StoredImages;
  /** Pieces on their way or waiting to be taken, in order. */
  readonly #queue: Piece[] = [];
  readonly #free: Piece[] = [];
  #order = new Uint32Array(0);
  /** The next epoch's. */
  #following: Uint32Array | null = null;
  /** Up to here the two together have been asked for. */
  #asked = 0;
  /** Up to here they have been taken. */
  #at = 0;

  /** @param memory bytes of images that may wait; two images at least do. @param most images that are ever needed. */
  constructor(images: StoredImages, memory: number, most: number) {
    this.#images = images;
    const { size } = images;
    const fitting = Math.max(2, Math.min(most, Math.floor(memory / size)));
    const inPiece = Math.max(1, Math.min(AT_ONCE, Math.floor(fitting / PIECES)));
    for (let n = Math.floor(fitting / inPiece); n > 0; n--)
      this.#free.push({
        bytes: sharedBytes(inPiece * size),
        numbers: new Uint32Array(0),
        taken: 0,
        ready: Promise.resolve(),
        isReady: true,
      });
  }

  /** Bytes of images that may wait. */
  get memory(): number {
    return [...this.#queue, ...this.#free].reduce((n, { bytes }) => n + bytes.length, 0);
  }

  /** Goes on at position `at` of an order. What was read for the order that was said to follow is not read again. */
  restart(order: Uint32Array, at: number): void {
    const isFollowing =
      at === 0 && this.#at === this.#order.length && this.#following !== null && isSame(order, this.#following);
    if (isFollowing) {
      this.#asked -= this.#order.length;
      this.#at = 0;
    } else {
      this.#free.push(...this.#queue.splice(0));
      this.#asked = this.#at = at;
    }
    this.#order = order.slice();
    this.#following = null;
    this.#fill();
  }

  /** Says which order comes after this one: its first images are read when no others are left to read. */
  follow(order: Uint32Array): void {
    this.#following = order.slice();
    this.#fill();
  }

  /** Whether the next images are there already. */
  has(count: number): boolean {
    let found = 0;
    for (const piece of this.#queue) {
      if (found >= count) return true;
      if (!piece.isReady) return false;
      found += piece.numbers.length - piece.taken;
    }
    return found >= count;
  }

  /** Takes the next `count` images. @throws DataError when one cannot be read. */
  async take(count: number, into: Uint8Array): Promise<void> {
    const { size } = this.#images;
    for (let done = 0; done < count;) {
      const piece = this.#queue[0];
      await piece.ready;
      const some = Math.min(count - done, piece.numbers.length - piece.taken);
      into.set(piece.bytes.subarray(piece.taken * size, (piece.taken + some) * size), done * size);
      piece.taken += some;
      done += some;
      this.#at += some;
      if (piece.taken < piece.numbers.length) continue;
      this.#queue.shift();
      this.#free.push(piece);
      this.#fill();
    }
  }

  #fill(): void {
    const { length } = this.#order;
    const end = length + (this.#following?.length ?? 0);
    while (this.#asked < end && this.#free.length > 0) {
      const piece = this.#free.shift() as Piece;
      const most = piece.bytes.length / this.#images.size;
      // a piece is of one of the two orders
      const numbers =
        this.#asked < length
          ? this.#order.subarray(this.#asked, this.#asked + most)
          : (this.#following as Uint32Array).subarray(this.#asked - length, this.#asked - length + most);
      this.#asked += numbers.length;
      this.#read(piece, numbers);
    }
  }

  #read(piece: Piece, numbers: Uint32Array): void {
    const before = piece.ready.catch(() => {}); // what an order left behind may still be written there
    const ready = before.then(() =>
      this.#images.load(numbers, piece.bytes.subarray(0, numbers.length * this.#images.size)),
    );
    Object.assign(piece, { numbers, taken: 0, isReady: false, ready });
    ready.then(
      () => {
        if (piece.ready === ready) piece.isReady = true;
      },
      () => {}, // whoever takes it is told
    );
    this.#queue.push(piece);
  }
}

/** Memory that another thread can write into, where there is such. */
function sharedBytes(length: number): Uint8Array {
  return new Uint8Array(
    typeof SharedArrayBuffer === 'undefined' ? new ArrayBuffer(length) : new SharedArrayBuffer(length),
  );
}

function isSame(a: Uint32Array, b: Uint32Array): boolean {
  return a.length === b.length && a.every((v, i) => v === b[i]);
}
