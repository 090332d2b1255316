/** Padding of trailing dimensions: with constants, or with elements of x. */
import {
  pad as padKernel,
  padBackward,
  padGeometry,
  padLayout,
  type PadGeometry,
  type PadMode,
} from '../../../kernels/movement/pad.js';
import type { Layout } from '../../../tensor/layout.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { apply, defineOp } from '../../graph.js';

const padOp = defineOp<PadGeometry, Layout>({
  name: 'pad',
  forward: ([x], g) => ({ output: padKernel(x, g), saved: padLayout(x, g) }),
  backward: (dy, layout, g) => [padBackward(dy, g, layout)],
});

/** Options of `pad`. */
export interface PadOptions {
  /** Default 'constant'. */
  readonly mode?: PadMode;
  /** For 'constant'. Default 0. */
  readonly value?: number;
}

/**
 * As torch.nn.functional.pad: `padding` is (left, right, top, bottom, …), pairs from the last dimension on. Negative
 * padding crops ('constant' only). The other modes take up to 3 dimensions: 'reflect' at most their size less 1,
 * 'circular' at most their size, 'replicate' any. x (…) -> x's shape, each padded dimension larger by its two sides.
 * @throws ShapeError when padding does not fit.
 */
export function pad(x: Tensor, padding: readonly number[], { mode = 'constant', value = 0 }: PadOptions = {}): Tensor {
  return apply(padOp, [x], padGeometry(x.shape, padding, mode, value));
}
