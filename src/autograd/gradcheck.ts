/**
 * Checking a gradient against central differences of its forward, as torch.autograd.gradcheck does: for ops that are
 * defined outside of this library, and for any function of tensors.
 */
import { CheckError, UsageError } from '../device/errors.js';
import { uniform } from '../kernels/random/philox.js';
import { formatShape } from '../tensor/shape.js';
import { tensor, type HostArray, type Tensor } from '../tensor/tensor.js';
import { backward } from './backward.js';
import { noGrad } from './graph.js';

/** Options of `gradcheck`; the numbers suit f32. */
export interface GradcheckOptions {
  /** Step of the differences. Numbers are f32: a step much smaller than 1e-2 measures their rounding. Default 1e-2. */
  readonly eps?: number;
  /** Allowed difference, as a share of the largest magnitude in that gradient. Default 2e-3. */
  readonly rtol?: number;
  /** Allowed difference besides. Default 1e-4. */
  readonly atol?: number;
  /** Elements of each input that are checked one by one; the rest are checked together. Default 32. */
  readonly samples?: number;
  /** Decides dy, the elements and the direction. Default 0. */
  readonly seed?: number;
}

/**
 * Whether the gradients that `backward` gives through f are those of central differences: in up to `samples` elements
 * of each input, and along one direction in which every element counts. The output is projected on a random dy, never
 * on a plain sum. Nothing is added to the inputs' own gradients. Keep the inputs away from kinks by more than 2 eps.
 * @param inputs at least one f32 tensor that requires a gradient; the others are handed on as they are.
 * @returns true.
 * @throws CheckError naming input, element, the gradient got and the one expected; or when f gives other numbers at the
 * same inputs.
 * @throws UsageError when no input requires a gradient, or one that does is not f32.
 */
export async function gradcheck(
  f: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  { eps = 1e-2, rtol = 2e-3, atol = 1e-4, samples = 32, seed = 0 }: GradcheckOptions = {},
): Promise<true> {
  const checked = inputs.flatMap((x, i) => (x.requiresGrad ? [i] : []));
  if (checked.length === 0)
    throw new UsageError('[gradcheck] no input requires a gradient', { fix: 'set requiresGrad on those to check' });
  const half = checked.find((i) => inputs[i].dtype !== 'f32');
  if (half !== undefined)
    throw new UsageError(`[gradcheck] input ${half} is ${inputs[half].dtype}: differences need f32`);
  const { device } = inputs[checked[0]];
  const values = await Promise.all(inputs.map((x) => x.read()));
  const random = numbers(seed);

  /** f's numbers where one input is moved. */
  const at = async (which: number, moved: HostArray): Promise<Float64Array> => {
    const y = device.step(() =>
      noGrad(() => f(...inputs.map((x, i) => (i === which ? tensor(device, moved, { shape: x.shape }) : x)))),
    );
    const read = await y.read();
    // what shares the memory of a parameter or of an input stays
    if (!y.home.storage.isKept && inputs.every((x) => x.home.storage !== y.home.storage)) y.release();
    return Float64Array.from(read);
  };

  const { dy, got } = await gradients(f, inputs, values, random);
  const once = await at(checked[0], values[checked[0]]);
  const again = await at(checked[0], values[checked[0]]);
  const other = once.findIndex((v, i) => !Object.is(v, again[i]));
  if (other >= 0)
    throw new CheckError(`[gradcheck] f gives ${once[other]} and then ${again[other]} at the same inputs`, {
      fix: 'make it deterministic: no dropout, a seed set in it',
    });

  /** The derivative of sum(dy * f) along a direction, from four points: its error is of eps^4. */
  const slope = async (which: number, direction: Float64Array): Promise<number> => {
    const along = async (step: number): Promise<number> => {
      const moved = values[which].map((v, e) => v + step * direction[e]);
      return (await at(which, moved)).reduce((sum, v, e) => sum + dy[e] * v, 0);
    };
    const near = (await along(eps)) - (await along(-eps));
    const far = (await along(2 * eps)) - (await along(-2 * eps));
    return (8 * near - far) / (12 * eps);
  };

  for (const which of checked) {
    const gradient = got[which];
    const { size, shape } = inputs[which];
    const largest = gradient.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
    const compare = (place: string, measured: number, expected: number, scale: number): void => {
      if (Math.abs(measured - expected) <= atol + rtol * Math.max(scale, Math.abs(expected))) return;
      throw new CheckError(
        `[gradcheck] input ${which} ${formatShape(shape)}, ${place}: backward gives ${measured.toPrecision(6)}, ` +
          `differences of ${eps} give ${expected.toPrecision(6)}`,
        { fix: 'mend backward; or keep the input away from a kink' },
      );
    };
    for (const element of chosen(size, samples, random)) {
      const direction = new Float64Array(size);
      direction[element] = 1;
      compare(`element ${element}`, gradient[element], await slope(which, direction), largest);
    }
    const length = 1 / Math.sqrt(Math.max(size, 1)); // so that the output moves as it does for one element
    const direction = Float64Array.from(
      { length: size },
      () => length * (random() < 0 ? -1 : 1) * (0.5 + random() / 4),
    );
    const terms = Array.from(direction, (d, e) => d * gradient[e]);
    const scale = terms.reduce((sum, v) => sum + Math.abs(v), 0);
    const total = terms.reduce((sum, v) => sum + v, 0);
    compare('along a random direction', total, await slope(which, direction), scale);
  }
  return true;
}

/** dy, drawn, and what backward gives for each input that requires a gradient, on leaves of its own. */
async function gradients(
  f: (...inputs: Tensor[]) => Tensor,
  inputs: readonly Tensor[],
  values: readonly HostArray[],
  random: () => number,
): Promise<{ dy: Float64Array; got: Float64Array[] }> {
  const leaves = inputs.map((x, i) =>
    x.requiresGrad ? tensor(x.device, values[i], { shape: x.shape, requiresGrad: true }) : x,
  );
  const { device } = inputs[inputs.findIndex((x) => x.requiresGrad)];
  const dy = device.step(() => {
    const y = f(...leaves);
    const drawn = Float32Array.from({ length: y.size }, random);
    backward(y, tensor(device, drawn, { shape: y.shape, dtype: y.dtype }));
    return drawn;
  });
  const got = await Promise.all(
    leaves.map(async (x, i) => {
      if (!inputs[i].requiresGrad) return new Float64Array(0);
      return x.grad === null ? new Float64Array(x.size) : Float64Array.from(await x.grad.read());
    }),
  );
  return { dy: Float64Array.from(dy), got };
}

/** All element numbers, or the first, the last and others at random. */
function chosen(size: number, most: number, random: () => number): number[] {
  if (size <= most) return Array.from({ length: size }, (_, i) => i);
  const others = Array.from({ length: Math.max(most - 2, 0) }, () => Math.floor(((random() + 1) / 2) * size));
  return [0, size - 1, ...others];
}

/** Numbers in [-1, 1), one after the other. */
function numbers(seed: number): () => number {
  const CHUNK = 256;
  let [call, at] = [0, CHUNK];
  let chunk: Float64Array = new Float64Array(0);
  return () => {
    if (at === CHUNK) {
      chunk = uniform(CHUNK, { seed, step: 0, call: call++ });
      at = 0;
    }
    return 2 * chunk[at++] - 1;
  };
}
