/**
 * Names of the kernels that were dispatched. Poisoning under test dispatches `fill`, so that one counts only where it
 * is asked for.
 */
import { Device } from '../../src/device/device.js';
import type { Kernel, Launch } from '../../src/device/kernel.js';

let log: Set<string> | null = null;
const dispatch = Device.prototype.dispatch;
Device.prototype.dispatch = function (this: Device, kernel: Kernel, launch: Launch): void {
  dispatch.call(this, kernel, launch);
  if (launch.workgroups > 0) log?.add(kernel.name);
};

/** Runs a body and returns the names of the kernels that it dispatched. */
export async function kernelsDuring(body: () => Promise<void> | void): Promise<Set<string>> {
  const before = log;
  const own = new Set<string>();
  log = own;
  try {
    await body();
  } finally {
    log = before;
  }
  return own;
}
