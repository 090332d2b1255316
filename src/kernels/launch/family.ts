/**
 * Kernel families: several ways to compute the same thing, of which each adapter has its favourite. A launcher asks
 * `choose` which member to run and with which constants; the answer is what the tuner found for problems of this class
 * on this device, or else a default that is known to be good for the kind of adapter.
 */
import { sameChoice, type Choice } from '../../device/choices.js';
import type { Device } from '../../device/device.js';

export type { Choice };

/**
 * The functions are written as methods so that families of different problems fit into one list (`Family<unknown>`).
 * @typeParam P what a launcher knows of a problem: sizes, strides, whether operands are transposed.
 */
export interface Family<P> {
  /** E.g. `matmul`: the name under which choices are kept and printed. */
  readonly name: string;
  /** Problems of one class are tuned together, e.g. `M64 K512 N128 aT`: sizes rounded to powers of two. */
  shapeClass(problem: P): string;
  /** All members that can run on this adapter with this problem, with every set of constants worth trying. */
  candidates(device: Device, problem: P): readonly Choice[];
  /** What to run untuned: one of the candidates. */
  defaultChoice(device: Device, problem: P): Choice;
}

/**
 * The member to run. A tuned choice was found for one problem of the class and may come from a file: it counts only
 * where it is among this problem's own candidates.
 */
export function choose<P>(family: Family<P>, device: Device, problem: P): Choice {
  const key = `${family.name} ${family.shapeClass(problem)}`;
  device.choices.asked?.(key, family, problem);
  const tuned = device.choices.tuned.get(key);
  if (tuned !== undefined && family.candidates(device, problem).some((c) => sameChoice(c, tuned))) return tuned;
  return family.defaultChoice(device, problem);
}

/** The power of two at or above n: how sizes enter a shape class. */
export function sizeClass(n: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(1, n)));
}
