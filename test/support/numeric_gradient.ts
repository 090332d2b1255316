/** Central differences of a reference, projected on dy: L(inputs) = sum of dy * f(inputs), in f64. */
import type { HostTensor } from '../../src/kernels/launch/host_tensor.js';
import { randomNumbers } from '../../src/cases/draw.js';

/**
 * The error of a central difference is about EPSILON^2 times the third derivative, and 1e-16 / EPSILON from rounding.
 */
const EPSILON = 1e-5;

type Reference = (inputs: readonly HostTensor[]) => HostTensor;

/** L at inputs whose `which`-th is moved along `direction` by `step`. */
function loss(
  f: Reference,
  inputs: readonly HostTensor[],
  dy: HostTensor,
  which: number,
  direction: Float64Array,
  step: number,
): number {
  const moved = inputs.map((x, i) =>
    i === which ? { shape: x.shape, data: x.data.map((v, j) => v + step * direction[j]) } : x,
  );
  const y = f(moved);
  let sum = 0;
  for (let i = 0; i < y.data.length; i++) sum += dy.data[i] * y.data[i];
  return sum;
}

/** A slope that no op's domain has: the reference makes a step here. */
const STEP_SLOPE = 2000;

/** dL along a direction, and whether there is such a derivative: on a kink the two sides' derivatives differ. */
export function directional(
  f: Reference,
  inputs: readonly HostTensor[],
  dy: HostTensor,
  which: number,
  direction: Float64Array,
): { slope: number; isSmooth: boolean } {
  const at = (step: number): number => loss(f, inputs, dy, which, direction, step);
  const [before, here, after] = [at(-EPSILON), at(0), at(EPSILON)];
  const slope = (after - before) / (2 * EPSILON);
  const difference = Math.abs(after - 2 * here + before) / EPSILON; // of the right-hand and the left-hand derivative
  return { slope, isSmooth: difference < 1e-3 * (1 + Math.abs(slope)) && Math.abs(slope) < STEP_SLOPE };
}

/** dL / d(element) of one input. */
export function partial(
  f: Reference,
  inputs: readonly HostTensor[],
  dy: HostTensor,
  which: number,
  element: number,
): { slope: number; isSmooth: boolean } {
  const direction = new Float64Array(inputs[which].data.length);
  direction[element] = 1;
  return directional(f, inputs, dy, which, direction);
}

/** A direction of random signs and sizes, in which every element counts. */
export function randomDirection(size: number, seed: number): Float64Array {
  const random = randomNumbers(seed);
  return Float64Array.from({ length: size }, () => (random() < 0.5 ? -1 : 1) * (0.5 + random() / 2));
}

/** Up to `count` element numbers: the first, the last, and others at random. */
export function sampleElements(size: number, count: number, seed: number): number[] {
  if (size <= count) return Array.from({ length: size }, (_, i) => i);
  const random = randomNumbers(seed);
  return [0, size - 1, ...Array.from({ length: count - 2 }, () => Math.floor(random() * size))];
}
