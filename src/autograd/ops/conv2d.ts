/** 2-D convolution with its three gradients. */
import { conv2d as conv2dKernel, conv2dBackwardBias, conv2dBackwardInput, conv2dBackwardWeight, conv2dGeometry, type Conv2dOptions } from '../../kernels/conv2d.js';
import type { Tensor } from '../../tensor/tensor.js';
import { apply, defineOp } from '../graph.js';

const conv2dOp = defineOp<Conv2dOptions, { x: Tensor; w: Tensor }>({
  name: 'conv2d',
  forward: ([x, w, bias], options) => ({ output: conv2dKernel(x, w, bias ?? null, options), saved: { x, w } }),
  backward: (dy, { x, w }, options, needs) => {
    const g = conv2dGeometry(x.shape, w.shape, options);
    return [
      needs[0] ? conv2dBackwardInput(dy, w, g, options.choice) : null,
      needs[1] ? conv2dBackwardWeight(x, dy, g, options.choice) : null,
      needs[2] ? conv2dBackwardBias(dy) : null,
    ];
  },
});

/** x (N, C, H, W), w (O, C / groups, kH, kW), bias (O) -> (N, O, oH, oW). */
export function conv2d(x: Tensor, w: Tensor, bias?: Tensor | null, options: Conv2dOptions = {}): Tensor {
  return apply(conv2dOp, bias ? [x, w, bias] : [x, w], options);
}
