/** One device for all tests of the process, and suites whose every test runs inside WebGPU error scopes. */
import type { suite as uvuSuite } from 'uvu';
import { Device, type DeviceOptions } from '../../src/device/device.js';
import { hookErrors, onClose, suite } from './harness.js';

let shared: Promise<Device> | null = null;

/** The shared device. Recycled memory is poisoned with NaN when WEFT_POISON is set, as `npm test` does. */
export function testDevice(): Promise<Device> {
  if (shared === null) {
    shared = Device.create();
    onClose(async () => (await shared)?.destroy());
  }
  return shared;
}

const FILTERS: readonly GPUErrorFilter[] = ['validation', 'out-of-memory', 'internal'];

/** A suite on the shared device: an error that WebGPU raises during a test fails that test. */
export function gpuSuite(name: string): ReturnType<typeof uvuSuite> {
  const test = suite(name);
  test.before.each(async () => {
    const { gpu } = await testDevice();
    for (const filter of FILTERS) gpu.pushErrorScope(filter);
  });
  test.after.each(async () => {
    try {
      const device = await testDevice();
      await device.sync();
      const errors = await Promise.all(FILTERS.map(() => device.gpu.popErrorScope()));
      const first = errors.find((e) => e !== null);
      if (first) throw new Error(`WebGPU error in ${name}: ${first.message}`);
    } catch (error) {
      hookErrors.push(`  FAIL  after a test of ${name}: ${error instanceof Error ? error.message : String(error)}\n`);
      throw error;
    }
  });
  return test;
}

/** Runs a body on a device of its own (e.g. with a lowered binding limit) and destroys it. */
export async function withDevice<T>(options: DeviceOptions, body: (device: Device) => Promise<T>): Promise<T> {
  const device = await Device.create(options);
  try {
    return await body(device);
  } finally {
    device.destroy();
  }
}
