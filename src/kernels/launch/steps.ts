/** How many elements a thread of an elementwise kernel makes. */

import type { Device } from '../../device/device.js';
import { BUSY_WORKGROUPS, kindOf } from './targets.js';

const THREADS = 64;

/**
 * The constant STEPS of a kernel that includes shaders/common/steps.wgsl, which says which elements a thread makes, and
 * the workgroups for `count` elements. Starting a thread costs as much as an element on a software adapter: relu of 1M
 * numbers went from 2.8 to 1.4 ms with 4 vec4s a thread (measured side by side). Where there would be too few
 * workgroups to keep the adapter busy, a thread makes one.
 */
export function steps(
  device: Device,
  count: number,
  most = 4,
): { readonly constants: Readonly<Record<string, number>>; readonly workgroups: number } {
  const wanted = count >= THREADS * most * BUSY_WORKGROUPS[kindOf(device)] ? most : 1;
  return { constants: { STEPS: wanted }, workgroups: Math.ceil(count / (THREADS * wanted)) };
}
