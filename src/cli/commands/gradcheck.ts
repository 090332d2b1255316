/** `weft gradcheck`: the gradients of the reader's own ops against central differences. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { gradcheck, type GradcheckOptions } from '../../autograd/gradcheck.js';
import type { Device } from '../../device/device.js';
import { CheckError, UsageError, WeftError } from '../../device/errors.js';
import { formatShape } from '../../tensor/shape.js';
import { Tensor } from '../../tensor/tensor.js';
import { withDevice } from '../command.js';
import type { Parsed } from '../declare/declared.js';
import { loadModule } from '../learn/check.js';
import { print, printJson } from '../output.js';

/** What the file exports as `checks`, by their names. */
interface Check {
  readonly f: (...inputs: Tensor[]) => Tensor;
  readonly inputs: (device: Device) => readonly Tensor[];
  readonly options?: GradcheckOptions;
}

const FORM =
  'export const checks = { square: { f: (x) => x.mul(x), inputs: (device) => [tensor(device, [1, 2], { requiresGrad: ' +
  'true })] } }';

export async function run(argv: Parsed): Promise<void> {
  const path = resolve(String(argv['file']));
  const loaded = await loadModule(path, readFileSync(path, 'utf8'));
  if ('failure' in loaded) throw new UsageError(`${path}: ${loaded.failure.message}`);
  const checks = checksOf(loaded.module, path);
  const results: { name: string; passed: boolean; message: string | null }[] = [];
  await withDevice(argv, async (device) => {
    for (const [name, { f, inputs, options }] of Object.entries(checks)) {
      const given = inputs(device);
      const message = await failure(() => gradcheck(f, given, options));
      results.push({ name, passed: message === null, message });
      const checked = given.filter((x) => x.requiresGrad).map((x) => formatShape(x.shape));
      print(message === null ? `✓ ${name}: gradients of ${checked.join(', ')}` : `✗ ${name}: ${message}`);
    }
  });
  if (argv['json'] === true) printJson({ file: path, results });
  const failed = results.filter((r) => !r.passed);
  if (failed.length > 0)
    throw new CheckError(
      `${failed.length} of ${results.length} gradients are wrong: ${failed.map((r) => r.name).join(', ')}`,
      {
        fix: 'compare backward with the formula; or keep the inputs away from kinks',
      },
    );
}

/** What gradcheck says; null where it is content. Wrong use is an error of its own. */
async function failure(check: () => Promise<true>): Promise<string | null> {
  try {
    await check();
    return null;
  } catch (error) {
    if (error instanceof CheckError) return error.message;
    if (error instanceof WeftError) throw error;
    throw new UsageError(`the check throws ${String(error)}`, { cause: error });
  }
}

/** @throws UsageError that says what the file must export. */
function checksOf(module: Readonly<Record<string, unknown>>, path: string): Readonly<Record<string, Check>> {
  const { checks } = module;
  const isCheck = (c: unknown): c is Check =>
    typeof c === 'object' &&
    c !== null &&
    ['f', 'inputs'].every((key) => typeof (c as Record<string, unknown>)[key] === 'function');
  if (typeof checks !== 'object' || checks === null || Object.keys(checks).length === 0)
    throw new UsageError(`${path} exports no checks`, { fix: FORM });
  const odd = Object.entries(checks).find(([, c]) => !isCheck(c));
  if (odd !== undefined) throw new UsageError(`${path}: checks.${odd[0]} has no functions f and inputs`, { fix: FORM });
  return checks as Readonly<Record<string, Check>>;
}
