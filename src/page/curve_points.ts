/** A curve that grows as long as a page is open, in bounded memory. */

/** A point of a curve: step and value. */
export type Point = readonly [step: number, value: number];

/** Points that a curve keeps: more than a screen has columns. */
const MOST = 4000;

/** Keeps points evenly: all, and when there are too many, every second, fourth, … of them, and the last. */
export class Curve {
  readonly points: Point[] = [];
  #stride = 1;
  #count = 0;

  /** Adds a point at the end. */
  add(point: Point): void {
    if (this.#count > 0 && (this.#count - 1) % this.#stride !== 0) this.points.pop(); // was there only as the last
    this.points.push(point);
    this.#count++;
    if (this.points.length <= MOST) return;
    this.#stride *= 2;
    const kept = this.points.filter((_, i) => i % 2 === 0 || i === MOST);
    this.points.splice(0, Infinity, ...kept);
  }
}
