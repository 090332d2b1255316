/** 2-D transposed convolution with its three gradients, which are the kernels of the convolution back. */
import { conv2dBackwardBias, conv2dBackwardWeight, conv2dForward } from '../../../kernels/conv2d/conv2d.js';
import {
  convTranspose2d as convTranspose2dKernel,
  convTranspose2dGeometry,
  type ConvTranspose2dOptions,
} from '../../../kernels/conv2d/conv_transpose2d.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { apply, defineOp } from '../../graph.js';

const convTranspose2dOp = defineOp<ConvTranspose2dOptions, { x: Tensor; w: Tensor }>({
  name: 'conv_transpose2d',
  forward: ([x, w, bias], options) => ({ output: convTranspose2dKernel(x, w, bias ?? null, options), saved: { x, w } }),
  backward: (dy, { x, w }, options, needs, into) => {
    const g = convTranspose2dGeometry(x.shape, w.shape, options);
    return [
      needs[0] ? conv2dForward(dy, w, g, options.choice) : null,
      needs[1] ? conv2dBackwardWeight(dy, x, g, options.choice, into[1]) : null,
      needs[2] ? conv2dBackwardBias(dy) : null,
    ];
  },
});

/**
 * x (N, C, H, W), w (C, O / groups, kH, kW), bias (O) -> (N, O, oH, oW),
 * oH = (H - 1) stride - 2 padding + dilation (kH - 1) + outputPadding + 1.
 * @throws ShapeError when channels do not fit or y would be empty.
 */
export function convTranspose2d(
  x: Tensor,
  w: Tensor,
  bias?: Tensor | null,
  options: ConvTranspose2dOptions = {},
): Tensor {
  return apply(convTranspose2dOp, bias ? [x, w, bias] : [x, w], options);
}
