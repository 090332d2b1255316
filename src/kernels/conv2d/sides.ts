/** What the tiled kernels of a convolution see along one side of the image: which pixels, which taps, where. */
import { gcd } from '../launch/windows.js';
import type { Conv2dGeometry } from './geometry.js';
import type { QuadLayout } from './quads.js';

/**
 * Output pixels start, start + step, …, `count` of them along one side; their taps k = first, first + every, … see
 * input start + y step + i tapStep.
 */
export interface Side {
  readonly outStart: number;
  readonly outStep: number;
  readonly count: number;
  readonly taps: number;
  readonly first: number;
  readonly every: number;
  readonly start: number;
  readonly step: number;
  readonly tapStep: number;
  /** Of the input. */
  readonly size: number;
}

/** Forward: all pixels at once. */
export function forwardSide(g: Conv2dGeometry, i: 0 | 1, layout: QuadLayout): Side {
  const count = [g.oH, g.oW][i];
  const whole = { outStart: 0, outStep: 1, count, first: 0, every: 1, size: [layout.H, layout.W][i] };
  if (layout.isFolded && i === 1) return { ...whole, taps: 1, start: 0, step: 1, tapStep: 0 }; // the copy has no more
  return { ...whole, taps: layout.taps[i], start: -g.padding[i], step: g.stride[i], tapStep: g.dilation[i] };
}

/**
 * Gradient of the input: dx at position p of a side gets w at tap k from dy at (p + pad - k dilation) / stride, where
 * that is whole. Positions of one remainder modulo the stride have the same taps: each is a convolution of stride 1
 * with every so many of the taps.
 */
export function backwardSides(g: Conv2dGeometry, i: 0 | 1): Side[] {
  const [size, k, stride, dilation, pad] = [[g.H, g.W][i], [g.kH, g.kW][i], g.stride[i], g.dilation[i], g.padding[i]];
  const every = stride / gcd(stride, dilation);
  return Array.from({ length: Math.min(stride, size) }, (_, outStart) => {
    const count = Math.ceil((size - outStart) / stride);
    const first = Array.from({ length: Math.min(every, k) }, (_, t) => t).find(
      (t) => (outStart + pad - t * dilation) % stride === 0,
    );
    const tapStep = (-every * dilation) / stride;
    const side = { outStart, outStep: stride, count, every, step: 1, tapStep, size: [g.oH, g.oW][i] };
    if (first === undefined) return { ...side, taps: 0, first: 0, start: 0 };
    return {
      ...side,
      first,
      taps: Math.ceil((k - first) / every),
      start: (outStart + pad - first * dilation) / stride,
    };
  });
}

/** Whether a tap of some pixel lies outside of the operand. */
export function reachesOut({ start, step, count, tapStep, taps, size }: Side): boolean {
  const ends = [start, start + (taps - 1) * tapStep];
  return taps > 0 && (Math.min(...ends) < 0 || Math.max(...ends) + (count - 1) * step >= size);
}
