/** Max and average pooling and their gradients. x (N, C, H, W) -> y (N, C, oH, oW), oH = floor((H + 2 pad - k) / stride) + 1. */
import { hostTensor, type HostTensor } from './host_tensor.js';

type Pair = readonly [height: number, width: number];

export interface Pool2dArgs {
  readonly kernelSize: Pair;
  /** Default: the kernel's size. */
  readonly stride?: Pair;
  readonly padding?: Pair;
}

function outputShape([N, C, H, W]: readonly number[], { kernelSize, stride = kernelSize, padding = [0, 0] }: Pool2dArgs): number[] {
  const size = (n: number, i: 0 | 1): number => Math.floor((n + 2 * padding[i] - kernelSize[i]) / stride[i]) + 1;
  return [N, C, size(H, 0), size(W, 1)];
}

/** Calls `visit` for every output with its number and the numbers of the elements of x in its window, row by row, padding left out. */
function forEachWindow(shapeX: readonly number[], args: Pool2dArgs, visit: (at_y: number, window: readonly number[]) => void): void {
  const { kernelSize, stride = kernelSize, padding = [0, 0] } = args;
  const [N, C, H, W] = shapeX;
  const [, , oH, oW] = outputShape(shapeX, args);
  for (let plane = 0; plane < N * C; plane++)
    for (let oy = 0; oy < oH; oy++)
      for (let ox = 0; ox < oW; ox++) {
        const window: number[] = [];
        for (let ky = 0; ky < kernelSize[0]; ky++)
          for (let kx = 0; kx < kernelSize[1]; kx++) {
            const iy = oy * stride[0] - padding[0] + ky;
            const ix = ox * stride[1] - padding[1] + kx;
            if (iy >= 0 && iy < H && ix >= 0 && ix < W) window.push((plane * H + iy) * W + ix);
          }
        visit((plane * oH + oy) * oW + ox, window);
      }
}

/** Where a window's largest element is; the first of equals. */
function largest(x: HostTensor, window: readonly number[]): number {
  let best = window[0];
  for (const at of window) if (x.data[at] > x.data[best]) best = at;
  return best;
}

/** y = max over the window. */
export function maxPool2d(x: HostTensor, args: Pool2dArgs): HostTensor {
  const y = hostTensor(outputShape(x.shape, args));
  forEachWindow(x.shape, args, (at_y, window) => {
    y.data[at_y] = x.data[largest(x, window)];
  });
  return y;
}

/** Each dy goes to the element that was the largest of its window. */
export function maxPool2dBackward(dy: HostTensor, x: HostTensor, args: Pool2dArgs): HostTensor {
  const dx = hostTensor(x.shape);
  forEachWindow(x.shape, args, (at_y, window) => {
    dx.data[largest(x, window)] += dy.data[at_y];
  });
  return dx;
}

/** y = sum over the window / (kH kW); padding counts as zeros. */
export function avgPool2d(x: HostTensor, args: Pool2dArgs): HostTensor {
  const y = hostTensor(outputShape(x.shape, args));
  forEachWindow(x.shape, args, (at_y, window) => {
    for (const at of window) y.data[at_y] += x.data[at] / (args.kernelSize[0] * args.kernelSize[1]);
  });
  return y;
}

/** Each dy is shared evenly by the elements of its window. */
export function avgPool2dBackward(dy: HostTensor, shapeX: readonly number[], args: Pool2dArgs): HostTensor {
  const dx = hostTensor(shapeX);
  forEachWindow(shapeX, args, (at_y, window) => {
    for (const at of window) dx.data[at] += dy.data[at_y] / (args.kernelSize[0] * args.kernelSize[1]);
  });
  return dx;
}
