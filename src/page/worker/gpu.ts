/** The worker's device. A GPU that is lost is opened anew, and whoever kept something on it is told. */
import { Device } from '../../device/device.js';
import type { GpuState } from './protocol.js';

export class Gpu {
  #opened: Promise<Device> | null = null;
  #renewed = 0;
  readonly #forget: (() => void)[] = [];

  /** @throws AdapterError where this browser has no WebGPU. */
  device(): Promise<Device> {
    this.#opened ??= Device.create().catch((error: unknown) => {
      this.#opened = null;
      throw error;
    });
    return this.#opened;
  }

  /** @param forget drops what lies on a device that is gone. */
  whenLost(forget: () => void): void {
    this.#forget.push(forget);
  }

  /**
   * To be called when something failed: closes a device that has failed, as it would fail for ever. Returns whether it
   * had: what is computed next is computed on another.
   */
  async renew(): Promise<boolean> {
    const device = await this.#opened?.catch(() => null);
    if (device === null || device === undefined) return false;
    try {
      await device.sync();
      return false;
    } catch {
      device.destroy();
      this.#opened = null;
      this.#renewed++;
      for (const forget of this.#forget) forget();
      return true;
    }
  }

  async state(): Promise<GpuState> {
    const device = await this.#opened?.catch(() => null);
    return { bytes: device?.statistics().bytes ?? 0, renewed: this.#renewed };
  }
}
