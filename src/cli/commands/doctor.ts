/** `weft doctor`: which adapter there is, what it can do, and whether its arithmetic is right. */
import { hostDescription, packageJson } from '#platform';
import { adapterLine, listAdapters, summarizeAdapter } from '../../device/adapter.js';
import type { Device } from '../../device/device.js';
import { CheckError } from '../../device/errors.js';
import type { TunedFile } from '../../kernels/tune/tuned_file.js';
import { selfCheck } from '../../cases/self_check.js';
import { DEFAULT_INPUT, SMALL_MODELS } from '../../nn/models/registry.js';
import { largestBatch, measureStepMemory } from '../../train/step/step_memory.js';
import { textTable } from '../../report/table.js';
import { withDevice } from '../command.js';
import type { Parsed } from '../declare/declared.js';
import { print, printJson } from '../output.js';

/** WebGPU does not say how much memory an adapter has: these stand for a small, a usual and a large one. */
const MEMORIES = [1, 4, 16] as const;

/** Which models train at which batch size, for Fashion-MNIST's images. */
async function modelSizes(device: Device): Promise<object[]> {
  const measured = [];
  for (const spec of SMALL_MODELS) measured.push(await measureStepMemory(device, spec, DEFAULT_INPUT));
  const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);
  print('\nmemory of a training step (Adam, 28x28 images), and the largest batch within so much GPU memory');
  print(
    textTable(
      ['model', 'MiB fixed', 'MiB per image', ...MEMORIES.map((g) => `${g} GiB`)],
      measured.map((m) => [
        m.name,
        megabytes(m.fixedBytes),
        megabytes(m.bytesPerImage),
        ...MEMORIES.map((g) => largestBatch(m, g * 2 ** 30).toLocaleString('en-US')),
      ]),
      ['left', ...new Array<'right'>(5).fill('right')],
    ),
  );
  return measured.map((m) => ({
    ...m,
    largestBatch: Object.fromEntries(MEMORIES.map((g) => [`${g}GiB`, largestBatch(m, g * 2 ** 30)])),
  }));
}

/** Whether tuned choices are in use, and from when. */
function tunedLine(tuned: TunedFile | null): string {
  if (tuned === null) return 'not used, as --no-tune or WEFT_TUNE=0 says; the default kernels run';
  if (tuned.state === 'found')
    return (
      `${Object.keys(tuned.entries).length} choices of ${tuned.when.slice(0, 16).replace('T', ' ')} UTC are in use ` +
      `(${tuned.path})`
    );
  return tuned.state === 'none' ? 'never; the default kernels run (weft tune)' : 'not used: see the warning above';
}

const SHOWN_LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
  'maxComputeWorkgroupStorageSize',
  'maxComputeInvocationsPerWorkgroup',
] as const;

/** `16x16x16, 16x8x16 by subgroups of 32`, or `none`. */
function matricesLine({ matrices }: Device): string {
  if (matrices === null) return 'none';
  const shapes = matrices.shapes.map(({ M, N, K }) => `${M}x${N}x${K}`).join(', ');
  return `${shapes} by subgroups of ${matrices.lanes}${matrices.mode === 'emulated' ? ', emulated' : ''}`;
}

export async function run(argv: Parsed): Promise<void> {
  const adapters = (await listAdapters()).map((a) => adapterLine(summarizeAdapter(a)));
  await withDevice(argv, async (device, tuned) => {
    const { name, version } = packageJson();
    const limits = Object.fromEntries(SHOWN_LIMITS.map((key) => [key, device.limits[key]]));
    const features = [...device.features].filter((f) => ['subgroups', 'shader-f16', 'timestamp-query'].includes(f));
    const checks = await selfCheck(device);
    const failed = checks.filter((c) => !c.passed);
    print(`${name} ${version}, ${String(hostDescription()['runtime'])}, ${String(hostDescription()['os'])}`);
    print(`adapters: ${adapters.join('; ')}`);
    const { subgroupSize } = device.adapter;
    const lanes = subgroupSize > 0 ? ` (subgroups of ${subgroupSize})` : '';
    print(`features: ${features.join(', ') || 'none of those that Weft uses'}${lanes}`);
    print(`matrix units: ${matricesLine(device)}`);
    print(`tuned: ${tunedLine(tuned)}\n`);
    print(
      textTable(
        ['limit', 'value'],
        Object.entries(limits).map(([k, v]) => [k, v.toLocaleString('en-US')]),
        ['left', 'right'],
      ),
    );
    print('');
    print(
      textTable(
        ['kernel', 'largest relative error', ''],
        checks.map((c) => [c.name, c.error.toExponential(1), c.passed ? 'right' : 'WRONG']),
        ['left', 'right', 'left'],
      ),
    );
    const models = failed.length > 0 ? [] : await modelSizes(device);
    if (argv['json'] === true)
      printJson({
        name,
        version,
        ...hostDescription(),
        adapters,
        adapter: device.adapter,
        features,
        matrices: device.matrices,
        limits,
        tuned:
          tuned === null
            ? { state: 'refused' }
            : tuned.state === 'found'
              ? { state: 'found', path: tuned.path, when: tuned.when, classes: device.choices.tuned.size }
              : tuned,
        checks,
        models,
      });
    if (failed.length > 0)
      throw new CheckError(
        `${failed.length} of ${checks.length} kernels compute wrongly on ${device.name}: ` +
          `${failed.map((c) => c.name).join(', ')}`,
        { fix: 'update the GPU driver, or choose another adapter with --adapter' },
      );
    print(`\nall ${checks.length} checks passed`);
  });
}
