/** Local response normalisation of x (N, C, …) across channels, and its gradient. */
import type { LrnSettings } from './local_response_norm.js';
import { hostTensor, type HostTensor } from '../launch/host_tensor.js';

/** Calls `visit` for every element with its number and the numbers of the elements in its window of channels. */
function forEachWindow(
  [N, C, ...plane]: readonly number[],
  size: number,
  visit: (i: number, window: readonly number[]) => void,
): void {
  const P = plane.reduce((n, d) => n * d, 1);
  for (let n = 0; n < N; n++)
    for (let c = 0; c < C; c++)
      for (let p = 0; p < P; p++) {
        const window: number[] = [];
        for (let w = c - Math.floor(size / 2); w <= c + Math.floor((size - 1) / 2); w++)
          if (w >= 0 && w < C) window.push((n * C + w) * P + p);
        visit((n * C + c) * P + p, window);
      }
}

const base = (x: HostTensor, window: readonly number[], { size, alpha, k }: LrnSettings): number =>
  k + (alpha / size) * window.reduce((s, at) => s + x.data[at] ** 2, 0);

/** y = x / (k + alpha / size * sum over the window of x^2)^beta. */
export function localResponseNorm(x: HostTensor, s: LrnSettings): HostTensor {
  const y = hostTensor(x.shape);
  forEachWindow(x.shape, s.size, (i, window) => {
    y.data[i] = x.data[i] / base(x, window, s) ** s.beta;
  });
  return y;
}

export function localResponseNormBackward(dy: HostTensor, x: HostTensor, s: LrnSettings): HostTensor {
  const dx = hostTensor(x.shape);
  forEachWindow(x.shape, s.size, (i, window) => {
    const d = base(x, window, s);
    dx.data[i] += dy.data[i] / d ** s.beta;
    for (const at of window)
      dx.data[at] -= dy.data[i] * x.data[i] * s.beta * d ** (-s.beta - 1) * (s.alpha / s.size) * 2 * x.data[at];
  });
  return dx;
}
