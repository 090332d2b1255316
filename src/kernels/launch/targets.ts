/** How much work at a time keeps an adapter busy: what splits and tiles aim at. */
import type { Device } from '../../device/device.js';

export type AdapterKind = 'software' | 'gpu';

export const kindOf = ({ adapter }: Device): AdapterKind => (adapter.isSoftware ? 'software' : 'gpu');

/**
 * Workgroups of 64 threads that keep it busy. WebGPU does not say how many compute units a GPU has: eight for each of
 * the 128 of a large card. A smaller one has more to do than it can hold, which costs it little.
 */
export const BUSY_WORKGROUPS: Readonly<Record<AdapterKind, number>> = { software: 64, gpu: 1024 };
