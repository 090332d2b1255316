/** What every command file exports, and the parts that commands share. */
import type { Argv } from 'yargs';
import { Device, type DeviceOptions } from '../device/device.js';
import { resolveOptions, SHARED_OPTIONS } from './options.js';
import { say } from './output.js';

/** What yargs parsed. */
export type Parsed = Readonly<Record<string, unknown>>;

export interface Command {
  /** yargs' form: `eval <run>`. */
  readonly command: string;
  readonly describe: string;
  /** Names of its options, for suggestions. */
  readonly options: readonly string[];
  /** For a command with commands of its own (`data show <data>`): their forms. */
  readonly subcommands?: readonly string[];
  readonly builder: (yargs: Argv) => Argv;
  readonly run: (argv: Parsed) => Promise<void>;
}

/** Opens the device that `--adapter` asks for, says which it is, and closes it at the end whatever happens. */
export async function withDevice<T>(argv: Parsed, body: (device: Device) => Promise<T>, options: Omit<DeviceOptions, 'adapter'> = {}): Promise<T> {
  const { adapter } = resolveOptions({ adapter: SHARED_OPTIONS.adapter }, argv);
  const device = await Device.create({ ...options, adapter: adapter === undefined ? undefined : String(adapter) });
  try {
    say(`adapter: ${device.name}`);
    return await body(device);
  } finally {
    device.destroy();
  }
}
