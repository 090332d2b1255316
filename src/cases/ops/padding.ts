/** Cases of padding: with constants, and with elements of x. */
import { pad } from '../../autograd/ops/index.js';
import * as reference from '../../kernels/movement/indexing_reference.js';
import type { PadMode } from '../../kernels/movement/pad.js';
import { UNIT } from '../draw.js';
import { defineSpec, inFours, type OpSpec } from '../spec.js';

interface PadArgs {
  readonly padding: readonly number[];
  readonly mode?: PadMode;
  readonly value?: number;
}

function padSides(
  shape: readonly number[],
  { padding, mode = 'constant' }: PadArgs,
): Parameters<typeof reference.pad>[1] {
  const side = (which: number): number[] => shape.map((_, d) => padding[2 * (shape.length - 1 - d) + which] ?? 0);
  return { mode, before: side(0), behind: side(1) };
}

const padSpec = defineSpec<PadArgs>({
  op: 'pad',
  inputs: [{ name: 'x', domain: UNIT }],
  gpu: ([x], { padding, ...options }) => pad(x, padding, options),
  cpu: ([x], args) => reference.pad(x, padSides(x.shape, args), args.value ?? 0),
  cpuBackward: (dy, [x], args) => [reference.padBackward(dy, x.shape, padSides(x.shape, args))],
  bench: [
    { shapes: [[64, 32, 28, 28]], args: { padding: [2, 2, 2, 2] } },
    ...(['reflect', 'replicate', 'circular'] as const).map((mode) => ({
      shapes: [[64, 32, 28, 28]],
      args: { padding: [2, 2, 2, 2], mode },
      note: mode,
    })),
  ],
  cases: [
    { shapes: [[1]], args: { padding: [2, 3] } },
    { shapes: [[7, 13]], args: { padding: [0, 0, 1, 1], value: -1 } },
    { shapes: [[2, 3, 5]], args: { padding: [-2, 1, 1, -3, 1, 1] } },
    { shapes: [[2, 3]], args: { padding: [-3, 0], value: 1 } }, // nothing left
    { shapes: [[0, 3]], args: { padding: [1, 1] } },
    // channels in front and behind, in fours of them
    ...inFours<PadArgs>([
      { shapes: [[3, 8, 3, 5]], args: { padding: [0, 0, 0, 0, 4, 8] } },
      { shapes: [[1, 4, 2, 3]], args: { padding: [0, 0, 0, 0, 4, 0], value: 2 } },
    ]),
    { shapes: [[1]], args: { padding: [0, 0], mode: 'reflect' } },
    { shapes: [[3, 67]], args: { padding: [3, 66], mode: 'reflect' } },
    { shapes: [[2, 3, 7, 5]], args: { padding: [1, 4, 6, 0], mode: 'reflect' } },
    { shapes: [[2, 3, 4, 2]], args: { padding: [1, 1, 2, 3, 2, 0], mode: 'reflect' } },
    { shapes: [[0, 4, 4]], args: { padding: [1, 1, 1, 1], mode: 'reflect' } },
    ...(['replicate', 'circular'] as const).flatMap((mode) => [
      { shapes: [[1]], args: { padding: [1, 0], mode } },
      { shapes: [[3, 67]], args: { padding: [3, 67], mode } },
      { shapes: [[2, 3, 7, 5]], args: { padding: [1, 4, 6, 0], mode } },
      { shapes: [[2, 3, 4, 2]], args: { padding: [2, 1, 2, 3, 2, 0], mode } },
      { shapes: [[2, 1, 1, 3]], args: { padding: [0, 2, 1, 1], mode } }, // both ends are one
      { shapes: [[0, 4, 4]], args: { padding: [1, 1, 1, 1], mode } },
    ]),
    { shapes: [[2, 2, 3]], args: { padding: [7, 11], mode: 'replicate' } }, // more than there is
  ],
});

export const paddingSpecs: readonly OpSpec[] = [padSpec];
