/**
 * Ways to spoil a file: bits, lengths, cuts and repeats of bytes; quotes, brackets, lines and other encodings of texts.
 */

/** A generator of numbers from 0 to 1 (mulberry32). */
export function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Spoil = (bytes: Uint8Array, random: () => number) => Uint8Array;

const whole = (random: () => number, below: number): number => Math.floor(random() * below);
const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Numbers at which sizes and offsets break. */
const EXTREMES = [0, 1, 0x7f, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0xffffffff];

const BYTES: readonly Spoil[] = [
  (bytes, random) => {
    const out = bytes.slice();
    for (let k = 1 + whole(random, 8); k > 0; k--) out[whole(random, out.length)] ^= 1 << whole(random, 8);
    return out;
  },
  (bytes, random) => bytes.slice(0, whole(random, bytes.length)),
  (bytes, random) => bytes.slice(whole(random, bytes.length)),
  (bytes, random) => {
    const out = bytes.slice();
    const view = new DataView(out.buffer);
    const at = whole(random, Math.max(1, Math.min(out.length - 4, 64)));
    if (at + 4 <= out.length) view.setUint32(at, EXTREMES[whole(random, EXTREMES.length)], random() < 0.5);
    return out;
  },
  (bytes, random) => {
    const [from, to] = [whole(random, bytes.length), whole(random, bytes.length)];
    return joined(bytes.subarray(0, to), bytes.subarray(from, from + whole(random, 200)), bytes.subarray(to));
  },
  (bytes, random) => {
    const at = whole(random, bytes.length);
    return joined(bytes.subarray(0, at), bytes.subarray(at + 1 + whole(random, 100)));
  },
  (bytes, random) =>
    joined(
      bytes,
      Uint8Array.from({ length: 1 + whole(random, 2000) }, () => whole(random, 256)),
    ),
  (_, random) => Uint8Array.from({ length: whole(random, 400) }, () => whole(random, 256)),
];

/** What is put into a text. */
const INSERTED: readonly ((random: () => number) => string)[] = [
  (random) => '"'.repeat(1 + whole(random, 5000)),
  (random) => ['[', '{', '- ', '? ', '&a [', '("'][whole(random, 6)].repeat(1 + whole(random, 3000)),
  (random) => 'x'.repeat(whole(random, 200_000)),
  (random) => '\n'.repeat(whole(random, 5000)),
  (random) =>
    [
      ',',
      ';',
      '\t',
      ':',
      '\r',
      '\0',
      '\uFEFF',
      '\u2028',
      '*a',
      '<<: *a',
      '!!js/function x',
      '../',
      '__proto__',
      '-1',
      '1e999',
      'null',
      'NaN',
    ][whole(random, 17)],
];

const TEXTS: readonly Spoil[] = [
  (bytes, random) => {
    const at = whole(random, bytes.length);
    return joined(bytes.subarray(0, at), utf8(INSERTED[whole(random, INSERTED.length)](random)), bytes.subarray(at));
  },
  (bytes) =>
    new Uint8Array(Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(new TextDecoder().decode(bytes), 'utf16le')])),
  (bytes, random) => {
    // One value of JSON, or one number, becomes another kind.
    const text = new TextDecoder().decode(bytes);
    const values = ['null', '[]', '{}', '""', '-1', '1e300', '"x"', 'true', '99999999999', '0.5'];
    const found = [...text.matchAll(/"[^"]*"(?!\s*:)|-?\d+(?:\.\d+)?|\[[^[\]]*\]|null|true|false/g)];
    if (found.length === 0) return bytes;
    const { index, 0: old } = found[whole(random, found.length)];
    return utf8(text.slice(0, index) + values[whole(random, values.length)] + text.slice(index + old.length));
  },
];

/** The file spoilt in one to three ways. */
export function spoil(sound: Uint8Array, isText: boolean, random: () => number): Uint8Array {
  const ways = isText ? [...BYTES, ...TEXTS, ...TEXTS, TEXTS[2]] : BYTES;
  let bytes = sound;
  for (let k = 1 + whole(random, 3); k > 0 && bytes.length > 0; k--)
    bytes = ways[whole(random, ways.length)](bytes, random);
  return bytes;
}
