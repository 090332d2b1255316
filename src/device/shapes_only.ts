/**
 * A device that computes nothing: ops check shapes and allocate as on any other, so that a model's shapes and memory
 * can be looked at without an adapter and without its numbers.
 */
import type { AdapterSummary } from './adapter.js';
import { Device } from './device.js';
import { NO_GPU } from './no_gpu.js';

const ADAPTER: AdapterSummary = {
  vendor: '',
  architecture: '',
  device: '',
  description: 'shapes only',
  isSoftware: false,
  subgroupSize: 0,
};

/** What is read back from it is meaningless. */
export function shapesOnlyDevice(): Device {
  return new Device({ gpu: NO_GPU, adapter: ADAPTER, matrices: null }, { poison: false });
}
