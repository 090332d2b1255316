/**
 * `weft bench classes`: what a training step costs as the number of classes grows, with the head and the loss as one
 * and apart. Each row has a device of its own, so that its memory is its own: all buffers that exist after the steps,
 * weights and optimizer among them.
 */
import { openDevice } from '../../src/cli/command.js';
import { coresWhenQuiet, effectiveCores } from '../../src/cli/host_load.js';
import { resolveOptions } from '../../src/cli/options/options.js';
import { print, printJson, say } from '../../src/cli/output.js';
import { backward } from '../../src/autograd/graph.js';
import { crossEntropy } from '../../src/autograd/ops/index.js';
import type { Parsed } from '../../src/cli/declare/declared.js';
import type { Device } from '../../src/device/device.js';
import { UsageError } from '../../src/device/errors.js';
import { buildModel, modelSpec } from '../../src/nn/models/registry.js';
import { tensor, type Tensor } from '../../src/tensor/tensor.js';
import { fusedHead, fusedLosses } from '../../src/train/loss/fused_loss.js';
import { Adam } from '../../src/optim/optim.js';
import { CLASSES_OPTIONS } from './options.js';
import { machineOf, type BenchDocument, type ClassesRow, type Machine } from '../shared/document.js';
import { LiveTable, number } from '../shared/live_table.js';
import { uniform } from '../shared/numbers.js';
import { adviseOnHost, fewerCores, writeResults } from '../shared/output.js';
import { isNoisy, wallTime } from '../../src/measure/timing.js';

/** As src/train/pacer.ts waits. */
const PACE = { sample: 250, maxRuns: 64 } as const;

export interface ClassesBench {
  readonly model: string;
  readonly classes: number;
  /** Images of a step, 3x32x32. */
  readonly batch: number;
  readonly isFused: boolean;
  readonly seconds: number;
}

/**
 * Times training steps with Adam on a device that has run nothing yet. @throws UsageError when the model's head cannot
 * be fused.
 */
export async function measureClasses(
  device: Device,
  { model: name, classes, batch, isFused, seconds }: ClassesBench,
): Promise<ClassesRow> {
  const model = buildModel(name, { channels: 3, height: 32, width: 32, classes }).to(device, { seed: 0 }).train();
  const optimizer = new Adam(model);
  const head = fusedHead(model, { model: name, fusedLoss: isFused ? 'on' : 'off' }, classes);
  const x = tensor(device, uniform(batch * 3 * 32 * 32, 1), { shape: [batch, 3, 32, 32] });
  const label = tensor(
    device,
    Uint32Array.from({ length: batch }, (_, i) => (i * 7919) % classes),
  );
  const lossOf = (): Tensor =>
    head === null ? crossEntropy(model.forward(x), label) : fusedLosses(model, head, {}, x, label, null).loss;
  const wall = await wallTime(
    device,
    () => {
      optimizer.zeroGrad();
      backward(lossOf());
      optimizer.step();
    },
    { seconds, ...PACE },
  );
  const gpuBytes = device.statistics().bytes;
  const stateBytes =
    2 * model.memory.weights.size * 4 + [...optimizer.state().values()].reduce((n, t) => n + t.byteLength, 0);
  return {
    name: `${name} ${classes}`,
    variant: isFused ? 'fused' : 'apart',
    valid: true,
    clock: 'wall',
    ms: wall.median,
    p20: wall.p20,
    p80: wall.p80,
    noisy: isNoisy(wall),
    classes,
    batch,
    imagesPerSecond: (1000 * batch) / wall.median,
    gpuBytes,
    stepBytes: gpuBytes - stateBytes,
  };
}

/** `512,2048`. @throws UsageError unless the text is whole numbers from 2 up. */
export function parseClassCounts(text: string): number[] {
  const counts = text.split(',').map((word) => (/^\d+$/.test(word.trim()) ? Number(word) : NaN));
  if (!counts.every((n) => n >= 2 && n <= 2 ** 20))
    throw new UsageError(`--classes ${text} is not whole numbers from 2 to ${2 ** 20} parted by commas`, {
      fix: 'e.g. --classes 512,2048,8192,32768',
    });
  return counts;
}

const mebibytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1);

export async function run(argv: Parsed): Promise<void> {
  const o = resolveOptions(CLASSES_OPTIONS, argv);
  const counts = parseClassCounts(String(o['classes']));
  const { name: model } = modelSpec(String(o['model']));
  const out = o['out'] === undefined ? null : String(o['out']);
  const before = await coresWhenQuiet(say);
  adviseOnHost(before);
  const table = new LiveTable(
    [
      { header: 'model classes', width: 20, align: 'left' },
      { header: 'loss', width: 5, align: 'left' },
      ...['ms/step', 'p20', 'p80', 'images/s', 'GPU MiB', 'of a step'].map((header) => ({ header, width: 9 })),
      { header: '', width: 0, align: 'left' },
    ],
    print,
  );
  const rows: ClassesRow[] = [];
  let machine: Machine | null = null;
  for (const classes of counts) {
    for (const isFused of [true, false]) {
      // fused first: a head that cannot be is refused at once
      const device = await openDevice(argv, { poison: false });
      if (machine === null) say(`adapter: ${device.name}\n`);
      machine ??= machineOf(device, 0);
      const row = await measureClasses(device, {
        model,
        classes,
        batch: Number(o['batch']),
        isFused,
        seconds: Number(o['seconds']),
      }).finally(() => device.destroy());
      rows.push(row);
      table.row([
        row.name,
        row.variant,
        number(row.ms),
        number(row.p20),
        number(row.p80),
        number(row.imagesPerSecond),
        mebibytes(row.gpuBytes),
        mebibytes(row.stepBytes),
        row.noisy ? 'noisy' : '',
      ]);
    }
  }
  const document: BenchDocument = {
    kind: 'classes',
    ...(machine as Machine),
    effectiveCores: fewerCores(before, await effectiveCores()),
    rows,
  };
  if (out !== null) await writeResults(out, document, null);
  if (o['json'] === true) printJson(document);
}
