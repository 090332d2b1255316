/** Which convolutions Winograd's members can compute, which are worth a try, and which of them are defaults. */
import type { Device } from '../../device/device.js';
import type { Choice } from '../launch/family.js';

/** What these members need to know of a convolution; a Conv2dGeometry is one. */
export interface WinogradGeometry {
  readonly N: number;
  readonly C: number;
  readonly H: number;
  readonly W: number;
  readonly O: number;
  readonly kH: number;
  readonly kW: number;
  readonly oH: number;
  readonly oW: number;
  readonly stride: readonly [number, number];
  readonly padding: readonly [number, number];
  readonly dilation: readonly [number, number];
  readonly groups: number;
}

/** Products of a tile and pair of channels. */
export function productsOf(M: number): number {
  return (M + 2) ** 2;
}

export const F2: Choice = { variant: 'winograd', M: 2 };
export const F4: Choice = { variant: 'winograd', M: 4 };

/** y, dx or dw. */
export type Pass = 'forward' | 'input' | 'weight';

/** Whether the members can run: windows of 3x3, whole fours of channels, subgroups of one known size. */
export function canWinograd(device: Device, g: WinogradGeometry, pass: Pass): boolean {
  const S = device.adapter.subgroupSize;
  const hasSubgroups = device.features.has('subgroups') && S >= 4 && S <= 32;
  const isPlain = [g.kH, g.kW].every((k) => k === 3) && [...g.stride, ...g.dilation, g.groups].every((v) => v === 1);
  if (!hasSubgroups || !isPlain || g.C % 4 !== 0 || g.O % 4 !== 0) return false;
  const largest = pass === 'weight' ? g.N * Math.max(g.C * g.H * g.W, g.O * g.oH * g.oW) : 0; // bound whole
  return 4 * Math.max(largest, productsOf(4) * g.C * g.O) <= device.maxBindingBytes;
}
