/** The count of what is not finite, at the edges of what is: by bits, since a driver may drop NaN. */
import * as assert from 'uvu/assert';
import type { Device } from '../../src/device/device.js';
import { countNonFinite } from '../../src/kernels/reduce/count_nonfinite.js';
import { Tensor, zeros } from '../../src/tensor/tensor.js';

/** Quiet, signalling and negative NaN, one with only its lowest bit set, both infinities. */
const BAD = [0x7fc00000, 0x7fa00000, 0xffc00001, 0x7f800001, 0xff800001, 0x7fffffff, 0x7f800000, 0xff800000] as const;
/** The largest numbers, zeros, denormals. */
const GOOD = [0x7f7fffff, 0xff7fffff, 0, 0x80000000, 1, 0x007fffff, 0x3f800000] as const;

function check(
  sizes: readonly number[],
  places: readonly (readonly [flat: number, at: number])[],
): { name: string; run: (device: Device) => Promise<void> } {
  return {
    name: `countNonFinite (${sizes.join(', ')}), ${places.length} of them bad`,
    run: async (device) => {
      const flats = sizes.map((size, f) => {
        const words = Uint32Array.from({ length: size }, (_, i) => GOOD[i % GOOD.length]);
        for (const [i, [flat, at]] of places.entries()) if (flat === f) words[at] = BAD[i % BAD.length];
        const { storage } = zeros(device, [size]);
        device.write(storage, words);
        return new Tensor(storage, 0, [size], 'f32');
      });
      assert.is((await device.step(() => countNonFinite(flats)).read())[0], places.length);
    },
  };
}

const everywhere = Array.from({ length: 4096 }, (_, at) => [0, at] as const);
export const nonfiniteChecks = [
  check([64], []),
  check([64], [[0, 63]]),
  check([4096], everywhere),
  check(
    [4160, 64, 128_064],
    [
      [0, 0],
      [0, 4095],
      [0, 4096],
      [0, 4159],
      [1, 5],
      [2, 64],
      [2, 128_063],
      [2, 4096],
    ],
  ),
];
