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

  /** How often a device was lost. */
  get renewed(): number {
    return this.#renewed;
  }

  /**
   * To be called when something failed: closes a device that has failed, as it would fail for ever. What is computed
   * next is computed on another then. Of several that fail with one device the first closes it.
   */
  async renew(): Promise<void> {
    const opened = this.#opened;
    const device = await opened?.catch(() => null);
    if (device === null || device === undefined) return;
    try {
      await device.sync();
    } catch {
      if (this.#opened !== opened) return;
      device.destroy();
      this.#opened = null;
      this.#renewed++;
      for (const forget of this.#forget) forget();
    }
  }

  async state(): Promise<GpuState> {
    const device = await this.#opened?.catch(() => null);
    return { bytes: device?.statistics().bytes ?? 0, renewed: this.#renewed };
  }
}
