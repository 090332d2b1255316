/**
 * 1-D convolution: x (N, C, L), w (O, C / groups, kL), bias (O), y (N, O, oL), oL = floor((L + 2 pad - dilation (kL -
 * 1) - 1) / stride) + 1.
 */
import { hostTensor, type HostTensor } from '../launch/host_tensor.js';

export interface Conv1dArgs {
  readonly stride?: number;
  readonly padding?: number | 'same' | 'valid';
  readonly dilation?: number;
  readonly groups?: number;
}

/** y[n, o, ol] = bias[o] + sum over c, k of w[o, c, k] * x[n, c, ol * stride - pad + k * dilation]. */
export function conv1d(
  x: HostTensor,
  w: HostTensor,
  bias: HostTensor | null,
  { stride = 1, padding = 0, dilation = 1, groups = 1 }: Conv1dArgs,
): HostTensor {
  const [N, C, L] = x.shape;
  const [O, depth, kL] = w.shape;
  const span = dilation * (kL - 1);
  const [before, after] =
    padding === 'valid'
      ? [0, 0]
      : padding === 'same'
        ? [Math.floor(span / 2), Math.ceil(span / 2)]
        : [padding, padding];
  const oL = Math.floor((L + before + after - span - 1) / stride) + 1;
  const y = hostTensor([N, O, oL]);
  for (let n = 0; n < N; n++)
    for (let o = 0; o < O; o++)
      for (let ol = 0; ol < oL; ol++) {
        let sum = bias === null ? 0 : bias.data[o];
        for (let d = 0; d < depth; d++)
          for (let k = 0; k < kL; k++) {
            const c = Math.floor(o / (O / groups)) * depth + d;
            const i = ol * stride - before + k * dilation;
            if (i >= 0 && i < L) sum += w.data[(o * depth + d) * kL + k] * x.data[(n * C + c) * L + i];
          }
        y.data[(n * O + o) * oL + ol] = sum;
      }
  return y;
}
