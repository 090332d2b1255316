/** The formula that weights and images come from in test/golden/noise.py. */
import { sizeOf, type Shape } from '../../src/tensor/shape.js';

/** u(i, stream) * scale for i < count: h / 2^23 - 1, h the upper 24 bits of a mixed integer. */
export function noise(count: number, stream: number, scale = 1): Float32Array<ArrayBuffer> {
  const offset = Math.imul(stream, 0x85ebca77);
  const values = new Float32Array(count); // a plain loop: weights of large models have 10^8 elements
  for (let i = 0; i < count; i++) {
    let h = (Math.imul(i, 0x9e3779b1) + offset) >>> 0;
    h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d) >>> 0;
    h = Math.imul(h ^ (h >>> 12), 0x297a2d39) >>> 0;
    h = (h ^ (h >>> 15)) >>> 0;
    values[i] = ((h >>> 8) / 2 ** 23 - 1) * scale;
  }
  return values;
}

/**
 * What parameter number `stream` in state-dict order, from 1, starts from in architectures.py.
 * @param norm the weights of norms are around this number.
 */
export function start(key: string, shape: Shape, stream: number, norm: number): Float32Array<ArrayBuffer> {
  if (shape.length > 1) return noise(sizeOf(shape), stream, Math.sqrt(6 / sizeOf(shape.slice(1))));
  const values = noise(sizeOf(shape), stream, 0.25);
  return key.endsWith('weight') ? values.map((v) => (v + 1) * norm) : values;
}
