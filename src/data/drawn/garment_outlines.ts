import type { Layer } from './garment_raster.js';
import type { HostRandom } from '../host_random.js';

/** One area of a tone; 0 cuts a hole. */
export function area(tone: number, ...outlines: readonly number[][]): Layer {
  return { outlines, tone };
}

/** The outline of both halves from the points of the right half, top to bottom. */
export function mirror(right: readonly number[]): number[] {
  const all = [...right];
  for (let i = right.length - 2; i >= 0; i -= 2) all.push(-right[i], right[i + 1]);
  return all;
}

/** Both sides of one thing: a sleeve, a pocket. */
export function both(right: readonly number[]): number[][] {
  return [[...right], right.map((value, i) => (i % 2 === 0 ? -value : value))];
}

export function box(x0: number, y0: number, x1: number, y1: number): number[] {
  return [x0, y0, x1, y0, x1, y1, x0, y1];
}

/** Points of a quadratic Bézier curve from (x0, y0) to (x1, y1) that bends towards (cx, cy); ends included. */
export function bend(x0: number, y0: number, cx: number, cy: number, x1: number, y1: number): number[] {
  const points: number[] = [];
  for (let i = 0; i <= 6; i++) {
    const t = i / 6;
    const s = 1 - t;
    points.push(s * s * x0 + 2 * s * t * cx + t * t * x1, s * s * y0 + 2 * s * t * cy + t * t * y1);
  }
  return points;
}

/** A band of a given half-width along a straight line. */
export function band(x0: number, y0: number, x1: number, y1: number, half: number): number[] {
  const dx = x1 - x0;
  const dy = y1 - y0;
  const length = Math.sqrt(dx * dx + dy * dy) || 1; // not **: only sqrt is rounded alike everywhere
  const nx = (-dy / length) * half;
  const ny = (dx / length) * half;
  return [x0 + nx, y0 + ny, x1 + nx, y1 + ny, x1 - nx, y1 - ny, x0 - nx, y0 - ny];
}

/** Darker or lighter than the cloth, by at least `least`. */
export function contrast(r: HostRandom, least: number, most: number): number {
  const by = r.uniform(least, most);
  return r.chance(0.65) ? 1 - by : 1 + by;
}
