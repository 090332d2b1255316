/** Comparing tensors, with messages that say where. */
import { positionOf } from '../kernels/launch/host_tensor.js';

/** Relative to the largest magnitude expected; f32 arithmetic over a few hundred terms stays well below. */
export const TOLERANCE = 2e-5;

/** What is compared with what. */
export const PAIRS = [
  'GPU with CPU',
  'GPU with GPU',
  'GPU with PyTorch',
  'CPU with PyTorch',
  'CPU with central differences',
] as const;
export type Pair = (typeof PAIRS)[number];

export interface Comparison {
  /** Op or kernel, e.g. `conv2d`. */
  readonly op: string;
  /** Which of its results: `y`, `dx`, `dw`, … */
  readonly argument: string;
  readonly got: ArrayLike<number>;
  readonly expected: ArrayLike<number>;
  /** Expected shape, to print positions. */
  readonly shape?: readonly number[];
  readonly tolerance?: number | undefined;
  /** What errors are relative to. Default: the largest magnitude expected. */
  readonly scale?: number;
  readonly pair: Pair;
  /** Name of the case. */
  readonly label: string;
}

type Listener = (comparison: Comparison, error: number) => void;

let listener: Listener = () => {};

/** Is told of every comparison that held, and of its error relative to the largest magnitude. */
export function onCompared(told: Listener): void {
  listener = told;
}

/** The largest magnitude; NaN when there is a NaN. */
export function largest(values: ArrayLike<number>): number {
  let result = 0;
  for (let i = 0; i < values.length; i++) result = Math.max(result, Math.abs(values[i]));
  return result;
}

/**
 * @throws Error that names op, argument, index, got and expected, where |got - expected| is not within tolerance. NaN
 * never is.
 */
export function expectClose(c: Comparison): void {
  const { op, argument, got, expected, tolerance = TOLERANCE } = c;
  const where = `[${op}] ${argument}, ${c.pair} (${c.label})`;
  if (got.length !== expected.length) throw new Error(`${where}: ${got.length} elements, expected ${expected.length}`);
  const scale = (c.scale ?? largest(expected)) || 1;
  let error = 0;
  let at = -1;
  for (let i = 0; i < expected.length; i++) {
    const e = Math.abs(got[i] - expected[i]) / scale;
    if (!(e <= error)) {
      at = i;
      error = e;
      if (Number.isNaN(e)) break;
    }
  }
  if (!(error <= tolerance)) {
    const index = c.shape === undefined ? `${at}` : `${at} (${positionOf(at, c.shape).join(', ')})`;
    const size = `error ${error.toExponential(1)} of the largest magnitude ${scale}, tolerance ${tolerance}`;
    throw new Error(`${where}: at ${index} got ${got[at]}, expected ${expected[at]}; ${size}`);
  }
  listener(c, error);
}

/** Bit for bit. */
export function expectSame(op: string, argument: string, got: ArrayLike<number>, expected: ArrayLike<number>): void {
  if (got.length !== expected.length)
    throw new Error(`[${op}] ${argument}: ${got.length} elements, expected ${expected.length}`);
  for (let i = 0; i < got.length; i++) {
    if (!Object.is(got[i], expected[i]))
      throw new Error(`[${op}] ${argument}: at ${i} got ${got[i]}, expected exactly ${expected[i]}`);
  }
}
