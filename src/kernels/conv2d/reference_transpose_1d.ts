/**
 * 1-D transposed convolution: x (N, C, L), w (C, O / groups, kL), bias (O), y (N, O, oL), oL = (L - 1) stride - 2 pad +
 * dilation (kL - 1) + outputPadding + 1.
 */
import { hostTensor, type HostTensor } from '../launch/host_tensor.js';

export interface ConvTranspose1dArgs {
  readonly stride?: number;
  readonly padding?: number;
  /** Elements more at the end of y. */
  readonly outputPadding?: number;
  readonly groups?: number;
  readonly dilation?: number;
}

/** y[n, o, l * stride - pad + k * dilation] += x[n, c, l] * w[c, o, k], on top of bias[o]. */
export function convTranspose1d(
  x: HostTensor,
  w: HostTensor,
  bias: HostTensor | null,
  { stride = 1, padding = 0, outputPadding = 0, groups = 1, dilation = 1 }: ConvTranspose1dArgs,
): HostTensor {
  const [N, C, L] = x.shape;
  const [, depth, kL] = w.shape;
  const O = depth * groups;
  const oL = (L - 1) * stride - 2 * padding + dilation * (kL - 1) + outputPadding + 1;
  const y = hostTensor([N, O, oL]);
  if (bias !== null) for (let i = 0; i < y.data.length; i++) y.data[i] = bias.data[Math.floor(i / oL) % O];
  for (let n = 0; n < N; n++)
    for (let c = 0; c < C; c++)
      for (let l = 0; l < L; l++)
        for (let d = 0; d < depth; d++)
          for (let k = 0; k < kL; k++) {
            const o = Math.floor(c / (C / groups)) * depth + d; // group g of the inputs writes group g of the outputs
            const ol = l * stride - padding + k * dilation;
            if (ol >= 0 && ol < oL)
              y.data[(n * O + o) * oL + ol] += x.data[(n * C + c) * L + l] * w.data[(c * depth + d) * kL + k];
          }
  return y;
}
