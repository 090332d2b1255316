/** SHA-256 (FIPS 180-4) in plain JavaScript, for browsers, whose own digest answers later and on https only. */

/** The first 32 bits of the fractional parts of the square (or cube) roots of the first primes. */
function fractions(count: number, root: number): Uint32Array {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) if (primes.every((p) => n % p !== 0)) primes.push(n);
  return Uint32Array.from(primes, (p) => Math.floor((p ** (1 / root) % 1) * 2 ** 32));
}

const START = fractions(8, 2);
const K = fractions(64, 3);

const rotate = (x: number, by: number): number => (x >>> by) | (x << (32 - by));

/** Mixes a block of 64 bytes into the state. */
function mix(state: Uint32Array, block: DataView, at: number, w: Int32Array): void {
  for (let t = 0; t < 16; t++) w[t] = block.getInt32(at + 4 * t);
  for (let t = 16; t < 64; t++) {
    const [x, y] = [w[t - 15], w[t - 2]];
    w[t] =
      w[t - 16] + (rotate(x, 7) ^ rotate(x, 18) ^ (x >>> 3)) + w[t - 7] + (rotate(y, 17) ^ rotate(y, 19) ^ (y >>> 10));
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let t = 0; t < 64; t++) {
    const first = (h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + K[t] + w[t]) | 0;
    const second = ((rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b] = [g, f, e, (d + first) | 0, c, b, a];
    a = (first + second) | 0;
  }
  for (const [i, v] of [a, b, c, d, e, f, g, h].entries()) state[i] += v;
}

/** In hex, of the parts one after the other. */
export function sha256Hex(parts: Iterable<Uint8Array>): string {
  const state = Uint32Array.from(START);
  const w = new Int32Array(64);
  const rest = new Uint8Array(128); // bytes that do not fill a block yet; the end may take two
  const restView = new DataView(rest.buffer);
  let [held, total] = [0, 0];
  for (const part of parts) {
    total += part.byteLength;
    const taken = Math.min(held === 0 ? 0 : 64 - held, part.byteLength);
    rest.set(part.subarray(0, taken), held);
    if ((held += taken) === 64) {
      mix(state, restView, 0, w);
      held = 0;
    }
    const view = new DataView(part.buffer, part.byteOffset, part.byteLength);
    let at = taken;
    for (; at + 64 <= part.byteLength; at += 64) mix(state, view, at, w);
    rest.set(part.subarray(at), held);
    held += part.byteLength - at;
  }
  rest.fill(0, held).set([0x80], held);
  const blocks = held < 56 ? 1 : 2;
  restView.setUint32(64 * blocks - 8, Math.floor(total / 2 ** 29));
  restView.setUint32(64 * blocks - 4, (total * 8) >>> 0);
  for (let i = 0; i < blocks; i++) mix(state, restView, 64 * i, w);
  return Array.from(state, (v) => v.toString(16).padStart(8, '0')).join('');
}
