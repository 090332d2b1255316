/**
 * Transposed convolution and its gradients: every x is spread over y through the window. x (N, C, H, W), w (C, O /
 * groups, kH, kW), bias (O), y (N, O, oH, oW) with oH = (H - 1) stride - 2 pad + dilation (kH - 1) + outputPadding + 1.
 */
import { hostTensor, type HostTensor } from '../launch/host_tensor.js';

type Pair = readonly [height: number, width: number];

export interface ConvTranspose2dArgs {
  readonly stride?: Pair;
  readonly padding?: Pair;
  /** Rows and columns more at the end of y. */
  readonly outputPadding?: Pair;
  readonly groups?: number;
  readonly dilation?: Pair;
}

/** Shape of y. */
function outputShape(x: readonly number[], w: readonly number[], args: ConvTranspose2dArgs): number[] {
  const { stride = [1, 1], padding = [0, 0], outputPadding = [0, 0], dilation = [1, 1], groups = 1 } = args;
  const size = (i: 0 | 1): number =>
    (x[2 + i] - 1) * stride[i] - 2 * padding[i] + dilation[i] * (w[2 + i] - 1) + outputPadding[i] + 1;
  return [x[0], w[1] * groups, size(0), size(1)];
}

/** Calls `visit` with the element numbers of every product x[at_x] * w[at_w] that is a term of y[at_y]. */
function forEachTerm(
  shapeX: readonly number[],
  shapeW: readonly number[],
  args: ConvTranspose2dArgs,
  visit: (at_x: number, at_w: number, at_y: number) => void,
): void {
  const { stride = [1, 1], padding = [0, 0], dilation = [1, 1], groups = 1 } = args;
  const [N, C, H, W] = shapeX;
  const [, depth, kH, kW] = shapeW;
  const [, O, oH, oW] = outputShape(shapeX, shapeW, args);
  for (let n = 0; n < N; n++)
    for (let c = 0; c < C; c++)
      for (let iy = 0; iy < H; iy++)
        for (let ix = 0; ix < W; ix++)
          for (let d = 0; d < depth; d++)
            for (let ky = 0; ky < kH; ky++)
              for (let kx = 0; kx < kW; kx++) {
                // group g of the inputs writes group g of the outputs
                const o = Math.floor(c / (C / groups)) * depth + d;
                const oy = iy * stride[0] - padding[0] + ky * dilation[0];
                const ox = ix * stride[1] - padding[1] + kx * dilation[1];
                if (oy < 0 || oy >= oH || ox < 0 || ox >= oW) continue; // padding is cut off
                visit(
                  ((n * C + c) * H + iy) * W + ix,
                  ((c * depth + d) * kH + ky) * kW + kx,
                  ((n * O + o) * oH + oy) * oW + ox,
                );
              }
}

/** y[n, o, iy * stride - pad + ky * dilation, …] += x[n, c, iy, ix] * w[c, o, ky, kx], on top of bias[o]. */
export function convTranspose2d(
  x: HostTensor,
  w: HostTensor,
  bias: HostTensor | null,
  args: ConvTranspose2dArgs = {},
): HostTensor {
  const y = hostTensor(outputShape(x.shape, w.shape, args));
  const [, O, oH, oW] = y.shape;
  if (bias !== null) for (let i = 0; i < y.data.length; i++) y.data[i] = bias.data[Math.floor(i / (oH * oW)) % O];
  forEachTerm(x.shape, w.shape, args, (at_x, at_w, at_y) => {
    y.data[at_y] += x.data[at_x] * w.data[at_w];
  });
  return y;
}

/** dx (N, C, H, W), of the given shape. */
export function convTranspose2dBackwardInput(
  dy: HostTensor,
  w: HostTensor,
  shapeX: readonly number[],
  args: ConvTranspose2dArgs = {},
): HostTensor {
  const dx = hostTensor(shapeX);
  forEachTerm(shapeX, w.shape, args, (at_x, at_w, at_y) => {
    dx.data[at_x] += w.data[at_w] * dy.data[at_y];
  });
  return dx;
}

/** dw (C, O / groups, kH, kW), of the given shape. */
export function convTranspose2dBackwardWeight(
  x: HostTensor,
  dy: HostTensor,
  shapeW: readonly number[],
  args: ConvTranspose2dArgs = {},
): HostTensor {
  const dw = hostTensor(shapeW);
  forEachTerm(x.shape, shapeW, args, (at_x, at_w, at_y) => {
    dw.data[at_w] += x.data[at_x] * dy.data[at_y];
  });
  return dw;
}
