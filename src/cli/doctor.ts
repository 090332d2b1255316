/** `weft doctor`: which adapter there is, what it can do, and whether its arithmetic is right. */
import { hostDescription, packageJson } from '#platform';
import { adapterLine, listAdapters, summarizeAdapter } from '../device/adapter.js';
import { CheckError } from '../device/errors.js';
import { selfCheck } from '../kernels/self_check.js';
import { textTable } from '../train/table.js';
import { withDevice, type Command } from './command.js';
import { SHARED_OPTIONS, yargsOptions } from './options.js';
import { printJson, say } from './output.js';

const SHOWN_LIMITS = ['maxBufferSize', 'maxStorageBufferBindingSize', 'maxStorageBuffersPerShaderStage', 'maxComputeWorkgroupStorageSize', 'maxComputeInvocationsPerWorkgroup'] as const;

export const doctorCommand: Command = {
  command: 'doctor',
  describe: 'check the adapter and the kernels',
  options: Object.keys(SHARED_OPTIONS),
  builder: (yargs) => yargs.options(yargsOptions(SHARED_OPTIONS)),
  run: async (argv) => {
    const adapters = (await listAdapters()).map((a) => adapterLine(summarizeAdapter(a)));
    await withDevice(argv, async (device) => {
      const { name, version } = packageJson();
      const limits = Object.fromEntries(SHOWN_LIMITS.map((key) => [key, device.limits[key]]));
      const features = [...device.features].filter((f) => ['subgroups', 'shader-f16', 'timestamp-query'].includes(f));
      const checks = await selfCheck(device);
      const failed = checks.filter((c) => !c.passed);
      say(`${name} ${version}, ${String(hostDescription()['runtime'])}, ${String(hostDescription()['os'])}`);
      say(`adapters: ${adapters.join('; ')}`);
      say(`features: ${features.join(', ') || 'none of those that Weft uses'}${device.adapter.subgroupSize > 0 ? ` (subgroups of ${device.adapter.subgroupSize})` : ''}\n`);
      say(textTable(['limit', 'value'], Object.entries(limits).map(([k, v]) => [k, v.toLocaleString('en-US')]), ['left', 'right']));
      say('');
      say(textTable(['kernel', 'largest relative error', ''], checks.map((c) => [c.name, c.error.toExponential(1), c.passed ? 'right' : 'WRONG']), ['left', 'right', 'left']));
      if (argv['json'] === true) printJson({ name, version, ...hostDescription(), adapters, adapter: device.adapter, features, limits, checks });
      if (failed.length > 0) throw new CheckError(`${failed.length} of ${checks.length} kernels compute wrongly on ${device.name}: ${failed.map((c) => c.name).join(', ')}`, { fix: 'update the GPU driver, or choose another adapter with --adapter' });
      say(`\nall ${checks.length} checks passed`);
    });
  },
};
