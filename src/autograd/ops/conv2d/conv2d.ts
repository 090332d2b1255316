/** 2-D convolution with its gradients; y = activation(x * w + bias + residual). */
import { requireOptions } from '../../../kernels/launch/checks.js';
import { cast, type FloatType } from '../../../kernels/elementwise/cast.js';
import {
  conv2d as conv2dKernel,
  conv2dBackwardBias,
  conv2dBackwardInput,
  conv2dBackwardParameters,
  conv2dGeometry,
  type Conv2dOptions,
  type KeptQuads,
} from '../../../kernels/conv2d/conv2d.js';
import { unaryBackward } from '../../../kernels/elementwise/unary.js';
import type { Tensor } from '../../../tensor/tensor.js';
import { apply, defineOp } from '../../graph.js';
import type { Conv2dArgs } from '../args.js';

/**
 * y is kept for the gradient of the activation, and x also as the kernels laid it out: a step's memory holds it to its
 * end anyway.
 */
const conv2dOp = defineOp<
  Conv2dArgs,
  { x: Tensor; w: Tensor; y: Tensor; kept: KeptQuads | null; dtypeResidual: FloatType }
>({
  name: 'conv2d',
  precision: { half: 1 },
  forward: ([x, w, ...more], { options, hasBias, hasResidual }) => {
    const residual = hasResidual ? more[hasBias ? 1 : 0] : null;
    const kept: KeptQuads | null = w.requiresGrad ? { current: null } : null;
    const y = conv2dKernel(
      x,
      w,
      hasBias ? more[0] : null,
      options,
      residual && cast(residual, x.dtype as FloatType),
      kept,
    );
    return { output: y, saved: { x, w, y, kept, dtypeResidual: (residual?.dtype ?? 'f32') as FloatType } };
  },
  backward: (dy, { x, w, y, kept, dtypeResidual }, { options, hasBias, hasResidual }, needs, into) => {
    const g = conv2dGeometry(x.shape, w.shape, options);
    const d = options.activation ? unaryBackward(options.activation, y, dy, [0, 0]) : dy;
    const needsBias = hasBias && needs[2];
    const parameters = needs[1]
      ? conv2dBackwardParameters(
          x,
          d,
          g,
          needsBias,
          options.choice,
          { dw: into[1], dbias: hasBias ? into[2] : null },
          kept,
        )
      : null;
    const dbias = parameters?.dbias ?? (needsBias ? conv2dBackwardBias(d) : null);
    return [
      needs[0] ? conv2dBackwardInput(d, w, g, options.choice) : null,
      parameters?.dw ?? null,
      ...(hasBias ? [dbias] : []),
      ...(hasResidual ? [cast(d, dtypeResidual)] : []),
    ];
  },
});

/**
 * x (N, C, H, W), w (O, C / groups, kH, kW), bias (O) -> (N, O, oH, oW). A residual of y's shape is added before the
 * activation.
 * @throws ShapeError when channels, bias or residual do not fit, or the window is larger than the padded image.
 */
export function conv2d(
  x: Tensor,
  w: Tensor,
  bias?: Tensor | null,
  options: Conv2dOptions & { readonly residual?: Tensor | null } = {},
): Tensor {
  requireOptions('conv2d', options, '{ stride: 2, padding: 1 }');
  const { residual, ...plain } = options;
  const args = { options: plain, hasBias: !!bias, hasResidual: !!residual };
  return apply(conv2dOp, [x, w, ...(bias ? [bias] : []), ...(residual ? [residual] : [])], args);
}
