/** The members of kernel families on single problems, each with every set of constants that the tuner would try. */
import { formatChoice } from '../../src/device/choices.js';
import type { Device } from '../../src/device/device.js';
import { TRIALS } from '../../src/cases/index.js';
import { conv2dGeometry } from '../../src/kernels/conv2d/conv2d.js';
import { zeroInputs } from '../../src/kernels/launch/trial.js';
import { collect, type Collected } from './collect.js';
import type { Subject } from './subjects.js';

export interface MembersRequest {
  /** Of `matmul 512x512x512 workgroup TILE_M=64 …`. */
  readonly filter: string;
  /** Problems asked for, of families that take so many sizes; null: those that the benchmarks measure. */
  readonly shapes: readonly (readonly number[])[] | null;
}

type Problems = (sizes: readonly number[]) => unknown;
const convolution: Problems = ([N, C, H, W, O, k]) =>
  conv2dGeometry([N, C, H, W], [O, C, k, k], { padding: (k - 1) >> 1 });

/** How sizes make a family's problem, as `weft bench kernels` takes them of the op: how many, and the problem. */
const SIZES: Readonly<Record<string, readonly [number, Problems]>> = {
  matmul: [3, ([M, K, N]) => ({ batch: 1, M, N, K, transposeA: false, transposeB: false })],
  conv2d: [6, convolution],
  conv2d_backward_input: [6, convolution],
  conv2d_backward_weight: [6, convolution],
};

/** A problem in one word. */
function named({ family, examples, sizes: form }: (typeof TRIALS)[number], shapes: MembersRequest['shapes']): Named[] {
  if (shapes === null)
    return examples.map((problem) => ({ problem, text: family.shapeClass(problem).replaceAll(' ', ',') }));
  const make = form === undefined ? SIZES[family.name]?.[1] : form.problem;
  const count = form === undefined ? SIZES[family.name]?.[0] : form.letters.split('x').length;
  if (make === undefined) return [];
  return shapes.filter((s) => s.length === count).map((s) => ({ problem: make(s), text: s.join('x') }));
}

interface Named {
  readonly problem: unknown;
  readonly text: string;
}

/** Each with what it launches when its operands already lie as it wants them. */
export function* collectMembers(device: Device, { filter, shapes }: MembersRequest): Generator<[Subject, Collected]> {
  const wanted = new RegExp(filter);
  for (const trials of TRIALS) {
    const { family } = trials;
    for (const { problem, text } of named(trials, shapes)) {
      const members = family
        .candidates(device, problem)
        .map((choice) => ({ choice, name: `${family.name} ${text} ${formatChoice(choice)}` }))
        .filter(({ name }) => wanted.test(name));
      if (members.length === 0) continue;
      const trial = trials.trial(problem);
      const inputs = zeroInputs(device, trial);
      for (const { choice, name } of members) {
        const run = (): void => device.step(() => void trial.gpu(inputs, choice));
        collect(device, run);
        yield [{ name, mode: 'member', batch: 0, precision: 'f32' }, collect(device, run)];
      }
      for (const input of inputs) input.release();
    }
  }
}
