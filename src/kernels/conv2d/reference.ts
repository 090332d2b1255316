/**
 * Convolution (cross-correlation) and its gradients, as seven loops. x (N, C, H, W), w (O, C / groups, kH, kW), bias
 * (O), y (N, O, oH, oW) with oH = floor((H + padding before + padding after - dilation (kH - 1) - 1) / stride) + 1.
 */
import { hostTensor, type HostTensor } from '../launch/host_tensor.js';

type Pair = readonly [height: number, width: number];

export interface Conv2dArgs {
  readonly stride?: Pair;
  /** As much on either side; 'valid' is none; 'same' makes y as large as x, an odd row or column going to the end. */
  readonly padding?: Pair | 'same' | 'valid';
  readonly dilation?: Pair;
  readonly groups?: number;
  /** y = activation(convolution + residual): see `conv2dEpilogue`. */
  readonly activation?: 'relu' | 'tanh' | 'sigmoid' | null;
}

/** Padding before the first row and column, and after the last. */
function paddings(
  w: readonly number[],
  { padding = [0, 0], dilation = [1, 1] }: Conv2dArgs,
): { before: Pair; after: Pair } {
  if (padding === 'valid') return { before: [0, 0], after: [0, 0] };
  if (padding !== 'same') return { before: padding, after: padding };
  const total = [dilation[0] * (w[2] - 1), dilation[1] * (w[3] - 1)];
  const before: Pair = [Math.floor(total[0] / 2), Math.floor(total[1] / 2)];
  return { before, after: [total[0] - before[0], total[1] - before[1]] };
}

/** Shape of y. */
function outputShape(x: readonly number[], w: readonly number[], args: Conv2dArgs): number[] {
  const { stride = [1, 1], dilation = [1, 1] } = args;
  const { before, after } = paddings(w, args);
  const size = (i: 0 | 1): number =>
    Math.floor((x[2 + i] + before[i] + after[i] - dilation[i] * (w[2 + i] - 1) - 1) / stride[i]) + 1;
  return [x[0], w[0], size(0), size(1)];
}

/** Calls `visit` with the element numbers of every product w[at_w] * x[at_x] that is a term of y[at_y]. */
function forEachTerm(
  shapeX: readonly number[],
  shapeW: readonly number[],
  args: Conv2dArgs,
  visit: (at_x: number, at_w: number, at_y: number) => void,
): void {
  const { stride = [1, 1], dilation = [1, 1], groups = 1 } = args;
  const { before } = paddings(shapeW, args);
  const [N, C, H, W] = shapeX;
  const [O, depth, kH, kW] = shapeW;
  const [, , oH, oW] = outputShape(shapeX, shapeW, args);
  for (let n = 0; n < N; n++)
    for (let o = 0; o < O; o++)
      for (let oy = 0; oy < oH; oy++)
        for (let ox = 0; ox < oW; ox++)
          for (let d = 0; d < depth; d++)
            for (let ky = 0; ky < kH; ky++)
              for (let kx = 0; kx < kW; kx++) {
                // group g of the outputs reads group g of the inputs
                const c = Math.floor(o / (O / groups)) * depth + d;
                const iy = oy * stride[0] - before[0] + ky * dilation[0];
                const ix = ox * stride[1] - before[1] + kx * dilation[1];
                if (iy < 0 || iy >= H || ix < 0 || ix >= W) continue; // padding is zero
                visit(
                  ((n * C + c) * H + iy) * W + ix,
                  ((o * depth + d) * kH + ky) * kW + kx,
                  ((n * O + o) * oH + oy) * oW + ox,
                );
              }
}

/**
 * y[n, o, oy, ox] = bias[o] + sum over c, ky, kx of w[o, c, ky, kx] * x[n, c, oy * stride - pad + ky * dilation, …].
 */
export function conv2d(x: HostTensor, w: HostTensor, bias: HostTensor | null, args: Conv2dArgs = {}): HostTensor {
  const y = hostTensor(outputShape(x.shape, w.shape, args));
  const [, O, oH, oW] = y.shape;
  if (bias !== null) for (let i = 0; i < y.data.length; i++) y.data[i] = bias.data[Math.floor(i / (oH * oW)) % O];
  forEachTerm(x.shape, w.shape, args, (at_x, at_w, at_y) => {
    y.data[at_y] += w.data[at_w] * x.data[at_x];
  });
  return y;
}

/** dx (N, C, H, W), of the given shape. */
export function conv2dBackwardInput(
  dy: HostTensor,
  w: HostTensor,
  shapeX: readonly number[],
  args: Conv2dArgs = {},
): HostTensor {
  const dx = hostTensor(shapeX);
  forEachTerm(shapeX, w.shape, args, (at_x, at_w, at_y) => {
    dx.data[at_x] += w.data[at_w] * dy.data[at_y];
  });
  return dx;
}

/** dw (O, C / groups, kH, kW), of the given shape. */
export function conv2dBackwardWeight(
  x: HostTensor,
  dy: HostTensor,
  shapeW: readonly number[],
  args: Conv2dArgs = {},
): HostTensor {
  const dw = hostTensor(shapeW);
  forEachTerm(x.shape, shapeW, args, (at_x, at_w, at_y) => {
    dw.data[at_w] += x.data[at_x] * dy.data[at_y];
  });
  return dw;
}

/** dbias[o] = sum over n, oy, ox of dy. */
export function conv2dBackwardBias(dy: HostTensor): HostTensor {
  const [, O, oH, oW] = dy.shape;
  const db = hostTensor([O]);
  for (let i = 0; i < dy.data.length; i++) db.data[Math.floor(i / (oH * oW)) % O] += dy.data[i];
  return db;
}

/** activation(sum + residual). */
export function conv2dEpilogue(sum: HostTensor, residual: HostTensor | null, { activation }: Conv2dArgs): HostTensor {
  const f = {
    none: (v: number) => v,
    relu: (v: number) => Math.max(v, 0),
    tanh: Math.tanh,
    sigmoid: (v: number) => 1 / (1 + Math.exp(-v)),
  }[activation ?? 'none'];
  return hostTensor(
    sum.shape,
    sum.data.map((v, i) => f(v + (residual === null ? 0 : residual.data[i]))),
  );
}

/** The gradient of what the activation was given, from that of y: the gradient of the sum, and of the residual. */
export function conv2dEpilogueBackward(dy: HostTensor, y: HostTensor, { activation }: Conv2dArgs): HostTensor {
  const slope = {
    none: () => 1,
    relu: (v: number) => (v > 0 ? 1 : 0),
    tanh: (v: number) => 1 - v * v,
    sigmoid: (v: number) => v * (1 - v),
  }[activation ?? 'none'];
  return hostTensor(
    dy.shape,
    dy.data.map((d, i) => d * slope(y.data[i])),
  );
}
