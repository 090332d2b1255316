/** Cases of resizing images. */
import { interpolate } from '../../autograd/ops/index.js';
import { upsampleGeometry, type InterpolateOptions, type UpsampleMode } from '../../kernels/movement/upsample.js';
import * as resize from '../../kernels/movement/upsample_reference.js';
import { UNIT } from '../draw.js';
import { defineSpec, type OpCase, type OpSpec } from '../spec.js';

type ResizeArgs = Omit<InterpolateOptions, 'mode'>;

const RESIZES: readonly OpCase<ResizeArgs>[] = [
  { shapes: [[1, 1, 1, 1]], args: { size: [1, 1] } },
  { shapes: [[2, 3, 5, 7]], args: { scaleFactor: 2 } },
  { shapes: [[1, 2, 9, 13]], args: { size: [4, 31] } },
  { shapes: [[3, 1, 2, 3]], args: { size: [11, 1] } },
  { shapes: [[0, 1, 2, 3]], args: { scaleFactor: [2, 1] } },
  { shapes: [[1, 1, 3, 5]], args: { scaleFactor: [13, 9] } }, // many outputs between two places
  { shapes: [[1, 2, 31, 23]], args: { size: [3, 2] } },
  { shapes: [[2, 1, 4, 5]], args: { scaleFactor: [1.2, 1.7] } }, // as large as before, by another factor
];

function upsampleSpec(mode: UpsampleMode, more: readonly OpCase<ResizeArgs>[]): OpSpec {
  return defineSpec<ResizeArgs>({
    op: `upsample_${mode.replace('-', '_')}`,
    inputs: [{ name: 'x', domain: UNIT }],
    gpu: ([x], args) => interpolate(x, { ...args, mode }),
    cpu: ([x], args) => resize.upsample(x, upsampleGeometry(x.shape, { ...args, mode })),
    cpuBackward: (dy, [x], args) => [resize.upsampleBackward(dy, upsampleGeometry(x.shape, { ...args, mode }))],
    bench: [{ shapes: [[16, 32, 28, 28]], args: { scaleFactor: 2 } }],
    cases: [...RESIZES, ...more],
  });
}

const ALIGNED: readonly OpCase<ResizeArgs>[] = [
  { shapes: [[1, 2, 9, 13]], args: { size: [4, 31], alignCorners: true } },
  { shapes: [[3, 1, 2, 3]], args: { size: [11, 1], alignCorners: true } },
  { shapes: [[1, 1, 1, 65]], args: { size: [3, 130], alignCorners: true } },
  { shapes: [[1, 1, 3, 5]], args: { scaleFactor: [13, 9], alignCorners: true } },
];

export const resizingSpecs: readonly OpSpec[] = [
  upsampleSpec('nearest', []),
  upsampleSpec('nearest-exact', []),
  upsampleSpec('bilinear', ALIGNED),
  upsampleSpec('bicubic', ALIGNED),
];
