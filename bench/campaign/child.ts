/**
 * A part of a campaign in a process of its own: `child.js facts|measure SECONDS plain|tuned ADAPTER NAME…`. It prints a
 * line of JSON for each thing that it knows, so that what is known stays known when it is ended.
 */
import { commandsOf, gpuTime, isNoisy, wallTime } from '../../src/measure/timing.js';
import { measureWorkload } from '../train/train_child.js';
import { adapterLine, listAdapters, summarizeAdapter } from '../../src/device/adapter.js';
import { hostDescription } from '#platform';
import { withDevice } from '../../src/cli/command.js';
import { coresWhenQuiet } from '../../src/cli/host_load.js';
import { print, reportError, say } from '../../src/cli/output.js';
import type { Device } from '../../src/device/device.js';
import { WeftError } from '../../src/device/errors.js';
import { measureRoofs } from '../../src/measure/roofs.js';
import { canRun, workloadOf } from './workloads.js';

const line = (value: unknown): void => print(JSON.stringify(value));

/** What is known of the adapter and the host without measuring kernels, and the roofs. */
async function facts(device: Device, seconds: number): Promise<void> {
  const limits = device.limits as unknown as Record<string, unknown>;
  const names: string[] = [];
  for (const name in limits) names.push(name); // they are its prototype's
  line({
    adapter: device.adapter,
    adapters: (await listAdapters()).map((a) => adapterLine(summarizeAdapter(a))),
    features: [...device.features].sort(),
    limits: Object.fromEntries(names.map((n) => [n, limits[n]]).filter(([, v]) => typeof v === 'number')),
    subgroupMatrixConfigs: (device as { subgroupMatrixConfigs?: unknown }).subgroupMatrixConfigs ?? null,
    host: hostDescription(),
    effectiveCores: await coresWhenQuiet(say),
    roofs: await measureRoofs(device, { seconds }),
  });
}

/** One row: milliseconds by GPU time where there are timestamps, else by the clock. */
async function measure(device: Device, name: string, seconds: number): Promise<void> {
  if (!canRun(device, name)) return line({ name, error: 'this adapter has no shader-f16' });
  try {
    const workload = workloadOf(name);
    if (workload.batch > 0) return line(await measureWorkload(device, workload, seconds));
    const step = workload.prepare(device);
    const body = (): void => void step();
    await device.sync();
    const gpu = await gpuTime(device, body, { seconds: seconds / 2 });
    const wall = await wallTime(device, body, { seconds: seconds / 2 });
    const time = gpu ?? wall;
    line({
      name,
      clock: gpu === null ? 'wall' : 'gpu',
      ms: time.median,
      least: time.min,
      noisy: isNoisy(time),
      wallMs: wall.median,
      flops: workload.flops,
      gflops: workload.flops / time.median / 1e6,
      ...commandsOf(device, body),
    });
  } catch (error) {
    if (!(error instanceof WeftError)) throw error;
    line({ name, error: error.message });
  }
  await device.sync();
  device.trim(); // each has sizes of its own
}

async function main([what, seconds, tune, adapter, ...names]: readonly string[]): Promise<void> {
  const argv = { tune: tune === 'tuned', ...(adapter === '' ? {} : { adapter }) };
  await withDevice(
    argv,
    async (device) => {
      if (what === 'facts') return facts(device, Number(seconds));
      for (const name of names) await measure(device, name, Number(seconds));
    },
    { poison: false },
  );
}

const code = await main(process.argv.slice(2)).then(
  () => 0,
  (error: unknown) => reportError(error, false),
);
process.exit(code); // Dawn keeps threads of its own
