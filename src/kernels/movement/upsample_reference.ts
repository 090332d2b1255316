/**
 * Nearest, bilinear and bicubic resizing: for each output, which input places it is made of and their weights; the
 * gradient goes the same way back.
 */
import type { UpsampleGeometry } from './upsample.js';
import { hostTensor, type HostTensor } from '../launch/host_tensor.js';

interface Part {
  readonly place: number;
  readonly weight: number;
}

/** Cubic convolution (Keys 1981) with a = -0.75, at a distance of 0 to 2. */
function cubicWeight(d: number): number {
  const a = -0.75;
  return d <= 1 ? ((a + 2) * d - (a + 3)) * d * d + 1 : ((a * d - 5 * a) * d + 8 * a) * d - 4 * a;
}

/** The parts of output `o` along one dimension of n places. */
function partsOf(o: number, scale: number, n: number, { mode, alignCorners }: UpsampleGeometry): Part[] {
  // PyTorch computes the nearest place in f32, and so does the kernel: a product that falls just short of a whole
  // number counts as less.
  if (mode === 'nearest' || mode === 'nearest-exact') {
    const edge = mode === 'nearest' ? o : o + 0.5;
    return [{ place: Math.min(Math.floor(Math.fround(edge * Math.fround(scale))), n - 1), weight: 1 }];
  }
  if (mode === 'bicubic') {
    const center = alignCorners ? o * scale : (o + 0.5) * scale - 0.5;
    const first = Math.floor(center) - 1;
    return [0, 1, 2, 3].map((k) => ({
      place: Math.min(Math.max(first + k, 0), n - 1),
      weight: cubicWeight(Math.abs(center - (first + k))),
    }));
  }
  const at = alignCorners ? o * scale : Math.max(0, (o + 0.5) * scale - 0.5);
  const low = Math.min(Math.floor(at), n - 1);
  if (low === n - 1) return [{ place: low, weight: 1 }];
  return [
    { place: low, weight: 1 - (at - low) },
    { place: low + 1, weight: at - low },
  ];
}

/** Calls `visit` for every pair of output and input element with the weight of the one in the other. */
function visitParts(
  planes: number,
  g: UpsampleGeometry,
  visit: (output: number, input: number, weight: number) => void,
): void {
  for (let p = 0; p < planes; p++) {
    for (let y = 0; y < g.oH; y++) {
      for (let x = 0; x < g.oW; x++) {
        for (const v of partsOf(y, g.scale[0], g.H, g)) {
          for (const h of partsOf(x, g.scale[1], g.W, g))
            visit((p * g.oH + y) * g.oW + x, (p * g.H + v.place) * g.W + h.place, v.weight * h.weight);
        }
      }
    }
  }
}

/** x (N, C, H, W) -> (N, C, oH, oW). */
export function upsample(x: HostTensor, g: UpsampleGeometry): HostTensor {
  const y = hostTensor([...x.shape.slice(0, 2), g.oH, g.oW]);
  visitParts(x.shape[0] * x.shape[1], g, (output, input, weight) => {
    y.data[output] += weight * x.data[input];
  });
  return y;
}

export function upsampleBackward(dy: HostTensor, g: UpsampleGeometry): HostTensor {
  const dx = hostTensor([...dy.shape.slice(0, 2), g.H, g.W]);
  visitParts(dy.shape[0] * dy.shape[1], g, (output, input, weight) => {
    dx.data[input] += weight * dy.data[output];
  });
  return dx;
}
