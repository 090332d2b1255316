/**
 * `weft bench infer`: networks in evaluation mode, as predict, eval, index and the page run them: captured, their batch
 * norms folded. Each row has a device of its own, so that its first call and its memory are its own; its logits are
 * compared with those of the model as it is.
 */
import type { Parsed } from '../../src/cli/declare/declared.js';
import { noGrad } from '../../src/autograd/graph.js';
import { coresWhenQuiet, effectiveCores } from '../../src/cli/host_load.js';
import { openDevice } from '../../src/cli/command.js';
import { resolveOptions } from '../../src/cli/options/options.js';
import { print, printJson, say } from '../../src/cli/output.js';
import type { Device } from '../../src/device/device.js';
import { UsageError } from '../../src/device/errors.js';
import { captureInference } from '../../src/nn/capture_inference.js';
import { modelSpec } from '../../src/nn/models/registry.js';
import { sizeOf } from '../../src/tensor/shape.js';
import { tensor, type Tensor } from '../../src/tensor/tensor.js';
import { INFER_OPTIONS } from './options.js';
import { machineOf, type BenchDocument, type InferRow, type Machine } from '../shared/document.js';
import { LiveTable, number } from '../shared/live_table.js';
import { uniform } from '../shared/numbers.js';
import { adviseOnHost, fewerCores, writeResults } from '../shared/output.js';
import { gpuTime, isNoisy, wallTime } from '../../src/measure/timing.js';

/** Of the largest logit: what folding may differ by. */
const TOLERANCE = 1e-4;

/** A model for the images that it was designed for, in batches of so many. @param seconds for the wall times. */
export async function measureInference(
  device: Device,
  name: string,
  batch: number,
  seconds: number,
): Promise<InferRow> {
  const { build, input } = modelSpec(name);
  const model = build(input).to(device, { seed: 1 }).eval();
  const shape = [batch, input.channels, input.height, input.width];
  const x = tensor(device, uniform(sizeOf(shape), 1), { shape });
  await device.sync(); // what was uploaded
  const started = performance.now();
  const infer = captureInference(device, (fold, images: Tensor) => fold(() => model.forward(images)));
  await infer.compile([x]);
  const logits = await infer(x).read();
  const firstMs = performance.now() - started;
  const gpuBytes = device.statistics().bytes;
  const run = (): void => void infer(x);
  const wall = await wallTime(device, run, { seconds });
  const gpu = await gpuTime(device, run, { seconds: 0, maxRuns: 1 });
  infer.release();
  const expected = (await device.step(() => noGrad(() => model.forward(x))).read()) as Float32Array;
  const largest = expected.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  const valid = expected.every((v, i) => Math.abs(v - logits[i]) <= TOLERANCE * largest);
  return {
    name,
    variant: `batch ${batch}`,
    batch,
    valid,
    clock: valid ? 'wall' : null,
    ms: valid ? wall.median : null,
    p20: valid ? wall.p20 : null,
    p80: valid ? wall.p80 : null,
    noisy: isNoisy(wall),
    msPerImage: wall.median / batch,
    imagesPerSecond: (1000 * batch) / wall.median,
    gpuMs: gpu?.median ?? null,
    cpuMs: wall.cpu ?? NaN,
    firstMs,
    gpuBytes,
  };
}

/** `1,32`. @throws UsageError unless the text is whole numbers from 1 up. */
function parseBatches(text: string): number[] {
  const batches = text.split(',').map((word) => (/^\d+$/.test(word.trim()) ? Number(word) : NaN));
  if (!batches.every((n) => n >= 1 && n <= 4096))
    throw new UsageError(`--batch ${text} is not whole numbers from 1 to 4096, parted by commas`, {
      fix: 'e.g. --batch 1,32',
    });
  return batches;
}

export async function run(argv: Parsed): Promise<void> {
  const o = resolveOptions(INFER_OPTIONS, argv);
  const models = String(o['models'])
    .split(',')
    .map((name) => modelSpec(name.trim()).name);
  const batches = parseBatches(String(o['batch']));
  const out = o['out'] === undefined ? null : String(o['out']);
  const before = await coresWhenQuiet(say);
  adviseOnHost(before);
  const table = new LiveTable(
    [
      { header: 'model', width: Math.max(5, ...models.map((name) => name.length)), align: 'left' },
      { header: 'batch', width: 5 },
      ...['ms', 'p20', 'p80', 'ms/image', 'images/s', 'GPU ms', 'CPU ms', 'first ms', 'GPU MiB'].map((header) => ({
        header,
        width: 8,
      })),
      { header: '', width: 0, align: 'left' },
    ],
    print,
  );
  const rows: InferRow[] = [];
  let machine: Machine | null = null;
  for (const name of models)
    for (const batch of batches) {
      const device = await openDevice(argv, { poison: false });
      if (machine === null) say(`adapter: ${device.name}\n`);
      machine ??= machineOf(device, 0);
      const r = await measureInference(device, name, batch, Number(o['seconds'])).finally(() => device.destroy());
      rows.push(r);
      table.row([
        r.name,
        String(r.batch),
        ...[r.ms, r.p20, r.p80, r.msPerImage, r.imagesPerSecond, r.gpuMs, r.cpuMs, r.firstMs].map(number),
        (r.gpuBytes / 2 ** 20).toFixed(1),
        r.valid ? (r.noisy ? 'noisy' : '') : 'WRONG',
      ]);
    }
  const document: BenchDocument = {
    kind: 'infer',
    ...(machine as Machine),
    effectiveCores: fewerCores(before, await effectiveCores()),
    rows,
  };
  if (out !== null) await writeResults(out, document, null);
  if (o['json'] === true) printJson(document);
}
