/** Some of stored images, and images behind others: nothing is copied before it is read. */
import { imageReader, isStored, USUAL_MEMORY, type Images, type StoredImages } from './images.js';

/** The images of `indices` in that order. */
export function selectStored(images: StoredImages, indices: Uint32Array): StoredImages {
  const { size } = images;
  return {
    length: indices.length * size,
    size,
    sha256: null,
    memory: images.memory,
    load: (numbers, into) =>
      images.load(
        numbers.map((n) => indices[n]),
        into,
      ),
    read: (first, into) => {
      const count = into.length / size;
      for (let done = 0; done < count;) {
        const start = done; // what lies one after the other is read at once
        while (++done < count && indices[first + done] === indices[first + done - 1] + 1);
        images.read(indices[first + start], into.subarray(start * size, done * size));
      }
    },
    checkOf: (n) => images.checkOf(indices[n]),
    countBytes: (times, into) => {
      const inner = new Uint32Array(images.length / size);
      for (const [i, n] of indices.entries()) inner[n] += times[i];
      return images.countBytes(inner, into);
    },
  };
}

/** The images of one set, and behind them those of another. @param size bytes of an image. */
export function joinImages(one: Images, other: Images, size: number): StoredImages {
  const before = one.length / size;
  const [readOne, readOther] = [one, other].map((images) =>
    isStored(images)
      ? (first: number, into: Uint8Array): void => images.read(first, into)
      : (first: number, into: Uint8Array): void => into.set(imageReader(images, size)(first, into.length / size)),
  );
  const [loadOne, loadOther] = [one, other].map((images) =>
    isStored(images)
      ? (n: number, into: Uint8Array): Promise<void> => images.load(Uint32Array.of(n), into)
      : async (n: number, into: Uint8Array): Promise<void> => into.set(imageReader(images, size)(n)),
  );
  return {
    length: one.length + other.length,
    size,
    sha256: null,
    memory: Math.min(...[one, other].map((images) => (isStored(images) ? images.memory : USUAL_MEMORY))),
    load: async (numbers, into) => {
      await Promise.all(
        Array.from(numbers, (n, i) => {
          const place = into.subarray(i * size, (i + 1) * size);
          return n < before ? loadOne(n, place) : loadOther(n - before, place);
        }),
      );
    },
    read: (first, into) => {
      const ofOne = Math.max(0, Math.min(before - first, into.length / size)) * size;
      if (ofOne > 0) readOne(first, into.subarray(0, ofOne));
      if (ofOne < into.length) readOther(Math.max(0, first - before), into.subarray(ofOne));
    },
    checkOf: () => null,
    countBytes: () => false,
  };
}
