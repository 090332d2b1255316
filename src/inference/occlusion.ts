/**
 * What a network looks at: parts of the picture are covered in turn, and where the probability of a class falls, there
 * the network found it (Zeiler and Fergus 2014, https://arxiv.org/abs/1311.2901, section 4.2).
 */
import { UsageError } from '../device/errors.js';
import type { Classifier } from './classifier.js';

/** Covered pictures that go through the network at once. */
const BATCH = 8;

/** The input with a square of it set to 0, the training images' mean. */
function cover(
  into: Float32Array,
  input: Float32Array,
  side: number,
  [x0, x1]: readonly [number, number],
  [y0, y1]: readonly [number, number],
): void {
  into.set(input);
  for (let plane = 0; plane < input.length; plane += side * side)
    for (let y = y0; y < y1; y++) into.fill(0, plane + y * side + x0, plane + y * side + x1);
}

/**
 * How much the probability of class number `target` falls when the place is covered: (grid, grid), in [-1, 1]. The
 * cover is twice as wide as a cell of the grid, so that neighbours overlap.
 * @param input a normalised picture (C, H, W). @param onProgress is told how many places are done, and of how many,
 * and waited for.
 * @throws UsageError when `grid` is no whole number from 1 to the picture's side, or there is no such class.
 */
export async function occlusionMap(
  classifier: Classifier,
  input: Float32Array,
  target: number,
  grid = 8,
  onProgress: (done: number, total: number) => void | Promise<void> = () => {},
): Promise<Float32Array> {
  const { width: side, classes } = classifier.header.input;
  if (!Number.isInteger(grid) || grid < 1 || grid > side)
    throw new UsageError(`[occlusionMap] a grid of ${grid} on a picture of ${side} pixels a side`, {
      fix: `give 1 to ${side}`,
    });
  if (!Number.isInteger(target) || target < 0 || target >= classes)
    throw new UsageError(`[occlusionMap] class ${target} of ${classes}`);
  const cell = side / grid;
  const range = (i: number): [number, number] => [
    Math.max(0, Math.floor((i - 0.5) * cell)),
    Math.min(side, Math.ceil((i + 1.5) * cell)),
  ];
  const whole = (await classifier.probabilities(input))[target];
  const map = new Float32Array(grid * grid);
  for (let start = 0; start < map.length; start += BATCH) {
    const count = Math.min(BATCH, map.length - start);
    const covered = new Float32Array(count * input.length);
    for (let i = 0; i < count; i++)
      cover(
        covered.subarray(i * input.length, (i + 1) * input.length),
        input,
        side,
        range((start + i) % grid),
        range(Math.floor((start + i) / grid)),
      );
    const p = await classifier.probabilities(covered);
    for (let i = 0; i < count; i++) map[start + i] = whole - p[i * classes + target];
    await onProgress(start + count, map.length);
  }
  return map;
}
