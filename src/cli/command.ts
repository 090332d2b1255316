/** What commands share that compute on a device. */
import { env } from '#platform';
import { Device, type DeviceOptions } from '../device/device.js';
import { useTuned, type TunedFile } from '../kernels/tune/tuned_file.js';
import type { Parsed } from './declare/declared.js';
import { resolveOptions, SHARED_OPTIONS } from './options/options.js';
import { say } from './output.js';

/** Opens the device that `--adapter` asks for. */
export function openDevice(argv: Parsed, options: Omit<DeviceOptions, 'adapter'> = {}): Promise<Device> {
  const { adapter } = resolveOptions({ adapter: SHARED_OPTIONS.adapter }, argv);
  return Device.create({ ...options, adapter: adapter === undefined ? undefined : String(adapter) });
}

/** `--no-tune`, or WEFT_TUNE=0. */
export function isTuningRefused(argv: Parsed): boolean {
  return resolveOptions({ tune: SHARED_OPTIONS.tune }, argv)['tune'] === false || env('WEFT_TUNE') === '0';
}

/** Opens the device with what the tuner found, and says which it is. The caller closes it. */
export async function openTuned(argv: Parsed): Promise<Device> {
  const device = await openDevice(argv);
  const tuned = isTuningRefused(argv) ? null : await useTuned(device);
  sayDevice(device, tuned);
  return device;
}

/**
 * Opens the device, lets it use what the tuner found (unless `--no-tune` is given), says which it is, and closes it at
 * the end whatever happens. `tuned` is null under `--no-tune`.
 */
export async function withDevice<T>(
  argv: Parsed,
  body: (device: Device, tuned: TunedFile | null) => Promise<T>,
  options: Omit<DeviceOptions, 'adapter'> = {},
): Promise<T> {
  const device = await openDevice(argv, options);
  try {
    const tuned = isTuningRefused(argv) ? null : await useTuned(device);
    sayDevice(device, tuned);
    return await body(device, tuned);
  } finally {
    device.destroy();
  }
}

function sayDevice(device: Device, tuned: TunedFile | null): void {
  say(`adapter: ${device.name}${device.choices.tuned.size > 0 ? `, kernels tuned: ${device.choices.tuned.size}` : ''}`);
  if (tuned?.state === 'ignored')
    say(`warning: ${tuned.path} ${tuned.why}; the default kernels are used (weft tune writes it anew)`);
}
